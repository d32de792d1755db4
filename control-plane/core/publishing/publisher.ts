import { unreachable } from '#shared/assert.ts';
import type { FleetState } from '#shared/event/fold.ts';
import { absorbFailure, absorbResult, absorbSeenHead } from './absorb.ts';
import { NO_CHORES } from './clean-up.ts';
import { decideNext } from './decide-next.ts';
import type { Moment, PublisherInput, PublisherRules, PublisherState, PublisherStep } from './publisher-state.ts';
import { advanceLine, lineFrom } from './revision-line.ts';

/**
 * Brings the bus to what the store holds, and keeps it there: deltas and heads as commits come, now and then a snapshot, copies of
 * commits; whatever is missing is put again. Any number of replicas do the same at once: what they put is the same, and a head
 * is only ever put over the one it was compared with. Pure: one input in, at most one effect out, which is answered before the
 * next.
 *
 * @source protocol P3, P5, E9, L1, L2
 */
export function stepPublisher(
  rules: PublisherRules,
  before: PublisherState,
  input: PublisherInput,
  moment: Moment,
): PublisherStep {
  return decideNext(rules, absorb(rules, before, input, moment), moment);
}

/** A publisher that has folded a state and does not know the bus yet. */
export function initialPublisher(rules: PublisherRules, state: FleetState, connected: boolean): PublisherState {
  const { revision } = state;
  return {
    line: lineFrom(rules.fleet, state),
    connected,
    kept: { kind: 'unknown' },
    deltasUpTo: revision,
    copiesUpTo: revision,
    chores: NO_CHORES,
    auditAtMs: 0,
    seenAtMs: 0,
    debounce: { notBeforeMs: 0, gapMs: rules.debounce.minMs, churned: false },
    republishAfterMs: rules.republishMs,
    retryAtMs: 0,
    retryMs: rules.retry.minMs,
    failures: 0,
  };
}

function absorb(rules: PublisherRules, before: PublisherState, input: PublisherInput, moment: Moment): PublisherState {
  switch (input.type) {
    case 'tick':
      return before;
    case 'committed':
      return absorbCommit(rules, before, input, moment);
    case 'head-seen':
      return absorbSeenHead(rules, before, input.payload, moment);
    case 'bus-status':
      return absorbStatus(rules, before, input.connected);
    case 'done':
      return absorbResult(rules, before, input.result, moment);
    case 'failed':
      return absorbFailure(rules, before, input.effect, input.failure, moment);
    default:
      return unreachable(input);
  }
}

function absorbCommit(
  rules: PublisherRules,
  before: PublisherState,
  { stored }: Extract<PublisherInput, { type: 'committed' }>,
  { nowMs }: Moment,
): PublisherState {
  if (before.broken !== undefined) return before;
  const line = advanceLine(before.line, stored, rules.maxDeltaBytes);
  if ('problem' in line) return { ...before, broken: line };
  const { debounce } = before;
  const churned = debounce.churned || nowMs < debounce.notBeforeMs;
  // What is new need not wait for the time at which something older is tried again.
  return { ...before, line, debounce: { ...debounce, churned }, retryAtMs: 0 };
}

function absorbStatus(rules: PublisherRules, before: PublisherState, connected: boolean): PublisherState {
  if (connected === before.connected) return before;
  // It may have lost everything meanwhile, or somebody else may have gone on.
  return connected
    ? { ...before, connected, kept: { kind: 'unknown' }, auditAtMs: 0, retryAtMs: 0, retryMs: rules.retry.minMs }
    : { ...before, connected };
}
