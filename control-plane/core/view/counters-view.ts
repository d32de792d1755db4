import { unreachable } from '#shared/assert.ts';
import {
  addTotals,
  type CounterKind,
  type CounterTotals,
  splitKey,
  totalsByKey,
  ZERO_TOTALS,
} from '../projection/counters.ts';
import type { FleetTotals } from '../projection/fleet-counters.ts';
import { routeTotals } from './totals-view.ts';

export const COUNTER_GROUPS = ['worker', 'balancer', 'route', 'node'] as const;
export type CounterGroup = (typeof COUNTER_GROUPS)[number];

/** Names, then counters. */
export type CounterRow = Readonly<Record<string, string | bigint>>;

/**
 * Rows for machines: whatever was ever counted, also by workers and nodes that are gone, ordered by name.
 *
 * @param node only what this node counted
 */
export function countersView(sums: FleetTotals, by: CounterGroup, node?: string): readonly CounterRow[] {
  switch (by) {
    case 'worker':
      return rowsOf(totalsFor(sums, 'workers', node), (key, totals) => {
        const [balancer, worker] = splitKey(key);
        return { balancer, worker, ...totals };
      });
    case 'route':
      return rowsOf(totalsFor(sums, 'routes', node), (key, totals) => {
        const [virtualHost, route] = splitKey(key);
        return { virtualHost, route, ...routeTotals(totals) };
      });
    case 'balancer': {
      const owners = node === undefined ? sums.byOwner() : byOwner(totalsFor(sums, 'workers', node));
      return rowsOf(owners, (balancer, totals) => ({ balancer, ...totals }));
    }
    case 'node': {
      const nodes = [...sums.byNode()].filter(([name]) => node === undefined || name === node);
      return rowsOf(new Map(nodes), (name, totals) => ({ node: name, ...totals }));
    }
    default:
      return unreachable(by);
  }
}

function rowsOf(
  totals: ReadonlyMap<string, CounterTotals>,
  row: (key: string, totals: CounterTotals) => CounterRow,
): readonly CounterRow[] {
  return [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, sum]) => row(key, sum));
}

function totalsFor(sums: FleetTotals, kind: CounterKind, node: string | undefined): ReadonlyMap<string, CounterTotals> {
  if (node === undefined) return sums.totals(kind);
  const counters = sums.ofNode(node);
  return counters === undefined ? new Map() : totalsByKey(counters, kind);
}

function byOwner(workers: ReadonlyMap<string, CounterTotals>): ReadonlyMap<string, CounterTotals> {
  const owners = new Map<string, CounterTotals>();
  for (const [key, totals] of workers) {
    const [owner] = splitKey(key);
    owners.set(owner, addTotals(owners.get(owner) ?? ZERO_TOTALS, totals));
  }
  return owners;
}
