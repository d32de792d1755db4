import type { ConnectionOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from './redis-url.ts';

export type RedisClientOptions = {
  readonly target: RedisTarget;
  /** What it is for, in CLIENT LIST. */
  readonly purpose: string;
  /** How long a call may take; also how long a lost connection is waited for before calls fail at once. */
  readonly timeoutMs: number;
  readonly tls?: ConnectionOptions;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
};

/** Between attempts to connect: doubling from the first to the last. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 500;

/**
 * A client of ioredis that queues nothing and repeats nothing by itself; not connected yet. With Sentinels a failover is noticed by the
 * connection that breaks, or by READONLY: the library's own listener at the Sentinels can end a client for good.
 */
export function createRedisClient(options: RedisClientOptions): Redis | Cluster {
  const { target, purpose, timeoutMs, tls } = options;
  const retryStrategy = (times: number) =>
    Math.min(FIRST_RETRY_MS * 2 ** Math.min(times - 1, 10), LAST_RETRY_MS) + Math.floor(Math.random() * 50);
  const common = {
    protocol: 2,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: tls ?? {} } : {}),
    connectionName: `penstock-${purpose}`,
    connectTimeout: Math.max(timeoutMs, 1_000),
    // A silent server: calls fail by their own time limit before; this then makes a new connection.
    socketTimeout: 10_000,
    autoResendUnfulfilledCommands: false,
    // With a lost connection everything that waits for an answer fails at once.
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 500,
    // A primary that became a replica keeps old connections; a new one goes to the new primary.
    reconnectOnError: (err: Error) => err.message.startsWith('READONLY'),
    disableClientInfo: true,
  } satisfies RedisOptions;
  switch (target.kind) {
    case 'single':
      return new Redis({
        ...common,
        ...target.server,
        db: target.db,
        enableOfflineQueue: false,
        retryStrategy,
        lazyConnect: true,
      });
    case 'sentinel':
      return new Redis({
        ...common,
        sentinels: [...target.sentinels],
        name: target.master,
        db: target.db,
        ...(options.sentinelUsername === undefined ? {} : { sentinelUsername: options.sentinelUsername }),
        ...(options.sentinelPassword === undefined ? {} : { sentinelPassword: options.sentinelPassword }),
        ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tls ?? {} } : {}),
        sentinelCommandTimeout: timeoutMs,
        sentinelRetryStrategy: retryStrategy,
        enableOfflineQueue: false,
        retryStrategy,
        lazyConnect: true,
      });
    case 'cluster':
      return new Cluster([...target.nodes], {
        redisOptions: common,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
        maxRedirections: 4,
        slotsRefreshTimeout: timeoutMs,
        lazyConnect: true,
      });
  }
}
