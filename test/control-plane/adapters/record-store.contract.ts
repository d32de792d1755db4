import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FleetStore, RecordStore } from '../../../control-plane/ports.ts';
import type { FleetStoreHarness } from './fleet-store.contract.ts';

/** What every record store promises; each adapter runs all of it. */
export function recordStoreContract(name: string, createHarness: () => Promise<FleetStoreHarness>): void {
  describe(`${name} as a record store`, () => {
    let harness: FleetStoreHarness;
    let store: FleetStore;

    const open = () => harness.open({ fleet: 'test', clock: Date.now });

    beforeEach(async () => {
      harness = await createHarness();
      store = await open();
    });

    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    const bytes = (...values: number[]) => new Uint8Array(values);

    async function save(records: RecordStore, key: string, ifVersion: number, value: Uint8Array): Promise<number> {
      const result = await records.save(key, ifVersion, value);
      if (result.kind !== 'saved') throw new Error(`${key} was not saved: ${JSON.stringify(result)}`);
      return result.version;
    }

    test('begins empty', async () => {
      expect((await store.counters.load()).size).toBe(0);
    });

    test('gives back every record, byte for byte, with its version', async () => {
      const first = await save(store.counters, 'node-1', 0, bytes(58, 0, 255));
      const second = await save(store.counters, 'node ü:2', 0, bytes());
      expect(new Map(await store.counters.load())).toEqual(
        new Map([
          ['node-1', { version: first, bytes: bytes(58, 0, 255) }],
          ['node ü:2', { version: second, bytes: bytes() }],
        ]),
      );
    });

    test('saves only over the version that is named, and tells the record that is there', async () => {
      const { counters } = store;
      expect(await counters.save('a', 7, bytes(1))).toEqual({ kind: 'conflict', record: undefined });
      const first = await save(counters, 'a', 0, bytes(1));
      const there = { version: first, bytes: bytes(1) };
      expect(await counters.save('a', 0, bytes(2))).toEqual({ kind: 'conflict', record: there });
      const second = await save(counters, 'a', first, bytes(2));
      expect(second).toBeGreaterThan(first);
      expect(await counters.save('a', first, bytes(3))).toMatchObject({
        kind: 'conflict',
        record: { version: second },
      });
    });

    test('lets exactly one of several concurrent writers replace a version', async () => {
      const version = await save(store.counters, 'a', 0, bytes(0));
      const results = await Promise.all([1, 2, 3, 4].map((n) => store.counters.save('a', version, bytes(n))));
      expect(results.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
    });

    test('gives a record that was removed and made again a version that it never had', async () => {
      const version = await save(store.counters, 'a', 0, bytes(1));
      await store.counters.remove('a');
      await store.counters.remove('never there');
      expect((await store.counters.load()).size).toBe(0);
      await save(store.counters, 'a', 0, bytes(2));
      expect(await store.counters.save('a', version, bytes(3))).toMatchObject({ kind: 'conflict' });
    });

    test('gives back more records than are read at once', async () => {
      const keys = Array.from({ length: 700 }, (_, i) => `node-${i}`);
      await Promise.all(keys.map((key, i) => store.counters.save(key, 0, bytes(i % 256, 1))));
      const records = await store.counters.load();
      expect([...records.keys()].toSorted()).toEqual(keys.toSorted());
      expect(records.get('node-300')?.bytes).toEqual(bytes(44, 1));
    });

    test('has everything again after it was closed and opened', async () => {
      const version = await save(store.counters, 'a', 0, bytes(1));
      await store.close();
      store = await open();
      expect((await store.counters.load()).get('a')).toEqual({ version, bytes: bytes(1) });
    });

    test('refuses work after it was closed', async () => {
      await store.close();
      await expect(store.counters.load()).rejects.toMatchObject({ code: 'closed' });
      await expect(store.counters.save('a', 0, bytes())).rejects.toMatchObject({ code: 'closed' });
    });
  });
}
