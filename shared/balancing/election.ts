import { isUsable, WorkerStatus } from '../definition/worker-status.ts';
import type { ElectionBalancer } from './balancing.ts';
import { forceRecovery, retryWorker } from './error-state.ts';
import { createChoice, startChoice } from './lbmethod/lbmethod.ts';
import { lbMethodRule } from './lbmethod/registry.ts';
import { electSticky, type Session } from './sticky-session.ts';
import { countElected, statusOf, type WorkerTable } from './worker-table.ts';

export { connected, errorState, forceRecovery, retryWorker } from './error-state.ts';

/**
 * What one attempt may use: a member (index in the balancer's members), or why none. `routeChanged` is httpd's
 * BALANCER_ROUTE_CHANGED: the worker's route is not the one the session asked for. Once set by an attempt it stays set for
 * the request.
 */
export type Election =
  | {
      readonly kind: 'elected';
      readonly member: number;
      /** Chosen by the lbmethod, by the session's route, or by a `redirect` of the route's worker. */
      readonly by: 'method' | 'route' | 'redirect';
      readonly routeChanged: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: 'no-worker' | 'nofailover' };

const { DRAIN, FLEET_DOWN, HOT_SPARE, HOT_STANDBY } = WorkerStatus;

/**
 * Elects the worker for one attempt of a request: forced recovery, then the session's route, then the lbmethod. The winner's
 * `elected` grows by one and the method's account is settled; busy is the caller's (`beginBusy`). The caller holds the
 * balancer's lock; nothing is allocated unless there is a session.
 *
 * @param session what `findSession` found for this request, or undefined
 * @source mod_proxy_balancer.c:proxy_balancer_pre_request
 */
export function elect(
  balancer: ElectionBalancer,
  table: WorkerTable,
  nowMs: number,
  session: Session | undefined,
): Election {
  forceRecovery(balancer, table, nowMs);
  const among = electSessionFirst(balancer, table, nowMs, session, 0);
  // Better a worker that other nodes find dead than no answer at all.
  return among.kind === 'refused' ? electSessionFirst(balancer, table, nowMs, session, FLEET_DOWN) : among;
}

/** @param ignored status bits that count as not set */
function electSessionFirst(
  balancer: ElectionBalancer,
  table: WorkerTable,
  nowMs: number,
  session: Session | undefined,
  ignored: number,
): Election {
  const sticky = session && electSticky(balancer, table, nowMs, session, ignored);
  return sticky ?? electedByMethod(electAmong(balancer, table, nowMs, ignored), balancer);
}

/**
 * The election repeated by a request that waits for a usable worker (balancer `timeout`): the lbmethod alone, without forced
 * recovery and without the session. httpd repeats it every hundredth of the timeout.
 *
 * @source mod_proxy_balancer.c:find_best_worker
 */
export function electWaiting(balancer: ElectionBalancer, table: WorkerTable, nowMs: number): Election {
  return electedByMethod(electByMethod(balancer, table, nowMs), balancer);
}

const choice = createChoice();

/**
 * Elects by the balancer's lbmethod: the lowest lbset that has a usable worker. Within a set the regular workers compete, with
 * one hot spare joining per unusable (or draining) regular one; hot standbys compete only if nobody else is there. Draining
 * workers are never chosen. Workers in error whose retry time is over come back as they are looked at.
 *
 * @returns index in `balancer.members`, its `elected` counted and the method's account settled; -1 if nobody is usable
 * @source proxy_util.c:proxy_balancer_get_best_worker
 */
export function electByMethod(balancer: ElectionBalancer, table: WorkerTable, nowMs: number): number {
  const elected = electAmong(balancer, table, nowMs, 0);
  return elected >= 0 ? elected : electAmong(balancer, table, nowMs, FLEET_DOWN);
}

