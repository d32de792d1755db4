import type { DefinitionChange } from '#shared/definition/describe-changes.ts';
import type { DefinitionProblem } from '#shared/definition/validate.ts';
import type { FleetEvent } from '#shared/event/fleet-event.ts';

/** What a command comes to. Accepted without events means: it is so already. */
export type Decision =
  | {
      readonly kind: 'accepted';
      readonly events: readonly FleetEvent[];
      readonly changes: readonly DefinitionChange[];
      /** Accepted, but worth a look. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** Why a command is refused; stable names, they are part of the API (`urn:penstock:problem:<type>`). */
export type RejectionType =
  | 'invalid-definition'
  | 'too-large'
  | 'implausible-shrink'
  | 'unknown-revision'
  | 'unknown-balancer'
  | 'unknown-worker'
  | 'ambiguous-name'
  | 'invalid-override'
  | 'no-override'
  /** The revision the user expected is not the current one. */
  | 'revision-mismatch'
  /** Somebody else changed the same objects meanwhile. */
  | 'conflict'
  /** The idempotency key was used for another command. */
  | 'key-reused'
  /** Too many commands wait. */
  | 'busy';

export type Rejection = {
  readonly type: RejectionType;
  /** A whole sentence naming the value and what would be right. */
  readonly detail: string;
  /** Every single problem, when there can be several. */
  readonly problems?: readonly DefinitionProblem[];
  /** Of conflicts: where the fleet is now. */
  readonly currentRevision?: number;
};

export function rejected(type: RejectionType, detail: string, more: Omit<Rejection, 'type' | 'detail'> = {}): Decision {
  return { kind: 'rejected', rejection: { type, detail, ...more } };
}
