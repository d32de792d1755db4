import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDelta, encodeDelta } from '#shared/codec/delta-codec.ts';
import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { applyDelta, type Delta, type DeltaContent, diffSnapshots } from '#shared/snapshot/delta.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { hashNext, hashState } from '#shared/snapshot/state-hasher.ts';
import { arbitrarySnapshots } from './support/snapshots.ts';

const MANY = 10_000;

const member = (n: number, lbset = 0) => ({ url: `http://10.0.${n >> 8}.${n & 255}:8080`, parameters: { lbset } });
const route = (n: number, to = `http://10.0.0.1/${n}`) => ({
  match: { kind: 'prefix' as const, path: `/app/${n}` },
  target: { kind: 'url' as const, url: to },
});

/** One balancer with many members, a main server with many routes. */
const large: Snapshot = {
  fleet: 'f',
  revision: 1,
  definition: {
    ...EMPTY_DEFINITION,
    mainServer: { ...EMPTY_DEFINITION.mainServer, routes: Array.from({ length: MANY }, (_, n) => route(n)) },
    balancers: [{ name: 'app', parameters: {}, members: Array.from({ length: MANY }, (_, n) => member(n)) }],
  },
  overrides: [],
};

/** As after a commit that sets the object: every part of it is new to the process. */
function withMembers(members: readonly object[]): Snapshot {
  const balancers = structuredClone([{ ...large.definition.balancers[0], members }]) as never;
  return { ...large, revision: 2, definition: { ...large.definition, balancers } };
}

function withRoutes(routes: readonly object[]): Snapshot {
  const mainServer = structuredClone({ ...large.definition.mainServer, routes }) as never;
  return { ...large, revision: 2, definition: { ...large.definition, mainServer } };
}

function deltaTo(before: Snapshot, after: Snapshot): Delta {
  const { fleet, revision } = before;
  const { stateHash } = hashState(after);
  return { fleet, epoch: 0, from: revision, to: revision + 1, stateHash, ...diffSnapshots(before, after) };
}

const delta = (content: DeltaContent): Delta => ({
  fleet: 'f',
  epoch: 0,
  from: 1,
  to: 2,
  stateHash: '0'.repeat(64),
  ...content,
});

const members = large.definition.balancers[0]?.members ?? [];
const { routes } = large.definition.mainServer;

describe('a delta', () => {
  it('leads from any snapshot to any other, also over the wire', () => {
    fc.assert(
      fc.property(arbitrarySnapshots, (snapshots) => {
        for (const [i, after] of snapshots.slice(1).entries()) {
          const before = snapshots[i] as Snapshot;
          const made = deltaTo(before, after);
          const read = decodeDelta(encodeDelta(made));
          expect(read).toEqual(made);
          const applied = applyDelta(before, read);
          expect(applied).toEqual(after);
          expect(hashNext(hashState(before), applied).stateHash).toBe(made.stateHash);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives equal bytes for equal content', () => {
    fc.assert(
      fc.property(arbitrarySnapshots, ([before, after]) => {
        if (before === undefined || after === undefined) return;
        const copy = structuredClone({ before, after });
        expect(applyDelta(before, deltaTo(copy.before, copy.after))).toEqual(after);
        expect(encodeDelta(deltaTo(before, after))).toEqual(encodeDelta(deltaTo(before, structuredClone(after))));
      }),
    );
  });

  it.each([
    ['one member edited', withMembers(members.with(5000, member(5000, 1)))],
    ['a member added in front', withMembers([member(MANY), ...members])],
    ['a member taken out', withMembers(members.toSpliced(4000, 1))],
    ['two members edited, far apart', withMembers(members.with(1, member(1, 1)).with(9998, member(9998, 1)))],
    ['a member moved to the end', withMembers([...members.slice(1), member(0)])],
    ['one route edited', withRoutes(routes.with(5000, route(5000, 'http://10.0.0.2/')))],
    ['a route put before all others', withRoutes([route(MANY), ...routes])],
  ])('of %s is a few hundred bytes, whatever the size of the definition', (_, after) => {
    const encoded = encodeDelta(deltaTo(large, after));
    expect(encoded.length).toBeLessThan(300);
    expect(encodeSnapshot(large).length).toBeGreaterThan(500_000);
    expect(applyDelta(large, decodeDelta(encoded))).toEqual(after);
  });

  it('keeps the very objects that did not change', () => {
    const applied = applyDelta(large, deltaTo(large, withMembers(members.with(5000, member(5000, 1)))));
    expect(applied.definition.mainServer).toBe(large.definition.mainServer);
    expect(applied.definition.balancers[0]?.members.filter((one, i) => one !== members[i])).toEqual([member(5000, 1)]);
    expect(applied.definition.balancers[0]?.parameters).toBe(large.definition.balancers[0]?.parameters);
  });

  it('of nothing but a new revision is empty, and keeps the definition', () => {
    const after = { ...large, revision: 2 };
    expect(diffSnapshots(large, after)).toEqual({});
    expect(applyDelta(large, deltaTo(large, after)).definition).toBe(large.definition);
  });

  it.each([
    ['of another fleet', { ...delta({}), fleet: 'g' }, 'delta 1 to 2: is of fleet "g", the snapshot of "f"'],
    [
      'from another revision',
      { ...delta({}), from: 4, to: 5 },
      'delta 4 to 5: starts from revision 4, the snapshot is at 1',
    ],
    ['over more than one revision', { ...delta({}), to: 3 }, 'delta 1 to 3: leads to 3, not to 2'],
    [
      'that keeps more than there is',
      delta({ overrides: [{ kind: 'keep', from: 0, count: 2 }] }),
      'delta 1 to 2: overrides: keeps items 0 to 1, but there are 0',
    ],
    [
      'that uses an item twice',
      delta({
        balancers: [
          { kind: 'keep', from: 0, count: 1 },
          { kind: 'keep', from: 0, count: 1 },
        ],
      }),
      'delta 1 to 2: balancers: uses item 0 twice',
    ],
    [
      'that patches what is not there',
      delta({ balancers: [{ kind: 'change', from: 1, patch: {} }] }),
      'delta 1 to 2: balancers: names item 1 of 1',
    ],
    [
      'whose inner patch does not fit',
      delta({
        balancers: [{ kind: 'change', from: 0, patch: { members: [{ kind: 'keep', from: MANY, count: 1 }] } }],
      }),
      'delta 1 to 2: balancers[0]: members: keeps items 10000 to 10000, but there are 10000',
    ],
  ])('%s is refused by name', (_, bad, message) => {
    expect(() => applyDelta(large, bad)).toThrow(message);
  });
});
