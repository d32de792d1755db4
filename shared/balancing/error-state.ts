import { WorkerStatus } from '../definition/worker-status.ts';
import type { ElectionBalancer, ElectionMember } from './balancing.ts';
import { statusOf, type WorkerTable } from './worker-table.ts';

/**
 * Puts a worker in the error state, unless it ignores errors (flag I). Being put there again restarts its retry time.
 *
 * @returns true if the worker became unavailable by this call, false if it was in error already or ignores errors
 * @source mod_proxy.c:proxy_handler, mod_proxy_balancer.c:proxy_balancer_post_request
 */
export function errorState(table: WorkerTable, slot: number, nowMs: number): boolean {
  if (statusOf(table, slot) & WorkerStatus.IGNORE_ERRORS) return false;
  table.errorTimeMs[slot] = nowMs;
  const before = Atomics.or(table.status, slot, WorkerStatus.IN_ERROR);
  return (before & WorkerStatus.IN_ERROR) === 0;
}

/**
 * A new connection to the worker was made: its failures are forgotten. Taking a pooled connection changes nothing, and an
 * error state that another request set meanwhile stays.
 *
 * @source proxy_util.c:ap_proxy_connect_backend
 */
export function connected(table: WorkerTable, slot: number): void {
  table.errorTimeMs[slot] = 0;
  table.retries[slot] = 0;
}

/** A clock that was set back by more than this does not keep workers in error until it is where it was, milliseconds. */
const SET_BACK_MS = 1_000;

/**
 * Clears a worker's error state if its `retry` time is over or it ignores errors; a stopped worker keeps it. There is no
 * timer: whoever looks at a worker calls this. Clearing E leaves D, S and C as they are.
 *
 * httpd asks for strictly more than `retry`, in microseconds; our clock ticks in milliseconds, so equal is enough:
 * `retry=0` must let the next attempt of the same request have the worker.
 *
 * @returns true if the worker is not in error (any more)
 * @source BalancerMember `retry=` (proxy_util.c:ap_proxy_retry_worker)
 */
export function retryWorker(table: WorkerTable, member: ElectionMember, nowMs: number): boolean {
  const { slot } = member;
  const status = statusOf(table, slot);
  if ((status & WorkerStatus.IN_ERROR) === 0) return true;
  if (status & WorkerStatus.STOPPED) return false;
  const sinceMs = nowMs - (table.errorTimeMs[slot] ?? 0);
  const elapsed = sinceMs >= member.retryMs || sinceMs < -SET_BACK_MS;
  if (!elapsed && (status & WorkerStatus.IGNORE_ERRORS) === 0) return false;
  clearError(table, slot);
  return true;
}

/**
 * Gives every worker another chance when all of them are in error, at the start of each attempt. One worker without E, even
 * a disabled one, is enough to prevent it; a stopped worker with E counts as in error.
 *
 * @source ProxySet `forcerecovery=` (mod_proxy_balancer.c:force_recovery)
 */
export function forceRecovery(balancer: ElectionBalancer, table: WorkerTable, nowMs: number): void {
  for (const member of balancer.members) {
    if (retryWorker(table, member, nowMs)) return;
  }
  if (!balancer.forcerecovery) return;
  for (const member of balancer.members) clearError(table, member.slot);
}

function clearError(table: WorkerTable, slot: number): void {
  table.retries[slot] = (table.retries[slot] ?? 0) + 1;
  Atomics.and(table.status, slot, ~WorkerStatus.IN_ERROR);
}
