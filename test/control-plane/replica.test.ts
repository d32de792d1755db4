import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '#test/support/ports.ts';
import { type RedisServer, startRedis } from '#test/support/redis.ts';
import { eventually, within } from '#test/support/wait.ts';
import { controlPlaneConfig } from '../../control-plane/config.ts';
import type { Logger } from '../../control-plane/log.ts';
import { startReplica } from '../../control-plane/replica.ts';

describe('a replica', () => {
  let redis: RedisServer;
  let nobody: number;

  beforeAll(async () => {
    redis = await startRedis();
    nobody = await freePort();
  });

  afterAll(() => redis.dispose());

  function begin(change: { readonly redis?: string; readonly credsFile?: string } = {}) {
    const lines: Record<string, unknown>[] = [];
    const write = (level: string) => (line: object) => void lines.push({ ...line, level });
    const log: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
    const stopping = new AbortController();
    const { credsFile } = change;
    const replica = startReplica({
      name: 'a',
      config: controlPlaneConfig({ fleet: 'waiting', admin: '127.0.0.1:0', env: {} }),
      redis: { url: change.redis ?? redis.url, startTimeoutMs: 200 },
      nats: {
        servers: `nats://127.0.0.1:${nobody}`,
        ...(credsFile === undefined ? {} : { credentials: { credsFile } }),
      },
      signingKeys: [],
      log,
      stopping: stopping.signal,
    });
    return { replica, stopping, told: (code: string) => lines.filter((line) => line.code === code) };
  }

  test('waits for Redis, saying so once, and starts when it is there', async () => {
    await redis.stop();
    const { replica, told } = begin();
    await eventually('the wait to be told', () => told('CP2410').length > 0);
    expect(told('CP2410')).toEqual([expect.objectContaining({ detail: expect.stringMatching(/cannot be reached: /) })]);
    await redis.start();
    const running = await within('the replica to start', replica);
    expect((await fetch(`${running?.url}/livez`)).status).toBe(200);
    expect(told('CP2410')).toHaveLength(1);
    await running?.stop();
  });

  test('ends when it is stopped while it waits', async () => {
    const { replica, stopping, told } = begin({ redis: `redis://127.0.0.1:${nobody}` });
    await eventually('the wait to be told', () => told('CP2410').length > 0);
    stopping.abort();
    expect(await within('the wait to end', replica)).toBeUndefined();
  });

  test('does not wait for a Redis that refuses its password', async () => {
    await redis.cli('CONFIG', 'SET', 'requirepass', 'hush');
    const { replica, told } = begin({ redis: redis.url.replace('//', '//:wrong@') });
    await expect(replica).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/refuses user or password/),
    });
    expect(told('CP2410')).toEqual([]);
    await redis.cli('-a', 'hush', 'CONFIG', 'SET', 'requirepass', '');
  });

  test('says which settings of NATS cannot work', async () => {
    const { replica } = begin({ credsFile: '/nowhere/nats.creds' });
    await expect(replica).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringMatching(/nats.creds cannot be read: ENOENT/),
    });
  });

  test('says once that NATS is away, however often it is tried', async () => {
    const { replica, told } = begin();
    const running = await within('the replica to start', replica);
    await eventually('several attempts', () => told('CP2803').some(({ count }) => Number(count) >= 4));
    expect(told('CP2803').filter(({ level }) => level !== 'debug')).toEqual([
      expect.objectContaining({ kind: 'connect', count: 1, level: 'error' }),
    ]);
    await running?.stop();
  });
});
