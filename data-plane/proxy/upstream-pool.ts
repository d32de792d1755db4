import { connect, type Socket } from 'node:net';
import type { EffectiveWorker } from '#shared/definition/worker.ts';
import { type ConnectFailure, Connector } from './connector.ts';
import type { Timer, TimerWheel } from './timers.ts';
import { UpstreamConnection, UpstreamReader } from './upstream-connection.ts';

/** Requests that may wait for a connection of one full pool; more are refused at once, as if `acquire` had run out. */
const MAX_WAITING = 10_000;
/** A connection idle for less than this is used without looking for its end first. */
const FRESHLY_IDLE_MS = 2;

export type AcquireFailure = ConnectFailure | { readonly kind: 'acquire-timeout'; readonly detail: string };

export type Requester = {
  onConnection(connection: UpstreamConnection, reused: boolean): void;
  onAcquireFailed(failure: AcquireFailure): void;
};

/** A place in the pool's queue, a look at an idle connection, or a connect under way. */
export type Acquisition = { cancel(): void };

type OpenedUpstream = { readonly socket: Socket; readonly reader: UpstreamReader };

type Waiter = Acquisition & { requester: Requester; connectTimeoutMs: number; timer: Timer | undefined };

/**
 * One proxy thread's connections to one worker: the most recently used first, those idle for `ttl` or more closed, at
 * most `max` at a time (a thread's share of it), then a bounded queue within `acquire`.
 *
 * @source ProxyPass parameters max, smax, ttl, acquire (apr_reslist); apache-semantics: connections to backends
 */
export class UpstreamPool {
  readonly #worker: EffectiveWorker;
  readonly #max: number;
  readonly #wheel: TimerWheel;
  readonly #connector: Connector<OpenedUpstream>;
  readonly #idle: UpstreamConnection[] = [];
  /** In order of arrival; who gives up leaves it at once. */
  readonly #waiting = new Set<Waiter>();
  readonly #sweeper: Timer;
  /** Connections in use, idle and being made. */
  #open = 0;
  #retired = false;

