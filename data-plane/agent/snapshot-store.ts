import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePublishedSnapshot } from '#shared/codec/snapshot-codec.ts';
import { openSnapshot } from '#shared/snapshot/build.ts';
import type { Logger, SnapshotStore } from '../ports.ts';

const KEPT = 3;
const UNFINISHED = /\.snapshot\.unfinished$/;
const NAME = /^(\d{16})-[0-9a-f]{8}\.snapshot$/;

/**
 * Snapshots in a folder, one file each, the last three kept. A file appears whole or not at all: written beside, synced,
 * renamed, folder synced.
 *
 * @param folder made if missing
 */
export function diskSnapshotStore(folder: string, log: Logger): SnapshotStore {
  async function names(): Promise<string[]> {
    // Revisions are padded to one length: order of names is order of revisions.
    return (await readdir(folder))
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
  }

  return {
    async load() {
      await mkdir(folder, { recursive: true });
      for (const name of await names()) {
        const file = join(folder, name);
        const opened = await readFile(file).then(openSnapshot, (err: Error) => ({ error: err.message }));
        if (!('error' in opened)) return opened;
        log.warn({ code: 'DP1104', file, reason: opened.error }, 'snapshot on disk is unreadable');
      }
      return undefined;
    },

    async save(published) {
      await mkdir(folder, { recursive: true });
      const name = `${String(published.revision).padStart(16, '0')}-${published.contentHash.slice(0, 8)}.snapshot`;
      const unfinished = join(folder, `${name}.unfinished`);
      try {
        await writeSynced(unfinished, encodePublishedSnapshot(published));
        await rename(unfinished, join(folder, name));
      } catch (err) {
        // Half a file on a full disk would be in the way of the next one.
        await rm(unfinished, { force: true });
        throw err;
      }
      await syncFolder(folder);
      const abandoned = (await readdir(folder)).filter((name) => UNFINISHED.test(name));
      for (const old of abandoned) await rm(join(folder, old), { force: true });
      for (const old of (await names()).slice(KEPT)) await rm(join(folder, old), { force: true });
    },
  };
}

/** For a node without a disk: it starts empty and waits for the bus. */
export const noSnapshotStore: SnapshotStore = { load: async () => undefined, save: async () => {} };

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
