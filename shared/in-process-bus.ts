import type { Bus, BusHandler, Subscription } from './bus.ts';

/** The bus of one process: the embedded default and the reference of the contract suite. */
export type InProcessBus = Bus & {
  /** Messages lost because a subscription's queue was full. */
  dropped(): number;
};

export type InProcessBusOptions = {
  /** Messages one subscription may have waiting; the ones beyond are dropped and counted. Default 1024. */
  readonly queueLimit?: number;
  /** A handler threw; default: the error ends the process, as any broken invariant does. */
  readonly onHandlerError?: (error: unknown, subject: string) => void;
};

/**
 * Delivers within the process: never inside `publish`, in order per subscription, every handler with a copy of its own.
 * A watcher that lags gets the newest value only.
 */
export function createInProcessBus(options: InProcessBusOptions = {}): InProcessBus {
  const queueLimit = options.queueLimit ?? 1024;
  const onHandlerError = options.onHandlerError ?? rethrow;
  const subscribers = new Set<Subscriber>();
  const watchers = new Map<string, Set<Subscriber>>();
  const latest = new Map<string, Uint8Array>();
  let dropped = 0;
  let closed = false;

  function refuseWhenClosed(): void {
    if (closed) throw new Error('bus is closed');
  }

  function add(set: Set<Subscriber>, matches: (subject: string) => boolean, handler: BusHandler): Subscriber {
    const subscriber = createSubscriber(matches, handler, onHandlerError);
    set.add(subscriber);
    return subscriber;
  }

  return {
    async publish(subject, payload) {
      refuseWhenClosed();
      refuseBadSubject(subject, false);
      for (const subscriber of subscribers) {
        // `new Uint8Array` copies whatever it is given; `slice` of a Buffer would be a view on it.
        if (!subscriber.matches(subject)) continue;
        if (subscriber.waiting() >= queueLimit) dropped++;
        else subscriber.push(new Uint8Array(payload), subject);
      }
    },

    async subscribe(subject, handler) {
      refuseWhenClosed();
      refuseBadSubject(subject, true);
      const subscriber = add(subscribers, subjectMatcher(subject), handler);
      return subscriptionOf(subscriber, subscribers);
    },

    async putLatest(key, payload) {
      refuseWhenClosed();
      refuseBadSubject(key, false);
      const kept = new Uint8Array(payload);
      latest.set(key, kept);
      for (const watcher of watchers.get(key) ?? []) watcher.replace(new Uint8Array(kept), key);
    },

    async watchLatest(key, handler) {
      refuseWhenClosed();
      refuseBadSubject(key, false);
      const set = watchers.get(key) ?? new Set();
      watchers.set(key, set);
      const watcher = add(set, () => true, handler);
      const kept = latest.get(key);
      if (kept !== undefined) watcher.replace(new Uint8Array(kept), key);
      return subscriptionOf(watcher, set);
    },

    async close() {
      closed = true;
      for (const subscriber of [...subscribers, ...[...watchers.values()].flatMap((set) => [...set])]) subscriber.end();
      subscribers.clear();
      watchers.clear();
      latest.clear();
    },

    dropped: () => dropped,
  };
}

type Message = { readonly payload: Uint8Array; readonly subject: string };

type Subscriber = {
  matches(subject: string): boolean;
  waiting(): number;
  push(payload: Uint8Array, subject: string): void;
  /** Puts this message in place of whatever waits. */
  replace(payload: Uint8Array, subject: string): void;
  end(): void;
};

function createSubscriber(
  matches: (subject: string) => boolean,
  handler: BusHandler,
  onHandlerError: (error: unknown, subject: string) => void,
): Subscriber {
  let queue: Message[] = [];
  let scheduled = false;
  let ended = false;

  function deliver(): void {
    scheduled = false;
    // Only what waited when the turn began: a handler that publishes to itself must not keep the event loop.
    const batch = queue;
    queue = [];
    for (const { payload, subject } of batch) {
      if (ended) return;
      try {
        handler(payload, subject);
      } catch (error) {
        onHandlerError(error, subject);
      }
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(deliver);
  }

  return {
    matches,
    waiting: () => queue.length,
    push(payload, subject) {
      queue.push({ payload, subject });
      schedule();
    },
    replace(payload, subject) {
      queue = [{ payload, subject }];
      schedule();
    },
    end() {
      ended = true;
      queue = [];
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

/** `*` stands for one token, a final `>` for one or more. */
function subjectMatcher(pattern: string): (subject: string) => boolean {
  const wanted = pattern.split('.');
  const open = wanted.at(-1) === '>';
  const fixed = open ? wanted.slice(0, -1) : wanted;
  return (subject) => {
    const tokens = subject.split('.');
    if (open ? tokens.length <= fixed.length : tokens.length !== fixed.length) return false;
    return fixed.every((token, i) => token === '*' || token === tokens[i]);
  };
}

/** NATS's rules, so that a name that works here works there. */
function refuseBadSubject(subject: string, wildcards: boolean): void {
  const tokens = subject.split('.');
  const good = tokens.every((token, i) => {
    if (token === '*') return wildcards;
    if (token === '>') return wildcards && i === tokens.length - 1;
    return /^[^\s.*>]+$/.test(token);
  });
  if (!good) {
    const rule = wildcards ? '; * and a final > may stand for tokens' : ', without wildcards';
    throw new Error(`bad subject "${subject}": want tokens without blanks, joined by dots${rule}`);
  }
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
