import type { Kept } from '../bus.ts';
import { BusError } from '../bus.ts';
import { refuseTooLarge } from '../bus-subject.ts';
import type { Link } from './link.ts';
import { streamName } from './stream.ts';
import type { StreamKeeper } from './stream-keeper.ts';

/** Kept keys in the fleet's stream; version = the message's sequence number there. Keys are checked by the caller. */
export type KeptKeys = {
  /** The payload must not change until this resolves. */
  put(key: string, payload: Uint8Array, ifVersion?: number): Promise<number>;
  get(key: string): Promise<Kept | undefined>;
  keys(pattern: string): Promise<readonly string[]>;
  /** Forgets all keys that match. */
  remove(pattern: string): Promise<void>;
};

export function createKeptKeys(fleet: string, link: () => Link, stream: StreamKeeper): KeptKeys {
  const name = streamName(fleet);

  return {
    async put(key, payload, ifVersion) {
      const session = link().session();
      refuseTooLarge(key, payload, link().maxPayloadBytes());
      link().sending(session, payload.length);
      const options = ifVersion === undefined ? {} : { expect: { lastSubjectSequence: ifVersion } };
      // Not repeated when the answer alone was lost: under an expected version the second would be refused.
      const ack = await stream.use(session, `put ${key}`, ({ js }) => js.publish(key, payload, options), false);
      if (ack.stream !== name) {
        throw new BusError(
          'refused',
          `put ${key}: stream ${ack.stream} took it, want ${name} to be the only one that does`,
        );
      }
      return ack.seq;
    },

    async get(key) {
      // The key is part of the subject asked, so that permissions can tell keys apart.
      const message = await stream.use(
        link().session(),
        `get ${key}`,
        ({ jsm }) => jsm.direct.getMessage(name, { last_by_subj: key }),
        true,
      );
      return message ? { payload: new Uint8Array(message.data), version: message.seq } : undefined;
    },

    async keys(pattern) {
      const info = await stream.use(
        link().session(),
        `list ${pattern}`,
        ({ jsm }) => jsm.streams.info(name, { subjects_filter: pattern }),
        true,
      );
      return Object.keys(info.state.subjects ?? {}).sort();
    },

    async remove(pattern) {
      await stream.use(
        link().session(),
        `remove ${pattern}`,
        ({ jsm }) => jsm.streams.purge(name, { filter: pattern }),
        true,
      );
    },
  };
}
