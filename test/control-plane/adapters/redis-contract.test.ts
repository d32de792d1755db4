import { afterAll, beforeAll } from 'vitest';
import { type RedisServer, startRedis } from '#test/support/redis.ts';
import { redisFleetStore } from '../../../control-plane/adapters/redis-fleet-store.ts';
import { eventStoreContract } from './event-store.contract.ts';
import type { FleetStoreHarness } from './fleet-store.contract.ts';
import { healthLogContract } from './health-log.contract.ts';
import { recordStoreContract } from './record-store.contract.ts';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.dispose());

const createHarness = async (): Promise<FleetStoreHarness> => ({
  open: (options) =>
    redisFleetStore({
      ...options,
      url: redis.url,
      commandRetentionMs: 86_400_000,
      onTailError: (err) => {
        throw err;
      },
    }),
  dispose: async () => void (await redis.cli('flushall')),
});

eventStoreContract(
  'Redis',
  async () => {
    const harness = await createHarness();
    return { ...harness, open: async (options) => (await harness.open(options)).events };
  },
  { durable: true, ownClock: true, level: 'disk' },
);
healthLogContract('Redis', createHarness);
recordStoreContract('Redis', createHarness);
