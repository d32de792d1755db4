import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file that is there whole or not at all, whatever dies meanwhile: written beside (`.unfinished`), synced, renamed, folder
 * synced. Rejects if the disk refuses, with nothing left behind.
 *
 * @param options.sync false: whole even so, but a machine that loses power may lose it
 */
export async function writeWhole(
  path: string,
  content: Uint8Array | string,
  options: { readonly sync?: boolean } = {},
): Promise<void> {
  const { sync = true } = options;
  const unfinished = `${path}.unfinished`;
  try {
    const file = await open(unfinished, 'w', 0o600);
    try {
      await file.writeFile(content);
      if (sync) await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (err) {
    // Half a file on a full disk would be in the way of the next one.
    await rm(unfinished, { force: true });
    throw err;
  }
  if (sync) await syncFolder(dirname(path));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
