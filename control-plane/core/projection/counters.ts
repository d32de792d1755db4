import type { Report, WorkerReport } from '#shared/node-message.ts';

/** What a worker did, over all reports of a node, or of a fleet. */
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

/** The last cumulative values of one boot, by `owner url`. */
export type BootCounters = {
  readonly seq: number;
  /** Of the rows in the newest report, by incarnation. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<number, CounterTotals>>;
  /** Sums of rows that are no longer reported: a row that went never comes back. */
  readonly gone: ReadonlyMap<string, CounterTotals>;
};

/**
 * A node's counters: the last values of its recent boots, and the sum of those before. Values are absolute, so a report that
 * was lost, repeated or overtaken changes no total once a newer one is there.
 */
export type NodeCounters = {
  /** By boot id, oldest first. */
  readonly boots: ReadonlyMap<string, BootCounters>;
  /** Sums of boots no longer kept one by one, by `owner url`. */
  readonly closed: ReadonlyMap<string, CounterTotals>;
  /** Their ids: a straggler of theirs is not counted again. */
  readonly closedBoots: ReadonlySet<string>;
};

export const NO_COUNTERS: NodeCounters = { boots: new Map(), closed: new Map(), closedBoots: new Set() };

/** Boots whose stragglers still count exactly. */
const BOOTS_KEPT = 4;
const CLOSED_IDS_KEPT = 256;

/** Key of a worker over all nodes. */
export function counterKey({ balancer, url }: Pick<WorkerReport, 'balancer' | 'url'>): string {
  return `${balancer} ${url}`;
}

/** Takes in a report; one that is not newer than the last of its boot changes nothing. */
export function addReport(counters: NodeCounters, { bootId, seq, workers }: Report): NodeCounters {
  if (counters.closedBoots.has(bootId)) return counters;
  const known = counters.boots.get(bootId);
  if (known !== undefined && seq <= known.seq) return counters;
  const rows = new Map<string, Map<number, CounterTotals>>();
  for (const worker of workers) {
    const key = counterKey(worker);
    const incarnations = rows.get(key) ?? new Map<number, CounterTotals>();
    rows.set(key, incarnations.set(worker.incarnation, totalsOf(worker)));
  }
  const boots = new Map(counters.boots).set(bootId, { seq, rows, gone: known ? goneAfter(known, rows) : new Map() });
  return closeOldest({ ...counters, boots });
}

/** Sums by `counterKey`, over all boots and incarnations. */
export function totalsByWorker(counters: NodeCounters): Map<string, CounterTotals> {
  const totals = new Map(counters.closed);
  for (const boot of counters.boots.values()) addBoot(totals, boot);
  return totals;
}

export function addTotals(a: CounterTotals, b: CounterTotals): CounterTotals {
  return {
    elected: a.elected + b.elected,
    requests: a.requests + b.requests,
    responses: a.responses + b.responses,
    errors: a.errors + b.errors,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
  };
}

function totalsOf({ elected, requests, responses, errors, bytesIn, bytesOut }: WorkerReport): CounterTotals {
  return { elected, requests, responses, errors, bytesIn, bytesOut };
}

function goneAfter(known: BootCounters, rows: BootCounters['rows']): BootCounters['gone'] {
  let gone: Map<string, CounterTotals> | undefined;
  for (const [key, incarnations] of known.rows) {
    for (const [incarnation, row] of incarnations) {
      if (rows.get(key)?.has(incarnation)) continue;
      gone ??= new Map(known.gone);
      gone.set(key, addTotals(gone.get(key) ?? ZERO_TOTALS, row));
    }
  }
  return gone ?? known.gone;
}

function closeOldest(counters: NodeCounters): NodeCounters {
  if (counters.boots.size <= BOOTS_KEPT) return counters;
  const [[bootId, oldest] = [], ...rest] = counters.boots;
  if (bootId === undefined || oldest === undefined) return counters;
  const closed = new Map(counters.closed);
  addBoot(closed, oldest);
  const ids = [...counters.closedBoots, bootId].slice(-CLOSED_IDS_KEPT);
  return { boots: new Map(rest), closed, closedBoots: new Set(ids) };
}

function addBoot(totals: Map<string, CounterTotals>, { rows, gone }: BootCounters): void {
  for (const [key, sum] of gone) totals.set(key, addTotals(totals.get(key) ?? ZERO_TOTALS, sum));
  for (const [key, incarnations] of rows) {
    for (const row of incarnations.values()) totals.set(key, addTotals(totals.get(key) ?? ZERO_TOTALS, row));
  }
}
