import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HealthEntry, HealthEvent } from '#shared/health/health-event.ts';
import { eventually } from '#test/support/wait.ts';
import type { FleetStore } from '../../../control-plane/ports.ts';
import type { FleetStoreHarness } from './fleet-store.contract.ts';

/** What every health log promises; each adapter runs all of it. */
export function healthLogContract(name: string, createHarness: () => Promise<FleetStoreHarness>): void {
  describe(`${name} as a health log`, () => {
    let harness: FleetStoreHarness;
    let store: FleetStore;
    let nowMs = 1_700_000_000_000;

    const open = (healthRetentionMs?: number) =>
      harness.open({
        fleet: 'test',
        clock: () => nowMs,
        ...(healthRetentionMs === undefined ? {} : { healthRetentionMs }),
      });

    beforeEach(async () => {
      harness = await createHarness();
      store = await open();
    });

    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    const event = (n: number): HealthEvent => ({
      type: 'worker-unavailable',
      balancer: 'balancer://app',
      worker: `http://10.0.0.${n}/`,
      zones: ['süd'],
      policy: 'any',
      reason: 'connect-refused',
      witnesses: [{ node: 'node-1', available: false, saw: 'failed connect-refused' }],
    });

    async function appendMany(count: number): Promise<readonly HealthEntry[]> {
      const entries: HealthEntry[] = [];
      for (let n = 1; n <= count; n++) {
        const result = await store.health.append(n - 1, [event(n)]);
        if (result.kind !== 'appended') throw new Error(`append ${n}: ${result.kind}`);
        entries.push(result.entry);
      }
      return entries;
    }

    test('begins empty', async () => {
      expect(await store.health.version()).toBe(0);
      expect(await store.health.read(1, 10)).toEqual([]);
      expect(await store.health.loadCheckpoint()).toBeUndefined();
    });

    test('records events together under the next version, with a time', async () => {
      const result = await store.health.append(0, [event(1), event(2)]);
      expect(result).toMatchObject({ kind: 'appended', entry: { version: 1, events: [event(1), event(2)] } });
      const [entry] = await store.health.read(1, 10);
      expect(result).toEqual({ kind: 'appended', entry });
      expect(entry?.timeMs).toBeGreaterThan(1_600_000_000_000);
      expect(await store.health.version()).toBe(1);
    });

    test('refuses what was decided at another version and says which it is at', async () => {
      await appendMany(2);
      expect(await store.health.append(1, [event(9)])).toEqual({ kind: 'conflict', version: 2 });
      expect(await store.health.append(3, [event(9)])).toEqual({ kind: 'conflict', version: 2 });
      expect(await store.health.version()).toBe(2);
    });

    test('lets exactly one of several concurrent decisions have a version', async () => {
      const results = await Promise.all([1, 2, 3, 4].map((n) => store.health.append(0, [event(n)])));
      expect(results.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
      expect(await store.health.version()).toBe(1);
    });

    test('reads from any version, at most as many as asked', async () => {
      const entries = await appendMany(5);
      expect(await store.health.read(2, 2)).toEqual(entries.slice(1, 3));
      expect(await store.health.read(6, 10)).toEqual([]);
    });

    test('tails what is stored and what comes, in order, each once', async () => {
      const first = await appendMany(2);
      const seen: HealthEntry[] = [];
      const tail = store.health.tail(1, (entry) => void seen.push(entry));
      const third = await store.health.append(2, [event(3)]);
      await vi.waitFor(() => expect(seen).toHaveLength(2));
      expect(seen).toEqual([first[1], third.kind === 'appended' && third.entry]);
      await tail.stop();
    });

    test('gives back the newest checkpoint, byte for byte', async () => {
      await appendMany(2);
      await store.health.saveCheckpoint(1, new Uint8Array([1]));
      await store.health.saveCheckpoint(2, new Uint8Array([0, 255, 13, 10, 58]));
      expect(await store.health.loadCheckpoint()).toEqual({ version: 2, state: new Uint8Array([0, 255, 13, 10, 58]) });
    });

    test('keeps entries behind checkpoints as long as the retention', async () => {
      const entries = await appendMany(6);
      for (const version of [3, 4, 5, 6]) await store.health.saveCheckpoint(version, new Uint8Array([version]));
      expect(await store.health.read(1, 10)).toEqual(entries);
    });

    test('forgets old entries behind the oldest checkpoint kept, and goes on at the same version', async () => {
      await store.close();
      store = await open(1);
      const entries = await appendMany(7);
      await eventually('entries to be old enough', async () => {
        nowMs += 10;
        // Three are kept: of 3, 4, 5 and 6 the oldest one is 4.
        for (const version of [3, 4, 5, 6]) await store.health.saveCheckpoint(version, new Uint8Array([version]));
        return (await store.health.read(1, 1))[0]?.version !== 1;
      });
      await eventually('all of them to be old enough', async () => {
        nowMs += 10;
        await store.health.saveCheckpoint(6, new Uint8Array([6]));
        return (await store.health.read(1, 1))[0]?.version === 4;
      });
      expect(await store.health.read(1, 10)).toEqual(entries.slice(3));
      const seen: number[] = [];
      store.health.tail(1, ({ version }) => void seen.push(version));
      expect(await store.health.append(7, [event(8)])).toMatchObject({ kind: 'appended', entry: { version: 8 } });
      await vi.waitFor(() => expect(seen).toEqual([4, 5, 6, 7, 8]));
    });

    test('has everything again after it was closed and opened', async () => {
      const entries = await appendMany(3);
      await store.health.saveCheckpoint(2, new Uint8Array([2]));
      await store.close();
      store = await open();
      expect(await store.health.read(1, 10)).toEqual(entries);
      expect(await store.health.loadCheckpoint()).toMatchObject({ version: 2 });
      expect(await store.health.append(3, [])).toMatchObject({ kind: 'appended' });
    });

    test('refuses work after it was closed', async () => {
      await store.close();
      await expect(store.health.append(0, [])).rejects.toMatchObject({ code: 'closed' });
      await expect(store.health.version()).rejects.toMatchObject({ code: 'closed' });
    });
  });
}
