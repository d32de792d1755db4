import { OperatingError } from '../operating-error.ts';
import type { Clock, FleetStore, StoreInspection } from '../ports.ts';
import { connectRedis, type RedisConnection } from './redis-connection.ts';
import { redisEvents } from './redis-event-store.ts';
import { describeRedis, durabilityOf, type RedisFacts, readRedisFacts, unsupportedRelease } from './redis-facts.ts';
import { unreachable } from './redis-fault.ts';
import { redisHealthLog } from './redis-health-log.ts';
import { redisKeys } from './redis-keys.ts';
import { redisRecordStore } from './redis-record-store.ts';
import { textOf } from './redis-reply.ts';
import { STORE_FORMAT } from './redis-scripts.ts';
import { type RedisTls, redisTlsOptions } from './redis-tls.ts';
import { describeRedisTarget, parseRedisUrl, type RedisTarget } from './redis-url.ts';
import { startRedisWatch } from './redis-watch.ts';

export type RedisFleetStoreOptions = {
  /** As `parseRedisUrl` reads it. */
  readonly url: string;
  readonly fleet: string;
  /** Only compared with the clock of Redis, which times commits. */
  readonly clock: Clock;
  /** How long command ids are kept; at least a day. */
  readonly commandRetentionMs: number;
  /** How long health entries are kept; a week unless given. */
  readonly healthRetentionMs?: number;
  /** In place of those in the URL. */
  readonly username?: string;
  readonly password?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** Only with `rediss…` URLs. */
  readonly tls?: RedisTls;
  /** Replicas that are to confirm each append. Unless given: one, while any is connected. */
  readonly waitReplicas?: number;
  /** How long they are waited for; 500 unless given. */
  readonly waitTimeoutMs?: number;
  /** How long a call may take; 1000 unless given. */
  readonly timeoutMs?: number;
  /** How long Redis is waited for at start; 5000 unless given. */
  readonly startTimeoutMs?: number;
  /** A tail's listener failed, or the store does not go on from where the tail is (`store-regressed`). */
  readonly onTailError: (err: unknown) => void;
  /** Redis was lost, or is there again; told once each. */
  readonly onStatus?: (status: RedisStatus) => void;
};

export type RedisStatus = { readonly reachable: boolean; readonly detail: string };

const HEALTH_RETENTION_MS = 7 * 86_400_000;

/**
 * The store of a fleet in Redis: single, behind Sentinels or in a Cluster. While Redis is down every call fails within about a second with
 * `store-unavailable`.
 *
 * @throws OperatingError `bad-config` for a URL or files that cannot work, `store-unavailable` when Redis does not answer,
 *   `wrong-store` for a newer format or too old a Redis
 */
export async function redisFleetStore(options: RedisFleetStoreOptions): Promise<FleetStore> {
  const { fleet, clock, waitReplicas, waitTimeoutMs = 500, timeoutMs = 1_000, startTimeoutMs = 5_000 } = options;
  const target = withCredentials(parseRedisUrl(options.url), options);
  const tls = redisTlsOptions(options.tls, target.tls);
  const name = describeRedisTarget(target);
  const keys = redisKeys(fleet);
  let facts: RedisFacts | undefined;
  let closing: Promise<void> | undefined;

  const open = (purpose: string, hooks: { onReady?: () => void; onLost?: (why: string) => void } = {}) =>
    connectRedis({
      target,
      timeoutMs,
      purpose,
      ...(tls === undefined ? {} : { tls }),
      ...(options.sentinelUsername === undefined ? {} : { sentinelUsername: options.sentinelUsername }),
      ...(options.sentinelPassword === undefined ? {} : { sentinelPassword: options.sentinelPassword }),
      ...hooks,
    });
  let isLost = false;
  const lost = (why: string) => {
    if (isLost) return;
    isLost = true;
    options.onStatus?.({ reachable: false, detail: `${name} was lost: ${why}` });
  };
  const ready = () => {
    if (!isLost || !writes.isReady() || !reads.isReady()) return;
    isLost = false;
    options.onStatus?.({ reachable: true, detail: `${name} is there again` });
  };
  const writes = open('writes', {
    onLost: lost,
    onReady() {
      ready();
      void refresh();
    },
  });
  const reads = open('reads', {
    onLost: lost,
    onReady() {
      ready();
      wake();
    },
  });

  /** What WAIT and the durability of appends go by. A failure leaves what was known. */
  async function refresh(): Promise<void> {
    facts = await readRedisFacts(writes, keys.head, clock).catch(() => facts);
  }

  const waitFor = () => {
    const replicas = waitReplicas ?? ((facts?.replicas ?? 0) > 0 ? 1 : 0);
    return replicas === 0 ? undefined : { replicas, timeoutMs: waitTimeoutMs };
  };
  const parts = {
    ...options,
    keys,
    reads,
    writes,
    healthRetentionMs: options.healthRetentionMs ?? HEALTH_RETENTION_MS,
  };
  const { events, tails } = redisEvents({
    ...parts,
    waitFor,
    durabilityOf: (replicas) => durabilityOf(facts, replicas),
  });
  const health = redisHealthLog(parts);

  function wake(): void {
    tails.wake();
    health.tails.wake();
  }

  try {
    facts = await start(writes, reads, { keys, clock, startTimeoutMs });
  } catch (err) {
    writes.close();
    reads.close();
    throw err;
  }
  const watch = startRedisWatch({ connection: open('watch'), keys, wake, onTick: () => void refresh() });

  function close(): Promise<void> {
    closing ??= (async () => {
      // First, so that no tail waits for an answer.
      for (const connection of [reads, writes]) connection.close();
      await Promise.all([watch.stop(), tails.stop(), health.tails.stop()]);
    })();
    return closing;
  }

  async function inspect(): Promise<StoreInspection> {
    try {
      facts = await readRedisFacts(writes, keys.head, clock);
      return describeRedis(name, facts, waitReplicas);
    } catch (err) {
      return { name, reachable: false, durability: `${(err as Error).message}.`, warnings: [] };
    }
  }

  return {
    fleet,
    events: { ...events, close },
    health: health.log,
    counters: redisRecordStore(parts, 'counters'),
    inspect,
    close,
  };
}

async function start(
  writes: RedisConnection,
  reads: RedisConnection,
  options: { keys: ReturnType<typeof redisKeys>; clock: Clock; startTimeoutMs: number },
): Promise<RedisFacts> {
  const { keys, clock, startTimeoutMs } = options;
  const ready = await Promise.all([writes, reads].map((connection) => connection.whenReady(startTimeoutMs)));
  // Says why, should it not have become ready.
  const facts = await readRedisFacts(writes, keys.head, clock);
  if (ready.includes(false)) throw unreachable(writes.name, `not ready in ${startTimeoutMs} ms`);
  const unsupported = unsupportedRelease(facts);
  if (unsupported !== undefined) throw new OperatingError('wrong-store', `${writes.name}: ${unsupported}`);
  const format = textOf(await writes.call(['HGET', keys.head, 'format']));
  if (format !== '' && Number(format) > STORE_FORMAT) {
    throw new OperatingError(
      'wrong-store',
      `${writes.name}: the fleet has format ${format}, this build knows up to ${STORE_FORMAT}: run a newer Penstock`,
    );
  }
  return facts;
}

function withCredentials(target: RedisTarget, { username, password }: RedisFleetStoreOptions): RedisTarget {
  return {
    ...target,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}
