import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Member } from '#shared/health/health-frame.ts';
import { createObservers, observerCount } from '#shared/health/rendezvous.ts';

const workers = Array.from({ length: 600 }, (_, i) => `app http://10.0.${i >> 8}.${i & 255}:8080`);

const membership = fc
  .uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 90 })
  .chain((numbers) =>
    fc.tuple(
      ...numbers.map((n) =>
        fc
          .constantFrom(undefined, 'a', 'b', 'c')
          .map((zone): Member => ({ node: `node-${n}`, ...(zone === undefined ? {} : { zone }) })),
      ),
    ),
  );

function nodes(count: number, zones: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({ node: `n${i}`, zone: `z${i % zones}` }));
}

describe('the observers of a worker', () => {
  test('are the same on every node, in whatever order it knows the members', () => {
    fc.assert(
      fc.property(membership, fc.constantFrom(...workers), (members, worker) => {
        const chosen = createObservers({ members }).of(worker);
        expect(createObservers({ members: members.toReversed() }).of(worker)).toEqual(chosen);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.length).toBe(Math.min(members.length, observerCount(members.length)));
      }),
    );
  });

  test('are of as many zones as there are places', () => {
    fc.assert(
      fc.property(membership, fc.constantFrom(...workers), (members, worker) => {
        const zoneOf = new Map(members.map(({ node, zone }) => [node, zone]));
        const zones = new Set(members.map(({ zone }) => zone)).size;
        const chosen = createObservers({ members }).of(worker);
        expect(new Set(chosen.map((node) => zoneOf.get(node))).size).toBe(Math.min(zones, chosen.length));
      }),
    );
  });

  test('are three, and five in a fleet of more than 50', () => {
    expect(createObservers({ members: nodes(50, 3) }).of('w')).toHaveLength(3);
    expect(createObservers({ members: nodes(51, 3) }).of('w')).toHaveLength(5);
    expect(createObservers({ members: [] }).of('w')).toEqual([]);
  });

  test('share the work evenly', () => {
    const observers = createObservers({ members: nodes(20, 4) });
    const load = new Map<string, number>();
    for (const worker of workers) {
      for (const node of observers.of(worker)) load.set(node, (load.get(node) ?? 0) + 1);
    }
    const mean = (workers.length * 3) / 20;
    expect(load.size).toBe(20);
    for (const count of load.values()) {
      expect(count).toBeGreaterThan(mean * 0.6);
      expect(count).toBeLessThan(mean * 1.4);
    }
  });

  test.each([
    ['without zones', (node: string): Member => ({ node })],
    ['in three zones', (node: string): Member => ({ node, zone: `z${node.length % 3}` })],
  ])('of a node that leaves move to others, and little else does (%s)', (_, memberOf) => {
    const all = Array.from({ length: 40 }, (__, i) => memberOf('n'.repeat(1 + (i % 3)) + i));
    const gone = all[7]?.node ?? '';
    const before = createObservers({ members: all });
    const after = createObservers({ members: all.filter(({ node }) => node !== gone) });
    let moved = 0;
    for (const worker of workers) {
      const was = before.of(worker);
      const is = new Set(after.of(worker));
      const lost = was.filter((node) => node !== gone && !is.has(node));
      moved += lost.length;
      if (!was.includes(gone)) expect(lost).toEqual([]);
    }
    // One node of 40 has a fortieth of the watching; another zone's turn may displace one more per worker it had.
    expect(moved).toBeLessThanOrEqual((workers.length * 3) / 40 + 30);
  });
});
