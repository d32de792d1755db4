import type { Report } from '#shared/node-message.ts';
import {
  afterLoad,
  afterSave,
  type CounterLedger,
  isStored,
  NEW_LEDGER,
  needsSaving,
  recordOf,
  takeReport,
} from './core/projection/counter-ledger.ts';
import { decodeCounterRecord, encodeCounterRecord } from './core/projection/counter-record.ts';
import { takesBoot } from './core/projection/counters.ts';
import { createFleetSums, type FleetTotals } from './core/projection/fleet-counters.ts';
import type { LedgerLimits } from './core/projection/node-limits.ts';
import type { Logger } from './log.ts';
import type { Clock, RecordStore, VersionedRecord } from './ports.ts';

/** The ledgers of all nodes at one replica, with what the store holds of them. */
export type CounterLedgers = {
  readonly totals: FleetTotals;
  /** Counts a report. */
  take(report: Report): {
    /** It told anything new. */
    readonly isNews: boolean;
    /** False if it was not taken, or not all of it: of a boot closed long ago, of a node too many, of more workers than are counted of one. */
    readonly isWhole: boolean;
  };
  /** All that the report says is in the store. */
  isStored(report: Report): boolean;
  unsaved(): number;
  /** Nodes counted, those that left included. */
  size(): number;
  /** What is wrong with the records that cannot be read, by node. */
  refused(): ReadonlyMap<string, string>;
  /** Nodes that report more workers and routes, or longer names of them, than are counted of one node. */
  cut(): ReadonlySet<string>;
  /** Takes in what other replicas, or this one in an earlier life, have stored. @throws what the store throws */
  load(): Promise<void>;
  /** Stores what changed. @throws the first error, when it has tried the others */
  store(): Promise<void>;
};

export type CounterLedgersOptions = {
  readonly fleet: string;
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly maxNodes: number;
  /** What is counted of one node. */
  readonly limits?: LedgerLimits;
  readonly log: Logger;
};

const REFUSED_RETRY_MS = 60_000;
/** Other replicas store the same nodes at the same time. */
const ATTEMPTS = 8;
const FAILURES_IN_A_ROW = 3;
const NOT_TAKEN = { isNews: false, isWhole: false };

export function createCounterLedgers(options: CounterLedgersOptions): CounterLedgers {
  const { fleet, records, clock, limits, log } = options;
  const sums = createFleetSums();
  const ledgers = new Map<string, CounterLedger>();
  const refused = new Map<string, string>();
  const refusedAtMs = new Map<string, number>();
  const cut = new Set<string>();
  const toldCut = new Set<string>();

  function put(node: string, ledger: CounterLedger): void {
    const before = ledgers.get(node)?.counters;
    ledgers.set(node, ledger);
    if (ledger.counters !== before) sums.replace(node, ledger.counters);
  }

  /** Takes what the store holds of a node into account; a record that cannot be read is never overwritten. */
  function learn(node: string, record: VersionedRecord | undefined): void {
    const ledger = ledgers.get(node) ?? NEW_LEDGER;
    try {
      const counters = record && decodeCounterRecord(fleet, node, record.bytes);
      refused.delete(node);
      put(node, afterLoad(ledger, counters, record?.version ?? 0));
    } catch (err) {
      const problem = err instanceof Error ? err.message : String(err);
      if (refused.get(node) !== problem) {
        log.error({ code: 'CP2601', node, err }, 'a stored record of counters cannot be read; it is left as it is');
      }
      refused.set(node, problem);
      refusedAtMs.set(node, performance.now());
      // As if there were none: storing succeeds only when somebody has removed it.
      put(node, { ...ledger, version: 0 });
    }
  }

  /** A complete report that is counted whole says that nothing of the node is missing any more. */
  function noteRoom({ node, complete }: Report, refusedRows: number): void {
    if (refusedRows === 0) {
      if (complete) cut.delete(node);
      return;
    }
    cut.add(node);
    if (toldCut.has(node)) return;
    toldCut.add(node);
    log.warn({ code: 'CP2607', node, rows: refusedRows }, 'not all that a node reports is counted');
  }

  async function storeNode(node: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const ledger = ledgers.get(node) ?? NEW_LEDGER;
      if (!needsSaving(ledger)) return;
      const record = recordOf(ledger);
      const result = await records.save(node, ledger.version, encodeCounterRecord(fleet, node, record));
      if (result.kind === 'saved') {
        refused.delete(node);
        return put(node, afterSave(ledgers.get(node) ?? ledger, record, result.version));
      }
      learn(node, result.record);
      if (refused.has(node)) return;
    }
  }

  function isDue(node: string): boolean {
    return !refused.has(node) || performance.now() - (refusedAtMs.get(node) ?? 0) >= REFUSED_RETRY_MS;
  }

  return {
    totals: sums,

    take(report) {
      const { node, bootId } = report;
      const ledger = ledgers.get(node) ?? NEW_LEDGER;
      const hasRoom = ledgers.has(node) || ledgers.size < options.maxNodes;
      if (!hasRoom || !takesBoot(ledger.counters, bootId)) return NOT_TAKEN;
      const { ledger: after, refused: refusedRows } = takeReport(ledger, report, clock(), limits);
      ledgers.set(node, after);
      noteRoom(report, refusedRows);
      const isNews = after !== ledger;
      if (isNews) sums.grow(node, after.counters, report);
      return { isNews, isWhole: refusedRows === 0 };
    },

    isStored(report) {
      const ledger = ledgers.get(report.node);
      return ledger !== undefined && isStored(ledger, report, limits);
    },
    unsaved: () => ledgers.values().filter(needsSaving).toArray().length,
    size: () => ledgers.size,
    refused: () => refused,
    cut: () => cut,

    async load() {
      const found = await records.load();
      for (const [node, record] of found) {
        if (ledgers.get(node)?.version !== record.version) learn(node, record);
      }
      // The store was wiped, or is of an earlier day: of nodes that left, nobody else would say it again. If another replica has just
      // stored such a node, this one meets the record when it stores.
      for (const [node, { version }] of ledgers) {
        if (!found.has(node) && (version > 0 || refused.has(node))) learn(node, undefined);
      }
    },

    async store() {
      const errors: unknown[] = [];
      let failedInARow = 0;
      for (const node of [...ledgers.keys()].filter(isDue)) {
        try {
          await storeNode(node);
          failedInARow = 0;
        } catch (err) {
          errors.push(err);
          // One record that cannot be stored keeps no other from it; a store that takes none is not asked on and on.
          if (++failedInARow === FAILURES_IN_A_ROW) break;
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
