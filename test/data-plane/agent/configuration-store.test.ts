import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configurationName, diskConfigurationStore } from '../../../data-plane/agent/configuration-store.ts';
import type { Configuration } from '../../../data-plane/agent/follower-state.ts';
import { createProof } from '../../../data-plane/agent/proof.ts';
import { fleetHistory, type RevisionSource } from '../../support/fleet-history.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const proof = createProof({ fleet: 'f', trustedKeys: [] });

function published(revision: number, source: RevisionSource = {}): Configuration {
  const read = proof.readKept(fleetHistory('f').next({ ...source, revision }).kept);
  if ('error' in read) throw new Error(read.error);
  return read.configuration;
}

describe('configurations on disk', () => {
  let folder: string;
  const open = (path = folder) => diskConfigurationStore(path, proof, log);
  const newest = async (store = open()) => {
    for (const name of await store.list()) {
      const configuration = await store.read(name);
      if (configuration !== undefined) return configuration;
    }
    return undefined;
  };

  beforeEach(async () => {
    vi.clearAllMocks();
    folder = await mkdtemp(join(tmpdir(), 'penstock-configurations-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are none at first, also where there is no folder yet', async () => {
    expect(await open(join(folder, 'data', 'configurations')).list()).toEqual([]);
  });

  it('come back as they were given, and three are kept', async () => {
    for (const revision of [8, 9, 10, 11]) await open().save(published(revision), [], []);
    expect(await newest()).toEqual(published(11));
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('stay beyond three if they are spared', async () => {
    const store = open();
    const spare = [published(8).head];
    for (const revision of [8, 9, 10, 11, 12]) await store.save(published(revision), spare, []);
    expect(await store.list()).toEqual([12, 11, 10, 8].map((revision) => configurationName(published(revision).head)));
  });

  it('do not make room for those that crashed the node or could not be used', async () => {
    const store = open();
    const crashed = [20, 21, 22].map((revision) => published(revision).head);
    for (const revision of [8, 9]) await store.save(published(revision), [], []);
    for (const [index, { revision }] of crashed.entries()) {
      await store.save(published(revision), [], crashed.slice(0, index));
    }
    await writeFile(join(folder, configurationName(published(30).head)), 'nothing of use');
    expect((await newest(store))?.head.revision).toBe(22);
    await store.save(published(10), [], crashed);
    expect(await store.list()).toEqual([10, 9, 8].map((revision) => configurationName(published(revision).head)));
  });

  it('are ordered by epoch, then revision', async () => {
    const store = open();
    await store.save(published(900), [], []);
    await store.save(published(7, { epoch: 2 }), [], []);
    expect((await newest())?.head).toMatchObject({ epoch: 2, revision: 7 });
  });

  it('are passed over when they cannot be read, with a word on each', async () => {
    const store = open();
    for (const revision of [1, 2]) await store.save(published(revision), [], []);
    const [file = ''] = await store.list();
    await truncate(join(folder, file), 40);
    expect((await newest())?.head.revision).toBe(1);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'DP1104', file: join(folder, file) }),
      expect.any(String),
    );
  });

  it('are proved: a byte that changed on disk is found', async () => {
    const store = open();
    await store.save(published(1), [], []);
    const [file = ''] = await store.list();
    const bytes = await readFile(join(folder, file));
    bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1;
    await writeFile(join(folder, file), bytes);
    expect(await newest()).toBeUndefined();
  });

  it('are not looked at when they were never finished', async () => {
    await open().save(published(1), [], []);
    await writeFile(join(folder, `${configurationName(published(2).head)}.unfinished`), 'half');
    expect((await newest())?.head.revision).toBe(1);
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('are passed over where there is no file at all', async () => {
    await open().save(published(1), [], []);
    await mkdir(join(folder, configurationName(published(2).head)));
    expect((await newest())?.head.revision).toBe(1);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'DP1104', reason: expect.stringContaining('EISDIR') }),
      expect.any(String),
    );
  });

  it('leave no unfinished file behind, neither of this run nor of one that was killed', async () => {
    const store = open();
    await writeFile(join(folder, `${configurationName(published(1).head)}.unfinished`), 'half');
    await store.save(published(2), [], []);
    // In the way of the rename, as a full disk would be in the way of the write.
    await mkdir(join(folder, configurationName(published(3).head)));
    await expect(store.save(published(3), [], [])).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
  });

  it('are not said to be kept when the disk refuses', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(open(join(folder, 'file', 'configurations')).save(published(1), [], [])).rejects.toThrow(/ENOTDIR/);
  });
});
