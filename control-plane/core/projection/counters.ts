import type { Report, RouteReport, WorkerReport } from '#shared/node-message.ts';
import { createRoom, type LedgerRoom } from './ledger-room.ts';
import { LEDGER_LIMITS, type LedgerLimits, MAX_BOOT_ID } from './node-limits.ts';

/** What a worker or route did. Of a route nothing is elected. */
export type CounterTotals = {
  readonly elected: bigint;
  readonly requests: bigint;
  readonly responses: bigint;
  readonly errors: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
};

export const ZERO_TOTALS: CounterTotals = {
  elected: 0n,
  requests: 0n,
  responses: 0n,
  errors: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
};

/** The two kinds of rows a node counts in. */
export type CounterKind = 'workers' | 'routes';

/** One worker's or route's rows in one boot. */
export type Series = {
  /** The largest values seen, by incarnation. */
  readonly rows: ReadonlyMap<number, CounterTotals>;
  /** Rows of lower incarnations, added up when they were closed: nothing more is taken for them. */
  readonly settled?: { readonly below: number; readonly sum: CounterTotals };
};

/** By `counterKey` or `routeKey`. */
export type CounterTable = ReadonlyMap<string, Series>;

/** One run of a node. */
export type BootCounters = {
  /** Its last report is in, whole. */
  readonly final: boolean;
  /** When a counter last grew here, epoch milliseconds; says which boots are old, never what they count. */
  readonly changedMs: number;
  readonly workers: CounterTable;
  readonly routes: CounterTable;
};

/**
 * A node's counters as a grow-only counter: per boot, row and counter the largest value seen. A counter only grows while its row lives,
 * so reports may be lost, repeated and reordered, and records merged in any order: the last value stands. Boots long over are
 * closed into one sum; that happens only in what is stored under its expected version, one closing after the other, so no two
 * replicas close differently (`closeOldBoots`).
 */
export type NodeCounters = {
  /** By boot id. */
  readonly boots: ReadonlyMap<string, BootCounters>;
  /** Sums of the boots that are closed. */
  readonly closed: Readonly<Record<CounterKind, ReadonlyMap<string, CounterTotals>>>;
  /** The newest of their ids, oldest first: a straggler of theirs is not counted again. */
  readonly closedBoots: readonly string[];
  /** How often something was closed; of two records of a node, the higher one continues the other. */
  readonly closings: number;
};

export const NO_COUNTERS: NodeCounters = {
  boots: new Map(),
  closed: { workers: new Map(), routes: new Map() },
  closedBoots: [],
  closings: 0,
};

/** Boots of a node that are kept open at most while nothing can be stored; reports of further ones are not taken. */
const MAX_OPEN_BOOTS = 256;

/** Key of a worker over all nodes. Its owner holds no space. */
export function counterKey({ balancer, url }: Pick<WorkerReport, 'balancer' | 'url'>): string {
  return `${balancer} ${url}`;
}

/** Key of a route over all nodes. A virtual host's id holds no space. */
export function routeKey({ virtualHost, route }: Pick<RouteReport, 'virtualHost' | 'route'>): string {
  return `${virtualHost} ${route}`;
}

/** The two parts of a key: owner and URL, or virtual host and route. */
export function splitKey(key: string): readonly [string, string] {
  const at = key.indexOf(' ');
  return [key.slice(0, at), key.slice(at + 1)];
}

/** Key of all workers of an owner, or routes of a virtual host, that are long gone, where there were very many. No URL or route is so. */
export function goneKey(owner: string): string {
  return `${owner} (gone)`;
}

/** Whether a report of this boot can still change anything. */
export function takesBoot(counters: NodeCounters, bootId: string): boolean {
  if (counters.boots.has(bootId)) return true;
  if (bootId.length > MAX_BOOT_ID) return false;
  return counters.boots.size < MAX_OPEN_BOOTS && !counters.closedBoots.includes(bootId);
}

/** Takes in a report; gives back the same object if it says nothing new. */
export function addReport(counters: NodeCounters, report: Report, nowMs: number, limits?: LedgerLimits): NodeCounters {
  return countReport(counters, report, nowMs, limits).counters;
}

/**
 * The same, and how many rows there was no room for: of workers and routes beyond the limits. What is known is counted on exactly. Only
 * reports are measured, for a merge must lose nothing that is stored: replicas that were full each in its own way have more together.
 */
export function countReport(
  counters: NodeCounters,
  report: Report,
  nowMs: number,
  limits: LedgerLimits = LEDGER_LIMITS,
): { readonly counters: NodeCounters; readonly refused: number } {
  const { bootId } = report;
  // Of a last report in parts no part says that all are there.
  const final = report.final && report.complete;
  if (!takesBoot(counters, bootId)) return { counters, refused: 0 };
  const known = counters.boots.get(bootId);
  const room = createRoom(counters, limits);
  const workers = raise(known?.workers ?? NO_ROWS, report.workers, WORKER_ROWS, room);
  const routes = raise(known?.routes ?? NO_ROWS, report.routes, ROUTE_ROWS, room);
  const refused = room.refused();
  const grew = workers !== (known?.workers ?? NO_ROWS) || routes !== (known?.routes ?? NO_ROWS);
  if (!grew && (!final || known?.final === true)) return { counters, refused };
  const boot = { final: final || known?.final === true, changedMs: nowMs, workers, routes };
  const after = { ...counters, boots: new Map(counters.boots).set(bootId, boot) };
  room.became(after);
  return { counters: after, refused };
}

