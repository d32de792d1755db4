import type { CounterKind, CounterTable, CounterTotals, NodeCounters } from './counters.ts';
import { type LedgerLimits, MAX_ROUTE_KEY, MAX_WORKER_KEY } from './node-limits.ts';

/** How much more a node's counters take. Belongs to who adds one report to them. */
export type LedgerRoom = {
  /** Whether there is room for a row that is not counted yet: of a worker that is new, or of a new run or incarnation of a known one. */
  takes(kind: CounterKind, key: string): boolean;
  /** Rows there was no room for. */
  refused(): number;
  /** What the counters have become by the rows that were taken. */
  became(after: NodeCounters): void;
};

const MAX_KEY: Readonly<Record<CounterKind, number>> = { workers: MAX_WORKER_KEY, routes: MAX_ROUTE_KEY };
/** Of a row in a stored record, without its key. */
const ROW_CHARS = 64;

/** Counters of most nodes never have to be measured twice: they are values, and a report adds to what was measured before. */
const seriesIn = new WeakMap<NodeCounters, number>();
const charsIn = new WeakMap<object, number>();

/** The room that is left; measured when the first new row comes, since most reports have none. */
export function createRoom(counters: NodeCounters, limits: LedgerLimits): LedgerRoom {
  const added = { workers: new Set<string>(), routes: new Set<string>() };
  let left: { series: number; chars: number } | undefined;
  let refused = 0;

  return {
    takes(kind, key) {
      left ??= { series: limits.series - countSeries(counters), chars: limits.recordChars - measure(counters) };
      const isNew = !added[kind].has(key) && !isKnown(counters, kind, key);
      const chars = key.length + ROW_CHARS;
      if (key.length > MAX_KEY[kind] || left.chars < chars || (isNew && left.series < 1)) {
        refused++;
        return false;
      }
      left.chars -= chars;
      if (isNew) {
        left.series--;
        added[kind].add(key);
      }
      return true;
    },
    refused: () => refused,
    became(after) {
      const before = seriesIn.get(counters);
      if (before !== undefined) seriesIn.set(after, before + added.workers.size + added.routes.size);
    },
  };
}

function isKnown({ boots, closed }: NodeCounters, kind: CounterKind, key: string): boolean {
  return closed[kind].has(key) || boots.values().some((boot) => boot[kind].has(key));
}

function countSeries(counters: NodeCounters): number {
  const known = seriesIn.get(counters);
  if (known !== undefined) return known;
  const { boots, closed } = counters;
  let count = 0;
  for (const kind of ['workers', 'routes'] as const) {
    const keys = new Set(closed[kind].keys());
    for (const boot of boots.values()) for (const key of boot[kind].keys()) keys.add(key);
    count += keys.size;
  }
  seriesIn.set(counters, count);
  return count;
}

function measure({ boots, closed }: NodeCounters): number {
  let chars = charsOfSums(closed.workers) + charsOfSums(closed.routes);
  for (const { workers, routes } of boots.values()) chars += charsOfTable(workers) + charsOfTable(routes);
  return chars;
}

function charsOfTable(table: CounterTable): number {
  return remembered(table, () => {
    let chars = 0;
    for (const [key, { rows, settled }] of table) {
      chars += key.length + ROW_CHARS * (rows.size + (settled === undefined ? 0 : 1));
    }
    return chars;
  });
}

function charsOfSums(sums: ReadonlyMap<string, CounterTotals>): number {
  return remembered(sums, () => sums.keys().reduce((chars, key) => chars + key.length + ROW_CHARS, 0));
}

function remembered(measured: object, measureNow: () => number): number {
  const chars = charsIn.get(measured) ?? measureNow();
  charsIn.set(measured, chars);
  return chars;
}
