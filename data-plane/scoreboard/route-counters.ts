import { ROUTE_COLUMNS, type RouteColumn } from './layout.ts';

/**
 * A node's table of routes, one for all its threads, changed with Atomics. At rest `requests` is `responses` plus `errors`; what is
 * missing is in progress, or went down with its thread.
 */
export type RouteCounters = Readonly<Record<RouteColumn, BigInt64Array>> & { readonly rows: number };

/** @param view makes the view on one column */
export function openRouteCounters(rows: number, view: (column: RouteColumn) => BigInt64Array): RouteCounters {
  const columns = Object.fromEntries(ROUTE_COLUMNS.map((name) => [name, view(name)])) as Record<
    RouteColumn,
    BigInt64Array
  >;
  return { ...columns, rows };
}

/** Makes a row as good as new, for the next route in it; the caller knows that nobody uses it. */
export function clearRouteRow(counters: RouteCounters, row: number): void {
  for (const name of ROUTE_COLUMNS) Atomics.store(counters[name], row, 0n);
}

/** A route was chosen for a request that is to be proxied. */
export function countRouteRequest(counters: RouteCounters, row: number): void {
  Atomics.add(counters.requests, row, 1n);
}

/** A worker's response reached its end; bodies without framing, as the worker's own counters have them. */
export function countRelayed(counters: RouteCounters, row: number, requestBytes: number, responseBytes: number): void {
  Atomics.add(counters.responses, row, 1n);
  if (requestBytes > 0) Atomics.add(counters.bytesIn, row, BigInt(requestBytes));
  if (responseBytes > 0) Atomics.add(counters.bytesOut, row, BigInt(responseBytes));
}

/** The request ended otherwise. @param failed by a 5xx made here, or cut off; else by an answer of ours that blames the client */
export function countEnded(counters: RouteCounters, row: number, failed: boolean): void {
  Atomics.add(failed ? counters.errors : counters.responses, row, 1n);
}
