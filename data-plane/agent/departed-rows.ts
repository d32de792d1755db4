import type { RouteReport, WorkerReport } from '#shared/node-message.ts';

/**
 * The last counts of rows that went back to the scoreboard. What a removed worker or route did is in no row any more, and whoever
 * adds up may have been away for as long as this node runs: so they go along with complete reports to the end of the run.
 *
 * @param limit rows remembered at most; beyond it the oldest are dropped
 */
export function createDepartedRows<T extends WorkerReport | RouteReport>(limit: number) {
  let rows: T[] = [];
  let dropped = 0;

  return {
    add(gone: readonly T[]): void {
      rows = [...rows, ...gone.filter(hasCounted)];
      dropped += Math.max(0, rows.length - limit);
      rows = rows.slice(-limit);
    },

    /** All of them: the reporter knows what it has sent. */
    forReport: (): readonly T[] => rows,

    /** How many were dropped. */
    dropped: () => dropped,
  };
}

function hasCounted(row: WorkerReport | RouteReport): boolean {
  const { requests, responses, errors, bytesIn, bytesOut } = row;
  const elected = 'elected' in row ? row.elected : 0n;
  return (elected | requests | responses | errors | bytesIn | bytesOut) !== 0n;
}
