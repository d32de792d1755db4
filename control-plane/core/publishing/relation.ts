import type { Head } from '#shared/snapshot/head.ts';
import { judgeStore, type StoreVerdict } from '../regression.ts';
import type { LookUp, PublisherState, Regression, Relation } from './publisher-state.ts';
import { entryAt } from './revision-line.ts';

/**
 * What the head kept on the bus is to what this replica has folded: whether something may be put in its place. A head that is
 * ahead is a matter for the store, which alone can say whether this replica lags behind it or it has lost commits.
 */
export function relate({ line, kept, lookUp, broken }: PublisherState): Relation {
  if (broken !== undefined) {
    const problem = `revision ${broken.revision} of the store does not continue what was read of it before: ${broken.problem}`;
    return { kind: 'regressed', regression: { kind: 'forked', problem } };
  }
  if (kept.kind !== 'head') return { kind: kept.kind };
  const { head } = kept;
  const { epoch, revision, chainHash } = line.state;
  const asked = lookUp?.revision === head.revision ? lookUp : undefined;
  // The store's word counts for what was folded only as long as the store is what was folded.
  const confirmed = asked !== undefined && asked.ownHash === entryAt(line, asked.own)?.chainHash;
  const hashAt = (at: number) => entryAt(line, at)?.chainHash ?? (confirmed ? asked.chainHash : undefined);
  const verdict = judgeStore({ epoch, revision, chainHash }, { ...head, source: 'the bus' }, hashAt);
  switch (verdict.kind) {
    case 'ok':
      return { kind: head.epoch === epoch && head.revision === revision ? 'same' : 'older' };
    case 'unclear':
      // Trimmed away: nobody can tell any more, and it is far behind.
      if (asked !== undefined && head.revision < asked.firstRevision) return { kind: 'older' };
      if (asked !== undefined && !confirmed) return { kind: 'regressed', regression: otherStore(asked) };
      return { kind: 'look-up', revision: head.revision };
    case 'forked':
      return { kind: 'regressed', regression: forked(head, chainHash) };
    case 'behind':
      return asked === undefined ? { kind: 'look-up', revision: head.revision } : whenAhead(head, asked, verdict);
  }
}

function whenAhead(
  head: Head,
  { storeRevision, chainHash }: LookUp,
  { missing }: Extract<StoreVerdict, { kind: 'behind' }>,
): Relation {
  if (storeRevision < head.revision) {
    const from = Math.max(storeRevision + 1, 1);
    const problem = `the bus has revision ${head.revision}, the store ends at ${storeRevision}: it lost revisions ${from} to ${missing.to}`;
    return { kind: 'regressed', regression: { kind: 'behind', problem, missing: { from, to: missing.to } } };
  }
  if (chainHash !== undefined && chainHash !== head.chainHash) {
    return { kind: 'regressed', regression: forked(head, chainHash) };
  }
  return { kind: 'ahead' };
}

function otherStore({ own, ownHash, storeRevision }: LookUp): Regression {
  if (ownHash === undefined && storeRevision < own) {
    const problem = `the store ends at revision ${storeRevision}, revision ${own} of it was read before`;
    return { kind: 'behind', problem, missing: { from: storeRevision + 1, to: own } };
  }
  return { kind: 'forked', problem: `revision ${own} of the store is not what was read of it before` };
}

function forked({ epoch, revision, chainHash }: Head, stored: string): Regression {
  const problem = `the bus has revision ${revision} of epoch ${epoch} with chain hash ${chainHash}, the store has another history (${stored})`;
  return { kind: 'forked', problem };
}
