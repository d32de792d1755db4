import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainHead, GENESIS, sealCommit } from '#shared/event/commit-chain.ts';
import type { Commit, StoredCommit } from '#shared/event/fleet-event.ts';
import { furthest, judgeStore, type KnownHead, planRepair } from '../../../control-plane/core/regression.ts';

/** A chain of commits that tell histories apart by their message. */
function chain(length: number, message: string, after: ChainHead = GENESIS): readonly StoredCommit[] {
  const commits: StoredCommit[] = [];
  let head = after;
  for (let i = 0; i < length; i++) {
    const revision = head.revision + 1;
    const commit: Commit = {
      schemaVersion: 1,
      fleet: 'f',
      revision,
      id: `${message}-${revision}`,
      commandId: 'c',
      actor: 'ann',
      message,
      command: 'apply',
      timeMs: 0,
      events: [],
    };
    const stored = sealCommit(commit, head.chainHash);
    commits.push(stored);
    head = headOf(stored);
  }
  return commits;
}

const headOf = (stored: StoredCommit | undefined): ChainHead =>
  stored === undefined ? GENESIS : { revision: stored.commit.revision, chainHash: stored.hash };

const known = (stored: StoredCommit | undefined, epoch = 0): KnownHead => ({
  epoch,
  ...headOf(stored),
  source: 'the bus',
});

const history = chain(10, 'one');
const at = (revision: number) => headOf(history[revision - 1]);
const hashAt = (revision: number) => history[revision - 1]?.hash;

describe('judging a store', () => {
  const store = { ...at(8), epoch: 0 };

  it.each([
    ['what it has', known(history[7]), { kind: 'ok' }],
    ['what it had before', known(history[3]), { kind: 'ok' }],
    ['an empty fleet', { epoch: 0, revision: 0, source: 'node n1' }, { kind: 'ok' }],
    ['a revision without its hash', { epoch: 0, revision: 8, source: 'node n1' }, { kind: 'ok' }],
    ['a revision it does not have', known(history[9]), { kind: 'behind', missing: { from: 9, to: 10 } }],
    ['other content of its head', known(chain(8, 'two')[7]), { kind: 'forked', at: 8 }],
    ['other content below its head', known(chain(5, 'two')[4]), { kind: 'forked', at: 5 }],
    ['an epoch it never began', known(history[3], 1), { kind: 'forked', at: 4 }],
    ['a later revision of a later epoch', known(history[9], 1), { kind: 'behind', missing: { from: 9, to: 10 } }],
  ])('that is known to have had %s', (_, head, verdict) => {
    expect(judgeStore(store, head, hashAt)).toMatchObject(verdict);
  });

  it('asks for the chain hash it needs', () => {
    expect(judgeStore(store, known(history[3]), () => undefined)).toEqual({ kind: 'unclear', revision: 4 });
  });

  it('finds nothing wrong once an operator has begun a new epoch', () => {
    expect(judgeStore({ ...store, epoch: 1 }, known(history[9]), hashAt)).toEqual({ kind: 'ok' });
  });

  it('goes by the furthest of what is known, best with its hash', () => {
    const told = { epoch: 0, revision: 9, source: 'node n1' };
    expect(furthest([])).toBeUndefined();
    expect(furthest([known(history[3]), told])).toBe(told);
    expect(furthest([told, known(history[8])])).toEqual(known(history[8]));
    expect(furthest([known(history[9]), known(history[0], 1)])).toMatchObject({ epoch: 1 });
  });
});

describe('planning a repair', () => {
  it('finds every lost commit among copies in any order, of other histories too, and never one of those', () => {
    fc.assert(
      fc.property(
        fc.nat(10),
        fc.nat(10),
        fc.shuffledSubarray([...history, ...chain(10, 'two'), ...chain(4, 'three', at(6))], { minLength: 0 }),
        (stored, reached, copies) => {
          const plan = planRepair(at(stored), known(history[reached - 1]), copies);
          const lost = history.slice(stored, Math.max(stored, reached));
          const gone = lost.filter((commit) => !copies.includes(commit));
          if (gone.length === 0) expect(plan).toEqual({ kind: 'restore', commits: lost });
          else expect(plan).toMatchObject({ kind: 'incomplete', missing: { to: gone.at(-1)?.commit.revision } });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says what is missing, and what there is before it', () => {
    const plan = planRepair(at(5), known(history[9]), history.toSpliced(7, 1));
    expect(plan).toEqual({ kind: 'incomplete', missing: { from: 8, to: 8 }, unproven: history.slice(5, 7) });
    const none = planRepair(at(5), known(history[9]), []);
    expect(none).toEqual({ kind: 'incomplete', missing: { from: 6, to: 10 }, unproven: [] });
  });

  it('takes a single history without knowing the hash it leads to', () => {
    const told = { epoch: 0, revision: 10, source: 'node n1' };
    expect(planRepair(at(5), told, [...history, ...history])).toEqual({ kind: 'restore', commits: history.slice(5) });
    expect(planRepair(at(6), told, [...history, ...chain(4, 'three', at(6))])).toEqual({
      kind: 'incomplete',
      missing: { from: 7, to: 10 },
      unproven: [],
    });
  });

  it('leaves out a commit that was altered', () => {
    const altered = history.map((stored, i) => (i === 6 ? { ...stored, bytes: new Uint8Array([1]) } : stored));
    expect(planRepair(at(5), known(history[9]), altered)).toMatchObject({ missing: { from: 7, to: 7 } });
  });

  it('puts nothing back into a store that went another way', () => {
    const fork = chain(2, 'two', at(5));
    expect(planRepair(headOf(fork[1]), known(history[9]), history)).toMatchObject({
      kind: 'forked',
      problem: expect.stringMatching(/^revision 8 as it was known follows/),
    });
  });
});
