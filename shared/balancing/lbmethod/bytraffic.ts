import type { ElectionMember } from '../balancing.ts';
import type { WorkerTable } from '../worker-table.ts';
import { type Choice, type LbMethodRule, prefer } from './lbmethod.ts';

/**
 * Elects the worker that has moved the fewest bytes for its weight. Counters only grow, so a fresh worker takes everything
 * until it has caught up; lbstatus is not used.
 *
 * @source lbmethod=bytraffic (mod_lbmethod_bytraffic.c)
 */
export const bytraffic: LbMethodRule = {
  consider(table: WorkerTable, member: ElectionMember, index: number, choice: Choice): void {
    const cost = weightedBytes(table, member);
    if (choice.best >= 0 && cost >= choice.cost) return;
    choice.cost = cost;
    prefer(choice, member, index);
  },
  chosen(): void {
    // The bytes themselves are the account.
  },
  reset(table: WorkerTable, slot: number): void {
    Atomics.store(table.transferred, slot, 0n);
    Atomics.store(table.read, slot, 0n);
    Atomics.store(table.othersTraffic, slot, 0n);
  },
};

/**
 * Both directions are divided and cut separately, as httpd's integers are. Doubles do that exactly while a counter is below
 * 2^53 bytes, and a rounding beyond it is far under one response. What other nodes moved counts like this node's own traffic.
 */
function weightedBytes(table: WorkerTable, { slot, lbfactor }: ElectionMember): number {
  const transferred = Number(Atomics.load(table.transferred, slot));
  const read = Number(Atomics.load(table.read, slot));
  const cost = Math.trunc(transferred / lbfactor) + Math.trunc(read / lbfactor);
  const others = Atomics.load(table.othersTraffic, slot);
  return others === 0n ? cost : cost + Math.trunc(Number(others) / lbfactor);
}
