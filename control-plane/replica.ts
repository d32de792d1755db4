import { setTimeout as delay } from 'node:timers/promises';
import type { ExpiringFile } from '#shared/credential-expiry.ts';
import { expiringFiles, expiryText, watchCredentials } from '#shared/nats-bus/credential-watch.ts';
import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import type { NatsBusHooks, NatsBusOptions, NatsFaultKind } from '#shared/nats-bus/settings.ts';
import type { SigningKey } from '#shared/snapshot/signature.ts';
import { type RedisFleetStoreOptions, redisFleetStore } from './adapters/redis-fleet-store.ts';
import type { ControlPlaneConfig } from './config.ts';
import type { Logger } from './log.ts';
import { startControlPlane } from './main.ts';
import { OperatingError } from './operating-error.ts';
import type { FleetStore } from './ports.ts';

export type ReplicaOptions = {
  readonly name: string;
  readonly config: ControlPlaneConfig;
  readonly redis: Pick<RedisFleetStoreOptions, 'url' | 'password' | 'tls' | 'waitReplicas' | 'startTimeoutMs'>;
  readonly nats: Pick<NatsBusOptions, 'servers' | 'credentials' | 'tls' | 'replicas'>;
  readonly signingKeys: readonly SigningKey[];
  readonly log: Logger;
  /** Ends the wait for Redis. */
  readonly stopping: AbortSignal;
};

export type RunningReplica = {
  /** Of the admin API. */
  readonly url: string;
  /** The store's name, without credentials. */
  readonly store: string;
  stop(): Promise<void>;
};

/** Pauses between attempts to reach Redis at start. */
const RETRY_MS = 1_000;
/** NATS is given so long at start, so that what it keeps is known before the first command. */
const BUS_AT_START_MS = 2_000;

/**
 * Starts one replica of a fleet's control plane. Without Redis it waits, as what it would decide on is there; without NATS it
 * starts, and publishes when NATS is there.
 *
 * @returns undefined when it was stopped while it waited
 * @throws OperatingError when Redis refuses it or is another's, settings cannot work, or the admin address is taken
 */
export async function startReplica(options: ReplicaOptions): Promise<RunningReplica | undefined> {
  const { name, config, nats, signingKeys, log, stopping } = options;
  const credentials = await watchCredentials(
    [...expiringFiles(nats), ...expiringRedisFiles(options)],
    (expiry, leftMs) => {
      const { credential, file, expiresMs } = expiry;
      const fields = { code: 'CP2804', credential, file, expires: new Date(expiresMs).toISOString() } as const;
      log[leftMs <= 0 ? 'error' : 'warn'](fields, expiryText(expiry, leftMs));
    },
  );
  const bus = await natsBus({
    ...nats,
    fleet: config.fleet,
    name,
    role: 'control-plane',
    hooks: natsLog(log),
  }).catch((err: Error) => {
    throw new OperatingError('bad-config', err.message);
  });
  try {
    const store = await waitForStore(options);
    if (store === undefined) {
      credentials.stop();
      await bus.close();
      return undefined;
    }
    const { name: storeName, durability, warnings } = await store.inspect();
    log.info({ code: 'CP2407', store: storeName, durability }, 'what the store promises');
    for (const warning of warnings) log.warn({ code: 'CP2408', store: storeName, warning }, 'a setting of the store');
    const late = delay(BUS_AT_START_MS, undefined, { signal: stopping }).catch(() => {});
    await Promise.race([bus.ready().catch(() => {}), late]);
    const plane = await startControlPlane({ config, store, bus, signingKeys, log, credentials: credentials.expiries });
    return {
      url: plane.url,
      store: storeName,
      async stop() {
        credentials.stop();
        await plane.stop();
        await bus.close();
      },
    };
  } catch (err) {
    credentials.stop();
    await bus.close();
    throw err;
  }
}

function expiringRedisFiles({ redis }: ReplicaOptions): ExpiringFile[] {
  const file = redis.tls?.certFile;
  return file === undefined ? [] : [{ credential: 'redis-cert', file, kind: 'certificate' }];
}

/** Redis, as soon as it is there; what waiting cannot mend is thrown. */
async function waitForStore({ config, redis, log, stopping }: ReplicaOptions): Promise<FleetStore | undefined> {
  const { fleet, commandRetentionMs, healthRetentionMs } = config;
  let told = '';
  while (!stopping.aborted) {
    try {
      return await redisFleetStore({
        ...redis,
        fleet,
        clock: Date.now,
        commandRetentionMs,
        healthRetentionMs,
        onTailError: (err) => {
          // That the store cannot be reached has been said, once (CP2406).
          const isAway = err instanceof OperatingError && err.code === 'store-unavailable';
          log[isAway ? 'debug' : 'error']({ code: 'CP2001', err }, 'a follower of the event store failed');
        },
        onStatus: ({ reachable, detail }) => {
          if (reachable) log.info({ code: 'CP2405', detail }, 'connected to the store');
          else log.error({ code: 'CP2406', detail }, 'the store cannot be reached');
        },
      });
    } catch (err) {
      if (!(err instanceof OperatingError && err.code === 'store-unavailable' && err.retryable)) throw err;
      if (told !== err.message) log.error({ code: 'CP2410', detail: err.message }, 'waiting for the store');
      told = err.message;
      await delay(RETRY_MS, undefined, { signal: stopping }).catch(() => {});
    }
  }
  return undefined;
}

/**
 * Says when NATS comes and goes: once each, since attempts to connect go on for as long as it is away. Of other faults what is new,
 * and what lasts ever more rarely.
 */
function natsLog(log: Logger): Required<Pick<NatsBusHooks, 'onServer' | 'onFault'>> {
  const told = new Map<NatsFaultKind, string>();
  let warned = '';
  return {
    onServer({ address, version, warning = '' }) {
      told.delete('connect');
      log.info({ code: 'CP2801', address, version }, 'connected to NATS');
      if (warning !== warned && warning !== '') {
        log.warn({ code: 'CP2802', version, warning }, 'this NATS server should be newer');
      }
      warned = warning;
    },
    onFault({ kind, message, count }) {
      const isNew = told.get(kind) !== message;
      const isDue = kind !== 'connect' && Number.isInteger(Math.log2(count));
      told.set(kind, message);
      const level = isNew || isDue || kind === 'disconnect' ? 'error' : 'debug';
      log[level]({ code: 'CP2803', kind, message, count }, 'a fault of the connection to NATS');
    },
  };
}
