import type { GenerationPart } from './generation-change.ts';
import type { PlacedDefinition } from './placed-definition.ts';

/** What a proxy thread is started with. */
export type ThreadData = {
  /** From 0. */
  readonly thread: number;
  /** How many threads the node runs: each takes its share of a worker's `max`. */
  readonly threads: number;
  readonly scoreboard: SharedArrayBuffer;
  /** How long a draining thread lets exchanges in flight finish, milliseconds. */
  readonly gracefulTimeoutMs: number;
  /** `Server`-like name in Via and error pages. */
  readonly product: string;
};

/** One complete configuration for a thread to compile and swap to. */
export type Generation = {
  readonly number: number;
  readonly revision: number;
  readonly definition: PlacedDefinition;
  /** Addresses to accept on: configured listeners, mapped onto this machine. */
  readonly listeners: readonly BoundListener[];
};

/** What of a generation goes to a thread: what it does not have yet. Plain data, structured-cloned. */
export type GenerationChange = {
  readonly number: number;
  /** Generation the parts lead from: the one the thread serves, or 0, which is empty. */
  readonly base: number;
  readonly part: GenerationPart;
};

/** An address as it is bound on this machine. */
export type BoundListener = {
  readonly address: string;
  readonly port: number;
  /** As the definition says. */
  readonly configuredPort: number;
  /** IP literal of the definition that is bound elsewhere here: virtual hosts are found by this one. */
  readonly configuredAddress?: string;
};

/** Slot key of a worker: its balancer's id or `plainOwner`, and URL. */
export function workerKey(owner: string, url: string): string {
  return `${owner} ${url}`;
}

/**
 * A change comes in two steps, so that no thread serves what another refuses. First any number of `generation-part`, each answered
 * `generation-part-taken` before the next is sent, so that none takes a thread's event loop for long; then `generation` with the
 * last part: compile, and bind addresses not listened on yet, without serving on them; answer `generation-prepared` or
 * `generation-refused`, which may also answer a part. Then either `generation-commit`: swap, serve on the new addresses, stop
 * accepting on those no longer named and end what came in there; answer `generation-serving`. Or `generation-abandon`: close what was bound for it and forget
 * it; no answer. At most one generation is prepared at a time. A thread that has just started gets the current generation the same
 * way, from nothing.
 */
export type ToThread =
  | ({ readonly type: 'generation-part' } & GenerationChange)
  | ({ readonly type: 'generation' } & GenerationChange & Pick<Generation, 'revision' | 'listeners'>)
  | { readonly type: 'generation-commit'; readonly number: number }
  | { readonly type: 'generation-abandon'; readonly number: number }
  /** Stop accepting, finish what is in flight up to the bound, then answer `drained`. */
  | { readonly type: 'drain' }
  /** For measurements: answer how long the event loop stood still at most since this was asked last. */
  | { readonly type: 'loop-delay' };

export type FromThread =
  /** Started and listening to messages. */
  | { readonly type: 'ready' }
  | { readonly type: 'generation-part-taken'; readonly number: number }
  | { readonly type: 'generation-prepared'; readonly number: number }
  | { readonly type: 'generation-refused'; readonly number: number; readonly errors: readonly string[] }
  | {
      readonly type: 'generation-serving';
      readonly number: number;
      /** What the thread accepts on now. */
      readonly listeners: Generation['listeners'];
    }
  /**
   * No exchange begun on a generation below this number is left on this thread, pools and timers included, but those whose response
   * has begun before the last swap, and tunnels: these have left it and hold their own rows in the scoreboard. Sent after each swap as
   * soon as it holds, and again when some of these have ended; until then the slots of workers removed since are not given to others.
   */
  | { readonly type: 'generations-released'; readonly below: number }
  /** A worker entered the error state on this thread. */
  | { readonly type: 'worker-error'; readonly slot: number; readonly reason: string; readonly timeMs: number }
  | { readonly type: 'drained'; readonly unfinished: number }
  | { readonly type: 'loop-delay'; readonly thread: number; readonly maxMs: number }
  /** A log line: pino runs in the main thread. */
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly code: string;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };
