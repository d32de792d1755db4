import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { type RedisServer, startRedis } from '#test/support/redis.ts';
import { eventually } from '#test/support/wait.ts';
import { catchUp, readHeadState } from '../../../control-plane/state-reader.ts';
import { fill, openRedisStore, type RedisStoreBed, request } from './redis-bed.ts';

let redis: RedisServer;
let store: RedisStoreBed;

beforeEach(async () => {
  redis = await startRedis();
  store = await openRedisStore(redis.url);
});

afterEach(async () => {
  await store.close();
  await redis.dispose();
});

/** Waits until the store can be read and written again. */
const backAgain = () =>
  eventually('the store to be back', () =>
    Promise.all([store.events.head(), store.counters.remove('nobody')]).then(
      () => true,
      () => false,
    ),
  );

describe('a Redis that is killed', () => {
  test('has every commit that was answered, over and over', async () => {
    const answered = new Map<number, string>();
    for (let round = 0; round < 3; round++) {
      let isKilled = false;
      const appending = (async () => {
        for (;;) {
          const { revision } = await store.events.head();
          const id = `command-${revision + 1}`;
          const result = await store.events.append(request(revision + 1, { commandId: id }));
          if (result.kind === 'appended') answered.set(result.stored.commit.revision, result.stored.hash);
        }
      })().catch((err: unknown) => err);
      const before = answered.size;
      await eventually('some commits', () => answered.size >= before + 30);
      await redis.kill();
      isKilled = true;
      // The first call that fails ends the loop.
      expect(await appending).toMatchObject({ code: expect.stringMatching(/store-unavailable|outcome-unknown/) });
      expect(isKilled).toBe(true);
      await redis.start();
      await backAgain();
    }
    const stored = new Map(
      (await store.events.read(1, 10_000)).map(({ commit, hash }): [number, string] => [commit.revision, hash]),
    );
    for (const [revision, hash] of answered) expect(stored.get(revision)).toBe(hash);
    expect(await store.events.verify()).toMatchObject({ ok: true });
    expect(store.tailErrors).toEqual([]);
  });

  test('makes every call fail in words, and tells that it is lost and back', async () => {
    await redis.kill();
    await eventually('the status', () => store.statuses.length > 0);
    const fails = {
      code: 'store-unavailable',
      retryable: true,
      message: expect.stringMatching(/connection refused|closed/),
    };
    await expect(store.events.append(request(1))).rejects.toMatchObject(fails);
    await expect(store.events.read(1, 1)).rejects.toMatchObject(fails);
    await expect(store.health.append(0, [])).rejects.toMatchObject(fails);
    await expect(store.counters.load()).rejects.toMatchObject(fails);
    expect(await store.inspect()).toMatchObject({
      reachable: false,
      durability: expect.stringMatching(/cannot be reached/),
    });
    await redis.start();
    await eventually('the status', () => store.statuses.length === 2);
    expect(store.statuses).toEqual([
      { reachable: false, detail: expect.stringMatching(/^redis at 127\.0\.0\.1:\d+ was lost: /) },
      { reachable: true, detail: expect.stringMatching(/is there again$/) },
    ]);
    await backAgain();
    // Nothing that was asked in between is done now.
    expect((await store.events.head()).revision).toBe(0);
    await fill(store, 1, 1);
  });

  test('lets tails go on where they were', async () => {
    const seen: number[] = [];
    const seenHealth: number[] = [];
    store.events.tail(0, ({ commit }) => void seen.push(commit.revision));
    store.health.tail(0, ({ version }) => void seenHealth.push(version));
    await fill(store, 1, 3);
    await eventually('three commits', () => seen.length === 3);
    await redis.kill();
    await redis.start();
    const other = await openRedisStore(redis.url);
    await fill(other, 4, 6);
    await other.health.append(0, []);
    await eventually('the rest', () => seen.length === 6 && seenHealth.length === 1);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    await other.close();
  });
});

describe('a Redis that hangs', () => {
  test('makes calls fail, and does late what it was asked, once', async () => {
    await store.close();
    store = await openRedisStore(redis.url, { timeoutMs: 300 });
    // Redis knows the script then, and needs not ask for it.
    await store.health.append(0, []);
    redis.pause();
    await expect(store.events.read(1, 1)).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(store.events.append(request(1))).rejects.toMatchObject({ code: 'store-unavailable' });
    // Only the change itself, sent to a server that does nothing yet.
    await expect(store.health.append(1, [])).rejects.toMatchObject({ code: 'outcome-unknown' });
    redis.resume();
    await eventually('what was sent', async () => (await store.health.version()) === 2);
    expect(await store.health.read(1, 10)).toHaveLength(2);
    await fill(store, 1, 1);
  });
});

