import type { Definition } from '#shared/definition/definition.ts';
import type { NodeError, RouteReport, WorkerReport } from '#shared/node-message.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import type { Logger, ProbeAddress } from '../ports.ts';
import { type BoundListener, type Generation, workerKey } from '../proxy/thread-message.ts';
import { type Capacity, ROUTE_ROWS } from '../scoreboard/layout.ts';
import { isRouteRowHeld, isRowHeld, type Scoreboard } from '../scoreboard/scoreboard.ts';
import { createDepartedRows } from './departed-rows.ts';
import { type Configured, keepSame } from './keep-same.ts';
import { type ListenMapping, unmatchedMappings } from './listen-map.ts';
import { DefinitionPlacer } from './place-definition.ts';
import {
  emptyPlacement,
  type HeldRows,
  type Placement,
  placeRoll,
  type Row,
  releasePlaces,
  routeRowsOf,
  rowsOf,
} from './placement.ts';
import { reportRoutes, reportRows } from './report-rows.ts';
import { resolveListeners } from './resolve-listeners.ts';
import { routeRollOf } from './route-roll.ts';
import { adjustCredit, writeRows, writeVerdicts } from './row-writer.ts';
import type { ThreadPool } from './thread-pool.ts';
import { rollOf } from './worker-roll.ts';

export type ConfigurationSwapOptions = {
  readonly pool: ThreadPool;
  readonly scoreboard: Scoreboard;
  readonly capacity: Capacity;
  readonly probe: ProbeAddress;
  readonly log: Logger;
  /** `--listen`; default none. */
  readonly listenMap?: readonly ListenMapping[];
};

export type ConfigurationSwap = ReturnType<typeof createConfigurationSwap>;

/** A worker as reports and verdicts name it. */
export type WorkerName = {
  /** `balancerId`. */
  readonly balancer: string;
  readonly url: string;
};

/** What the node serves. */
type Served = { readonly snapshot: Snapshot; readonly generation: Generation; readonly placement: Placement };

/**
 * Brings the node's scoreboard and all its proxy threads from one configuration to the next: all of them, or none. Knows nothing of
 * where configurations come from and who is told. Swaps are one at a time: the caller waits for one before it begins the next.
 */
