import type { Capacity } from '../scoreboard/layout.ts';
import { ROUTE_ROWS } from '../scoreboard/layout.ts';
import { type RouteRoll, routeChange } from './route-roll.ts';
import { changeSlots, emptySlots, releaseSlots, type SlotTable } from './slot-allocator.ts';
import { EMPTY_ROLL, type RolledWorker, rollChange, type WorkerRoll } from './worker-roll.ts';

/** Who stands where in the scoreboard at one generation; a value, replaced whole. */
export type Placement = {
  readonly roll: WorkerRoll;
  readonly routeRoll: RouteRoll;
  /** Rows of workers by `workerKey`. */
  readonly slots: SlotTable;
  /** By balancer id. */
  readonly locks: SlotTable;
  /** Rows of routes by `routeKey`; routes there was no room for are not here, and not counted. */
  readonly routes: SlotTable;
  /** By slot: workers no longer configured whose row may still be in use. */
  readonly retired: ReadonlyMap<number, RolledWorker>;
};

/** In the text about room that will come by itself. */
export const STILL_FINISHING = 'still finish their exchanges';

export type PlacementResult =
  | {
      readonly kind: 'placed';
      readonly placement: Placement;
      /** Keys of workers whose row is new. */
      readonly added: ReadonlySet<string>;
      /** Likewise of routes. */
      readonly addedRoutes: readonly string[];
      /** Routes that got no row now. */
      readonly uncounted: number;
    }
  | { readonly kind: 'full'; readonly object: 'workers' | 'balancers'; readonly text: string };

export function emptyPlacement(capacity: Capacity): Placement {
  return {
    roll: EMPTY_ROLL,
    routeRoll: new Map(),
    slots: emptySlots(capacity.slots),
    locks: emptySlots(capacity.locks),
    routes: emptySlots(capacity.routes ?? ROUTE_ROWS),
    retired: new Map(),
  };
}

/**
 * Places every worker and balancer of a configuration, or says what there is no room for. Routes only lose their counts by that: no
 * configuration is refused for it.
 */
export function placeRoll(
  placement: Placement,
  roll: WorkerRoll,
  routeRoll: RouteRoll,
  generation: number,
): PlacementResult {
  const change = rollChange(placement.roll, roll);
  const slots = changeSlots(placement.slots, change.workers, generation);
  if (slots.kind === 'full') return { kind: 'full', object: 'workers', text: fullText('workers', slots) };
  const locks = changeSlots(placement.locks, change.balancers, generation);
  if (locks.kind === 'full') return { kind: 'full', object: 'balancers', text: fullText('balancers', locks) };

  const { added, removed } = routeChange(placement.routeRoll, routeRoll);
  const { live, quarantined, capacity } = placement.routes;
  // A removed one's row is not free yet.
  const counted = added.slice(0, Math.max(0, capacity - live.size - quarantined.length));
  const routes = changeSlots(placement.routes, { added: counted, removed }, generation);
  if (routes.kind === 'full') throw new Error('invariant broken: more routes than there is room for');

  const retired = new Map(placement.retired);
  for (const worker of change.removed) {
    const slot = placement.slots.live.get(worker.key)?.slot;
    if (slot !== undefined) retired.set(slot, worker);
  }
  return {
    kind: 'placed',
    placement: { roll, routeRoll, slots: slots.table, locks: locks.table, routes: routes.table, retired },
    added: new Set(slots.added),
    addedRoutes: routes.added,
    uncounted: added.length - counted.length,
  };
}

/** Which rows exchanges still use that have left their generation. They take no part in elections: locks they leave alone. */
export type HeldRows = { readonly worker: (slot: number) => boolean; readonly route: (row: number) => boolean };

/** Gives places free that no thread can still be using. @param below see `releaseSlots` */
export function releasePlaces(placement: Placement, below: number, isHeld?: HeldRows): Placement {
  const slots = releaseSlots(placement.slots, below, isHeld?.worker);
  const locks = releaseSlots(placement.locks, below);
  const routes = releaseSlots(placement.routes, below, isHeld?.route);
  if (slots === placement.slots && locks === placement.locks && routes === placement.routes) return placement;
  const inUse = new Set(slots.quarantined.map(({ slot }) => slot));
  const retired = new Map([...placement.retired].filter(([slot]) => inUse.has(slot)));
  return { ...placement, slots, locks, routes, retired };
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
  for (const { workers } of roll.owners.values()) {
    for (const [key, worker] of workers) {
      const place = slots.live.get(key);
      if (place !== undefined) rows.push({ ...place, worker, retired: false });
    }
  }
  for (const { slot, incarnation } of slots.quarantined) {
    const worker = retired.get(slot);
    if (worker !== undefined) rows.push({ slot, incarnation, worker, retired: true });
  }
  return rows;
}

/** One row of the scoreboard's routes and whose it is, by `routeKey`. */
export type RouteRow = { readonly key: string; readonly row: number; readonly incarnation: number };

/** Rows of configured routes that are counted, in configured order, then those of removed ones that requests still end on. */
export function routeRowsOf({ routeRoll, routes }: Placement): RouteRow[] {
  const rows: RouteRow[] = [];
  for (const { keys } of routeRoll.values()) {
    for (const key of keys) {
      const place = routes.live.get(key);
      if (place !== undefined) rows.push({ key, row: place.slot, incarnation: place.incarnation });
    }
  }
  for (const { key, slot, incarnation } of routes.quarantined) rows.push({ key, row: slot, incarnation });
  return rows;
}

type Full = {
  readonly needed: number;
  readonly removed: number;
  readonly quarantined: number;
  readonly capacity: number;
};

/** Says what there is no room for, and whether there will be: see `swapRetry`. */
function fullText(what: string, { needed, removed, quarantined, capacity }: Full): string {
  const room = `but the scoreboard has room for ${capacity}`;
  const more = 'give the node more (--max-workers)';
  if (needed > capacity) return `${needed} ${what} are configured, ${room}: ${more}`;
  const going = removed === 0 ? '' : `, and the ${removed} that go keep their place until the change is served`;
  if (needed + removed > capacity) {
    return `${needed} ${what} are configured${going}, ${room}: make the change in two, or ${more}`;
  }
  return `${needed} ${what} are configured${going} and ${quarantined} removed ones ${STILL_FINISHING}, ${room}`;
}
