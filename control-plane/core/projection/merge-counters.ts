import {
  addTable,
  addTotals,
  type BootCounters,
  type CounterKind,
  type CounterTable,
  type CounterTotals,
  goneKey,
  maxTotals,
  type NodeCounters,
  type Series,
  splitKey,
  ZERO_TOTALS,
} from './counters.ts';

/** Boots that ended in order are closed when this many newer ones are there. */
const BOOTS_KEPT = 4;
/** Those whose last report never came: it may still, from the node's disk. */
const UNFINISHED_KEPT = 16;
/** Incarnations of one row kept one by one: a row that is gone may still end a long exchange. */
const INCARNATIONS_KEPT = 16;
/** Workers, and routes, of closed boots that are kept one by one. */
const CLOSED_KEYS_KEPT = 50_000;
/** Ids of closed boots remembered. */
const CLOSED_IDS_KEPT = 512;

/**
 * What two copies of a node's counters know together, in either order. What is closed comes from the copy that has closed more often;
 * of what is open there, the larger value of each counter.
 *
 * @returns `a` itself when `b` counts nothing that `a` does not
 */
export function mergeCounters(a: NodeCounters, b: NodeCounters): NodeCounters {
  const base = compareClosings(a, b) >= 0 ? a : b;
  const gone = new Set(base.closedBoots);
  const boots = new Map([...a.boots].filter(([bootId]) => !gone.has(bootId)));
  let isNews = base !== a || boots.size < a.boots.size;
  for (const [bootId, boot] of b.boots) {
    const own = boots.get(bootId);
    const merged = own === undefined ? boot : mergeBoots(own, boot);
    if (gone.has(bootId) || merged === own) continue;
    boots.set(bootId, merged);
    isNews = true;
  }
  return isNews ? { ...base, boots } : a;
}

/**
 * The same totals in less room: boots and incarnations that are long over become sums, and of very many workers and routes those that
 * no open boot knows become one of their owner's (`goneKey`). Only for a record about to be stored under its expected version: if
 * another one is stored first, this one is void, and nothing was closed.
 *
 * @returns the same object if there is nothing to close
 */
export function closeOldBoots(counters: NodeCounters, keysKept = CLOSED_KEYS_KEPT): NodeCounters {
  const over = overdueBoots(counters);
  const boots = new Map<string, BootCounters>();
  let isSettled = false;
  for (const [bootId, boot] of counters.boots) {
    if (over.has(bootId)) continue;
    const workers = settle(boot.workers);
    const routes = settle(boot.routes);
    const isSame = workers === boot.workers && routes === boot.routes;
    boots.set(bootId, isSame ? boot : { ...boot, workers, routes });
    isSettled ||= !isSame;
  }
  if (over.size === 0 && !isSettled) return counters;
  const closed = { workers: new Map(counters.closed.workers), routes: new Map(counters.closed.routes) };
  for (const boot of over.values()) {
    addTable(closed.workers, boot.workers);
    addTable(closed.routes, boot.routes);
  }
  for (const kind of ['workers', 'routes'] as const) foldGone(closed[kind], keysKept, isOpenIn(boots, kind));
  const closedBoots = [...counters.closedBoots, ...over.keys()].slice(-CLOSED_IDS_KEPT);
  return { boots, closed, closedBoots, closings: counters.closings + 1 };
}

function isOpenIn(boots: ReadonlyMap<string, BootCounters>, kind: CounterKind): (key: string) => boolean {
  return (key) => boots.values().some((boot) => boot[kind].has(key));
}

/** Adds up what is over, the oldest first, until few enough are left. */
function foldGone(sums: Map<string, CounterTotals>, kept: number, isOpen: (key: string) => boolean): void {
  for (const [key, totals] of [...sums]) {
    if (sums.size <= kept) return;
    const gone = goneKey(splitKey(key)[0]);
    if (key === gone || isOpen(key)) continue;
    sums.delete(key);
    sums.set(gone, addTotals(sums.get(gone) ?? ZERO_TOTALS, totals));
  }
}

/** Boots to close, oldest first. */
function overdueBoots({ boots }: NodeCounters): ReadonlyMap<string, BootCounters> {
  const newestFirst = [...boots].toSorted(([, a], [, b]) => b.changedMs - a.changedMs);
  const finished = newestFirst.slice(BOOTS_KEPT).filter(([, { final }]) => final);
  const unfinished = newestFirst.filter(([, { final }]) => !final).slice(UNFINISHED_KEPT);
  return new Map([...finished, ...unfinished].toSorted(([, a], [, b]) => a.changedMs - b.changedMs));
}

/** As many closings with different boots closed come of a store that lost records: any order will do, if it is always the same. */
function compareClosings(a: NodeCounters, b: NodeCounters): number {
  if (a.closings !== b.closings) return a.closings - b.closings;
  const [left, right] = [a.closedBoots.join(), b.closedBoots.join()];
  return left < right ? -1 : left > right ? 1 : 0;
}

function mergeBoots(a: BootCounters, b: BootCounters): BootCounters {
  const workers = mergeTables(a.workers, b.workers);
  const routes = mergeTables(a.routes, b.routes);
  const final = a.final || b.final;
  if (workers === a.workers && routes === a.routes && final === a.final) return a;
  return { final, changedMs: Math.max(a.changedMs, b.changedMs), workers, routes };
}

function mergeTables(a: CounterTable, b: CounterTable): CounterTable {
  let merged: Map<string, Series> | undefined;
  for (const [key, series] of b) {
    const own = a.get(key);
    const both = own === undefined ? series : mergeSeries(own, series);
    if (both === own) continue;
    merged ??= new Map(a);
    merged.set(key, both);
  }
  return merged ?? a;
}

function mergeSeries(a: Series, b: Series): Series {
  const isSettledBeyond = (b.settled?.below ?? 0) > (a.settled?.below ?? 0);
  const settled = isSettledBeyond ? b.settled : a.settled;
  const below = settled?.below ?? 0;
  const rows = new Map<number, CounterTotals>();
  for (const [incarnation, row] of a.rows) if (incarnation >= below) rows.set(incarnation, row);
  let isNews = isSettledBeyond;
  for (const [incarnation, row] of b.rows) {
    const own = rows.get(incarnation);
    const larger = own === undefined ? row : maxTotals(own, row);
    if (incarnation < below || larger === own) continue;
    rows.set(incarnation, larger);
    isNews = true;
  }
  if (!isNews) return a;
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
