import type { Capacity } from '../scoreboard/layout.ts';
import { allocateSlots, emptySlots, placesOf, releaseSlots, type SlotTable } from './slot-allocator.ts';
import { EMPTY_ROLL, type RolledWorker, type WorkerRoll } from './worker-roll.ts';

/** Who stands where in the scoreboard at one generation; a value, replaced whole. */
export type Placement = {
  readonly roll: WorkerRoll;
  readonly slots: SlotTable;
  readonly locks: SlotTable;
  /** By slot: workers no longer configured whose row may still be in use. */
  readonly retired: ReadonlyMap<number, RolledWorker>;
};

export type PlacementResult =
  | { readonly kind: 'placed'; readonly placement: Placement; readonly added: ReadonlySet<string> }
  | { readonly kind: 'full'; readonly object: 'workers' | 'balancers'; readonly text: string };

export function emptyPlacement(capacity: Capacity): Placement {
  return { roll: EMPTY_ROLL, slots: emptySlots(capacity.slots), locks: emptySlots(capacity.locks), retired: new Map() };
}

/** Places every worker and balancer of a configuration, or says what there is no room for. */
export function placeRoll(placement: Placement, roll: WorkerRoll, generation: number): PlacementResult {
  const slots = allocateSlots(placement.slots, roll.workers.keys(), generation);
  if (slots.kind === 'full') return { kind: 'full', object: 'workers', text: fullText('workers', slots) };
  const locks = allocateSlots(placement.locks, roll.balancers.keys(), generation);
  if (locks.kind === 'full') return { kind: 'full', object: 'balancers', text: fullText('balancers', locks) };

  const retired = new Map(placement.retired);
  for (const { key, slot, since } of slots.table.quarantined) {
    const worker = placement.roll.workers.get(key);
    if (since === generation && worker !== undefined) retired.set(slot, worker);
  }
  const next = { roll, slots: slots.table, locks: locks.table, retired };
  return { kind: 'placed', placement: next, added: new Set(slots.added) };
}

/** Gives places free that no thread can still be using. @param below see `releaseSlots` */
export function releasePlaces(placement: Placement, below: number): Placement {
  const slots = releaseSlots(placement.slots, below);
  const locks = releaseSlots(placement.locks, below);
  if (slots === placement.slots && locks === placement.locks) return placement;
  const inUse = new Set(slots.quarantined.map(({ slot }) => slot));
  const retired = new Map([...placement.retired].filter(([slot]) => inUse.has(slot)));
  return { ...placement, slots, locks, retired };
}

/** One row of the scoreboard and whose it is. */
export type Row = {
  readonly slot: number;
  readonly incarnation: number;
  readonly worker: RolledWorker;
  readonly retired: boolean;
};

/** Rows of configured workers in configured order, then those of retired ones. */
export function rowsOf({ roll, slots, retired }: Placement): Row[] {
  const rows: Row[] = [];
  for (const [key, worker] of roll.workers) {
    const place = slots.live.get(key);
    if (place !== undefined) rows.push({ ...place, worker, retired: false });
  }
  for (const { slot, incarnation } of slots.quarantined) {
    const worker = retired.get(slot);
    if (worker !== undefined) rows.push({ slot, incarnation, worker, retired: true });
  }
  return rows;
}

/** Places as a `Generation` carries them. */
export function generationPlaces({ slots, locks }: Placement) {
  return { slots: placesOf(slots), locks: placesOf(locks) };
}

function fullText(what: string, full: { needed: number; quarantined: number; capacity: number }): string {
  const { needed, quarantined, capacity } = full;
  const waiting = quarantined === 0 ? '' : ` and ${quarantined} removed ones still finish their exchanges`;
  return `${needed} ${what} are configured${waiting}, but the scoreboard has room for ${capacity}`;
}
