import { decodeReport } from '#shared/codec/node-codec.ts';
import {
  addTotals,
  type CounterTotals,
  counterKey,
  maxTotals,
  ZERO_TOTALS,
} from '../../control-plane/core/projection/counters.ts';

/** Totals by worker key. */
export type Counts = ReadonlyMap<string, CounterTotals>;

/**
 * What really happened, kept beside the program: each counter of each boot of each node. A boot that was killed is only sure of what
 * its disk had; what it counted after that may be known to the control plane, or to nobody.
 */
export type GroundTruth = {
  count(node: string, bootId: string, key: string, more: Partial<CounterTotals>): void;
  /** A boot was killed; `written` is what its disk has of it. */
  killed(node: string, bootId: string, written: Uint8Array | undefined): void;
  /** Nothing a node's disk had is left. */
  diskLost(node: string): void;
  /** What the totals of a node can be at most. */
  atMost(node: string): Counts;
  /** What they must be at least, once everything that can be told has been told. */
  atLeast(node: string): Counts;
  nodes(): readonly string[];
};

type Boot = { readonly counted: Map<string, CounterTotals>; sure: Counts | undefined };

export function createGroundTruth(): GroundTruth {
  const nodes = new Map<string, Map<string, Boot>>();

  function bootOf(node: string, bootId: string): Boot {
    const boots = nodes.get(node) ?? new Map<string, Boot>();
    nodes.set(node, boots);
    const boot = boots.get(bootId) ?? { counted: new Map(), sure: undefined };
    boots.set(bootId, boot);
    return boot;
  }

  function sum(node: string, of: (boot: Boot) => Counts): Counts {
    const totals = new Map<string, CounterTotals>();
    for (const boot of nodes.get(node)?.values() ?? []) {
      for (const [key, counts] of of(boot)) totals.set(key, addTotals(totals.get(key) ?? ZERO_TOTALS, counts));
    }
    return totals;
  }

  return {
    count(node, bootId, key, more) {
      const { counted } = bootOf(node, bootId);
      counted.set(key, addTotals(counted.get(key) ?? ZERO_TOTALS, { ...ZERO_TOTALS, ...more }));
    },
    killed(node, bootId, written) {
      bootOf(node, bootId).sure = written === undefined ? new Map() : countsOf(written);
    },
    diskLost(node) {
      for (const boot of nodes.get(node)?.values() ?? []) boot.sure = new Map();
    },
    atMost: (node) => sum(node, ({ counted }) => counted),
    atLeast: (node) => sum(node, ({ counted, sure }) => sure ?? counted),
    nodes: () => [...nodes.keys()],
  };
}

/** Totals in a report as the disk keeps it; a worker that came twice has several rows. */
function countsOf(encoded: Uint8Array): Counts {
  const totals = new Map<string, CounterTotals>();
  for (const row of decodeReport(encoded).workers) {
    const key = counterKey(row);
    const { elected, requests, responses, errors, bytesIn, bytesOut } = row;
    totals.set(
      key,
      addTotals(totals.get(key) ?? ZERO_TOTALS, { elected, requests, responses, errors, bytesIn, bytesOut }),
    );
  }
  return totals;
}

/** The first counter of `a` that is greater than `b` has it; undefined if none is. */
export function firstAbove(a: Counts, b: Counts): string | undefined {
  for (const [key, counts] of a) {
    const limit = b.get(key) ?? ZERO_TOTALS;
    if (maxTotals(limit, counts) !== limit) return `${key}: ${text(counts)} > ${text(limit)}`;
  }
  return undefined;
}

function text({ elected, requests, responses, errors, bytesIn, bytesOut }: CounterTotals): string {
  return `elected ${elected} requests ${requests} responses ${responses} errors ${errors} in ${bytesIn} out ${bytesOut}`;
}
