/**
 * Where everything lies in the scoreboard's memory: one header row, one row per lock, then one array per column (struct of
 * arrays) of the workers, of each thread's share of them, of the routes, and of what each thread holds of those. Each part begins
 * on a cache line of its own.
 */
export const CACHE_LINE_BYTES = 64;

/** `PNSB` */
export const MAGIC = 0x504e5342;
/** Changes when the layout does: a thread never reads a table laid out by other code. */
export const VERSION = 3;

/** Int32 positions in the header row. */
export const Header = { MAGIC: 0, VERSION: 1, SLOTS: 2, LOCKS: 3, THREADS: 4, ROUTES: 5 } as const;

export type Capacity = {
  /** Rows: workers of all balancers and virtual hosts, those still draining included. */
  readonly slots: number;
  /** Balancers, those still draining included. */
  readonly locks: number;
  /** Proxy threads, each with a `busyOf` and a `routeHoldsOf` column. Default 0. */
  readonly threads?: number;
  /** Rows of routes that are counted, those still draining included. Default `ROUTE_ROWS`. */
  readonly routes?: number;
};

/** Room for 32,768 workers that one change replaces by others. 96 bytes each, and 4 per thread. */
export const WORKER_ROWS = 65_536;

/** Locks per worker row, and the fewest. 64 bytes each. */
export const LOCKS = { perRow: 1 / 16, fewest: 4_096 } as const;

/** 40 bytes each, and 4 per thread. */
export const ROUTE_ROWS = 16_384;

/** Columns in order of their place, with bytes per cell. */
export const COLUMNS = [
  ['status', 4],
  ['lbstatus', 4],
  ['busy', 4],
  ['retries', 4],
  ['errorTimeMs', 8],
  ['elected', 8],
  ['transferred', 8],
  ['read', 8],
  ['requests', 8],
  ['responses', 8],
  ['errors', 8],
  ['bytesIn', 8],
  ['bytesOut', 8],
  ['othersTraffic', 8],
] as const satisfies readonly (readonly [string, 4 | 8])[];

export type Column = (typeof COLUMNS)[number][0];

/** Columns of the table of routes, 8 bytes per cell. */
export const ROUTE_COLUMNS = ['requests', 'responses', 'errors', 'bytesIn', 'bytesOut'] as const;

export type RouteColumn = (typeof ROUTE_COLUMNS)[number];

export type Layout = {
  readonly bytes: number;
  readonly locksAt: number;
  readonly at: Readonly<Record<Column, number>>;
  /** Begin of each thread's share of `busy`. */
  readonly busyOfAt: readonly number[];
  /** Likewise of each thread's `routeHoldsOf`. */
  readonly routeHoldsOfAt: readonly number[];
  readonly routesAt: Readonly<Record<RouteColumn, number>>;
};

/** Byte offsets of every part for a capacity. */
export function layoutOf({ slots, locks, threads = 0, routes = ROUTE_ROWS }: Capacity): Layout {
  let next = CACHE_LINE_BYTES;
  const place = (bytes: number): number => {
    const at = next;
    next += Math.ceil(bytes / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
    return at;
  };
  // A line per lock: two balancers' threads must not fight over one cache line.
  const locksAt = place(locks * CACHE_LINE_BYTES);
  const at = Object.fromEntries(COLUMNS.map(([name, bytes]) => [name, place(slots * bytes)])) as Record<Column, number>;
  const busyOfAt = Array.from({ length: threads }, () => place(slots * 4));
  const routesAt = Object.fromEntries(ROUTE_COLUMNS.map((name) => [name, place(routes * 8)])) as Layout['routesAt'];
  const routeHoldsOfAt = Array.from({ length: threads }, () => place(routes * 4));
  return { bytes: next, locksAt, at, busyOfAt, routeHoldsOfAt, routesAt };
}