describe('a Redis that has lost commits', () => {
  let lost: readonly StoredCommit[];
  let seen: number[];

  /** Revisions 4 to 6 are answered and then lost, by an older copy of its files. */
  beforeEach(async () => {
    seen = [];
    await fill(store, 1, 3);
    await store.health.append(0, []);
    await redis.stop();
    const backup = redis.backUp();
    await redis.start();
    await backAgain();
    await fill(store, 4, 6);
    lost = await store.events.read(4, 10);
    store.events.tail(0, ({ commit }) => void seen.push(commit.revision));
    await eventually('all at the tail', () => seen.length === 6);
    await redis.kill();
    backup.putBack();
    await redis.start();
    await backAgain();
  });

  test('is noticed by tails, by commands and by who catches up', async () => {
    await eventually('the report', () => store.tailErrors.includes('store-regressed'));
    expect(await store.events.append(request(7))).toMatchObject({ kind: 'conflict', head: { revision: 3 } });
    const known = { ...(await readHeadState(store.events)), revision: 6, chainHash: lost[2]?.hash ?? '' };
    await expect(catchUp(store.events, known)).rejects.toMatchObject({
      code: 'store-regressed',
      message: expect.stringMatching(/ends at revision 3, but revision 6 was stored before/),
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('is noticed too when it has grown past what was lost', async () => {
    await eventually('the report', () => store.tailErrors.includes('store-regressed'));
    const other = await openRedisStore(redis.url);
    for (let n = 4; n <= 8; n++) await other.events.append(request(n, { commandId: `other-${n}` }));
    await other.close();
    const known = { ...(await readHeadState(store.events)), revision: 6, chainHash: lost[2]?.hash ?? '' };
    await expect(catchUp(store.events, known)).rejects.toMatchObject({ code: 'store-regressed' });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('takes them back, and tails go on after them', async () => {
    await eventually('the report', () => store.tailErrors.includes('store-regressed'));
    expect(await store.events.restore(lost)).toEqual({ revision: 6, chainHash: lost[2]?.hash });
    await fill(store, 7, 7);
    await eventually('the next commit', () => seen.length === 7);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 7 } });
  });
});

test('a Redis that was wiped is noticed, for health as well', async () => {
  await fill(store, 1, 2);
  await store.health.append(0, []);
  let count = 0;
  store.events.tail(0, () => void count++);
  store.health.tail(0, () => void count++);
  await eventually('all at the tails', () => count === 3);
  await redis.kill();
  redis.wipe();
  await redis.start();
  await eventually('both reports', () => store.tailErrors.filter((code) => code === 'store-regressed').length === 2);
  expect(await store.events.append(request(3))).toMatchObject({ kind: 'conflict', head: { revision: 0 } });
  expect(await store.health.append(1, [])).toEqual({ kind: 'conflict', version: 0 });
});

test('a Redis that was flushed under open connections is noticed', async () => {
  await fill(store, 1, 2);
  let count = 0;
  store.events.tail(0, () => void count++);
  await eventually('all at the tail', () => count === 2);
  await redis.cli('flushall');
  await eventually('the report', () => store.tailErrors.includes('store-regressed'));
});

test('a Redis that cannot be reached at the start is named, with the reason', async () => {
  await redis.stop();
  await expect(openRedisStore(redis.url, { startTimeoutMs: 100 })).rejects.toMatchObject({
    code: 'store-unavailable',
    retryable: true,
    message: expect.stringMatching(/^redis at 127\.0\.0\.1:\d+ cannot be reached: connection refused/),
  });
  await redis.start();
});

test('a Redis with full memory says what to do, and loses nothing', async () => {
  await fill(store, 1, 1);
  await redis.cli('config', 'set', 'maxmemory', '1');
  await expect(store.events.append(request(2))).rejects.toMatchObject({
    code: 'store-unavailable',
    message: expect.stringMatching(/memory is full: raise maxmemory/),
  });
  await redis.cli('config', 'set', 'maxmemory', '0');
  await fill(store, 2, 2);
  expect(await store.events.verify()).toMatchObject({ ok: true, head: { revision: 2 } });
});
