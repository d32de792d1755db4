import type { Bus, BusHandler, BusStatus, Kept, Subscription } from './bus.ts';
import { BusError } from './bus.ts';
import {
  DEFAULT_MAX_PAYLOAD_BYTES,
  refuseBadKey,
  refuseBadSubject,
  refuseTooLarge,
  refuseToPublish,
  subjectMatcher,
} from './bus-subject.ts';

/** The bus of one process: the embedded default and the reference of the contract suite. */
export type InProcessBus = Bus & {
  /** Messages lost because a subscription's queue was full. */
  dropped(): number;
};

export type InProcessBusOptions = {
  /** Messages one subscription may have waiting; the ones beyond are dropped and counted. Default 1024. */
  readonly queueLimit?: number;
  /** Largest payload of one message. Default what a NATS server takes by default, so that what works here works there. */
  readonly maxPayloadBytes?: number;
  /** A handler threw; default: the error ends the process, as any broken invariant does. */
  readonly onHandlerError?: (error: unknown, subject: string) => void;
};

/**
 * Delivers within the process: never inside `publish`, in order per subscription, every handler with a copy of its own.
 * A watcher that lags gets the newest value of each key only.
 */
export function createInProcessBus(options: InProcessBusOptions = {}): InProcessBus {
  const queueLimit = options.queueLimit ?? 1024;
  const maxPayloadBytes = options.maxPayloadBytes ?? DEFAULT_MAX_PAYLOAD_BYTES;
  const onHandlerError = options.onHandlerError ?? rethrow;
  const subscribers = new Set<Subscriber>();
  const watchers = new Set<Subscriber>();
  const kept = new Map<string, Kept>();
  const objects = new Map<string, Uint8Array>();
  const listeners = new Set<(status: BusStatus) => void>();
  // One count for all keys, as NATS has: a key removed and put again goes on growing.
  let version = 0;
  let dropped = 0;
  let closed = false;

  function refuseWhenClosed(): void {
    if (closed) throw new BusError('closed', 'bus is closed');
  }

  function status(): BusStatus {
    return { connected: !closed, detail: closed ? 'closed' : 'in this process' };
  }

  function add(set: Set<Subscriber>, pattern: string, handler: BusHandler): Subscriber {
    const subscriber = createSubscriber(subjectMatcher(pattern), handler, onHandlerError);
    set.add(subscriber);
    return subscriber;
  }

  function send(subject: string, payload: Uint8Array): void {
    for (const subscriber of subscribers) {
      if (!subscriber.matches(subject)) continue;
      if (subscriber.waiting() >= queueLimit) dropped++;
      else subscriber.push(copyOf(payload), subject);
    }
  }

  return {
    async publish(subject, payload) {
      refuseWhenClosed();
      refuseToPublish(subject);
      refuseTooLarge(subject, payload, maxPayloadBytes);
      send(subject, payload);
    },

    async subscribe(subject, handler) {
      refuseWhenClosed();
      refuseBadSubject(subject, true);
      return subscriptionOf(add(subscribers, subject, handler), subscribers);
    },

    async putLatest(key, payload, { ifVersion } = {}) {
      refuseWhenClosed();
      refuseBadKey(key, false);
      refuseTooLarge(key, payload, maxPayloadBytes);
      const before = kept.get(key)?.version ?? 0;
      if (ifVersion !== undefined && ifVersion !== before) {
        throw new BusError('conflict', `"${key}" is at version ${before}, not ${ifVersion}`);
      }
      kept.set(key, { payload: copyOf(payload), version: ++version });
      send(key, payload);
      for (const watcher of watchers) if (watcher.matches(key)) watcher.replace(copyOf(payload), key);
      return version;
    },

    async getLatest(key) {
      refuseWhenClosed();
      refuseBadKey(key, false);
      const value = kept.get(key);
      return value && { payload: copyOf(value.payload), version: value.version };
    },

    async watchLatest(key, handler) {
      refuseWhenClosed();
      refuseBadKey(key, true);
      const watcher = add(watchers, key, handler);
      for (const [name, { payload }] of kept) if (watcher.matches(name)) watcher.replace(copyOf(payload), name);
      return subscriptionOf(watcher, watchers);
    },

    async keys(pattern) {
      refuseWhenClosed();
      refuseBadKey(pattern, true);
      return [...kept.keys()].filter(subjectMatcher(pattern)).sort();
    },

    async remove(key) {
      refuseWhenClosed();
      refuseBadKey(key, false);
      kept.delete(key);
    },

    async putObject(name, payload) {
      refuseWhenClosed();
      refuseBadSubject(name, false);
      const before = objects.get(name);
      if (before === undefined) objects.set(name, copyOf(payload));
      else if (Buffer.compare(before, payload) !== 0) {
        throw new BusError(
          'conflict',
          `object "${name}" is kept with other content: a name keeps what it was given first`,
        );
      }
    },

    async getObject(name) {
      refuseWhenClosed();
      refuseBadSubject(name, false);
      const payload = objects.get(name);
      return payload && copyOf(payload);
    },

    async objects(pattern) {
      refuseWhenClosed();
      refuseBadSubject(pattern, true);
      return [...objects.keys()].filter(subjectMatcher(pattern)).sort();
    },

    async removeObject(name) {
      refuseWhenClosed();
      refuseBadSubject(name, false);
      objects.delete(name);
    },

    maxPayloadBytes,
    status,

    onStatus(listener) {
      // Wrapped, so that one function given twice is two listeners.
      const own = (now: BusStatus) => listener(now);
      listeners.add(own);
      return () => void listeners.delete(own);
    },

    async close() {
      if (closed) return;
      closed = true;
      for (const subscriber of [...subscribers, ...watchers]) subscriber.end();
      for (const each of [subscribers, watchers, kept, objects]) each.clear();
      for (const listener of listeners) listener(status());
      listeners.clear();
    },

    dropped: () => dropped,
  };
}

