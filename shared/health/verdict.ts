import type { Verdict } from './health-frame.ts';

/** A worker's identity among verdicts and evidence. Neither part holds a space. */
export function workerKey({ balancer, worker }: { readonly balancer: string; readonly worker: string }): string {
  return `${balancer} ${worker}`;
}

/**
 * Whether a verdict holds for a node.
 *
 * @param zone the node's `zone` label; a node without one is only concerned by verdicts that hold everywhere
 */
export function holdsIn({ zones }: Pick<Verdict, 'zones'>, zone: string | undefined): boolean {
  return zones.length === 0 || (zone !== undefined && zones.includes(zone));
}
