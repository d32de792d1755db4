import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates, type RedisServer, startRedis } from '#test/support/redis.ts';
import { eventually } from '#test/support/wait.ts';
import { readHeadState } from '../../../control-plane/state-reader.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { fill, openRedisStore, type RedisStoreBed, request } from './redis-bed.ts';

describe('a Redis store', () => {
  let redis: RedisServer;
  let store: RedisStoreBed;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.dispose());
  beforeEach(async () => {
    await redis.cli('flushall');
    store = await openRedisStore(redis.url);
  });
  afterEach(() => store.close());

  test('keeps its keys under one hash tag, and a commit under its revision as the id', async () => {
    await fill(store, 1, 2);
    await store.health.append(0, []);
    await store.counters.save('node', 0, new Uint8Array([1]));
    await store.events.saveCheckpoint(await readHeadState(store.events));
    const keys = (await redis.cli('keys', '*')).split('\n').toSorted();
    expect(keys).toEqual([
      'penstock:{test}:checkpoints',
      'penstock:{test}:command:command-1',
      'penstock:{test}:command:command-2',
      'penstock:{test}:commits',
      'penstock:{test}:head',
      'penstock:{test}:health',
      'penstock:{test}:health-head',
      'penstock:{test}:record-version:counters',
      'penstock:{test}:record:counters',
    ]);
    expect(await redis.cli('xrevrange', 'penstock:{test}:commits', '+', '-', 'count', '1')).toMatch(/^2-0\n/);
    expect(Number(await redis.cli('pttl', 'penstock:{test}:command:command-1'))).toBeGreaterThan(86_000_000);
  });

  test('keeps fleets apart', async () => {
    const other = await openRedisStore(redis.url, { fleet: 'other' });
    await fill(store, 1, 2);
    expect((await other.events.head()).revision).toBe(0);
    await other.close();
  });

  test('goes on after the script cache was emptied', async () => {
    await fill(store, 1, 1);
    await redis.cli('script', 'flush');
    await fill(store, 2, 2);
    expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 2 } });
  });

  test('goes on at the same revision after the stream was trimmed empty', async () => {
    await fill(store, 1, 3);
    const state = await readHeadState(store.events);
    await store.events.saveCheckpoint(state);
    await redis.cli('xtrim', 'penstock:{test}:commits', 'maxlen', '0');
    expect(await store.events.head()).toMatchObject({ revision: 3 });
    expect(await store.events.firstRevision()).toBe(4);
    expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 3 } });
    expect(await readHeadState(store.events)).toEqual(state);
    await fill(store, 4, 5);
    expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 5 } });
    expect((await readHeadState(store.events)).revision).toBe(5);
  });

  test('tells a tail that commits it has not read were trimmed', async () => {
    await fill(store, 1, 3);
    await redis.cli('xtrim', 'penstock:{test}:commits', 'maxlen', '1');
    store.events.tail(1, () => {});
    await eventually('the report', () => store.tailErrors.includes('history-trimmed'));
  });

  test('whose commits were altered says where', async () => {
    await fill(store, 1, 3);
    const key = 'penstock:{test}:commits';
    const [, , prev, , hash] = (await redis.cli('xrange', key, '3-0', '3-0')).split('\n');
    await redis.cli('xdel', key, '3-0');
    await redis.cli('copy', key, 'aside');
    expect(await store.events.verify()).toMatchObject({ ok: false, revision: 3, problem: /missing/ });
    await redis.cli('del', key);
    for (const id of ['1-0', '2-0']) {
      const fields = (await redis.cli('xrange', 'aside', id, id)).split('\n').slice(1);
      await redis.cli('xadd', key, id, ...fields);
    }
    await redis.cli('xadd', key, '3-0', 'prev', prev ?? '', 'hash', hash ?? '', 'bytes', '{"schemaVersion":1}');
    expect(await store.events.verify()).toMatchObject({ ok: false, revision: 3, problem: /altered/ });
  });

  test('whose head is gone takes nothing', async () => {
    await fill(store, 1, 1);
    await redis.cli('del', 'penstock:{test}:head');
    await expect(store.events.append(request(1, { commandId: 'other' }))).rejects.toMatchObject({
      code: 'corrupt-store',
    });
  });

  test('refuses a format that a newer build made', async () => {
    await redis.cli('hset', 'penstock:{test}:head', 'format', '2');
    await expect(openRedisStore(redis.url)).rejects.toMatchObject({
      code: 'wrong-store',
      message: expect.stringMatching(/format 2, this build knows up to 1/),
    });
  });

  test('that finds keys of another program says so', async () => {
    await redis.cli('set', 'penstock:{test}:commits', 'theirs');
    await expect(store.events.read(1, 1)).rejects.toMatchObject({ code: 'wrong-store' });
  });

  test('whose health log lost entries and grew again takes nothing from who knows another history', async () => {
    const events = (n: number) => [{ type: 'verdicts-frozen', reason: `${n}` } as const];
    const log = ['penstock:{test}:health', 'penstock:{test}:health-head'];
    await store.health.append(0, events(1));
    for (const key of log) await redis.cli('copy', key, `${key}-before`);
    await store.health.append(1, events(2));
    await store.health.append(2, events(3));
    for (const key of log) await redis.cli('copy', `${key}-before`, key, 'replace');
    const other = await openRedisStore(redis.url);
    expect(await other.health.read(1, 10)).toHaveLength(1);
    for (const version of [1, 2]) {
      expect(await other.health.append(version, events(9))).toMatchObject({ kind: 'appended' });
    }
    expect(await store.health.append(3, events(4))).toEqual({ kind: 'conflict', version: 2 });
    await expect(store.health.saveCheckpoint(3, new Uint8Array([3]))).rejects.toMatchObject({
      code: 'store-regressed',
    });
    expect(await store.health.loadCheckpoint()).toBeUndefined();
    expect(await store.health.read(1, 10)).toHaveLength(3);
    expect(await store.health.append(3, events(4))).toMatchObject({ kind: 'appended', entry: { version: 4 } });
    await store.health.saveCheckpoint(4, new Uint8Array([4]));
    await other.close();
  });

  test('lets two clients race and keeps one chain without gaps', async () => {
    const other = await openRedisStore(redis.url);
    const seen: number[] = [];
    other.events.tail(0, ({ commit }) => void seen.push(commit.revision));
    const appendAll = async ({ events }: RedisStoreBed, name: string) => {
      for (let n = 1; n <= 250; ) {
        const { revision } = await events.head();
        const result = await events.append(
          request(n, { expectedRevision: revision, commandId: `${name}-${n}`, fingerprint: name }),
        );
        if (result.kind === 'appended') n++;
        else expect(result.kind).toBe('conflict');
      }
    };
    await Promise.all([appendAll(store, 'a'), appendAll(other, 'b')]);
    expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 500 } });
    const commands = (await store.events.read(1, 1_000)).map(({ commit }) => commit.commandId);
    expect(new Set(commands).size).toBe(500);
    await eventually('every commit at the tail', () => seen.length === 500);
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    await other.close();
  });

  describe('that loses an answer', () => {
    let proxy: CuttingProxy;
    let behind: RedisStoreBed;

    beforeEach(async () => {
      proxy = await startCuttingProxy(redis.port);
      behind = await openRedisStore(`redis://127.0.0.1:${proxy.port}`, { timeoutMs: 500 });
    });
    afterEach(async () => {
      await behind.close();
      await proxy.close();
    });

    test('finds out what became of the commit, and appends it once', async () => {
      proxy.cut('"attempt"', 1);
      const result = await behind.events.append(request(1));
      expect(proxy.lost()).toBe(1);
      expect(result).toMatchObject({ kind: 'appended', stored: { commit: { revision: 1 } } });
      expect(await store.events.read(1, 10)).toEqual([result.kind === 'appended' && result.stored]);
    });

    test('finds out that nothing was changed, health appended, a record saved', async () => {
      const { draft: _, ...nothing } = request(1);
      proxy.cut('"attempt"', 1);
      expect(await behind.events.append(nothing)).toMatchObject({ kind: 'remembered' });
      proxy.cut('verdicts-frozen', 1);
      const frozen = { type: 'verdicts-frozen', reason: 'many' } as const;
      expect(await behind.health.append(0, [frozen])).toMatchObject({ kind: 'appended', entry: { version: 1 } });
      proxy.cut('counters of node', 1);
      const bytes = Buffer.from('counters of node');
      expect(await behind.counters.save('node', 0, bytes)).toMatchObject({ kind: 'saved', version: 1 });
      expect(proxy.lost()).toBe(3);
      expect((await store.health.read(1, 10)).length).toBe(1);
    });

    test('again and again says that it does not know; the same command later finds out', async () => {
      proxy.cut('"attempt"', 1_000);
      await expect(behind.events.append(request(1))).rejects.toMatchObject({
        code: 'outcome-unknown',
        retryable: true,
        message: expect.stringMatching(/whether it took the change is not known/),
      });
      proxy.cut('', 0);
      expect(await store.events.append(request(1))).toMatchObject({ kind: 'duplicate', record: { revision: 1 } });
      expect((await store.events.head()).revision).toBe(1);
    });
  });

  test('says what the Redis promises, with its release and address', async () => {
    expect(await store.inspect()).toEqual({
      name: expect.stringMatching(new RegExp(`^redis \\d+\\.\\d+\\.\\d+ at 127\\.0\\.0\\.1:${redis.port}$`)),
      reachable: true,
      durability: expect.stringMatching(/^A commit survives a crash of Redis and of its machine\. No replica/),
      warnings: [],
    });
  });

  test('warns of settings that can lose commits', async () => {
    await redis.cli('config', 'set', 'appendfsync', 'everysec', 'maxmemory-policy', 'allkeys-lru');
    expect((await store.inspect()).warnings).toEqual([
      expect.stringMatching(/appendfsync is everysec/),
      expect.stringMatching(/maxmemory-policy is allkeys-lru/),
    ]);
    // What was seen is what appends report from then on.
    expect(await store.events.append(request(1))).toMatchObject({ durability: { level: 'memory', replicas: 0 } });
    await redis.cli('config', 'set', 'appendfsync', 'always', 'maxmemory-policy', 'noeviction');
  });

  test('works for a user with few rights, and says what it could not check', async () => {
    await redis.cli(
      'acl',
      'setuser',
      'penstock',
      'on',
      '>s3cret pass',
      '~penstock:{test}:*',
      '+@all',
      '-@admin',
      '-@dangerous',
    );
    const url = `redis://penstock:s3cret%20pass@127.0.0.1:${redis.port}`;
    const few = await openRedisStore(url);
    await fill(few, 1, 1);
    const { warnings } = await few.inspect();
    expect(warnings).toContainEqual(expect.stringMatching(/appendfsync could not be checked/));
    await few.close();
  });

  test('refuses a wrong password without showing it', async () => {
    await redis.cli('acl', 'setuser', 'penstock', 'on', '>right', '~*', '+@all');
    const opening = openRedisStore(`redis://penstock:wr0ng@127.0.0.1:${redis.port}`, { startTimeoutMs: 500 });
    const err = await opening.catch((reason: unknown) => reason);
    expect(err).toMatchObject({ code: 'store-unavailable', message: expect.stringMatching(/WRONGPASS/) });
    expect(JSON.stringify(err, Object.getOwnPropertyNames(err))).not.toContain('wr0ng');
    const given = await openRedisStore(`redis://127.0.0.1:${redis.port}`, { username: 'penstock', password: 'right' });
    await given.close();
  });
});

