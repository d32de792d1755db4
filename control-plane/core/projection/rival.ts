import type { Report } from '#shared/node-message.ts';

/**
 * A run of a node that was followed by another and reports all the same: two processes go by one name. Times are epoch milliseconds of
 * this control plane's clock.
 */
export type Rival = {
  readonly bootId: string;
  /** Of its newest report. */
  readonly seq: number;
  /** Reports since the run after it was first heard of. */
  readonly reports: number;
  readonly lastMs: number;
};

/** So many reports are no stragglers of a run that has ended. */
const ENOUGH_REPORTS = 3;
/** Silent for this long, it is gone. */
const GONE_AFTER_MS = 15_000;

/** Folds a report of an earlier run. */
export function foldRival(rival: Rival | undefined, { bootId, seq, final }: Report, nowMs: number): Rival | undefined {
  if (rival?.bootId !== bootId) return final ? rival : { bootId, seq, reports: 1, lastMs: nowMs };
  if (final) return undefined;
  return seq <= rival.seq ? rival : { bootId, seq, reports: rival.reports + 1, lastMs: nowMs };
}

/** Whether it is there beyond doubt. */
export function isRival(rival: Rival | undefined, nowMs: number): rival is Rival {
  return rival !== undefined && rival.reports >= ENOUGH_REPORTS && Math.abs(nowMs - rival.lastMs) < GONE_AFTER_MS;
}
