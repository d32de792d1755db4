import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import type { NatsBusOptions } from '#shared/nats-bus/settings.ts';
import type { SigningKey } from '#shared/snapshot/signature.ts';
import { type RedisFleetStoreOptions, redisFleetStore } from './adapters/redis-fleet-store.ts';
import type { ControlPlaneConfig } from './config.ts';
import type { Logger } from './log.ts';
import { startControlPlane } from './main.ts';

export type ReplicaOptions = {
  readonly name: string;
  readonly config: ControlPlaneConfig;
  readonly redis: Pick<RedisFleetStoreOptions, 'url' | 'password' | 'tls' | 'waitReplicas'>;
  readonly nats: Pick<NatsBusOptions, 'servers' | 'credentials' | 'tls' | 'replicas'>;
  readonly signingKeys: readonly SigningKey[];
  readonly log: Logger;
};

export type RunningReplica = {
  /** Of the admin API. */
  readonly url: string;
  /** The store's name, without credentials. */
  readonly store: string;
  stop(): Promise<void>;
};

/**
 * Starts one replica of a fleet's control plane. Without Redis it does not start: what it would decide on is there. Without NATS it
 * does, and publishes when NATS is there.
 *
 * @throws OperatingError when Redis cannot be reached or is another's, or the admin address is taken
 */
export async function startReplica({
  name,
  config,
  redis,
  nats,
  signingKeys,
  log,
}: ReplicaOptions): Promise<RunningReplica> {
  const { fleet, commandRetentionMs, healthRetentionMs } = config;
  const store = await redisFleetStore({
    ...redis,
    fleet,
    clock: Date.now,
    commandRetentionMs,
    healthRetentionMs,
    onTailError: (err) => log.error({ code: 'CP2001', err }, 'a follower of the event store failed'),
    onStatus: ({ reachable, detail }) => {
      if (reachable) log.info({ code: 'CP2405', detail }, 'connected to the store');
      else log.error({ code: 'CP2406', detail }, 'the store cannot be reached');
    },
  });
  const { name: storeName, durability, warnings } = await store.inspect();
  log.info({ code: 'CP2407', store: storeName, durability }, 'what the store promises');
  for (const warning of warnings) log.warn({ code: 'CP2408', store: storeName, warning }, 'a setting of the store');

  const bus = await natsBus({
    ...nats,
    fleet,
    name,
    role: 'control-plane',
    hooks: {
      onServer: ({ address, version, warning }) => {
        log.info({ code: 'CP2801', address, version }, 'connected to NATS');
        if (warning !== undefined) log.warn({ code: 'CP2802', version, warning }, 'this NATS server should be newer');
      },
      onFault: ({ kind, message, count }) => log.error({ code: 'CP2803', kind, message, count }, 'a fault of the bus'),
    },
  });
  try {
    const plane = await startControlPlane({ config, store, bus, signingKeys, log });
    return {
      url: plane.url,
      store: storeName,
      async stop() {
        await plane.stop();
        await bus.close();
      },
    };
  } catch (err) {
    await bus.close();
    throw err;
  }
}
