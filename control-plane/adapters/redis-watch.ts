import { setTimeout as delay } from 'node:timers/promises';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisKeys } from './redis-keys.ts';
import { resultOf, textOf } from './redis-reply.ts';

export type RedisWatch = { stop(): Promise<void> };

/** Longest wait for news. A store that went back without breaking the connection is noticed then at the latest. */
const BLOCK_MS = 5_000;
const GRACE_MS = 2_000;
const PAUSE_MS = 100;

/**
 * Waits for news of both streams with XREAD BLOCK on a connection of its own, and has tails look: at news, after each new connection, and
 * every few seconds.
 */
export function startRedisWatch(options: {
  readonly connection: RedisConnection;
  readonly keys: RedisKeys;
  readonly wake: () => void;
  /** Called every few seconds while Redis answers. */
  readonly onTick: () => void;
}): RedisWatch {
  const { connection, keys, wake, onTick } = options;
  const stopping = new AbortController();
  let tickedAtMs = performance.now();

  async function waitForNews(): Promise<void> {
    const heads = await connection.pipeline([
      ['HGET', keys.head, 'revision'],
      ['HGET', keys.healthHead, 'version'],
    ]);
    const [revision, version] = [0, 1].map((i) => textOf(resultOf(heads, i, connection.name)) || '0');
    const ids = [`${revision}-0`, `${version}-0`];
    // One entry is enough to know; the tails read from their own cursors.
    await connection.call(
      ['XREAD', 'COUNT', 1, 'BLOCK', BLOCK_MS, 'STREAMS', keys.commits, keys.health, ...ids],
      BLOCK_MS + GRACE_MS,
    );
    if (performance.now() - tickedAtMs < BLOCK_MS) return;
    tickedAtMs = performance.now();
    onTick();
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      wake();
      try {
        await waitForNews();
      } catch {
        // The connection's own events tell of it; tails that cannot read say so too.
        await delay(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => {});
        await connection.whenReady(BLOCK_MS);
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      connection.close();
      await running;
    },
  };
}
