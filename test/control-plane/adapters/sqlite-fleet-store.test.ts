import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sqliteFleetStore } from '../../../control-plane/adapters/sqlite-fleet-store.ts';
import { eventStoreContract } from './event-store.contract.ts';
import type { FleetStoreHarness } from './fleet-store.contract.ts';
import { healthLogContract } from './health-log.contract.ts';
import { recordStoreContract } from './record-store.contract.ts';

const settings = {
  commandRetentionMs: 86_400_000,
  onTailError: (err: unknown) => {
    throw err;
  },
};

async function createHarness(): Promise<FleetStoreHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'penstock-store-'));
  return {
    open: async (options) => sqliteFleetStore({ ...settings, ...options, path: join(dir, 'events.db') }),
    dispose: async () => rmSync(dir, { recursive: true }),
  };
}

eventStoreContract(
  'SQLite',
  async () => {
    const harness = await createHarness();
    return { ...harness, open: async (options) => (await harness.open(options)).events };
  },
  { durable: true, level: 'disk' },
);
healthLogContract('SQLite', createHarness);
recordStoreContract('SQLite', createHarness);

describe('a SQLite store, looked at', () => {
  test('says where it is and what an append survives', async () => {
    const harness = await createHarness();
    const store = await harness.open({ fleet: 'test', clock: Date.now });
    expect(await store.inspect()).toEqual({
      name: expect.stringMatching(/^sqlite at .*events\.db$/),
      reachable: true,
      durability: 'A commit survives a crash of the process and of the machine; it is lost with the disk.',
      warnings: [],
    });
    await store.close();
    expect(await store.inspect()).toMatchObject({ reachable: false });
    await harness.dispose();
  });

  test('says that in memory an append survives nothing', async () => {
    const store = sqliteFleetStore({ ...settings, path: ':memory:', fleet: 'test', clock: Date.now });
    expect((await store.inspect()).durability).toBe('A commit is lost when this process ends.');
    const draft = { actor: 'ann', message: '', command: 'apply', events: [] } as const;
    const result = await store.events.append({ expectedRevision: 0, commandId: 'a', fingerprint: '', draft });
    expect(result).toMatchObject({ durability: { level: 'memory', replicas: 0 } });
    await store.close();
  });
});
