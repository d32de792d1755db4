import type { WorkerTable } from '#shared/balancing/worker-table.ts';
import { type Capacity, type Column, Header, type Layout, layoutOf, MAGIC, ROUTE_ROWS, VERSION } from './layout.ts';
import { openRouteCounters, type RouteCounters } from './route-counters.ts';
import { createLocks, LOCK_STRIDE, type Locks, releaseLocks } from './spin-lock.ts';

/**
 * A node's shared table of workers, one for all its threads: what httpd keeps in shared memory, so that a node makes one
 * sequence of elections. Election columns (`status`, `lbstatus`, `retries`, `errorTimeMs`, `elected`) change under the
 * balancer's lock; everything else with Atomics.
 */
export type Scoreboard = WorkerTable &
  Locks & {
    /** Exchanges whose request head was handed to the worker. */
    readonly requests: BigInt64Array;
    /** Complete responses relayed. */
    readonly responses: BigInt64Array;
    /** Attempts that failed. */
    readonly errors: BigInt64Array;
    /** Request body bytes towards the worker. */
    readonly bytesIn: BigInt64Array;
    /** Response body bytes to clients. */
    readonly bytesOut: BigInt64Array;
    readonly slots: number;
    readonly lockCount: number;
    readonly routes: RouteCounters;
    /**
     * A thread's share of `busy`, written by that thread only and plainly (`busyOf(t)[slot]++` beside each
     * `Atomics.add(busy, slot, 1)`): what the agent takes back from `busy` if the thread dies.
     */
    busyOf(thread: number): Int32Array;
    /**
     * How many exchanges of a thread hold a route's row though they have left their generation; written by that thread only and
     * plainly. What `busy` is to the rows of workers, but for those exchanges alone: the others have their generation to hold it.
     */
    routeHoldsOf(thread: number): Int32Array;
    readonly threads: number;
  };

/** Zeroed memory for a scoreboard. */
export function createScoreboard(capacity: Capacity): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(layoutOf(capacity).bytes);
  const header = new Int32Array(memory);
  header[Header.VERSION] = VERSION;
  header[Header.SLOTS] = capacity.slots;
  header[Header.LOCKS] = capacity.locks;
  header[Header.THREADS] = capacity.threads ?? 0;
  header[Header.ROUTES] = capacity.routes ?? ROUTE_ROWS;
  header[Header.MAGIC] = MAGIC;
  return memory;
}

/** Views on a scoreboard's memory. Fails on memory that `createScoreboard` of this version did not make. */
export function openScoreboard(memory: SharedArrayBuffer): Scoreboard {
  const { capacity, layout } = readHeader(memory);
  const { slots } = capacity;
  const i32 = (column: Column) => new Int32Array(memory, layout.at[column], slots);
  const f64 = (column: Column) => new Float64Array(memory, layout.at[column], slots);
  const i64 = (column: Column) => new BigInt64Array(memory, layout.at[column], slots);
  const busyOf = layout.busyOfAt.map((at) => new Int32Array(memory, at, slots));
  const routeHoldsOf = layout.routeHoldsOfAt.map((at) => new Int32Array(memory, at, capacity.routes));
  return {
    status: i32('status'),
    lbstatus: i32('lbstatus'),
    busy: i32('busy'),
    retries: i32('retries'),
    errorTimeMs: f64('errorTimeMs'),
    elected: f64('elected'),
    transferred: i64('transferred'),
    read: i64('read'),
    requests: i64('requests'),
    responses: i64('responses'),
    errors: i64('errors'),
    bytesIn: i64('bytesIn'),
    bytesOut: i64('bytesOut'),
    othersTraffic: i64('othersTraffic'),
    routes: openRouteCounters(
      capacity.routes,
      (column) => new BigInt64Array(memory, layout.routesAt[column], capacity.routes),
    ),
    slots,
    lockCount: capacity.locks,
    busyOf: (thread) => shareOf(busyOf, thread),
    routeHoldsOf: (thread) => shareOf(routeHoldsOf, thread),
    threads: capacity.threads,
    ...createLocks(lockWords(memory, capacity, layout)),
  };
}

function shareOf(shares: readonly Int32Array[], thread: number): Int32Array {
  const share = shares[thread];
  if (share === undefined) throw new Error(`invariant broken: no thread ${thread}; there are ${shares.length}`);
  return share;
}

/**
 * Whether some exchange is busy with a worker's row. By the threads' own shares: unlike `busy`, they are right whatever died.
 */
export function isRowHeld(scoreboard: Scoreboard, slot: number): boolean {
  for (let thread = 0; thread < scoreboard.threads; thread++) {
    if (Atomics.load(scoreboard.busyOf(thread), slot) !== 0) return true;
  }
  return false;
}

/** Whether some exchange that has left its generation will count on a route's row. */
export function isRouteRowHeld(scoreboard: Scoreboard, row: number): boolean {
  for (let thread = 0; thread < scoreboard.threads; thread++) {
    if (Atomics.load(scoreboard.routeHoldsOf(thread), row) !== 0) return true;
  }
  return false;
}

/** Frees the locks a dead owner left behind. @returns how many */
export function releaseLocksOf(memory: SharedArrayBuffer, owner: number): number {
  const { capacity, layout } = readHeader(memory);
  return releaseLocks(lockWords(memory, capacity, layout), owner);
}

/**
 * Takes a dead thread's requests in progress out of `busy`, and what it held of routes. A thread that died between its two writes
 * leaves a worker's count one off; nothing else can.
 *
 * @returns how many requests died with it
 */
export function releaseBusyOf(scoreboard: Scoreboard, thread: number): number {
  const share = scoreboard.busyOf(thread);
  let released = 0;
  share.forEach((count, slot) => {
    if (count === 0) return;
    Atomics.sub(scoreboard.busy, slot, count);
    released += count;
  });
  share.fill(0);
  scoreboard.routeHoldsOf(thread).fill(0);
  return released;
}

/** Makes a row as good as new, for the next worker in this slot; the caller knows that nobody uses it. */
export function clearRow(scoreboard: Scoreboard, slot: number): void {
  const { status, lbstatus, busy, retries, errorTimeMs, elected } = scoreboard;
  for (const column of [status, lbstatus, busy, retries, errorTimeMs, elected]) column[slot] = 0;
  const { transferred, read, othersTraffic, requests, responses, errors, bytesIn, bytesOut } = scoreboard;
  const counters = [transferred, read, othersTraffic, requests, responses, errors, bytesIn, bytesOut];
  for (const column of counters) column[slot] = 0n;
}

function lockWords(memory: SharedArrayBuffer, capacity: Capacity, layout: Layout): Int32Array {
  return new Int32Array(memory, layout.locksAt, capacity.locks * LOCK_STRIDE);
}

function readHeader(memory: SharedArrayBuffer): { capacity: Required<Capacity>; layout: Layout } {
  const header = new Int32Array(memory);
  if (header[Header.MAGIC] !== MAGIC || header[Header.VERSION] !== VERSION) {
    throw new Error(
      `invariant broken: not a scoreboard of version ${VERSION} (magic ${header[Header.MAGIC]}, version ${header[Header.VERSION]})`,
    );
  }
  const capacity = {
    slots: header[Header.SLOTS] ?? 0,
    locks: header[Header.LOCKS] ?? 0,
    threads: header[Header.THREADS] ?? 0,
    routes: header[Header.ROUTES] ?? 0,
  };
  return { capacity, layout: layoutOf(capacity) };
}
