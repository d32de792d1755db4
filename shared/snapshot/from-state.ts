import type { Override } from '../definition/override.ts';
import type { FleetState } from '../event/fold.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The snapshot of a folded state. Equal states give equal snapshots, so replicas that fold the same commits publish the same:
 * overrides go in order of balancer and worker, whatever order the fold kept.
 */
export function snapshotOf(fleet: string, state: FleetState): Snapshot {
  const { revision, definition, overrides, allowShrink, shrinkAllowedAt } = state;
  return {
    fleet,
    revision,
    definition,
    overrides: [...overrides.values()].sort(byWorker),
    ...(allowShrink ? { allowShrink } : {}),
    ...(shrinkAllowedAt === 0 ? {} : { shrinkAllowedAt }),
  };
}

function byWorker(a: Override, b: Override): number {
  return compare(a.balancer, b.balancer) || compare(a.worker, b.worker);
}

/** By UTF-16 code units: the same everywhere, whatever the locale. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