  /** @param max this thread's share of the worker's `max` */
  constructor(worker: EffectiveWorker, max: number, wheel: TimerWheel) {
    this.#worker = worker;
    this.#max = max;
    this.#wheel = wheel;
    this.#sweeper = wheel.timer(() => this.#sweep());
    const { host, port, addressttlMs } = worker;
    this.#connector = new Connector({ host, port, addressttlMs }, wheel, (address, port) =>
      this.#socket(address, port),
    );
  }

  get open(): number {
    return this.#open;
  }

  /**
   * Finds or makes a connection and gives it to the requester, possibly before this returns.
   *
   * @returns a way to give up waiting; undefined if the requester has had its answer already
   */
  acquire(requester: Requester, connectTimeoutMs: number): Acquisition | undefined {
    const idle = this.#takeIdle();
    if (idle !== undefined) return this.#hand(idle, requester, connectTimeoutMs);
    if (this.#open < this.#max) return this.#connect(requester, connectTimeoutMs);
    return this.#wait(requester, connectTimeoutMs);
  }

  /** Takes a connection back. It is kept if it can serve again. */
  release(connection: UpstreamConnection): void {
    const keep = connection.reusable && !connection.closed && !this.#retired && !this.#worker.disablereuse;
    if (!keep) {
      connection.destroy();
      this.#closed();
      return;
    }
    connection.detach((ended) => this.#idleClosed(ended));
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) {
      waiter.requester.onConnection(connection, true);
      return;
    }
    this.#idle.push(connection);
    this.#trim();
    if (this.#worker.ttlMs !== undefined && !this.#sweeper.armed) this.#sweeper.arm(this.#worker.ttlMs);
  }

  /** Closes a connection that can't be used any more. */
  discard(connection: UpstreamConnection): void {
    connection.destroy();
    this.#closed();
  }

  /** The worker left the configuration: idle connections end now, those in use when they come back. */
  retire(): void {
    this.#retired = true;
    this.#sweeper.cancel();
    for (const connection of this.#idle.splice(0)) this.discard(connection);
  }

  #takeIdle(): UpstreamConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return undefined;
      const idleMs = performance.now() - connection.idleSinceMs;
      if (this.#worker.ttlMs === undefined || idleMs < this.#worker.ttlMs) return connection;
      this.discard(connection);
    }
  }

  /**
   * httpd polls a pooled connection for an end of file before it uses it. Node has no such call, but once this round of
   * events is over, an end that had arrived by now has been told; so wait for that, unless it was in use just now.
   */
  #hand(connection: UpstreamConnection, requester: Requester, connectTimeoutMs: number): Acquisition | undefined {
    if (performance.now() - connection.idleSinceMs < FRESHLY_IDLE_MS) {
      requester.onConnection(connection, true);
      return undefined;
    }
    let inner: Acquisition | undefined;
    let over = false;
    let ended = false;
    connection.detach(() => {
      ended = true;
      this.#closed();
    });
    setImmediate(() => {
      if (over) {
        if (!ended) this.release(connection);
      } else if (ended) {
        inner = this.acquire(requester, connectTimeoutMs);
      } else {
        requester.onConnection(connection, true);
      }
    });
    return {
      cancel() {
        over = true;
        inner?.cancel();
      },
    };
  }

  #connect(requester: Requester, connectTimeoutMs: number): Acquisition | undefined {
    this.#open++;
    let over = false;
    const cancel = this.#connector.connect(
      connectTimeoutMs,
      ({ socket, reader }) => {
        over = true;
        requester.onConnection(new UpstreamConnection(socket, reader), false);
      },
      (failure) => {
        over = true;
        this.#closed();
        requester.onAcquireFailed(failure);
      },
    );
    if (over) return undefined;
    return {
      cancel: () => {
        if (over) return;
        over = true;
        cancel();
        this.#closed();
      },
    };
  }

  #socket(address: string, port: number): OpenedUpstream {
    const reader = new UpstreamReader();
    const socket = connect({
      host: address,
      port,
      noDelay: true,
      keepAlive: this.#worker.keepalive,
      allowHalfOpen: true,
      autoSelectFamily: false,
      onread: { buffer: reader.buffer, callback: reader.callback },
    });
    return { socket, reader };
  }

  #wait(requester: Requester, connectTimeoutMs: number): Acquisition | undefined {
    if (this.#waiting.size >= MAX_WAITING) {
      requester.onAcquireFailed({
        kind: 'acquire-timeout',
        detail: `${MAX_WAITING} requests wait for a connection already`,
      });
      return undefined;
    }
    const waiter: Waiter = {
      requester,
      connectTimeoutMs,
      timer: undefined,
      cancel: () => {
        this.#waiting.delete(waiter);
        waiter.timer?.cancel();
      },
    };
    const { acquireMs } = this.#worker;
    if (acquireMs !== undefined) {
      waiter.timer = this.#wheel.timer(() => {
        this.#waiting.delete(waiter);
        requester.onAcquireFailed({ kind: 'acquire-timeout', detail: `no free connection within ${acquireMs} ms` });
      });
      waiter.timer.arm(acquireMs);
    }
    this.#waiting.add(waiter);
    return waiter;
  }

  #nextWaiter(): Waiter | undefined {
    for (const waiter of this.#waiting) {
      waiter.cancel();
      return waiter;
    }
    return undefined;
  }

  #closed(): void {
    this.#open--;
    if (this.#open >= this.#max) return;
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) {
      const acquisition = this.#connect(waiter.requester, waiter.connectTimeoutMs);
      waiter.cancel = () => acquisition?.cancel();
    }
  }

  #idleClosed(connection: UpstreamConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    this.#closed();
  }

  /** Above smax, the oldest idle connection goes if it is idle for ttl or more (without ttl: at once). */
  #trim(): void {
    while (this.#idle.length > this.#worker.smax) {
      const oldest = this.#idle[0];
      if (oldest === undefined) return;
      if (this.#worker.ttlMs !== undefined && performance.now() - oldest.idleSinceMs < this.#worker.ttlMs) return;
      this.#idle.shift();
      this.discard(oldest);
    }
  }

  #sweep(): void {
    const { ttlMs } = this.#worker;
    if (ttlMs === undefined) return;
    const nowMs = performance.now();
    while (this.#idle.length > 0) {
      const oldest = this.#idle[0]!;
      const leftMs = oldest.idleSinceMs + ttlMs - nowMs;
      if (leftMs > 0) {
        this.#sweeper.arm(leftMs);
        return;
      }
      this.#idle.shift();
      this.discard(oldest);
    }
  }
}
