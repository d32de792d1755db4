import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from '#test/support/ports.ts';
import { type RedisServer, startRedis, startSentinel } from '#test/support/redis.ts';
import { eventually } from '#test/support/wait.ts';
import { readHeadState } from '../../../control-plane/state-reader.ts';
import { fill, openRedisStore, type RedisStoreBed, request } from './redis-bed.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function server(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const redis = await startRedis({ settings });
  cleanups.push(() => redis.dispose());
  return redis;
}

async function open(...args: Parameters<typeof openRedisStore>): Promise<RedisStoreBed> {
  const store = await openRedisStore(...args);
  cleanups.push(() => store.close());
  return store;
}

async function replicaOf(primary: RedisServer): Promise<RedisServer> {
  const replica = await server({ replicaof: `127.0.0.1 ${primary.port}` });
  await eventually(
    'the replica to follow',
    async () =>
      /state=online/.test(await primary.cli('info', 'replication')) &&
      /master_link_status:up/.test(await replica.cli('info', 'replication')),
  );
  return replica;
}

describe('a Redis with a replica', () => {
  test('has appends confirmed by it, and says so', async () => {
    const primary = await server();
    const replica = await replicaOf(primary);
    const store = await open(primary.url, { waitTimeoutMs: 10_000 });
    expect(await store.events.append(request(1))).toMatchObject({ durability: { level: 'replicated', replicas: 1 } });
    expect(await replica.cli('hget', 'penstock:{test}:head', 'revision')).toBe('1');
    const inspection = await store.inspect();
    expect(inspection.durability).toMatch(/confirmed by a replica/);
    expect(inspection.warnings).toEqual([expect.stringMatching(/min-replicas-to-write is 0: want 1/)]);
  });

  test('that hangs has appends wait a bounded time, and says that they are on one disk', async () => {
    const primary = await server();
    const replica = await replicaOf(primary);
    const store = await open(primary.url, { waitTimeoutMs: 50 });
    replica.pause();
    expect(await store.events.append(request(1))).toMatchObject({ durability: { level: 'disk', replicas: 0 } });
    replica.resume();
    expect((await store.inspect()).warnings).not.toContainEqual(expect.stringMatching(/are to confirm/));
  });

  test('refuses appends while min-replicas-to-write holds them back', async () => {
    const primary = await server({ 'min-replicas-to-write': '1' });
    const store = await open(primary.url, { waitReplicas: 1 });
    await expect(store.events.append(request(1))).rejects.toMatchObject({
      code: 'store-unavailable',
      retryable: true,
      message: expect.stringMatching(/too few replicas/),
    });
    expect((await store.inspect()).warnings).toContainEqual('0 replicas are connected, 1 are to confirm each append');
    await replicaOf(primary);
    await fill(store, 1, 1);
  });

  test('is not written to where the URL names the replica', async () => {
    const primary = await server();
    const replica = await replicaOf(primary);
    const store = await open(replica.url);
    await expect(store.events.append(request(1))).rejects.toMatchObject({
      message: expect.stringMatching(/it is a replica now and takes no writes/),
    });
    await eventually('the warning', async () =>
      (await store.inspect()).warnings.some((warning) => warning.includes('name the primary')),
    );
  });
});

describe('a Redis behind a Sentinel', () => {
  test('fails over to the replica, with every confirmed commit, and tails go on', async () => {
    const primary = await server();
    const replica = await replicaOf(primary);
    const sentinel = await startSentinel(primary, 'penstock-test');
    cleanups.push(() => sentinel.dispose());
    // Before it has heard from the replica itself it would not promote it.
    await eventually('the sentinel to know the replica', async () =>
      /\nmaster-link-status\nok\n/.test(await sentinel.cli('sentinel', 'replicas', 'penstock-test')),
    );
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/penstock-test`;
    const store = await open(url, { waitTimeoutMs: 10_000 });
    expect((await store.inspect()).name).toMatch(/^redis [\d.]+ "penstock-test" of the sentinels 127\.0\.0\.1:\d+$/);
    const seen: number[] = [];
    store.events.tail(0, ({ commit }) => void seen.push(commit.revision));
    for (let n = 1; n <= 20; n++) {
      expect(await store.events.append(request(n))).toMatchObject({ durability: { level: 'replicated' } });
    }
    await primary.kill();
    const again = await eventually(
      'an append at the new primary',
      async () => {
        const result = await store.events.append(request(21)).catch(() => undefined);
        return result?.kind === 'appended' || result?.kind === 'duplicate';
      },
      30_000,
    );
    expect(again).toBe(true);
    expect(await replica.cli('hget', 'penstock:{test}:head', 'revision')).toBe('21');
    // Connections for reading and for writing find the new primary each for itself.
    await eventually('all at the tail', () => seen.length === 21);
    expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 21 } });
    expect(seen).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    expect(store.tailErrors).not.toContain('store-regressed');
  }, 60_000);

  test('that does not know the name says so', async () => {
    const primary = await server();
    const sentinel = await startSentinel(primary, 'penstock-test');
    cleanups.push(() => sentinel.dispose());
    await expect(
      openRedisStore(`redis+sentinel://127.0.0.1:${sentinel.port}/other`, { startTimeoutMs: 500 }),
    ).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/redis "other" of the sentinels .* cannot be reached/),
    });
  });
});

describe('a Redis Cluster', () => {
  test('keeps a fleet in one slot, so that every script works', async () => {
    const node = await server({
      'cluster-enabled': 'yes',
      'cluster-announce-ip': '127.0.0.1',
      'cluster-port': String(await freePort()),
    });
    await node.cli('cluster', 'addslotsrange', '0', '16383');
    await eventually('the cluster', async () => (await node.cli('cluster', 'info')).includes('cluster_state:ok'));
    const store = await open(`redis+cluster://127.0.0.1:${node.port}`);
    const seen: number[] = [];
    const tail = store.events.tail(0, ({ commit }) => void seen.push(commit.revision));
    await fill(store, 1, 5);
    await node.cli('script', 'flush');
    await fill(store, 6, 6);
    expect(await store.events.append(request(6))).toMatchObject({ kind: 'duplicate' });
    expect(await store.events.append(request(3, { commandId: 'late' }))).toMatchObject({ kind: 'conflict' });
    await store.events.saveCheckpoint(await readHeadState(store.events));
    expect(await store.events.trim(6)).toBe(6);
    expect(await store.health.append(0, [])).toMatchObject({ kind: 'appended' });
    await store.health.saveCheckpoint(1, new Uint8Array([1]));
    expect(await store.counters.save('node', 0, new Uint8Array([1]))).toMatchObject({ kind: 'saved' });
    expect((await store.counters.load()).size).toBe(1);
    expect(await store.inspect()).toMatchObject({ reachable: true, warnings: [] });
    expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 6 } });
    await eventually('all at the tail', () => seen.length === 6);
    await tail.stop();

    await node.kill();
    await expect(store.events.head()).rejects.toMatchObject({ code: 'store-unavailable' });
    await node.start();
    await eventually(
      'the cluster again',
      async () => (await store.events.append(request(7)).catch(() => undefined))?.kind,
    );
    await eventually('reading again', async () => (await store.events.head().catch(() => undefined))?.revision === 7);
  });
});
