import type { ElectionMember } from '../balancing.ts';
import { addLbstatus, busyOf, lbstatusOf, type WorkerTable } from '../worker-table.ts';
import { byrequests } from './byrequests.ts';
import { type Choice, type LbMethodRule, prefer } from './lbmethod.ts';

/**
 * Elects the worker with the fewest requests in progress; among equally busy ones the most behind on its share, with the
 * accounting of byrequests. So loadfactor matters only between equals.
 *
 * @source lbmethod=bybusyness (mod_lbmethod_bybusyness.c)
 */
export const bybusyness: LbMethodRule = {
  consider(table: WorkerTable, member: ElectionMember, index: number, choice: Choice): void {
    const lbstatus = addLbstatus(table, member.slot, member.lbfactor);
    choice.total += member.lbfactor;
    if (choice.best < 0 || isBetter(table, member.slot, lbstatus, choice.bestSlot)) prefer(choice, member, index);
  },
  chosen: byrequests.chosen,
  reset(table: WorkerTable, slot: number): void {
    table.lbstatus[slot] = 0;
    Atomics.store(table.busy, slot, 0);
  },
};

function isBetter(table: WorkerTable, slot: number, lbstatus: number, bestSlot: number): boolean {
  const busy = busyOf(table, slot);
  const bestBusy = busyOf(table, bestSlot);
  return busy < bestBusy || (busy === bestBusy && lbstatus > lbstatusOf(table, bestSlot));
}
