import { setTimeout as delay } from 'node:timers/promises';
import type { Msg, Subscription as NatsSubscription } from '@nats-io/transport-node';
import type { BusHandler, Subscription } from '../bus.ts';
import { BusError } from '../bus.ts';
import type { Faults } from './faults.ts';
import { busErrorOf } from './faults.ts';
import type { KeptKeys } from './kept-keys.ts';
import type { Link, Session } from './link.ts';
import { pauseMs } from './link.ts';
import { windowed } from './objects.ts';
import type { Names } from './subjects.ts';
import { createWatchFilter } from './watch-filter.ts';

/** Subscriptions and watches; they outlive connections. Patterns are checked, handlers do not throw. */
export type Listeners = {
  /** Makes all of them active on a new session. */
  begin(session: Session): void;
  subscribe(pattern: string, handler: BusHandler): Promise<Subscription>;
  watch(pattern: string, handler: BusHandler): Promise<Subscription>;
  end(): void;
};

type Listener = { begin(session: Session): void; end(): void };

/** How long a watch pauses before it asks again for what is kept; longer when it was refused. */
const ASK_AGAIN_MS = { min: 250, max: 5000 };
const REFUSED_ASK_AGAIN_MS = { min: 5000, max: 60_000 };

export function createListeners(link: () => Link, names: Names, kept: KeptKeys, faults: Faults): Listeners {
  const listeners = new Set<Listener>();

  function add(listener: Listener): Subscription {
    listeners.add(listener);
    const session = link().current();
    if (session !== undefined) listener.begin(session);
    return {
      async unsubscribe() {
        if (listeners.delete(listener)) listener.end();
      },
    };
  }

  return {
    begin(session) {
      for (const listener of listeners) listener.begin(session);
    },

    async subscribe(pattern, handler) {
      const session = link().current();
      const tap = createTap(names.toListen(pattern), ({ subject, data }) => {
        const heard = names.heard(pattern, subject);
        if (heard !== undefined) handler(new Uint8Array(data), heard);
      });
      const subscription = add(tap);
      if (session === undefined) return subscription;
      // Active when this resolves: a message another party sends from now on is heard.
      await link().confirmed(session);
      const refusal = tap.refusal();
      if (refusal === undefined) return subscription;
      await subscription.unsubscribe();
      throw busErrorOf(refusal, `subscribe ${pattern}`);
    },

    async watch(pattern, handler) {
      return add(createWatch(pattern, handler, names, kept, faults));
    },

    end() {
      for (const listener of listeners) listener.end();
      listeners.clear();
    },
  };
}

/** One subscription of the server's, made anew on each session. */
function createTap(subject: string, receive: (message: Msg) => void): Listener & { refusal(): Error | undefined } {
  let active: NatsSubscription | undefined;
  let refusal: Error | undefined;
  let ended = false;
  return {
    begin({ nc }) {
      refusal = undefined;
      active = nc.subscribe(subject, {
        callback(err, message) {
          // The server's refusal; the link tells of it as well.
          if (err !== null) refusal = err;
          else if (!ended) receive(message);
        },
      });
    },
    end() {
      ended = true;
      active?.unsubscribe();
    },
    refusal: () => refusal,
  };
}

function createWatch(pattern: string, handler: BusHandler, names: Names, kept: KeptKeys, faults: Faults): Listener {
  const isExact = !/[*>]/.test(pattern);
  const filter = createWatchFilter<{ readonly payload: Uint8Array; readonly key: string }>();
  let ended = false;

  const tap = createTap(names.toListen(pattern), ({ subject, data, headers }) => {
    const key = names.heard(pattern, subject);
    const version = Number(headers?.get('Nats-Sequence'));
    if (key === undefined || !Number.isSafeInteger(version) || version < 1) {
      faults.tell('message', `a message on ${subject} does not come from the stream: it has no version`);
    } else give(filter.live(key, version, { payload: new Uint8Array(data), key }));
  });

  function give(messages: readonly { readonly payload: Uint8Array; readonly key: string }[]): void {
    for (const { payload, key } of messages) if (!ended) handler(payload, key);
  }

  async function giveKept(key: string): Promise<void> {
    const found = await kept.get(key);
    if (found === undefined) give(filter.kept(key, 0));
    else give(filter.kept(key, found.version, { payload: found.payload, key }));
  }

  async function askAll(): Promise<void> {
    const keys = await kept.keys(pattern);
    await windowed(keys.length, (i) => giveKept(keys[i]!));
    give(filter.allKept());
  }

  /** Until it has an answer: what was kept before this session began is told by nobody else. */
  async function ask(session: Session): Promise<void> {
    for (let failures = 1; !ended && !session.ended.aborted; failures++) {
      try {
        return await (isExact ? giveKept(pattern) : askAll());
      } catch (err) {
        const refused = err instanceof BusError && err.code === 'refused';
        const pause = pauseMs(failures, refused ? REFUSED_ASK_AGAIN_MS : ASK_AGAIN_MS);
        await delay(pause, undefined, { signal: session.ended, ref: false }).catch(() => {});
      }
    }
  }

  return {
    begin(session) {
      filter.begin();
      // Listens first: what is put while it asks is heard.
      tap.begin(session);
      void ask(session);
    },
    end() {
      ended = true;
      tap.end();
    },
  };
}