/** `new Uint8Array` copies whatever it is given; `slice` of a Buffer would be a view on it. */
function copyOf(payload: Uint8Array): Uint8Array {
  return new Uint8Array(payload);
}

type Subscriber = {
  matches(subject: string): boolean;
  waiting(): number;
  push(payload: Uint8Array, subject: string): void;
  /** Puts this message in place of the one that waits for the same subject. */
  replace(payload: Uint8Array, subject: string): void;
  end(): void;
};

function createSubscriber(
  matches: (subject: string) => boolean,
  handler: BusHandler,
  onHandlerError: (error: unknown, subject: string) => void,
): Subscriber {
  // By order of arrival, or by subject where only the newest counts.
  let queue = new Map<number | string, { readonly payload: Uint8Array; readonly subject: string }>();
  let arrivals = 0;
  let scheduled = false;
  let ended = false;

  function deliver(): void {
    scheduled = false;
    // Only what waited when the turn began: a handler that publishes to itself must not keep the event loop.
    const batch = queue;
    queue = new Map();
    for (const { payload, subject } of batch.values()) {
      if (ended) return;
      try {
        handler(payload, subject);
      } catch (error) {
        onHandlerError(error, subject);
      }
    }
  }

  function enqueue(place: number | string, payload: Uint8Array, subject: string): void {
    // To the end, so that keys come in the order of their puts.
    queue.delete(place);
    queue.set(place, { payload, subject });
    if (scheduled) return;
    scheduled = true;
    setImmediate(deliver);
  }

  return {
    matches,
    waiting: () => queue.size,
    push: (payload, subject) => enqueue(arrivals++, payload, subject),
    replace: (payload, subject) => enqueue(subject, payload, subject),
    end() {
      ended = true;
      queue.clear();
    },
  };
}

function subscriptionOf(subscriber: Subscriber, owner: Set<Subscriber>): Subscription {
  return {
    async unsubscribe() {
      subscriber.end();
      owner.delete(subscriber);
    },
  };
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
