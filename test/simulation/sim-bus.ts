import { type Bus, BusError, type BusHandler, type BusStatus, type Kept, type Subscription } from '#shared/bus.ts';
import {
  DEFAULT_MAX_PAYLOAD_BYTES,
  refuseBadKey,
  refuseBadSubject,
  refuseTooLarge,
  refuseToPublish,
  subjectMatcher,
} from '#shared/bus-subject.ts';
import { createWatchFilter, type WatchFilter } from '#shared/nats-bus/watch-filter.ts';
import type { Kernel, Process } from './kernel.ts';
import type { Network } from './network.ts';

/** What the server of the bus holds; versions grow over all keys together, as NATS's sequence numbers do. */
type Holdings = { kept: Map<string, Kept>; objects: Map<string, Uint8Array>; version: number };

/** One connection of a party to the server; whatever is on its way ends with it. */
type Session = { readonly party: Process; alive: boolean; toServerMs: number; toClientMs: number };

type Listener = {
  readonly session: Session;
  readonly matches: (subject: string) => boolean;
  readonly deliver: (subject: string, payload: Uint8Array, version: number | undefined) => void;
};

export type BusServer = {
  /** A party's bus; connects by itself, again and again. */
  connect(process: Process): Bus;
  /** Goes down: nothing is lost, but every connection is. */
  down(): void;
  up(): void;
  /** Loses everything, or what it was told in the last so many puts. Every connection ends. */
  lose(puts: number | 'everything'): void;
  /** Ends whoever is cut off from it. */
  cutOff(party: string): void;
  /** Of the world's own eyes. */
  kept(key: string): Kept | undefined;
  keys(pattern: string): readonly string[];
  objects(pattern: string): readonly string[];
  /** Called after each put. */
  onPut(listener: (key: string, payload: Uint8Array) => void): void;
};

/** Puts after which a server that lost its newest ones may stand. */
const IMAGES = 64;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * A bus as NATS is: a server that keeps keys and objects, parties with connections that break. What is published may be lost, sent
 * twice, or overtake; what is asked for may have happened although no answer came.
 */
