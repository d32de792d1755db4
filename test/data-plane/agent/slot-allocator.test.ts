import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Allocation,
  allocateSlots,
  emptySlots,
  releaseSlots,
  type SlotTable,
} from '../../../data-plane/agent/slot-allocator.ts';

function allocated(allocation: Allocation): SlotTable {
  if (allocation.kind === 'full') throw new Error('full');
  return allocation.table;
}

const slotOf = (table: SlotTable, key: string) => table.live.get(key)?.slot;

describe('slot allocator', () => {
  it('keeps a worker in its slot while it is configured', () => {
    const first = allocated(allocateSlots(emptySlots(4), ['a', 'b'], 1));
    const second = allocated(allocateSlots(first, ['b', 'c'], 2));
    expect(slotOf(second, 'b')).toBe(slotOf(first, 'b'));
    expect(second.live.get('b')?.incarnation).toBe(1);
    expect(second.live.get('c')?.incarnation).toBe(2);
  });

  it('gives no slot away while a thread may still serve the generation that used it', () => {
    const first = allocated(allocateSlots(emptySlots(2), ['a', 'b'], 1));
    const second = allocated(allocateSlots(first, ['b'], 2));
    const full = { kind: 'full', needed: 2, removed: 0, quarantined: 1, capacity: 2 };
    expect(allocateSlots(second, ['b', 'c'], 3)).toEqual(full);
    expect(allocateSlots(releaseSlots(second, 1), ['b', 'c'], 3).kind).toBe('full');
    const third = allocated(allocateSlots(releaseSlots(second, 2), ['b', 'c'], 3));
    expect(slotOf(third, 'c')).toBe(slotOf(first, 'a'));
  });

  it('tells places that a change gives up itself from those that are waited for', () => {
    const first = allocated(allocateSlots(emptySlots(4), ['a', 'b', 'c'], 1));
    const second = allocated(allocateSlots(first, ['b', 'c'], 2));
    const full = { kind: 'full', needed: 2, removed: 2, quarantined: 1, capacity: 4 };
    expect(allocateSlots(second, ['d', 'e'], 3)).toEqual(full);
  });

  it('makes a worker removed and added again a new one, in another slot until the old is free', () => {
    const first = allocated(allocateSlots(emptySlots(3), ['a'], 1));
    const second = allocated(allocateSlots(first, [], 2));
    const third = allocated(allocateSlots(second, ['a'], 3));
    expect(slotOf(third, 'a')).not.toBe(slotOf(first, 'a'));
    expect(third.live.get('a')?.incarnation).toBe(3);
    expect(third.quarantined).toEqual([{ key: 'a', slot: slotOf(first, 'a'), incarnation: 1, since: 2 }]);
  });

  it('counts a key named twice once', () => {
    expect(allocated(allocateSlots(emptySlots(1), ['a', 'a'], 1)).live.size).toBe(1);
  });

  it('never has two users in one slot, loses none and changes nothing in place, over any history', () => {
    const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    const step = fc.record({ keys, release: fc.nat(3), abandon: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.array(step, { maxLength: 20 }), (capacity, steps) => {
        let table = emptySlots(capacity);
        for (const [i, { keys, release, abandon }] of steps.entries()) {
          const before = structuredClone(table);
          const allocation = allocateSlots(table, keys, i + 1);
          expect(table).toEqual(before);
          if (allocation.kind === 'allocated' && !abandon) {
            expect(new Set(allocation.table.live.keys())).toEqual(new Set(keys));
            expect(new Set(allocation.added)).toEqual(new Set(keys.filter((key) => !before.live.has(key))));
            table = allocation.table;
          }
          table = releaseSlots(table, i + 1 - release);
          expectConsistent(table);
        }
      }),
    );
  });
});

function expectConsistent({ live, quarantined, free, untouched, capacity }: SlotTable): void {
  const used = [...live.values(), ...quarantined].map(({ slot }) => slot);
  const known = [...used, ...free];
  expect(new Set(known).size).toBe(known.length);
  expect(known.toSorted((a, b) => a - b)).toEqual(Array.from({ length: untouched }, (_, slot) => slot));
  expect(untouched).toBeLessThanOrEqual(capacity);
}