export function createConfigurationSwap(options: ConfigurationSwapOptions) {
  const { pool, scoreboard, probe, log } = options;
  const listenMap = options.listenMap ?? [];
  const departed = createDepartedRows<WorkerReport>(options.capacity.slots);
  const departedRoutes = createDepartedRows<RouteReport>(options.capacity.routes ?? ROUTE_ROWS);
  const placer = new DefinitionPlacer();
  const held: HeldRows = {
    worker: (slot) => isRowHeld(scoreboard, slot),
    route: (row) => isRouteRowHeld(scoreboard, row),
  };
  let placement: Placement = emptyPlacement(options.capacity);
  let index = indexRows(placement);
  let served: Served | undefined;
  let generationNumber = 0;
  let swapping = false;
  /** Addresses of the generation before, or of the last one that was not taken. */
  let lettingGo: readonly BoundListener[] = [];

  async function swap(received: Snapshot): Promise<readonly NodeError[]> {
    const same: Configured = keepSame(served?.snapshot, received);
    const snapshot: Snapshot = { ...received, ...same };
    const { definition, overrides, revision } = snapshot;
    const number = ++generationNumber;
    const before = placement;
    const roll = rollOf(definition, overrides, before.roll);
    const placed = placeRoll(before, roll, routeRollOf(definition, before.routeRoll), number);
    if (placed.kind === 'full') return [{ object: placed.object, code: 'capacity', text: placed.text }];
    const { uncounted, added, addedRoutes } = placed;

    const listening = served?.generation.listeners ?? [];
    const resolved = await resolveListeners(definition.listeners, listening, probe, lettingGo, listenMap);
    if ('errors' in resolved) return resolved.errors;

    const { listeners } = resolved;
    const generation: Generation = {
      number,
      revision,
      listeners,
      definition: placer.place(definition, placed.placement, placedBefore()),
    };
    // Until it is served, these are the ones that threads may have bound for nothing.
    lettingGo = listeners;
    const prepared = await pool.prepare(generation).catch((error: Error) => ({ errors: [error.message] }));
    if ('errors' in prepared) return prepared.errors.map((text) => fault(snapshot, text));

    const to = placed.placement;
    try {
      await writeRows(scoreboard, { from: before, to, added, addedRoutes });
    } catch (err) {
      prepared.abandon();
      throw err;
    }
    // From here on threads speak of the new rows: the first may, before the last has swapped.
    placement = to;
    if (!(await prepared.commit())) {
      placement = before;
      await writeRows(scoreboard, { from: to, to: before, added: new Set(), addedRoutes: [] });
      return [fault(snapshot, 'every proxy thread died when it swapped to it')];
    }
    lettingGo = listening;
    served = { snapshot, generation, placement };
    if (uncounted > 0) log.warn({ code: 'DP1403', snapshotVersion: revision, uncounted }, 'routes are not counted');
    return [];
  }

  function placedBefore() {
    if (served === undefined) return undefined;
    const { snapshot, generation } = served;
    return { definition: snapshot.definition, placed: generation.definition, placement: served.placement };
  }

  /** Lets go of the rows of removed workers that no thread uses any more; their last counts go along with the next reports. */
  function release(): void {
    // The places of a swap under way are those of before and some more: what is free by then is given back after it.
    if (swapping) return;
    const next = releasePlaces(placement, pool.released(), held);
    if (next === placement) return;
    const gone = rowsOf(placement).filter(({ slot, retired }) => retired && !next.retired.has(slot));
    departed.add(reportRows(scoreboard, gone));
    const kept = new Set(next.routes.quarantined);
    const goneRoutes = placement.routes.quarantined.filter((place) => !kept.has(place));
    departedRoutes.add(
      reportRoutes(
        scoreboard,
        goneRoutes.map(({ key, slot, incarnation }) => ({ key, row: slot, incarnation })),
      ),
    );
    placement = next;
  }

  function rowsNow() {
    if (index.of !== placement) index = indexRows(placement);
    return index;
  }

  /** Work on members of each balancer under its lock, with the rows they have by then; unknown workers are left out. */
  async function perBalancer<T extends WorkerName>(
    workers: Iterable<T>,
    work: (lock: number, rows: () => (readonly [slot: number, of: T])[]) => Promise<void>,
  ): Promise<void> {
    for (const [balancer, named] of Map.groupBy(workers, (worker) => worker.balancer)) {
      const lock = placement.locks.live.get(balancer)?.slot;
      if (lock === undefined) continue;
      await work(lock, () =>
        named.flatMap((worker) => {
          const slot = placement.slots.live.get(workerKey(balancer, worker.url))?.slot;
          return slot === undefined ? [] : [[slot, worker] as const];
        }),
      );
    }
  }

  return {
    /**
     * Serves a configuration on every thread, or changes nothing. Whatever is wrong comes back as a value: a configuration that
     * breaks an invariant of ours must not take the working one with it.
     *
     * @param snapshot validated and verified
     * @returns why not; empty when it is served
     */
    async swapTo(snapshot: Snapshot): Promise<readonly NodeError[]> {
      swapping = true;
      try {
        return await swap(snapshot);
      } catch (error) {
        return [fault(snapshot, (error as Error).message)];
      } finally {
        swapping = false;
        release();
      }
    },

    /** What is served; undefined until something is. */
    snapshot: (): Snapshot | undefined => served?.snapshot,
    definition: (): Definition | undefined => served?.snapshot.definition,
    listeners: (): readonly BoundListener[] => served?.generation.listeners ?? [],

    /** Mappings of `listenMap`, as written, that nothing in the served definition goes by. */
    unmatchedMappings: (): readonly string[] =>
      served === undefined ? [] : unmatchedMappings(listenMap, served.snapshot.definition.listeners),

    /** Rows of configured workers in configured order, then of those removed whose exchanges still finish. */
    rows: (): readonly Row[] => rowsNow().rows,

    /**
     * Whose row a thread speaks of; undefined once it is gone. Threads name a worker in every request that finds all workers dead:
     * the rows are not gone through each time.
     */
    rowAt: (slot: number): Row | undefined => rowsNow().bySlot.get(slot),

    /** Counters of all routes that are counted, those removed included while their exchanges still finish. */
    routeRows: (): readonly RouteReport[] => reportRoutes(scoreboard, routeRowsOf(placement)),

    /**
     * Lets the fleet's verdict take balancer members out of service on this node, or gives them back; under the balancer's lock. Rows
     * keep it across swaps; a worker that a swap added begins without.
     */
    setFleetDown: (workers: Iterable<WorkerName>, down: boolean): Promise<void> =>
      perBalancer(workers, (lock, rows) => writeVerdicts(scoreboard, lock, () => rows().map(([slot]) => slot), down)),

    /** Adds to members' lbstatus under the balancer's lock. Units: loadfactor × 100 per request. */
    adjustCredit: (credits: Iterable<WorkerName & { readonly credit: number }>): Promise<void> =>
      perBalancer(credits, (lock, rows) =>
        adjustCredit(scoreboard, lock, () => rows().map(([slot, { credit }]) => [slot, credit] as const)),
      ),

    /** For the pool's `onReleased`: some thread finished with older generations. */
    release,

    /** Last counts of rows given back, of workers and of routes. */
    departed: (): readonly WorkerReport[] => departed.forReport(),
    departedRoutes: (): readonly RouteReport[] => departedRoutes.forReport(),
    /** How many of them were dropped because there were too many. */
    droppedRows: (): number => departed.dropped() + departedRoutes.dropped(),
  };
}

function indexRows(of: Placement) {
  const rows = rowsOf(of);
  return { of, rows, bySlot: new Map(rows.map((row) => [row.slot, row])) };
}

function fault({ revision }: Snapshot, text: string): NodeError {
  return { object: `snapshot ${revision}`, code: 'compile', text };
}