/** Sum of one worker or route over all boots and incarnations. */
export function totalsOf(counters: NodeCounters, kind: CounterKind, key: string): CounterTotals {
  let sum = counters.closed[kind].get(key) ?? ZERO_TOTALS;
  for (const boot of counters.boots.values()) {
    const series = boot[kind].get(key);
    if (series !== undefined) sum = addTotals(sum, seriesTotals(series));
  }
  return sum;
}

/** Sums over all boots and incarnations, by key. */
export function totalsByKey(counters: NodeCounters, kind: CounterKind): Map<string, CounterTotals> {
  const totals = new Map(counters.closed[kind]);
  for (const boot of counters.boots.values()) addTable(totals, boot[kind]);
  return totals;
}

/** Adds a boot's rows to sums by key. */
export function addTable(totals: Map<string, CounterTotals>, table: CounterTable): void {
  for (const [key, series] of table) {
    totals.set(key, addTotals(totals.get(key) ?? ZERO_TOTALS, seriesTotals(series)));
  }
}

export function addTotals(a: CounterTotals, b: CounterTotals): CounterTotals {
  return eachCounter(a, b, (x, y) => x + y);
}

export function subtractTotals(a: CounterTotals, b: CounterTotals): CounterTotals {
  return eachCounter(a, b, (x, y) => x - y);
}

/** The larger value of each counter; `a` itself if it has them all. */
export function maxTotals(a: CounterTotals, b: CounterTotals): CounterTotals {
  const exceeds =
    b.elected > a.elected ||
    b.requests > a.requests ||
    b.responses > a.responses ||
    b.errors > a.errors ||
    b.bytesIn > a.bytesIn ||
    b.bytesOut > a.bytesOut;
  return exceeds ? eachCounter(a, b, larger) : a;
}

export function isZero({ elected, requests, responses, errors, bytesIn, bytesOut }: CounterTotals): boolean {
  return (elected | requests | responses | errors | bytesIn | bytesOut) === 0n;
}

function seriesTotals({ rows, settled }: Series): CounterTotals {
  let sum = settled?.sum ?? ZERO_TOTALS;
  for (const row of rows.values()) sum = addTotals(sum, row);
  return sum;
}

const NO_ROWS: CounterTable = new Map();
const NO_SERIES: Series = { rows: new Map() };

type CountingRow = Omit<CounterTotals, 'elected'> & { readonly incarnation: number };

/** How rows of a kind are read. */
type RowKind<R extends CountingRow> = {
  readonly kind: CounterKind;
  readonly keyOf: (row: R) => string;
  readonly electedOf: (row: R) => bigint;
};

const WORKER_ROWS: RowKind<WorkerReport> = { kind: 'workers', keyOf: counterKey, electedOf: ({ elected }) => elected };
const ROUTE_ROWS: RowKind<RouteReport> = { kind: 'routes', keyOf: routeKey, electedOf: () => 0n };

/** The table with every counter at least what the rows say; the same object if it was so already. Rows that count nothing take no place. */
function raise<R extends CountingRow>(
  table: CounterTable,
  rows: readonly R[],
  { kind, keyOf, electedOf }: RowKind<R>,
  room: LedgerRoom,
): CounterTable {
  let raised: Map<string, Series> | undefined;
  for (const row of rows) {
    const key = keyOf(row);
    const series = (raised ?? table).get(key) ?? NO_SERIES;
    if (row.incarnation < (series.settled?.below ?? 0)) continue;
    const { requests, responses, errors, bytesIn, bytesOut } = row;
    const known = series.rows.get(row.incarnation);
    const before = known ?? ZERO_TOTALS;
    const after = maxTotals(before, { elected: electedOf(row), requests, responses, errors, bytesIn, bytesOut });
    if (after === before || (known === undefined && !room.takes(kind, key))) continue;
    raised ??= new Map(table);
    raised.set(key, { ...series, rows: new Map(series.rows).set(row.incarnation, after) });
  }
  return raised ?? table;
}

/** `Math.max` takes no bigint. */
function larger(x: bigint, y: bigint): bigint {
  if (x > y) return x;
  return y;
}

function eachCounter(a: CounterTotals, b: CounterTotals, join: (x: bigint, y: bigint) => bigint): CounterTotals {
  return {
    elected: join(a.elected, b.elected),
    requests: join(a.requests, b.requests),
    responses: join(a.responses, b.responses),
    errors: join(a.errors, b.errors),
    bytesIn: join(a.bytesIn, b.bytesIn),
    bytesOut: join(a.bytesOut, b.bytesOut),
  };
}
