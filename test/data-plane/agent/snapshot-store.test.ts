import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { buildSnapshot } from '#shared/snapshot/build.ts';
import { diskSnapshotStore } from '../../../data-plane/agent/snapshot-store.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const published = (revision: number) =>
  buildSnapshot({ fleet: 'f', revision, chainHash: '0'.repeat(64), definition: EMPTY_DEFINITION, overrides: [] });

describe('snapshot store on disk', () => {
  let folder: string;

  beforeEach(async () => {
    vi.clearAllMocks();
    folder = await mkdtemp(join(tmpdir(), 'penstock-snapshots-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has nothing at first, also where there is no folder yet', async () => {
    expect(await diskSnapshotStore(join(folder, 'data', 'snapshots'), log).load()).toBeUndefined();
  });

  it('gives back the newest it was given, and keeps three', async () => {
    const store = diskSnapshotStore(folder, log);
    for (const revision of [8, 9, 10, 11]) await store.save(published(revision));
    expect((await diskSnapshotStore(folder, log).load())?.published).toEqual(published(11));
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('takes the newest readable one, and says which it could not read', async () => {
    const store = diskSnapshotStore(folder, log);
    for (const revision of [1, 2]) await store.save(published(revision));
    const [newest = ''] = (await readdir(folder)).sort().reverse();
    await truncate(join(folder, newest), 40);
    expect((await store.load())?.published.revision).toBe(1);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'DP1104', file: join(folder, newest) }),
      expect.any(String),
    );
  });

  it('does not look at files that were never finished', async () => {
    const store = diskSnapshotStore(folder, log);
    await store.save(published(1));
    await writeFile(join(folder, '0000000000000002-00000000.snapshot.unfinished'), 'half');
    expect((await store.load())?.published.revision).toBe(1);
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('passes over a file that cannot even be read', async () => {
    const store = diskSnapshotStore(folder, log);
    await store.save(published(1));
    await mkdir(join(folder, '0000000000000002-00000000.snapshot'));
    expect((await store.load())?.published.revision).toBe(1);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'DP1104', reason: expect.stringContaining('EISDIR') }),
      expect.any(String),
    );
  });

  it('leaves no unfinished file behind, neither its own nor that of a run that was killed', async () => {
    const store = diskSnapshotStore(folder, log);
    await writeFile(join(folder, '0000000000000001-00000000.snapshot.unfinished'), 'half');
    await store.save(published(2));
    // In the way of the rename, as a full disk would be in the way of the write.
    const { contentHash } = published(3);
    await mkdir(join(folder, `0000000000000003-${contentHash.slice(0, 8)}.snapshot`));
    await expect(store.save(published(3))).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.endsWith('.unfinished'))).toEqual([]);
  });

  it('fails when the disk refuses', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(diskSnapshotStore(join(folder, 'file', 'snapshots'), log).save(published(1))).rejects.toThrow(
      /ENOTDIR/,
    );
  });
});
