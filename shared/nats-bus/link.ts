import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { connect, errors } from '@nats-io/transport-node';
import type { BusStatus } from '../bus.ts';
import { BusError } from '../bus.ts';
import { DEFAULT_MAX_PAYLOAD_BYTES } from '../bus-subject.ts';
import { readCredentials } from './credentials.ts';
import type { Faults } from './faults.ts';
import { causesOf, messageOf } from './faults.ts';
import { serverWarning } from './server-version.ts';
import type { NatsSettings } from './settings.ts';

/** One connection, from the server's greeting to its end. */
export type Session = {
  readonly nc: NatsConnection;
  /** `127.0.0.1:4222 (2.9.10)` */
  readonly server: string;
  /** Aborted when the connection ends. */
  readonly ended: AbortSignal;
};

/** Keeps a connection to one of the servers for as long as it is not closed. */
export type Link = {
  /** @throws BusError `disconnected` or `closed`, at once */
  session(): Session;
  current(): Session | undefined;
  /** Counts bytes about to be sent. @throws BusError `disconnected` when too many are unconfirmed */
  sending(session: Session, bytes: number): void;
  /** Waits until the server has read all that was sent; returns also when the connection ends. */
  confirmed(session: Session): Promise<void>;
  /** What a message may hold on the newest server. */
  maxPayloadBytes(): number;
  status(): BusStatus;
  /** Says that the session can be worked with, or why it cannot. */
  setReady(session: Session, ready: true | string): void;
  onStatus(listener: (status: BusStatus) => void): () => void;
  close(): Promise<void>;
};

/** How long what was sent may take to be confirmed at the end. */
const CLOSE_MS = 2000;
/** Bytes after which the server is asked to confirm. */
const CONFIRM_EVERY_BYTES = 1024 ** 2;
/** A put's headers count against the server's `max_payload`. */
const HEADER_BYTES = 1024;

/**
 * Connects, and connects again for ever. nats.js's own reconnecting isn't used: it keeps what is published meanwhile
 * without a bound and lets requests wait; here both fail at once.
 *
 * @param begin called with each session before anything else uses it
 */
