import {
  addTable,
  addTotals,
  type BootCounters,
  type CounterTable,
  type CounterTotals,
  maxTotals,
  type NodeCounters,
  type Series,
  ZERO_TOTALS,
} from './counters.ts';

/** Boots that end in order are closed when this many newer ones are there. */
const BOOTS_KEPT = 4;
/** Those whose last report never came: it may still, from the node's disk. */
const UNFINISHED_KEPT = 16;
/** Incarnations of one row kept one by one. */
const INCARNATIONS_KEPT = 4;
/** Ids of closed boots remembered. */
const CLOSED_IDS_KEPT = 512;

/**
 * What two copies of a node's counters know together, in either order. What is closed comes from the copy that has closed more often;
 * of what is open there, the larger value of each counter.
 */
export function mergeCounters(a: NodeCounters, b: NodeCounters): NodeCounters {
  const { closed, closedBoots, closings } = compareClosings(a, b) >= 0 ? a : b;
  const gone = new Set(closedBoots);
  const boots = new Map<string, BootCounters>();
  for (const [bootId, boot] of [...a.boots, ...b.boots]) {
    if (gone.has(bootId)) continue;
    const other = boots.get(bootId);
    boots.set(bootId, other === undefined ? boot : mergeBoots(other, boot));
  }
  return { boots, closed, closedBoots, closings };
}

/**
 * The same totals in less room: boots and incarnations that are long over become sums. Only for a record about to be stored under its
 * expected version: whoever stores another one meanwhile makes this one void, and nothing was closed.
 */
export function closeOldBoots(counters: NodeCounters): NodeCounters {
  const newestFirst = [...counters.boots].toSorted(([, a], [, b]) => b.changedMs - a.changedMs);
  const unfinished = newestFirst.filter(([, boot]) => !boot.final);
  const over = new Map([
    ...newestFirst.slice(BOOTS_KEPT).filter(([, boot]) => boot.final),
    ...unfinished.slice(UNFINISHED_KEPT),
  ]);
  const boots = new Map<string, BootCounters>();
  let settledAny = false;
  for (const [bootId, boot] of counters.boots) {
    if (over.has(bootId)) continue;
    const settled = { ...boot, workers: settle(boot.workers), routes: settle(boot.routes) };
    const isSame = settled.workers === boot.workers && settled.routes === boot.routes;
    boots.set(bootId, isSame ? boot : settled);
    settledAny ||= !isSame;
  }
  if (over.size === 0 && !settledAny) return counters;
  const closed = { workers: new Map(counters.closed.workers), routes: new Map(counters.closed.routes) };
  for (const boot of over.values()) {
    addTable(closed.workers, boot.workers);
    addTable(closed.routes, boot.routes);
  }
  const closedBoots = [...counters.closedBoots, ...[...over.keys()].toReversed()].slice(-CLOSED_IDS_KEPT);
  return { boots, closed, closedBoots, closings: counters.closings + 1 };
}

/** Equal counts with different boots closed come of a store that lost records: any order will do, if it is always the same. */
function compareClosings(a: NodeCounters, b: NodeCounters): number {
  if (a.closings !== b.closings) return a.closings - b.closings;
  const [left, right] = [a.closedBoots.join(), b.closedBoots.join()];
  return left < right ? -1 : left > right ? 1 : 0;
}

function mergeBoots(a: BootCounters, b: BootCounters): BootCounters {
  if (a === b) return a;
  return {
    final: a.final || b.final,
    changedMs: Math.max(a.changedMs, b.changedMs),
    workers: mergeTables(a.workers, b.workers),
    routes: mergeTables(a.routes, b.routes),
  };
}

function mergeTables(a: CounterTable, b: CounterTable): CounterTable {
  if (a === b || b.size === 0) return a;
  const merged = new Map(a);
  for (const [key, series] of b) {
    const other = merged.get(key);
    merged.set(key, other === undefined ? series : mergeSeries(other, series));
  }
  return merged;
}

function mergeSeries(a: Series, b: Series): Series {
  if (a === b) return a;
  const settled = (b.settled?.below ?? 0) > (a.settled?.below ?? 0) ? b.settled : a.settled;
  const rows = new Map<number, CounterTotals>();
  for (const [incarnation, row] of [...a.rows, ...b.rows]) {
    if (incarnation >= (settled?.below ?? 0))
      rows.set(incarnation, maxTotals(rows.get(incarnation) ?? ZERO_TOTALS, row));
  }
  return settled === undefined ? { rows } : { rows, settled };
}

function settle(table: CounterTable): CounterTable {
  let settled: Map<string, Series> | undefined;
  for (const [key, series] of table) {
    if (series.rows.size <= INCARNATIONS_KEPT) continue;
    settled ??= new Map(table);
    settled.set(key, settleSeries(series));
  }
  return settled ?? table;
}

function settleSeries({ rows, settled }: Series): Series {
  const newestFirst = [...rows].toSorted(([a], [b]) => b - a);
  const kept = newestFirst.slice(0, INCARNATIONS_KEPT);
  const below = Math.min(...kept.map(([incarnation]) => incarnation));
  const sum = newestFirst
    .slice(INCARNATIONS_KEPT)
    .reduce((total, [, row]) => addTotals(total, row), settled?.sum ?? ZERO_TOTALS);
  return { rows: new Map(kept), settled: { below, sum } };
}
