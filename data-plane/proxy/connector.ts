import { lookup } from 'node:dns';
import { isIP, type Socket } from 'node:net';
import type { Timer, TimerWheel } from './timers.ts';

export type ConnectFailure = {
  readonly kind: 'connect-failed' | 'connect-timeout' | 'dns-failure';
  readonly detail: string;
};

export type ConnectTarget = {
  /** Host name or IP literal, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Life of a resolved address: -1 = for ever, 0 = resolve each time. */
  readonly addressttlMs: number;
};

/** A socket under way, with whatever belongs to it. */
export type Opened = { readonly socket: Socket };

type OnResolved = (addresses: readonly string[], error: Error | undefined) => void;

type Addresses = { readonly list: readonly string[]; readonly untilMs: number };

/**
 * Connects to one worker: every address of its name in turn, each within the connect timeout; when all failed and they
 * came from the cache, one new look-up and one more round (apache-semantics: connections to backends).
 */
export class Connector<T extends Opened> {
  readonly #target: ConnectTarget;
  readonly #wheel: TimerWheel;
  readonly #open: (address: string, port: number) => T;
  #addresses: Addresses | undefined;
  /** Who waits for the look-up under way: one at a time, since the process has few threads for them. */
  #resolving: OnResolved[] | undefined;

  /** @param open creates the socket and starts connecting it */
  constructor(target: ConnectTarget, wheel: TimerWheel, open: (address: string, port: number) => T) {
    this.#target = target;
    this.#wheel = wheel;
    this.#open = open;
    if (isIP(target.host) !== 0) this.#addresses = { list: [target.host], untilMs: Number.POSITIVE_INFINITY };
  }

  /** @returns a function that gives the attempt up without calling back */
  connect(
    timeoutMs: number,
    onConnected: (opened: T) => void,
    onFailed: (failure: ConnectFailure) => void,
  ): () => void {
    return new ConnectAttempt(this, timeoutMs, onConnected, onFailed).cancel;
  }

  /** @internal */
  cached(): readonly string[] | undefined {
    const addresses = this.#addresses;
    return addresses !== undefined && addresses.untilMs > performance.now() ? addresses.list : undefined;
  }

  /** @internal */
  resolve(onResolved: OnResolved): void {
    const { host, addressttlMs } = this.#target;
    if (isIP(host) !== 0) {
      onResolved([host], undefined);
      return;
    }
    if (this.#resolving !== undefined) {
      this.#resolving.push(onResolved);
      return;
    }
    const waiting = [onResolved];
    this.#resolving = waiting;
    lookup(host, { all: true }, (error, found) => {
      this.#resolving = undefined;
      if (error !== null || found.length === 0) {
        for (const tell of waiting) tell([], error ?? new Error(`no address for ${host}`));
        return;
      }
      const list = found.map(({ address }) => address);
      const lifeMs = addressttlMs < 0 ? Number.POSITIVE_INFINITY : addressttlMs;
      this.#addresses = { list, untilMs: performance.now() + lifeMs };
      for (const tell of waiting) tell(list, undefined);
    });
  }

  /** @internal */
  open(address: string): T {
    return this.#open(address, this.#target.port);
  }

  /** @internal */
  timer(onExpired: () => void): Timer {
    return this.#wheel.timer(onExpired);
  }

  /** Host names can be looked up again; literals cannot change. @internal */
  get resolvable(): boolean {
    return isIP(this.#target.host) === 0;
  }
}

class ConnectAttempt<T extends Opened> {
  readonly #connector: Connector<T>;
  readonly #timeoutMs: number;
  readonly #onConnected: (opened: T) => void;
  readonly #onFailed: (failure: ConnectFailure) => void;
  #timer: Timer | undefined;
  #socket: Socket | undefined;
  #addresses: readonly string[] = [];
  #next = 0;
  #mayResolveAgain: boolean;
  #over = false;

  constructor(
    connector: Connector<T>,
    timeoutMs: number,
    onConnected: (opened: T) => void,
    onFailed: (failure: ConnectFailure) => void,
  ) {
    this.#connector = connector;
    this.#timeoutMs = timeoutMs;
    this.#onConnected = onConnected;
    this.#onFailed = onFailed;
    const cached = connector.cached();
    this.#mayResolveAgain = cached !== undefined && connector.resolvable;
    if (cached !== undefined) {
      this.#addresses = cached;
      this.#tryNext({ kind: 'connect-failed', detail: 'no address' });
    } else {
      this.#resolve(undefined);
    }
  }

  readonly cancel = (): void => {
    this.#over = true;
    this.#timer?.dispose();
    this.#socket?.destroy();
  };

  /** @param last why none of the addresses known before would do; it stays the reason if there are no new ones */
  #resolve(last: ConnectFailure | undefined): void {
    this.#connector.resolve((addresses, error) => {
      if (this.#over) return;
      if (error !== undefined) {
        this.#fail(last ?? { kind: 'dns-failure', detail: error.message });
        return;
      }
      this.#addresses = addresses;
      this.#next = 0;
      this.#tryNext({ kind: 'connect-failed', detail: 'no address' });
    });
  }

  #tryNext(last: ConnectFailure): void {
    const address = this.#addresses[this.#next++];
    if (address === undefined) {
      if (this.#mayResolveAgain) {
        this.#mayResolveAgain = false;
        this.#resolve(last);
      } else {
        this.#fail(last);
      }
      return;
    }
    const opened = this.#connector.open(address);
    const { socket } = opened;
    this.#socket = socket;
    this.#timer ??= this.#connector.timer(() => {
      const late = this.#socket;
      late?.removeAllListeners();
      late?.on('error', () => {});
      late?.destroy();
      this.#tryNext({ kind: 'connect-timeout', detail: `no connection within ${this.#timeoutMs} ms` });
    });
    this.#timer.arm(this.#timeoutMs);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      this.#timer?.dispose();
      if (this.#over) {
        socket.destroy();
        return;
      }
      this.#over = true;
      this.#onConnected(opened);
    });
    socket.once('error', (error) => {
      this.#timer?.cancel();
      socket.removeAllListeners('connect');
      if (!this.#over) this.#tryNext({ kind: 'connect-failed', detail: error.message });
    });
  }

  #fail(failure: ConnectFailure): void {
    this.#over = true;
    this.#timer?.dispose();
    this.#onFailed(failure);
  }
}
