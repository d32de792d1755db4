import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { BusError } from '../bus.ts';
import type { NatsBusHooks, NatsFaultKind } from './settings.ts';

/** A code of the server's that the library has no name for. */
const STREAM_MESSAGE_EXCEEDS_MAXIMUM = 10054;

/** Faults by kind since the start. */
export type NatsFaultCounts = { readonly [kind in NatsFaultKind]?: number };

export type Faults = {
  tell(kind: NatsFaultKind, message: string): void;
  counts(): NatsFaultCounts;
};

/** Counts faults and tells each to the hook. */
export function createFaults(hooks: NatsBusHooks): Faults {
  const counts = new Map<NatsFaultKind, number>();
  return {
    tell(kind, message) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      hooks.onFault?.({ kind, message, count });
    },
    counts: () => Object.fromEntries(counts),
  };
}

/** No stream answered: the call had no effect, and making the stream may help. */
export class NoStreamError extends BusError {
  constructor(what: string, options?: ErrorOptions) {
    super('disconnected', `${what}: no stream answers`, options);
  }
}

/**
 * What a failed request means to callers of the bus.
 *
 * @param what the call, for the message: `put penstock.v1.f.keep.head`
 */
export function busErrorOf(err: unknown, what: string): BusError {
  for (const cause of causesOf(err)) {
    if (cause instanceof BusError) return cause;
    if (cause instanceof errors.PermissionViolationError) {
      return new BusError('refused', `${what}: this user may not (${cause.message})`, { cause: err });
    }
    if (cause instanceof errors.TimeoutError) {
      return new BusError('disconnected', `${what}: the server did not answer in time`, { cause: err });
    }
    if (cause instanceof errors.NoRespondersError) return new NoStreamError(what, { cause: err });
    if (cause instanceof JetStreamApiError) return apiErrorOf(cause, what);
  }
  return new BusError('disconnected', `${what}: ${messageOf(err)}`, { cause: err });
}

function apiErrorOf(err: JetStreamApiError, what: string): BusError {
  switch (err.code) {
    case JetStreamApiCodes.StreamWrongLastSequence:
    case JetStreamApiCodes.StreamWrongLastSequenceUnknown:
      return new BusError('conflict', `${what}: the kept version is another (${err.message})`, { cause: err });
    case JetStreamApiCodes.StreamNotFound:
      return new NoStreamError(what, { cause: err });
    case STREAM_MESSAGE_EXCEEDS_MAXIMUM:
      // Ours takes all sizes once it is ready; what the server takes has been checked.
      return new BusError('disconnected', `${what}: the stream is still being made`, { cause: err });
    default:
      // 503: JetStream is not ready, no leader yet, no quorum; it may come.
      return new BusError(err.status === 503 ? 'disconnected' : 'refused', `${what}: ${err.message}`, { cause: err });
  }
}

export function* causesOf(err: unknown): Generator<unknown> {
  // A bound, since a chain of causes could be a circle.
  for (let depth = 0; depth < 8 && err !== undefined && err !== null; depth++) {
    yield err;
    err = err instanceof Error ? err.cause : undefined;
  }
}

export function messageOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
