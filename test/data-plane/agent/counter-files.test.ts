import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeReport, encodeReport } from '#shared/codec/node-codec.ts';
import { createInProcessBus, type InProcessBus } from '#shared/in-process-bus.ts';
import { createBusLink } from '../../../data-plane/agent/bus-link.ts';
import { diskCounterFiles } from '../../../data-plane/agent/counter-files.ts';
import { createEarlierRuns } from '../../../data-plane/agent/earlier-runs.ts';
import { handOver } from '../../../data-plane/agent/hand-over.ts';
import { eventually } from '../../support/wait.ts';
import { FLEET, reportOf, rows } from './support/reports.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

describe('counters of earlier runs', () => {
  let folder: string;
  let bus: InProcessBus;

  beforeEach(async () => {
    vi.clearAllMocks();
    folder = await mkdtemp(join(tmpdir(), 'penstock-counters-'));
    bus = createInProcessBus();
  });

  afterEach(async () => {
    await bus.close();
    await rm(folder, { recursive: true, force: true });
  });

  const files = (boot = 'now') => diskCounterFiles(folder, boot, log);
  const kept = async (boot: string) => {
    const one = await bus.getLatest(subjects(FLEET).finalReport('n1', boot));
    return one && decodeReport(one.payload);
  };

  it('are what they last wrote, oldest first, and not those of this run', async () => {
    for (const [i, boot] of ['b', 'a', 'now'].entries()) {
      await files().write(reportOf({ bootId: boot, workers: rows(1) }));
      await files().write(reportOf({ bootId: boot, workers: rows(2) }));
      await utimes(join(folder, `${boot}.report`), 1000 + i, 1000 + i);
    }
    const earlier = await files().earlier();
    expect(earlier.map(({ bootId, workers }) => [bootId, workers.length])).toEqual([
      ['b', 2],
      ['a', 2],
    ]);
  });

  it('are dropped and counted beyond a bound, the oldest first', async () => {
    for (let i = 0; i < 70; i++) {
      await files().write(reportOf({ bootId: `boot-${i}`, workers: rows(1) }));
      await utimes(join(folder, `boot-${i}.report`), 1000 + i, 1000 + i);
    }
    const store = files();
    const earlier = await store.earlier();
    expect([earlier.length, earlier[0]?.bootId, store.dropped()]).toEqual([64, 'boot-6', 6]);
    expect(await readdir(folder)).toHaveLength(64);
  });

  it('stay where they are when the disk does not give them', async () => {
    // A folder in place of the file: reading it fails (EISDIR).
    await mkdir(join(folder, 'b.report'));
    await files().write(reportOf({ bootId: 'a', workers: rows(1) }));
    expect((await files().earlier()).map(({ bootId }) => bootId)).toEqual(['a']);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'DP1305' }), expect.any(String));
    expect((await readdir(folder)).toSorted()).toEqual(['a.report', 'b.report']);
  });

  it('are put aside when this version cannot read them, said once, and count when one can', async () => {
    await writeFile(join(folder, 'b.report'), 'of a newer version');
    await files().write(reportOf({ bootId: 'a', workers: rows(1) }));
    for (const _ of [1, 2]) {
      expect((await files().earlier()).map(({ bootId }) => bootId)).toEqual(['a']);
      expect((await readdir(folder)).toSorted()).toEqual(['a.report', 'b.report.unreadable']);
    }
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'DP1305' }), expect.any(String));
    await writeFile(join(folder, 'b.report.unreadable'), encodeReport(reportOf({ bootId: 'b', workers: rows(1) })));
    expect((await files().earlier()).map(({ bootId }) => bootId)).toEqual(['a', 'b']);
    await files().forget('b');
    expect(await readdir(folder)).toEqual(['a.report']);
  });

  it('that cannot be read are kept up to a bound, too', async () => {
    for (let i = 0; i < 20; i++) {
      await writeFile(join(folder, `boot-${i}.report`), 'half');
      await utimes(join(folder, `boot-${i}.report`), 1000 + i, 1000 + i);
    }
    const store = files();
    expect(await store.earlier()).toEqual([]);
    expect(store.dropped()).toBe(4);
    expect(await readdir(folder)).toHaveLength(16);
    expect(await readdir(folder)).not.toContain('boot-3.report.unreadable');
  });

  it('are handed over as last reports, newer than any that was sent, and forgotten then', async () => {
    for (const bootId of ['a', 'b']) await files().write(reportOf({ bootId, seq: 7, workers: rows(3) }));
    await files().write(reportOf({ bootId: 'other', node: 'n2', workers: rows(3) }));
    const link = createBusLink(bus, log);
    const identity = { fleet: FLEET, node: 'n1', bootId: 'now' };
    const earlier = createEarlierRuns({ identity, link, files: files(), log });
    await earlier.start();
    expect(await kept('a')).toMatchObject({ bootId: 'a', final: true });
    expect((await kept('b'))?.seq).toBeGreaterThan(7);
    expect(await readdir(folder)).toEqual(['other.report']);
    await link.unfollow();
  });

  it('wait on disk until the bus keeps them', async () => {
    await files().write(reportOf({ bootId: 'a', workers: rows(1) }));
    let connected = false;
    const away = { ...bus, status: () => ({ connected, detail: '' }) };
    const link = createBusLink(away, log);
    const identity = { fleet: FLEET, node: 'n1', bootId: 'now' };
    const earlier = createEarlierRuns({ identity, link, files: files(), log });
    await earlier.start();
    expect(earlier.waiting()).toBe(1);
    expect(await readdir(folder)).toEqual(['a.report']);
    connected = true;
    await eventually('the hand-over', () => earlier.waiting() === 0);
    expect(await kept('a')).toMatchObject({ bootId: 'a' });
    earlier.stop();
    await link.unfollow();
  });

  it('go in parts where one message is too small, the next when the one before is stored', async () => {
    const narrow = createInProcessBus({ maxPayloadBytes: 600 });
    const key = subjects(FLEET).finalReport('n1', 'a');
    const seen: string[][] = [];
    // The control plane: stores what is kept, and removes it.
    await narrow.watchLatest(key, (payload) => {
      const report = decodeReport(payload);
      expect([report.final, report.complete, report.bootId]).toEqual([true, false, 'a']);
      seen.push(report.workers.map(({ url }) => url));
      void narrow.remove(key);
    });
    expect(await handOver(narrow, reportOf({ bootId: 'a', final: true, workers: rows(20) }), 10_000)).toBe(true);
    await eventually('the last part', () => seen.flat().length === 20);
    expect(seen.flat()).toEqual(rows(20).map(({ url }) => url));
    expect(seen.length).toBeGreaterThan(2);
    await narrow.close();
  });

  it('are not called handed over when nobody stores a part in time', async () => {
    const narrow = createInProcessBus({ maxPayloadBytes: 600 });
    expect(await handOver(narrow, reportOf({ bootId: 'a', workers: rows(10) }), 50)).toBe(false);
    await narrow.close();
  });
});