/** @param ignored status bits that count as not set */
function electAmong(balancer: ElectionBalancer, table: WorkerTable, nowMs: number, ignored: number): number {
  startChoice(choice);
  for (let lbset = nextLbset(balancer, -1); lbset >= 0; lbset = nextLbset(balancer, lbset)) {
    const unusable = considerRegulars(balancer, table, lbset, nowMs, ignored);
    if (unusable > 0) considerSpares(balancer, table, lbset, unusable, ignored);
    if (choice.best < 0) considerStandbys(balancer, table, lbset, ignored);
    if (choice.best < 0) continue;
    lbMethodRule(balancer.lbmethod).chosen(table, choice);
    countElected(table, choice.bestSlot);
    return choice.best;
  }
  return -1;
}

/** Considers the usable regular workers of a set; returns how many regular ones are not. Retries all that look unusable. */
function considerRegulars(
  balancer: ElectionBalancer,
  table: WorkerTable,
  lbset: number,
  nowMs: number,
  ignored: number,
): number {
  const { members } = balancer;
  const rule = lbMethodRule(balancer.lbmethod);
  let unusable = 0;
  for (let index = 0; index < members.length; index++) {
    const member = members[index];
    if (member === undefined || member.lbset !== lbset) continue;
    const status = statusOf(table, member.slot) & ~ignored;
    const regular = (status & (HOT_SPARE | HOT_STANDBY)) === 0;
    if (status & DRAIN) {
      if (regular) unusable++;
      continue;
    }
    const usable =
      isUsable(status) || (retryWorker(table, member, nowMs) && isUsable(statusOf(table, member.slot) & ~ignored));
    if (!regular) continue;
    if (usable) rule.consider(table, member, index, choice);
    else unusable++;
  }
  return unusable;
}

/** Considers the first `wanted` usable spares of a set, in configured order. Flag R wins over H. */
function considerSpares(
  balancer: ElectionBalancer,
  table: WorkerTable,
  lbset: number,
  wanted: number,
  ignored: number,
): void {
  const { members } = balancer;
  const rule = lbMethodRule(balancer.lbmethod);
  let joined = 0;
  for (let index = 0; index < members.length && joined < wanted; index++) {
    const member = members[index];
    if (member === undefined || member.lbset !== lbset) continue;
    const status = statusOf(table, member.slot) & ~ignored;
    if ((status & HOT_SPARE) === 0 || status & DRAIN || !isUsable(status)) continue;
    rule.consider(table, member, index, choice);
    joined++;
  }
}

/** Considers the usable standbys of a set that are not spares as well. */
function considerStandbys(balancer: ElectionBalancer, table: WorkerTable, lbset: number, ignored: number): void {
  const { members } = balancer;
  const rule = lbMethodRule(balancer.lbmethod);
  for (let index = 0; index < members.length; index++) {
    const member = members[index];
    if (member === undefined || member.lbset !== lbset) continue;
    const status = statusOf(table, member.slot) & ~ignored;
    if ((status & (HOT_STANDBY | HOT_SPARE)) !== HOT_STANDBY || status & DRAIN || !isUsable(status)) continue;
    rule.consider(table, member, index, choice);
  }
}

/** The lowest set number above `lbset` that has members; -1 if there is none. httpd counts up through the gaps. */
function nextLbset(balancer: ElectionBalancer, lbset: number): number {
  let next = -1;
  for (const member of balancer.members) {
    if (member.lbset > lbset && (next < 0 || member.lbset < next)) next = member.lbset;
  }
  return next;
}

const NO_WORKER: Election = Object.freeze({ kind: 'refused', reason: 'no-worker' });

/** Elections by method as they are handed out, by member index; shared by all balancers, so an election allocates nothing. */
const KEPT: readonly [unchanged: Election[], changed: Election[]] = [[], []];

/** @param member -1: nobody */
function electedByMethod(member: number, { stickysession }: ElectionBalancer): Election {
  if (member < 0) return NO_WORKER;
  // With stickysession configured httpd calls every choice by method a changed route, even without any session.
  const routeChanged = stickysession !== undefined;
  const kept = KEPT[routeChanged ? 1 : 0];
  for (let index = kept.length; index <= member; index++) {
    kept.push(Object.freeze({ kind: 'elected', member: index, by: 'method', routeChanged }));
  }
  return kept[member] ?? NO_WORKER;
}
