import type { ElectionMember } from '../balancing.ts';
import { addLbstatus, lbstatusOf, type WorkerTable } from '../worker-table.ts';
import { type Choice, type LbMethodRule, prefer } from './lbmethod.ts';

/**
 * Elects the worker most behind on its share of requests. Every worker considered gains its lbfactor; the highest lbstatus
 * wins and gives back the total, so the sum stays constant. Workers not considered (unusable, in other sets, idle standbys)
 * keep theirs: one that returns has neither a penalty nor anything to catch up.
 *
 * @source lbmethod=byrequests (mod_lbmethod_byrequests.c); lbfactor is `BalancerMember loadfactor=` × 100
 */
export const byrequests: LbMethodRule = {
  consider(table: WorkerTable, member: ElectionMember, index: number, choice: Choice): void {
    const lbstatus = addLbstatus(table, member.slot, member.lbfactor);
    choice.total += member.lbfactor;
    if (choice.best < 0 || lbstatus > lbstatusOf(table, choice.bestSlot)) prefer(choice, member, index);
  },
  chosen(table: WorkerTable, choice: Choice): void {
    addLbstatus(table, choice.bestSlot, -choice.total);
  },
  reset(table: WorkerTable, slot: number): void {
    table.lbstatus[slot] = 0;
  },
};
