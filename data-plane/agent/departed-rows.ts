import type { WorkerReport } from '#shared/node-message.ts';

/** Reports that repeat a row's last counts: as many less one may be lost without losing them. */
const REPEATS = 10;

export type DepartedRows = ReturnType<typeof createDepartedRows>;

/**
 * The last counts of rows that went back to the scoreboard. What a removed worker still did after the report before is in no row any
 * more, so these go along with the next reports.
 *
 * @param limit rows remembered at most; beyond it those go first that were reported most often
 */
export function createDepartedRows(limit: number) {
  let rows: { readonly row: WorkerReport; left: number }[] = [];

  return {
    add(gone: readonly WorkerReport[]): void {
      rows = [...rows, ...gone.map((row) => ({ row, left: REPEATS }))].slice(-limit);
    },

    /** Rows for one report. */
    forReport(): WorkerReport[] {
      const sent = rows.map(({ row }) => row);
      for (const each of rows) each.left--;
      rows = rows.filter(({ left }) => left > 0);
      return sent;
    },
  };
}