export function createBusServer(kernel: Kernel, network: Network): BusServer {
  const chance = kernel.chance.fork('bus');
  let held: Holdings = { kept: new Map(), objects: new Map(), version: 0 };
  const images: Holdings[] = [];
  const sessions = new Set<Session>();
  const listeners = new Set<Listener>();
  const watchers = new Set<(key: string, payload: Uint8Array) => void>();
  let isUp = true;

  function remember(): void {
    images.push({ kept: new Map(held.kept), objects: new Map(held.objects), version: held.version });
    if (images.length > IMAGES) images.shift();
  }

  function end(session: Session): void {
    session.alive = false;
    sessions.delete(session);
    for (const listener of listeners) if (listener.session === session) listeners.delete(listener);
  }

  function endAll(): void {
    for (const session of [...sessions]) end(session);
  }

  /** Sends to whoever listens, over each one's connection. */
  function fanOut(subject: string, payload: Uint8Array, version: number | undefined): void {
    const told = new Set<Session>();
    for (const { session, matches } of listeners) if (matches(subject)) told.add(session);
    for (const session of told) {
      if (network.loses()) continue;
      const copies = network.repeats() ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const delayMs = inOrder(session, 'toClientMs', network.delayMs());
        kernel.after(delayMs, session.party, `<- ${short(subject)}`, () => {
          if (!session.alive) return;
          for (const listener of [...listeners]) {
            if (listener.session === session && listener.matches(subject)) listener.deliver(subject, payload, version);
          }
        });
      }
    }
  }

  /** Messages of one connection come in order, unless the network is as bad as no network is. */
  function inOrder(session: Session, way: 'toServerMs' | 'toClientMs', delayMs: number): number {
    if (network.overtakes()) return delayMs + chance.between(0, 500);
    const atMs = Math.max(session[way], kernel.nowMs() + delayMs);
    session[way] = atMs;
    return atMs - kernel.nowMs();
  }

  function put(key: string, payload: Uint8Array, ifVersion: number | undefined): number {
    const before = held.kept.get(key)?.version ?? 0;
    if (ifVersion !== undefined && ifVersion !== before) {
      throw new BusError('conflict', `"${key}" is at version ${before}, not ${ifVersion}`);
    }
    remember();
    held.version++;
    held.kept.set(key, { payload, version: held.version });
    fanOut(key, payload, held.version);
    for (const watcher of watchers) watcher(key, payload);
    return held.version;
  }

  function putObject(name: string, payload: Uint8Array): void {
    const before = held.objects.get(name);
    if (before !== undefined && Buffer.compare(before, payload) !== 0) {
      throw new BusError('conflict', `object "${name}" is kept with other content`);
    }
    if (before !== undefined) return;
    remember();
    held.objects.set(name, payload);
  }

  function connect(process: Process): Bus {
    const own = kernel.chance.fork(`bus of ${process.name} at ${kernel.nowMs()}`);
    const statusListeners = new Set<(status: BusStatus) => void>();
    const begins = new Set<(session: Session) => void>();
    let session: Session | undefined;
    let wasConnected = false;

    const status = (): BusStatus => ({ connected: session !== undefined, detail: 'simulated' });

    function tell(): void {
      if (wasConnected === (session !== undefined)) return;
      wasConnected = session !== undefined;
      kernel.note(`${process.name} ${wasConnected ? 'is on the bus' : 'has lost the bus'}`);
      for (const listener of [...statusListeners]) listener(status());
    }

    function establish(): void {
      kernel.after(own.between(1, 400), process, 'bus: connects', () => {
        if (!isUp || !network.reaches(process.name, 'bus')) return establish();
        session = { party: process, alive: true, toServerMs: 0, toClientMs: 0 };
        sessions.add(session);
        const mine = session;
        for (const begin of begins) begin(mine);
        tell();
        look(mine);
      });
    }

    /** A connection that broke is noticed sooner or later. */
    function look(mine: Session): void {
      kernel.after(own.between(200, 2_000), process, 'timer', () => {
        if (mine.alive) return look(mine);
        session = undefined;
        tell();
        establish();
      });
    }

    /** Done at the server, whether or not anybody hears of it; no answer in time, or none over this connection, is a fault. */
    function request<T>(label: string, work: () => T): Promise<T> {
      const mine = session;
      if (mine === undefined) return Promise.reject(disconnected(label));
      return new Promise<T>((resolve, reject) => {
        const timeout = kernel.after(REQUEST_TIMEOUT_MS, process, 'timer', () => reject(disconnected(label)));
        const answer = (give: () => void) => {
          if (network.loses()) return;
          kernel.after(inOrder(mine, 'toClientMs', network.delayMs()), process, `answer: ${label}`, () => {
            timeout.cancelled = true;
            if (mine.alive) give();
            else reject(disconnected(label));
          });
        };
        if (network.loses()) return;
        kernel.after(inOrder(mine, 'toServerMs', network.delayMs()), undefined, `${process.name} -> ${label}`, () => {
          if (!mine.alive) return;
          try {
            const result = work();
            answer(() => resolve(result));
          } catch (error) {
            if (!(error instanceof BusError)) throw error;
            answer(() => reject(error));
          }
        });
      });
    }

    /** Listens over every connection there will be. */
    function listen(begin: (session: Session) => Listener): { end(): void } {
      let active: Listener | undefined;
      const onSession = (next: Session) => {
        active = begin(next);
        listeners.add(active);
      };
      begins.add(onSession);
      if (session !== undefined) onSession(session);
      return {
        end() {
          begins.delete(onSession);
          if (active !== undefined) listeners.delete(active);
        },
      };
    }

    function subscribe(pattern: string, handler: BusHandler): Subscription {
      const matches = subjectMatcher(pattern);
      const listening = listen((mine) => ({
        session: mine,
        matches,
        deliver: (subject, payload) => handler(copyOf(payload), subject),
      }));
      return { unsubscribe: async () => listening.end() };
    }

    function watch(pattern: string, handler: BusHandler): Subscription {
      const matches = subjectMatcher(pattern);
      const filter: WatchFilter<{ readonly key: string; readonly payload: Uint8Array }> = createWatchFilter();
      let ended = false;
      const give = (messages: readonly { readonly key: string; readonly payload: Uint8Array }[]) => {
        for (const { key, payload } of messages) if (!ended) handler(copyOf(payload), key);
      };
      const ask = (mine: Session): void => {
        request(`watch ${short(pattern)}`, () => [...held.kept].filter(([key]) => matches(key))).then(
          (found) => {
            for (const [key, { payload, version }] of found) give(filter.kept(key, version, { key, payload }));
            if (found.length === 0 && !/[*>]/.test(pattern)) give(filter.kept(pattern, 0));
            give(filter.allKept());
          },
          () => {
            if (ended || !mine.alive) return;
            kernel.after(own.between(250, 1_000), process, 'timer', () => ask(mine));
          },
        );
      };
      const listening = listen((mine) => {
        filter.begin();
        kernel.after(0, process, 'bus: asks for what is kept', () => {
          if (mine.alive && !ended) ask(mine);
        });
        return {
          session: mine,
          matches,
          deliver: (key, payload, version) => give(filter.live(key, version ?? 0, { key, payload })),
        };
      });
      return {
        async unsubscribe() {
          ended = true;
          listening.end();
        },
      };
    }

    establish();
    return {
      async publish(subject, payload) {
        refuseToPublish(subject);
        refuseTooLarge(subject, payload, DEFAULT_MAX_PAYLOAD_BYTES);
        const mine = session;
        if (mine === undefined) throw disconnected(subject);
        if (network.loses()) return;
        const copy = copyOf(payload);
        const delayMs = inOrder(mine, 'toServerMs', network.delayMs());
        kernel.after(delayMs, undefined, `${process.name} -> ${short(subject)}`, () => {
          if (mine.alive) fanOut(subject, copy, undefined);
        });
      },
      async subscribe(pattern, handler) {
        refuseBadSubject(pattern, true);
        return subscribe(pattern, handler);
      },
      async putLatest(key, payload, { ifVersion } = {}) {
        refuseBadKey(key, false);
        refuseTooLarge(key, payload, DEFAULT_MAX_PAYLOAD_BYTES);
        const copy = copyOf(payload);
        return request(`put ${short(key)}`, () => put(key, copy, ifVersion));
      },
      async getLatest(key) {
        refuseBadKey(key, false);
        const found = await request(`get ${short(key)}`, () => held.kept.get(key));
        return found && { payload: copyOf(found.payload), version: found.version };
      },
      async watchLatest(key, handler) {
        refuseBadKey(key, true);
        return watch(key, handler);
      },
      async keys(pattern) {
        refuseBadKey(pattern, true);
        return request(`keys ${short(pattern)}`, () => [...held.kept.keys()].filter(subjectMatcher(pattern)).sort());
      },
      async remove(key) {
        refuseBadKey(key, false);
        return request(`remove ${short(key)}`, () => void held.kept.delete(key));
      },
      async putObject(name, payload) {
        refuseBadSubject(name, false);
        const copy = copyOf(payload);
        return request(`put object ${name}`, () => putObject(name, copy));
      },
      async getObject(name) {
        refuseBadSubject(name, false);
        const found = await request(`get object ${name}`, () => held.objects.get(name));
        return found && copyOf(found);
      },
      async objects(pattern) {
        refuseBadSubject(pattern, true);
        return request(`objects ${pattern}`, () => [...held.objects.keys()].filter(subjectMatcher(pattern)).sort());
      },
      async removeObject(name) {
        refuseBadSubject(name, false);
        return request(`remove object ${name}`, () => void held.objects.delete(name));
      },
      maxPayloadBytes: DEFAULT_MAX_PAYLOAD_BYTES,
      status,
      onStatus(listener) {
        const each = (now: BusStatus) => listener(now);
        statusListeners.add(each);
        return () => void statusListeners.delete(each);
      },
      async close() {
        if (session !== undefined) end(session);
      },
    };
  }

  return {
    connect,
    down() {
      isUp = false;
      endAll();
    },
    up() {
      isUp = true;
    },
    lose(puts) {
      held =
        puts === 'everything'
          ? { kept: new Map(), objects: new Map(), version: 0 }
          : (images.at(-puts) ?? images[0] ?? held);
      held = { kept: new Map(held.kept), objects: new Map(held.objects), version: held.version };
      images.length = 0;
      endAll();
    },
    cutOff(party) {
      for (const session of [...sessions]) if (session.party.name === party) end(session);
    },
    kept: (key) => held.kept.get(key),
    keys: (pattern) => [...held.kept.keys()].filter(subjectMatcher(pattern)).sort(),
    objects: (pattern) => [...held.objects.keys()].filter(subjectMatcher(pattern)).sort(),
    onPut: (listener) => void watchers.add(listener),
  };
}

function disconnected(what: string): BusError {
  return new BusError('disconnected', `${what}: no answer`);
}

/** Subjects of the fleet without what they all begin with. */
function short(subject: string): string {
  return subject.replace(/^penstock\.v1\.[^.]+\.(keep\.)?/, '');
}

function copyOf(payload: Uint8Array): Uint8Array {
  return new Uint8Array(payload);
}
