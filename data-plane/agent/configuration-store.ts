import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeKeptConfiguration } from '#shared/codec/head-codec.ts';
import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import type { ConfigurationStore, Logger } from '../ports.ts';
import { writeWhole } from './files.ts';
import { type Identity, identityOf } from './follower-state.ts';
import type { Proof } from './proof.ts';

const KEPT = 3;
const UNFINISHED = /\.configuration\.unfinished$/;
const NAME = /^\d{10}-\d{16}-[0-9a-f]{16}\.configuration$/;

/**
 * Configurations in a folder with their proofs, one file each (`KeptConfiguration`), the last three kept. A file appears whole or
 * not at all: written beside, synced, renamed, folder synced. What is read is proved as if it came from the bus. What was read and
 * could not be proved, and what crashed the node, does not count among the three, and goes with the next save: it would push out what
 * the node can serve.
 *
 * @param folder made if missing
 */
export function diskConfigurationStore(folder: string, proof: Proof, log: Logger): ConfigurationStore {
  /** Files that were read in vain. */
  const unusable = new Set<string>();

  async function names(): Promise<string[]> {
    // Epochs and revisions are padded to one length: order of names is order of configurations.
    return (await readdir(folder))
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
  }

  return {
    async list() {
      await mkdir(folder, { recursive: true });
      return names();
    },

    async read(name) {
      const file = join(folder, name);
      const result = await readFile(file).then(proof.readKept, (err: Error) => ({ error: err.message }));
      if ('configuration' in result) return result.configuration;
      unusable.add(name);
      log.warn({ code: 'DP1104', file, reason: result.error }, 'configuration on disk cannot be used');
      return undefined;
    },

    async save(configuration, spare, crashed) {
      await mkdir(folder, { recursive: true });
      const { signedHead, state } = configuration;
      const encoded = encodeKeptConfiguration({ signedHead, snapshot: encodeSnapshot(state.snapshot) });
      const saved = configurationName(configuration.head);
      await writeWhole(join(folder, saved), encoded);
      unusable.delete(saved);
      const useless = new Set([...unusable, ...crashed.map(configurationName)]);
      const sound = (await names()).filter((name) => name === saved || !useless.has(name));
      const keep = new Set([...sound.slice(0, KEPT), saved, ...spare.map(configurationName)]);
      const old = (await readdir(folder)).filter(
        (name) => UNFINISHED.test(name) || (NAME.test(name) && !keep.has(name)),
      );
      for (const name of old) {
        await rm(join(folder, name), { recursive: true, force: true });
        unusable.delete(name);
      }
    },
  };
}

/** For a node without a disk: it starts empty and waits for the bus. */
export const noConfigurationStore: ConfigurationStore = {
  list: async () => [],
  read: async () => undefined,
  save: async () => {},
};

/** Name of the file that keeps a configuration. */
export function configurationName(identity: Identity): string {
  const hash = createHash('sha256').update(identityOf(identity)).digest('hex').slice(0, 16);
  return `${padded(identity.epoch, 10)}-${padded(identity.revision, 16)}-${hash}.configuration`;
}

function padded(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
