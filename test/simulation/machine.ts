import nodeCrypto from 'node:crypto';
import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import nodeNet from 'node:net';
import nodeTimers from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { Kernel, Planned } from './kernel.ts';

/** Epoch milliseconds at which every world begins. */
export const WORLD_EPOCH_MS = Date.UTC(2030, 0, 1);

/** Whether somebody takes a connection, as seen by the process that asks. */
export type Reach = (host: string, port: number) => boolean;

/**
 * Puts a simulated machine under the program: timers, clocks, chance, UUIDs and outgoing connections are the world's as long as code of
 * one of its processes runs. That is how the product's own code, shells included, runs in virtual time without a line of it knowing.
 *
 * @returns takes it away again
 */
export function installMachine(kernel: Kernel, reach: Reach): () => void {
  const chance = kernel.chance.fork('machine');
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    setImmediate: globalThis.setImmediate,
    clearImmediate: globalThis.clearImmediate,
    random: Math.random,
    dateNow: Date.now,
    performanceNow: performance.now,
    randomUUID: nodeCrypto.randomUUID,
    randomUUIDv7: nodeCrypto.randomUUIDv7,
    connect: nodeNet.connect,
    delay: nodeTimers.setTimeout,
    turn: nodeTimers.setImmediate,
  };
  const isOurs = () => kernel.current() !== undefined;

  /** A timer of the process that made it; a little late, as timers are. */
  class Timer {
    #planned: Planned | undefined;
    readonly #ms: number;
    readonly #run: () => void;
    readonly #repeats: boolean;
    readonly #process = kernel.current();

    constructor(run: () => void, ms: number | undefined, repeats: boolean) {
      this.#run = run;
      this.#ms = Math.max(1, ms ?? 1);
      this.#repeats = repeats;
      this.refresh();
    }

    refresh(): this {
      this.cancel();
      this.#planned = kernel.after(this.#ms + chance.random(), this.#process, 'timer', () => {
        this.#planned = undefined;
        if (this.#repeats) this.refresh();
        this.#run();
      });
      return this;
    }

    cancel(): void {
      if (this.#planned !== undefined) this.#planned.cancelled = true;
      this.#planned = undefined;
    }

    ref = () => this;
    unref = () => this;
    hasRef = () => true;
  }

  function cancel(timer: unknown, otherwise: (timer: never) => void): void {
    if (timer instanceof Timer) timer.cancel();
    else otherwise(timer as never);
  }

  const timers = {
    setTimeout: (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      isOurs() ? new Timer(() => run(...args), ms, false) : real.setTimeout(run, ms, ...args),
    setInterval: (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      isOurs() ? new Timer(() => run(...args), ms, true) : real.setInterval(run, ms, ...args),
    clearTimeout: (timer: unknown) => cancel(timer, real.clearTimeout),
    clearInterval: (timer: unknown) => cancel(timer, real.clearInterval),
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]) =>
      isOurs() ? kernel.after(0, kernel.current(), 'turn', () => run(...args)) : real.setImmediate(run, ...args),
  };

  function delay<T>(ms?: number, value?: T, options: { readonly signal?: AbortSignal } = {}): Promise<T> {
    if (!isOurs()) return real.delay(ms, value, options) as Promise<T>;
    const { signal } = options;
    return new Promise<T>((resolve, reject) => {
      const abort = () => {
        timer.cancel();
        reject(new DOMException('The operation was aborted', 'AbortError'));
      };
      const timer = new Timer(
        () => {
          signal?.removeEventListener('abort', abort);
          resolve(value as T);
        },
        ms,
        false,
      );
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  function turn<T>(value?: T): Promise<T> {
    if (!isOurs()) return real.turn(value) as Promise<T>;
    return new Promise((resolve) => void kernel.after(0, kernel.current(), 'turn', () => resolve(value as T)));
  }

  Object.assign(globalThis, timers);
  Math.random = () => (isOurs() ? chance.random() : real.random());
  Date.now = () => {
    const process = kernel.current();
    return process === undefined ? real.dateNow() : Math.floor(WORLD_EPOCH_MS + kernel.nowMs() + process.skewMs);
  };
  performance.now = () => {
    const process = kernel.current();
    return process === undefined ? real.performanceNow.call(performance) : kernel.nowMs() - process.bornMs;
  };
  const uuids = kernel.chance.fork('uuids');
  nodeCrypto.randomUUID = ((...args: []) => (isOurs() ? uuid(uuids, 4) : real.randomUUID(...args))) as never;
  nodeCrypto.randomUUIDv7 = ((...args: []) => (isOurs() ? uuid(uuids, 7) : real.randomUUIDv7(...args))) as never;
  nodeNet.connect = ((...args: Parameters<typeof nodeNet.connect>) => {
    const [{ host = '', port }] = args as unknown as [{ host?: string; port: number }];
    return isOurs() ? socket(kernel, chance, reach(host, port)) : real.connect(...args);
  }) as never;
  nodeTimers.setTimeout = delay as never;
  nodeTimers.setImmediate = turn as never;
  syncBuiltinESMExports();

  return () => {
    const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = real;
    Object.assign(globalThis, {
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
      setImmediate,
      clearImmediate,
    });
    Math.random = real.random;
    Date.now = real.dateNow;
    performance.now = real.performanceNow;
    nodeCrypto.randomUUID = real.randomUUID;
    nodeCrypto.randomUUIDv7 = real.randomUUIDv7;
    nodeNet.connect = real.connect;
    nodeTimers.setTimeout = real.delay;
    nodeTimers.setImmediate = real.turn;
    syncBuiltinESMExports();
  };
}

function uuid(chance: Chance, version: number): string {
  const hex = Array.from({ length: 32 }, () => chance.index(16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** As much of a socket as a health check uses: it connects and answers 200, or is refused. */
function socket(kernel: Kernel, chance: Chance, isThere: boolean): EventEmitter {
  const process = kernel.current();
  const emitter = new EventEmitter();
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    kernel.after(0, process, 'socket closed', () => emitter.emit('close'));
  };
  kernel.after(chance.between(0.2, 5), process, isThere ? 'check connects' : 'check is refused', () => {
    if (closed) return;
    if (isThere) emitter.emit('connect');
    else {
      emitter.emit('error', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
      close();
    }
  });
  const answer = () => {
    kernel.after(chance.between(0.2, 5), process, 'check answered', () => {
      if (!closed) emitter.emit('data', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    });
    return true;
  };
  return Object.assign(emitter, { write: answer, end: close, destroy: close });
}
