import type { Definition } from '../definition/definition.ts';
import type { Snapshot } from './snapshot.ts';

/** A configuration that lost more than this share of its routes or workers at once is taken for a mistake. */
export const SHRINK_LIMIT = 0.5;

/** Fewer objects than this may go at once: taking away two of three workers is everyday work. */
const SMALL = 4;

/**
 * Whether a snapshot is plausible after the one served now: a fault upstream must not empty a node that works. A snapshot
 * that says `allowShrink` is what an operator asked for, and passes.
 *
 * @param previous undefined if nothing is served yet
 * @returns what is implausible about it, or undefined
 */
export function implausibility(previous: Snapshot | undefined, next: Snapshot): string | undefined {
  if (previous === undefined || next.allowShrink === true) return undefined;
  const before = sizeOf(previous.definition);
  const after = sizeOf(next.definition);
  for (const key of ['listeners', 'routes', 'workers'] as const) {
    if (before[key] > 0 && after[key] === 0) {
      return `revision ${next.revision} has no ${key}, revision ${previous.revision} has ${before[key]}, and nobody allowed it to shrink`;
    }
    const lost = before[key] - after[key];
    if (lost >= SMALL && lost > before[key] * SHRINK_LIMIT) {
      return `revision ${next.revision} has ${after[key]} of ${before[key]} ${key}, more than half are gone, and nobody allowed it to shrink`;
    }
  }
  return undefined;
}

/** How much a definition holds. */
export function sizeOf(definition: Definition): { listeners: number; routes: number; workers: number } {
  const servers = [definition.mainServer, ...definition.virtualHosts];
  const located = servers.flatMap((server) => server.locations.filter((location) => location.route !== undefined));
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    listeners: definition.listeners.length,
    routes: sum(servers.map((server) => server.routes.length)) + located.length,
    workers:
      sum(servers.map((server) => server.workers.length)) +
      sum(definition.balancers.map((balancer) => balancer.members.length)),
  };
}
