import { describeOverrideChanges } from '#shared/definition/describe-changes.ts';
import type { FleetEvent } from '#shared/event/fleet-event.ts';
import { type FleetState, foldEvents, overrideKey } from '#shared/event/fold.ts';
import { type Decision, rejected } from './decision.ts';
import { findWorker } from './find-worker.ts';

export type ClearOverrideCommand = { readonly balancer: string; readonly worker: string };

/** Takes back every operator's act on a worker: the definition alone holds again. */
export function decideClearOverride(state: FleetState, command: ClearOverrideCommand): Decision {
  const found = findWorker(state.definition, command.balancer, command.worker);
  if ('type' in found) return { kind: 'rejected', rejection: found };
  const identity = { balancer: found.balancer, worker: found.worker.url };
  if (!state.overrides.has(overrideKey(identity))) {
    return rejected('no-override', `worker ${identity.worker} of balancer ${identity.balancer} has no override`);
  }
  return clearing(state, [{ type: 'override-cleared', ...identity, cause: 'operator' }]);
}

/** Takes back the overrides whose time is up. */
export function decideExpireOverrides(state: FleetState, nowMs: number): Decision {
  const due = [...state.overrides.values()].filter(({ untilMs }) => untilMs !== undefined && untilMs <= nowMs);
  return clearing(
    state,
    due.map(({ balancer, worker }) => ({ type: 'override-cleared', balancer, worker, cause: 'expired' })),
  );
}

/** Epoch milliseconds at which the next override is due; undefined when none has an end. */
export function nextExpiryMs(state: FleetState): number | undefined {
  let next: number | undefined;
  for (const { untilMs } of state.overrides.values()) {
    if (untilMs !== undefined && (next === undefined || untilMs < next)) next = untilMs;
  }
  return next;
}

function clearing(state: FleetState, events: readonly FleetEvent[]): Decision {
  const { overrides } = foldEvents(state, events);
  return { kind: 'accepted', events, changes: describeOverrideChanges(state.overrides, overrides), warnings: [] };
}
