import type { Definition } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';

/** What a proxy thread is started with. */
export type ThreadData = {
  readonly thread: number;
  readonly scoreboard: SharedArrayBuffer;
  /** How long a draining thread lets exchanges in flight finish, milliseconds. */
  readonly gracefulTimeoutMs: number;
  /** `Server`-like name in Via and error pages. */
  readonly product: string;
};

/** One complete configuration for a thread to compile and swap to; plain data, structured-cloned. */
export type Generation = {
  readonly number: number;
  readonly revision: number;
  readonly definition: Definition;
  readonly overrides: readonly Override[];
  /** Scoreboard slot of every worker, by `workerKey`. */
  readonly slots: ReadonlyMap<string, number>;
  /** Addresses to accept on: configured listeners, mapped onto this machine. Port as bound; `configured` as the definition says. */
  readonly listeners: readonly { readonly address: string; readonly port: number; readonly configuredPort: number }[];
};

/** Slot key of a worker: its balancer's id (or `virtualHostId!plain`) and URL. */
export function workerKey(owner: string, url: string): string {
  return `${owner} ${url}`;
}

/** Owner part of `workerKey` for the plain workers of a virtual host. */
export function plainOwner(virtualHostId: string): string {
  return `${virtualHostId}!plain`;
}

export type ToThread =
  /** Compile, listen where new, then serve; answered by `generation-serving` or `generation-refused`. */
  | { readonly type: 'generation'; readonly generation: Generation }
  /** Stop accepting, finish what is in flight up to the bound, then answer `drained`. */
  | { readonly type: 'drain' };

export type FromThread =
  | { readonly type: 'ready' }
  | {
      readonly type: 'generation-serving';
      readonly number: number;
      /** Ports actually bound (a configured port 0 gets one). */
      readonly listeners: readonly {
        readonly address: string;
        readonly port: number;
        readonly configuredPort: number;
      }[];
    }
  | { readonly type: 'generation-refused'; readonly number: number; readonly errors: readonly string[] }
  /** A worker entered the error state on this thread. */
  | { readonly type: 'worker-error'; readonly slot: number; readonly reason: string; readonly timeMs: number }
  | { readonly type: 'drained'; readonly unfinished: number }
  /** A log line: pino runs in the main thread. */
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly code: string;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };
