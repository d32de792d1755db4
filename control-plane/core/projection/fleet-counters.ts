import type { Report } from '#shared/node-message.ts';
import {
  addTotals,
  type CounterKind,
  type CounterTotals,
  counterKey,
  isZero,
  NO_COUNTERS,
  type NodeCounters,
  routeKey,
  splitKey,
  subtractTotals,
  totalsByKey,
  totalsOf,
  ZERO_TOTALS,
} from './counters.ts';

/** Sums over a fleet, as those who show them read them. */
export type FleetTotals = {
  /** Over all nodes and boots, by `counterKey` or `routeKey`. */
  totals(kind: CounterKind): ReadonlyMap<string, CounterTotals>;
  /** Over all workers of a node, by its name. */
  byNode(): ReadonlyMap<string, CounterTotals>;
  /** Over all workers of a balancer, or all plain workers of a virtual host, by `balancerId` or `plainOwner`. */
  byOwner(): ReadonlyMap<string, CounterTotals>;
  /** Counters of one node. */
  ofNode(node: string): NodeCounters | undefined;
  nodes(): ReadonlyMap<string, NodeCounters>;
};

export type FleetSums = FleetTotals & {
  /** One node's counters have become others. */
  replace(node: string, after: NodeCounters): void;
  /** The same, when only rows of a report differ: a report touches few of them. */
  grow(node: string, after: NodeCounters, report: Report): void;
};

/**
 * Sums that are kept along, so that showing them costs nothing per node. Owned and changed by one caller; what it holds is always what
 * adding everything up would give.
 */
export function createFleetSums(): FleetSums {
  const nodes = new Map<string, NodeCounters>();
  const sums = { workers: new Map<string, CounterTotals>(), routes: new Map<string, CounterTotals>() };
  const nodeSums = new Map<string, CounterTotals>();
  const ownerSums = new Map<string, CounterTotals>();

  function move(node: string, after: NodeCounters, keysOf: (kind: CounterKind) => Iterable<string>): void {
    const before = nodes.get(node) ?? NO_COUNTERS;
    nodes.set(node, after);
    if (!nodeSums.has(node)) nodeSums.set(node, ZERO_TOTALS);
    for (const kind of ['workers', 'routes'] as const) {
      for (const key of keysOf(kind)) {
        const change = subtractTotals(totalsOf(after, kind, key), totalsOf(before, kind, key));
        if (isZero(change)) continue;
        add(sums[kind], key, change);
        if (kind === 'routes') continue;
        add(nodeSums, node, change);
        add(ownerSums, splitKey(key)[0], change);
      }
    }
  }

  return {
    replace(node, after) {
      const before = nodes.get(node) ?? NO_COUNTERS;
      move(node, after, (kind) => new Set([...totalsByKey(before, kind).keys(), ...totalsByKey(after, kind).keys()]));
    },
    grow(node, after, { bootId, workers, routes }) {
      const keys = { workers: new Set(workers.map(counterKey)), routes: new Set(routes.map(routeKey)) };
      const before = nodes.get(node)?.boots.get(bootId);
      const boot = after.boots.get(bootId);
      // A series that says nothing new is the same object.
      move(node, after, (kind) =>
        keys[kind].values().filter((key) => boot?.[kind].get(key) !== before?.[kind].get(key)),
      );
    },
    totals: (kind) => sums[kind],
    byNode: () => nodeSums,
    byOwner: () => ownerSums,
    ofNode: (node) => nodes.get(node),
    nodes: () => nodes,
  };
}

function add(sums: Map<string, CounterTotals>, key: string, change: CounterTotals): void {
  sums.set(key, addTotals(sums.get(key) ?? ZERO_TOTALS, change));
}