export function createLink(settings: NatsSettings, faults: Faults, begin: (session: Session) => void): Link {
  const listeners = new Set<(status: BusStatus) => void>();
  const closing = new AbortController();
  let session: Session | undefined;
  let unconfirmedBytes = 0;
  let sinceAskedBytes = 0;
  let maxPayloadBytes = DEFAULT_MAX_PAYLOAD_BYTES;
  let status: BusStatus = { connected: false, detail: `connecting to ${settings.servers.join(', ')}` };
  const running = run();

  function setStatus(connected: boolean, detail: string): void {
    const changed = connected !== status.connected;
    status = { connected, detail };
    if (changed) for (const listener of [...listeners]) listener(status);
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      const began = performance.now();
      try {
        await serve(await open());
      } catch (err) {
        faults.tell(isAuthorization(err) ? 'authorization' : 'connect', messageOf(err));
        if (!closing.signal.aborted) setStatus(false, messageOf(err));
      }
      // A server that takes connections and drops them at once is not hurried either.
      failures = performance.now() - began > 2 * settings.reconnectMs.max ? 0 : failures + 1;
      await delay(pauseMs(failures, settings.reconnectMs), undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  /** Tries each server once. @throws Error naming what is wrong with each */
  async function open(): Promise<NatsConnection> {
    const authenticator = await readCredentials(settings.credentials);
    const failed: { readonly server: string; readonly err: unknown }[] = [];
    for (const server of shuffled(settings.servers)) {
      try {
        return await connect({
          servers: [server],
          name: `penstock ${settings.role} ${settings.fleet}/${settings.name}`,
          inboxPrefix: settings.inboxPrefix,
          reconnect: false,
          noAsyncTraces: true,
          timeout: settings.requestTimeoutMs,
          pingInterval: settings.pingIntervalMs,
          maxPingOut: 2,
          ...(authenticator && { authenticator }),
          ...(settings.tls && { tls: { ...settings.tls, ...verifiedAddress(server) } }),
        });
      } catch (err) {
        failed.push({ server, err });
        if (closing.signal.aborted) break;
      }
    }
    const { err: cause } = failed.find(({ err }) => isAuthorization(err)) ?? failed[0] ?? { err: undefined };
    const reasons = failed.map(({ server, err }) => `${server}: ${messageOf(err)}`);
    throw new Error(`cannot connect to ${reasons.join(', ')}`, { cause });
  }

  /** Lives as long as the connection. */
  async function serve(nc: NatsConnection): Promise<void> {
    const { info } = nc;
    if (closing.signal.aborted || info === undefined) return nc.close();
    const end = new AbortController();
    const address = nc.getServer();
    const server = `${address} (${info.version})`;
    maxPayloadBytes = Math.max(1024, info.max_payload - HEADER_BYTES);
    unconfirmedBytes = 0;
    sinceAskedBytes = 0;
    void listen(nc);
    session = { nc, server, ended: end.signal };
    const warning = serverWarning(info.version);
    settings.hooks.onServer?.({ address, version: info.version, ...(warning !== undefined && { warning }) });
    let err: unknown;
    try {
      begin(session);
      err = await nc.closed();
    } finally {
      session = undefined;
      end.abort();
    }
    if (closing.signal.aborted) return;
    const reason = `lost ${server}${err instanceof Error ? `: ${err.message}` : ''}`;
    faults.tell('disconnect', reason);
    setStatus(false, reason);
  }

  async function listen(nc: NatsConnection): Promise<void> {
    for await (const event of nc.status()) {
      if (event.type !== 'error') continue;
      const { error } = event;
      if (error instanceof errors.PermissionViolationError) faults.tell('permission', error.message);
      else if (isAuthorization(error)) faults.tell('authorization', error.message);
      else faults.tell(/slow consumer/i.test(error.message) ? 'slow-consumer' : 'server', error.message);
    }
  }

  async function confirmed({ nc, ended }: Session): Promise<void> {
    if (ended.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => resolve();
    // A flush under way when the connection ends is never answered.
    ended.addEventListener('abort', done, { once: true });
    nc.flush().then(done, done);
    await promise;
    ended.removeEventListener('abort', done);
  }

  return {
    current: () => session,
    session() {
      if (closing.signal.aborted) throw new BusError('closed', 'bus is closed');
      if (session === undefined) throw new BusError('disconnected', `NATS: ${status.detail}`);
      return session;
    },

    sending(of, bytes) {
      if (unconfirmedBytes > 0 && unconfirmedBytes + bytes > settings.maxUnconfirmedBytes) {
        throw new BusError('disconnected', `${of.server} has not read ${unconfirmedBytes} bytes sent to it`);
      }
      unconfirmedBytes += bytes;
      sinceAskedBytes += bytes;
      if (sinceAskedBytes < CONFIRM_EVERY_BYTES) return;
      const asked = sinceAskedBytes;
      sinceAskedBytes = 0;
      // After the caller has sent it.
      queueMicrotask(async () => {
        await confirmed(of);
        if (session === of) unconfirmedBytes -= asked;
      });
    },

    confirmed,
    maxPayloadBytes: () => maxPayloadBytes,
    status: () => status,
    setReady(of, ready) {
      if (session === of && !closing.signal.aborted) setStatus(ready === true, ready === true ? of.server : ready);
    },

    onStatus(listener) {
      const own = (now: BusStatus) => listener(now);
      listeners.add(own);
      return () => void listeners.delete(own);
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      const last = session;
      if (last !== undefined) {
        await Promise.race([confirmed(last), delay(CLOSE_MS, undefined, { signal: last.ended }).catch(() => {})]);
        await last.nc.close();
      }
      setStatus(false, 'closed');
      listeners.clear();
      // An attempt to connect that is under way ends by itself and is closed then; nobody has to wait for it.
      if (last !== undefined) await running;
    },
  };
}

/** Doubling pauses with jitter of a half, so that a fleet does not come back all at once. */
export function pauseMs(failures: number, { min, max }: { readonly min: number; readonly max: number }): number {
  const most = Math.min(max, min * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return most / 2 + (Math.random() * most) / 2;
}

/** nats.js checks a certificate for a name only; for an address it would ask it to be for `localhost`. */
function verifiedAddress(server: string): { host?: string } {
  const host = server.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? {} : { host };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function isAuthorization(err: unknown): boolean {
  return [...causesOf(err)].some(
    (cause) => cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError,
  );
}
