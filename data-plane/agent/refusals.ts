import type { NodeError } from '#shared/node-message.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { type FollowerState, type FollowerStep, identityOf, type Refusal } from './follower-state.ts';

/** Refused configurations that are remembered; a forgotten one is refused again. */
const MAX_REFUSALS = 16;

const UNBELIEVED = 'unbelieved ';

function isUnbelieved({ code }: NodeError): boolean {
  return code === 'signature' || code === 'wrong-fleet';
}

/** Whether it was refused for who sent it, not for what it is. */
export function wasUnbelieved({ identity }: Refusal): boolean {
  return identity.startsWith(UNBELIEVED);
}

export function refusalOf(state: FollowerState, identity: string): Refusal | undefined {
  return state.refusals.find((refusal) => refusal.identity === identity);
}

/**
 * Remembers a configuration as refused and tells why, once: heads are repeated, and reports say it again.
 *
 * @param options.passing it will be tried again
 */
export function refuse(
  state: FollowerState,
  head: Head,
  errors: readonly NodeError[],
  options: { readonly passing?: boolean; readonly applyMs?: number } = {},
): FollowerStep {
  const { passing = false, applyMs = 0 } = options;
  const { epoch, revision, stateHash } = head;
  // What somebody merely claims to be this configuration says nothing against the real one.
  const identity = `${errors.some(isUnbelieved) ? UNBELIEVED : ''}${identityOf(head)}`;
  const before = refusalOf(state, identity);
  const others = state.refusals.filter((refusal) => refusal !== before);
  const refusal = { epoch, revision, stateHash, identity, errors, passing, told: true };
  const next = { ...state, refusals: [...others, refusal].slice(-MAX_REFUSALS) };
  if (before?.told === true && before.passing === passing) return { state: next, effects: [] };
  return { state: next, effects: [{ type: 'ack', head, phase: 'rejected', applyMs, errors }] };
}
