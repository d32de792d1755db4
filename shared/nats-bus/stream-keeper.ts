import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { BusError } from '../bus.ts';
import type { Faults } from './faults.ts';
import { busErrorOf, NoStreamError } from './faults.ts';
import type { Link, Session } from './link.ts';
import { pauseMs } from './link.ts';
import type { NatsSettings } from './settings.ts';
import type { StreamMaker } from './stream.ts';
import { ensureStream } from './stream.ts';

/** JetStream over one session. */
export type JetStream = { readonly js: JetStreamClient; readonly jsm: JetStreamManager };

/** Sees to it that there is a stream where this party may make one, and lets calls find it. */
export type StreamKeeper = {
  /** Starts to work on a new session. */
  begin(session: Session): void;
  /**
   * Runs a call on JetStream.
   *
   * @param repeat whether it may run twice if it can have found no stream; a call known to have had no effect may always
   * @throws BusError
   */
  use<T>(session: Session, what: string, call: (jetStream: JetStream) => Promise<T>, repeat: boolean): Promise<T>;
  /** Resolves when the first session can be worked with. @throws BusError `refused` when it cannot come to that by waiting */
  ready(): Promise<void>;
};

export function createStreamKeeper(settings: NatsSettings, faults: Faults, link: () => Link): StreamKeeper {
  const makesStream = settings.role === 'control-plane';
  const jetStreams = new WeakMap<Session, Promise<JetStream>>();
  const ensured = new WeakSet<Session>();
  const ensuring = new WeakMap<Session, Promise<void>>();
  const maker: StreamMaker = { id: `${settings.name} ${randomUUID()}`, unready: undefined };
  const first = Promise.withResolvers<void>();
  // Whoever wants to know awaits it.
  first.promise.catch(() => {});

  function jetStreamOf(session: Session): Promise<JetStream> {
    let jetStream = jetStreams.get(session);
    if (jetStream === undefined) {
      const options = { timeout: settings.requestTimeoutMs };
      // Unchecked: a node has no right to ask for the account's state.
      const manager = jetstreamManager(session.nc, { ...options, checkAPI: false });
      jetStream = manager.then((jsm) => ({ js: jetstream(session.nc, options), jsm }));
      jetStreams.set(session, jetStream);
    }
    return jetStream;
  }

  /** One attempt at a time per session, whoever asks for it. */
  function ensure(session: Session): Promise<void> {
    let attempt = ensuring.get(session);
    if (attempt === undefined) {
      attempt = jetStreamOf(session)
        .then(({ jsm }) => ensureStream(jsm, settings, maker, performance.now()))
        .then(() => void ensured.add(session))
        .finally(() => ensuring.delete(session));
      ensuring.set(session, attempt);
    }
    return attempt;
  }

  async function prepare(session: Session): Promise<void> {
    for (let failures = 1; !session.ended.aborted; failures++) {
      try {
        if (makesStream) await ensure(session);
        link().setReady(session, true);
        return first.resolve();
      } catch (err) {
        if (session.ended.aborted) return;
        const error = busErrorOf(err, 'make the stream');
        // Another replica may be making it, or JetStream still be starting.
        if (error.code === 'refused' || failures > 2) faults.tell('stream', error.message);
        link().setReady(session, `${session.server}: ${error.message}`);
        if (error.code === 'refused') first.reject(error);
        await delay(pauseMs(failures, settings.reconnectMs), undefined, { signal: session.ended }).catch(() => {});
      }
    }
  }

  return {
    begin: (session) => void prepare(session),

    async use(session, what, call, repeat) {
      try {
        const jetStream = await jetStreamOf(session);
        if (makesStream && !ensured.has(session)) await ensure(session);
        try {
          return await call(jetStream);
        } catch (err) {
          const error = busErrorOf(err, what);
          const mayLackStream = error instanceof NoStreamError || (repeat && error.code === 'disconnected');
          if (!makesStream || !mayLackStream || session.ended.aborted) throw error;
          // It was there and is gone: an operator removed it, or the server came back without its disk.
          ensured.delete(session);
          await ensure(session);
          return await call(jetStream);
        }
      } catch (err) {
        throw session.ended.aborted
          ? new BusError('disconnected', `${what}: lost ${session.server}`, { cause: err })
          : busErrorOf(err, what);
      }
    },

    ready: () => first.promise,
  };
}
