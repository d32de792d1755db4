import type { Definition } from '../definition/definition.ts';
import type { Snapshot } from './snapshot.ts';

/** A configuration that lost more than this share of its routes or workers at once is taken for a mistake. */
export const SHRINK_LIMIT = 0.5;

/** Fewer objects than this may go at once: taking away two of three workers is everyday work. */
const SMALL = 4;

/**
 * Whether a snapshot is plausible after the one served now: a fault upstream must not empty a node that works. What an operator
 * allowed passes, on nodes that skipped the very revision, too. Between two revisions that lie apart, every one in between may
 * have taken its share.
 *
 * @param previous undefined if nothing is served yet
 * @returns what is implausible about it, or undefined
 */
export function implausibility(previous: Snapshot | undefined, next: Snapshot): string | undefined {
  if (previous === undefined || next.allowShrink === true) return undefined;
  if ((next.shrinkAllowedAt ?? 0) > previous.revision) return undefined;
  const before = sizeOf(previous.definition);
  const after = sizeOf(next.definition);
  for (const key of ['listeners', 'routes', 'workers'] as const) {
    if (before[key] > 0 && after[key] === 0) {
      return `revision ${next.revision} has no ${key}, revision ${previous.revision} has ${before[key]}, and nobody allowed it to shrink`;
    }
    if (after[key] < leastAfter(before[key], next.revision - previous.revision)) {
      return `revision ${next.revision} has ${after[key]} of ${before[key]} ${key} of revision ${previous.revision}, more than half at once are gone, and nobody allowed it to shrink`;
    }
  }
  return undefined;
}

/** What so many commits may leave of a number of objects, none of them losing more than one commit may. */
function leastAfter(count: number, commits: number): number {
  let least = count;
  for (let commit = 0; commit < commits && least > 1; commit++) {
    least = Math.max(1, least - Math.max(SMALL - 1, Math.floor(least * SHRINK_LIMIT)));
  }
  return Math.min(least, count);
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
