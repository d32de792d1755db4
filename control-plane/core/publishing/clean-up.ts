import { subjects } from '#shared/bus.ts';
import type { Head } from '#shared/snapshot/head.ts';
import type { Audit, Chores, PublisherRules, PublisherState } from './publisher-state.ts';

export const NO_CHORES: Chores = { removeKeys: [], removeObjects: [], copy: [] };

/** Chores of one audit; what is left is found by the next one. */
const MOST = 1024;

/**
 * What the bus keeps too much of, and which copies of commits it lacks. Never what the kept head needs, nor a snapshot newer than
 * the one it names: another replica may just be about to name that.
 */
export function choresOf(rules: PublisherRules, { line, basis }: PublisherState, kept: Head, audit: Audit): Chores {
  const names = subjects(rules.fleet);
  const { revision } = line.state;
  const needed = Math.min(kept.snapshotRevision, basis?.revision ?? kept.snapshotRevision);
  const firstDelta = needed - rules.keepDeltas + 1;
  const firstCopy = Math.max(1, revision - rules.keepCommits + 1);

  const objects = audit.objects.map((name) => ({ name, ...parse(name) }));
  const copies = objects.filter(({ kind }) => kind === 'commit');
  const snapshots = objects.filter(({ kind, revision: of }) => kind === 'snapshot' && of <= kept.snapshotRevision);
  const named = new Set([
    names.snapshot(kept.snapshotRevision, kept.snapshotHash),
    ...(basis === undefined ? [] : [names.snapshot(basis.revision, basis.hash)]),
  ]);
  const spare = snapshots
    .filter(({ name }) => !named.has(name))
    .sort((a, b) => b.revision - a.revision)
    .slice(Math.max(0, rules.keepSnapshots - named.size));

  const present = new Set([...audit.commits, ...copies.map(({ revision: of }) => of)]);
  const expected = Array.from({ length: revision - firstCopy + 1 }, (_, i) => firstCopy + i);
  return {
    removeKeys: [
      ...audit.deltas.filter((of) => of < firstDelta).map(names.delta),
      ...audit.commits.filter((of) => of < firstCopy).map(names.commit),
    ].slice(0, MOST),
    removeObjects: [...spare, ...copies.filter(({ revision: of }) => of < firstCopy)]
      .map(({ name }) => name)
      .slice(0, MOST),
    copy: expected.filter((of) => !present.has(of)).slice(-MOST),
  };
}

/** `snapshot.12.0f…`, `commit.12.0f…` */
function parse(name: string): { readonly kind: string; readonly revision: number } {
  const [kind = '', revision] = name.split('.');
  return { kind, revision: Number(revision) };
}
