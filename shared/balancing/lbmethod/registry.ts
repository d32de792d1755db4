import type { LbMethod } from '../../definition/balancer.ts';
import type { ElectionBalancer } from '../balancing.ts';
import type { WorkerTable } from '../worker-table.ts';
import { bybusyness } from './bybusyness.ts';
import { byrequests } from './byrequests.ts';
import { bytraffic } from './bytraffic.ts';
import type { LbMethodRule } from './lbmethod.ts';

const RULES: Readonly<Record<LbMethod, LbMethodRule>> = { byrequests, bytraffic, bybusyness };

/** The rule behind `lbmethod=`. */
export function lbMethodRule(lbmethod: LbMethod): LbMethodRule {
  return RULES[lbmethod];
}

/** Resets the method's counters of all members: what httpd does when an operator changes `lbmethod`. */
export function resetLbMethod(balancer: ElectionBalancer, table: WorkerTable): void {
  const { reset } = lbMethodRule(balancer.lbmethod);
  for (const member of balancer.members) reset(table, member.slot);
}

/**
 * An operator changed a loadfactor: every member's lbstatus starts again at its lbfactor (100 if it is alone).
 *
 * @source balancer-manager `w_lf` (mod_proxy_balancer.c:recalc_factors)
 */
export function loadfactorChanged(balancer: ElectionBalancer, table: WorkerTable): void {
  const alone = balancer.members.length === 1;
  for (const member of balancer.members) table.lbstatus[member.slot] = alone ? 100 : member.lbfactor;
}
