import type { Bus } from '../bus.ts';
import { BusError } from '../bus.ts';
import { refuseBadSubject, refuseTooLarge } from '../bus-subject.ts';
import { checkTlsFiles, readCredentials } from './credentials.ts';
import type { NatsFaultCounts } from './faults.ts';
import { createFaults } from './faults.ts';
import { createKeptKeys } from './kept-keys.ts';
import type { Link, Session } from './link.ts';
import { createLink } from './link.ts';
import { createListeners } from './listeners.ts';
import { createObjects } from './objects.ts';
import type { NatsBusOptions } from './settings.ts';
import { guarded, natsSettings } from './settings.ts';
import { createStreamKeeper } from './stream-keeper.ts';
import { createNames } from './subjects.ts';

/** The bus of a fleet, on NATS with JetStream. */
export type NatsBus = Bus & {
  /**
   * Resolves when the bus can be worked with for the first time: connected and, for the control plane, the stream is
   * there.
   *
   * @throws BusError `refused` when the server has no JetStream, or a stream of that name is not ours
   */
  ready(): Promise<void>;
  faults(): NatsFaultCounts;
};

/**
 * Gives a bus at once, whether or not a server can be reached: calls are refused as `disconnected` until one is,
 * subscriptions and watches become active then. `status()` says how it stands.
 *
 * @throws Error naming settings that cannot be right, or files that cannot be read
 */
export async function natsBus(options: NatsBusOptions): Promise<NatsBus> {
  const settings = natsSettings(options);
  await readCredentials(settings.credentials);
  await checkTlsFiles(settings.tls);

  const faults = createFaults(settings.hooks);
  const names = createNames(settings.fleet);
  const theLink = (): Link => link;
  const stream = createStreamKeeper(settings, faults, theLink);
  const kept = createKeptKeys(settings.fleet, theLink, stream);
  const listeners = createListeners(theLink, names, kept, faults);
  const link = createLink(settings, faults, (session: Session) => {
    // Before anything is put or asked for on it.
    listeners.begin(session);
    stream.begin(session);
  });
  const objects = createObjects(settings.fleet, kept, link.maxPayloadBytes);
  let closed = false;

  function refuseWhenClosed(): void {
    if (closed) throw new BusError('closed', 'bus is closed');
  }

  return {
    async publish(subject, payload) {
      refuseWhenClosed();
      names.refuseToPublish(subject);
      const session = link.session();
      refuseTooLarge(subject, payload, link.maxPayloadBytes());
      link.sending(session, payload.length);
      // A copy: nats.js sends it a turn later, and the buffer is the caller's again then.
      session.nc.publish(subject, new Uint8Array(payload));
    },

    async subscribe(subject, handler) {
      refuseWhenClosed();
      refuseBadSubject(subject, true);
      return listeners.subscribe(subject, guarded(handler, settings.hooks));
    },

    async putLatest(key, payload, { ifVersion } = {}) {
      refuseWhenClosed();
      names.refuseBadKey(key, false);
      return kept.put(key, new Uint8Array(payload), ifVersion);
    },

    async getLatest(key) {
      refuseWhenClosed();
      names.refuseBadKey(key, false);
      return kept.get(key);
    },

    async watchLatest(key, handler) {
      refuseWhenClosed();
      names.refuseBadKey(key, true);
      return listeners.watch(key, guarded(handler, settings.hooks));
    },

    async keys(pattern) {
      refuseWhenClosed();
      names.refuseBadKey(pattern, true);
      return kept.keys(pattern);
    },

    async remove(key) {
      refuseWhenClosed();
      names.refuseBadKey(key, false);
      return kept.remove(key);
    },

    async putObject(name, payload) {
      refuseWhenClosed();
      refuseBadSubject(name, false);
      return objects.put(name, payload);
    },

    async getObject(name) {
      refuseWhenClosed();
      refuseBadSubject(name, false);
      return objects.get(name);
    },

    async objects(pattern) {
      refuseWhenClosed();
      refuseBadSubject(pattern, true);
      return objects.list(pattern);
    },

    async removeObject(name) {
      refuseWhenClosed();
      refuseBadSubject(name, false);
      return objects.remove(name);
    },

    get maxPayloadBytes() {
      return link.maxPayloadBytes();
    },
    status: link.status,
    onStatus: link.onStatus,

    async close() {
      if (closed) return;
      closed = true;
      listeners.end();
      await link.close();
    },

    ready: stream.ready,
    faults: faults.counts,
  };
}
