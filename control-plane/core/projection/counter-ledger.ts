import type { Report } from '#shared/node-message.ts';
import { addReport, countReport, NO_COUNTERS, type NodeCounters, takesBoot } from './counters.ts';
import { closeOldBoots, mergeCounters } from './merge-counters.ts';
import type { LedgerLimits } from './node-limits.ts';

/**
 * One node's counters at one replica: what it knows, and what it knows to be stored. Every step is a function, so that what is proved of
 * the steps in any order holds for replicas that crash between them.
 */
export type CounterLedger = {
  readonly counters: NodeCounters;
  /** What is stored, as far as this replica knows; the same object as `counters` when there is nothing to store. */
  readonly stored: NodeCounters;
  /** Version of the stored record; 0: none. */
  readonly version: number;
};

export const NEW_LEDGER: CounterLedger = { counters: NO_COUNTERS, stored: NO_COUNTERS, version: 0 };

export function needsSaving({ counters, stored }: CounterLedger): boolean {
  return counters !== stored;
}

/** @returns the same ledger if the report says nothing new; how many of its rows there was no room for */
export function takeReport(
  ledger: CounterLedger,
  report: Report,
  nowMs: number,
  limits?: LedgerLimits,
): { readonly ledger: CounterLedger; readonly refused: number } {
  const { counters, refused } = countReport(ledger.counters, report, nowMs, limits);
  return { ledger: counters === ledger.counters ? ledger : { ...ledger, counters }, refused };
}

/** What to store under `ledger.version`: old boots are closed in it, and only in it. */
export function recordOf({ counters }: CounterLedger): NodeCounters {
  return closeOldBoots(counters);
}

/** The store took a record; reports that came meanwhile are still to be saved. */
export function afterSave(ledger: CounterLedger, record: NodeCounters, version: number): CounterLedger {
  return { counters: mergeCounters(record, ledger.counters), stored: record, version };
}

/**
 * The store holds another record: what both know counts.
 *
 * @param record undefined: there is none any more
 */
export function afterLoad(ledger: CounterLedger, record: NodeCounters | undefined, version: number): CounterLedger {
  if (record === undefined) return { ...ledger, stored: NO_COUNTERS, version: 0 };
  return { counters: mergeCounters(record, ledger.counters), stored: record, version };
}

/** Whether all that a report says is in the store, as far as there is room for it: then its copy on the bus can go. */
export function isStored({ stored }: CounterLedger, report: Report, limits?: LedgerLimits): boolean {
  if (stored.closedBoots.includes(report.bootId)) return true;
  return takesBoot(stored, report.bootId) && addReport(stored, report, 0, limits) === stored;
}