describe('a Redis store with TLS', () => {
  let dir: string;
  let redis: RedisServer;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'penstock-tls-'));
    redis = await startRedis({ tls: await makeCertificates(dir) });
  });
  afterAll(async () => {
    await redis.dispose();
    rmSync(dir, { recursive: true });
  });

  test('works with the authority and a client certificate', async () => {
    const tls = { caFile: join(dir, 'cert.pem'), certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') };
    const store = await openRedisStore(redis.url, { tls: { ...tls, servername: 'redis.test' } });
    await fill(store, 1, 1);
    await store.close();
  });

  test('trusts no certificate that the authority has not signed', async () => {
    await expect(openRedisStore(redis.url, { startTimeoutMs: 500 })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/self-signed certificate/),
    });
  });

  test('refuses files that cannot work', async () => {
    const url = `redis://127.0.0.1:${redis.port}`;
    const caFile = join(dir, 'cert.pem');
    await expect(openRedisStore(url, { tls: { caFile } })).rejects.toThrow(/its URL is without TLS: want rediss/);
    await expect(openRedisStore(redis.url, { tls: { caFile: join(dir, 'none.pem') } })).rejects.toThrow(
      /TLS CA file for Redis .*none\.pem cannot be read/,
    );
    await expect(openRedisStore(redis.url, { tls: { certFile: caFile } })).rejects.toThrow(/needs its key/);
    writeFileSync(join(dir, 'broken.pem'), 'no certificate');
    await expect(openRedisStore(redis.url, { tls: { caFile: join(dir, 'broken.pem') } })).rejects.toMatchObject({
      code: 'bad-config',
    });
  });
});
