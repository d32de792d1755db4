import type { Report, WorkerReport } from '#shared/node-message.ts';
import * as reports from '#test/support/reports.ts';

export const FLEET = 'fleet';

/** The last report of a run. */
export function reportOf(source: Partial<Report>): Report {
  return reports.reportOf({ fleet: FLEET, bootId: 'boot', final: true, ...source });
}

/** Rows of workers that have each counted something. */
export function rows(count: number, requests = 1n): WorkerReport[] {
  const counted = { elected: requests, requests, responses: requests };
  return Array.from({ length: count }, (_, i) => reports.workerRow({ url: `http://10.0.0.${i}`, ...counted }));
}
