import { decodeReport } from '#shared/codec/node-codec.ts';
import {
  addTable,
  addTotals,
  type CounterTotals,
  counterKey,
  maxTotals,
  type NodeCounters,
  ZERO_TOTALS,
} from '../../control-plane/core/projection/counters.ts';

/** Totals by worker key. */
export type Counts = ReadonlyMap<string, CounterTotals>;

/**
 * What really happened, kept beside the program: each counter of each boot of each node. A boot that was killed is only sure of what
 * its disk had; what it counted after that may be known to the control plane, or to nobody. When a disk, the bus or the store loses
 * something, a boot that is over is only sure of the copies that are left.
 */
export type GroundTruth = {
  count(node: string, bootId: string, key: string, more: Partial<CounterTotals>): void;
  /** A boot was killed; `written` is what its disk has of it. */
  killed(node: string, bootId: string, written: Uint8Array | undefined): void;
  stopped(node: string, bootId: string): void;
  /** Something was lost somewhere: these are what is left. */
  lost(copies: Copies): void;
  /** What the totals of a node can be at most. */
  atMost(node: string): Counts;
  /** What they must be at least, once everything that can be told has been told. */
  atLeast(node: string): Counts;
  nodes(): readonly string[];
};

/** Where the last word of a boot may be kept. */
export type Copies = {
  /** Encoded reports of a boot, on disk and on the bus. */
  readonly reports: (node: string, bootId: string) => readonly Uint8Array[];
  /** What the store holds of a node. */
  readonly stored: (node: string) => NodeCounters | undefined;
};

type Boot = { readonly counted: Map<string, CounterTotals>; sure: Counts | undefined; isOver: boolean };

export function createGroundTruth(): GroundTruth {
  const nodes = new Map<string, Map<string, Boot>>();

  function bootOf(node: string, bootId: string): Boot {
    const boots = nodes.get(node) ?? new Map<string, Boot>();
    nodes.set(node, boots);
    const boot = boots.get(bootId) ?? { counted: new Map(), sure: undefined, isOver: false };
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
      const boot = bootOf(node, bootId);
      boot.isOver = true;
      boot.sure = written === undefined ? new Map() : countsOf(written);
    },
    stopped(node, bootId) {
      bootOf(node, bootId).isOver = true;
    },
    lost({ reports, stored }) {
      for (const [node, boots] of nodes) {
        const record = stored(node);
        for (const [bootId, boot] of boots) {
          if (!boot.isOver || record?.closedBoots.includes(bootId) === true) continue;
          const left = reports(node, bootId).map(countsOf);
          const recorded = record?.boots.get(bootId);
          const inStore = new Map<string, CounterTotals>();
          if (recorded !== undefined) addTable(inStore, recorded.workers);
          boot.sure = least(boot.sure ?? boot.counted, [...left, inStore].reduce(most, new Map()));
        }
      }
    },
    atMost: (node) => sum(node, ({ counted }) => counted),
    atLeast: (node) => sum(node, ({ counted, sure }) => sure ?? counted),
    nodes: () => [...nodes.keys()],
  };
}

function most(a: Counts, b: Counts): Counts {
  const both = new Map(a);
  for (const [key, counts] of b) both.set(key, maxTotals(both.get(key) ?? ZERO_TOTALS, counts));
  return both;
}

/** The smaller counts of two of which one counter is never above the other's and another below. */
function least(a: Counts, b: Counts): Counts {
  const both = new Map<string, CounterTotals>();
  for (const [key, counts] of a) {
    const other = b.get(key) ?? ZERO_TOTALS;
    both.set(key, maxTotals(counts, other) === counts ? other : counts);
  }
  return both;
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
