import type { FleetEvent } from '#shared/event/fleet-event.ts';
import { type FleetState, overrideKey } from '#shared/event/fold.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { decideApply } from './apply.ts';
import type { Rejection } from './decision.ts';

/**
 * Events that bring a state to the content of a snapshot, definition and overrides; none without one.
 *
 * @returns why not, when the snapshot's definition is none that this build accepts
 */
export function decideRestore(state: FleetState, content: Snapshot | undefined): readonly FleetEvent[] | Rejection {
  if (content === undefined) return [];
  const { definition, overrides } = content;
  const decision = decideApply(state, { definition, allowShrink: true });
  if (decision.kind === 'rejected') return decision.rejection;
  const wanted = new Set(overrides.map(overrideKey));
  const gone = [...state.overrides.values()].filter((override) => !wanted.has(overrideKey(override)));
  return [
    ...decision.events.filter(({ type }) => type !== 'override-cleared'),
    ...gone.map(({ balancer, worker }) => ({
      type: 'override-cleared' as const,
      balancer,
      worker,
      cause: 'operator' as const,
    })),
    ...overrides.map((override) => ({ type: 'override-set' as const, override })),
  ];
}
