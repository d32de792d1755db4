import type { Bus } from '#shared/bus.ts';
import { type SigningKey, trustedKeyOf } from '#shared/snapshot/signature.ts';
import type { CommandHandler } from '../../control-plane/command-handler.ts';
import { type ControlPlaneConfig, controlPlaneConfig } from '../../control-plane/config.ts';
import { type CounterService, startCounterService } from '../../control-plane/counter-service.ts';
import { type HealthService, startHealthService } from '../../control-plane/health-service.ts';
import { type NodeRegistry, startNodeRegistry } from '../../control-plane/node-registry.ts';
import type { FleetStore } from '../../control-plane/ports.ts';
import { type StoreGuard, startStoreGuard } from '../../control-plane/store-guard.ts';
import { type StoreSession, startStoreSession } from '../../control-plane/store-session.ts';
import type { Process } from './kernel.ts';

export type ReplicaSpec = {
  readonly name: string;
  readonly fleet: string;
  readonly signingKeys: readonly SigningKey[];
};

export type ReplicaHooks = {
  readonly log: (process: Process, level: string, code: string, message: string, fields: object) => void;
};

/** One run of a replica; its parts are there once it has started. */
export type SimReplica = {
  readonly name: string;
  readonly process: Process;
  parts?: ReplicaParts;
};

export type ReplicaParts = {
  readonly commands: () => CommandHandler;
  readonly session: () => StoreSession;
  readonly registry: NodeRegistry;
  readonly counters: CounterService;
  readonly health: HealthService;
  readonly guard: StoreGuard;
  readonly stop: () => Promise<void>;
};

/**
 * A replica of the control plane: the product's parts over a simulated store and bus, composed as `startControlPlane` does it, which
 * opens a port for its API besides.
 *
 * @throws OperatingError when the store does not answer: whoever runs it starts it again
 */
export async function startReplica(
  bus: Bus,
  store: FleetStore,
  spec: ReplicaSpec,
  process: Process,
  hooks: ReplicaHooks,
): Promise<ReplicaParts> {
  const { fleet, signingKeys } = spec;
  const write = (level: string) => (fields: { readonly code: string }, message: string) =>
    hooks.log(process, level, fields.code, message, fields);
  const log = { debug: () => {}, info: () => {}, warn: write('warn'), error: write('error') };
  const clock = () => Date.now();
  const config: ControlPlaneConfig = {
    ...controlPlaneConfig({ fleet, admin: '127.0.0.1:0', env: {} }),
    checkpointEvery: 7,
    countersSaveMs: 2_000,
  };
  let guard: StoreGuard | undefined;
  const startSession = () =>
    startStoreSession({ store, bus, config, signingKeys, log, refusal: () => guard?.refusal() });
  let session = await startSession();
  const registry = await startNodeRegistry({
    fleet,
    bus,
    clock,
    maxNodes: config.maxNodes,
    onUnreadable: (err) => {
      throw err;
    },
  });
  const state = () => session.commands.knownState().then((known) => known.state);
  const counters = await startCounterService({
    fleet,
    bus,
    records: store.counters,
    onReport: registry.onReport,
    state,
    clock,
    saveMs: config.countersSaveMs,
    trafficPeriodMs: config.trafficPeriodMs,
    maxNodes: config.maxNodes,
    log,
  });
  const health = await startHealthService({
    fleet,
    health: store.health,
    bus,
    registry,
    state,
    settings: { periodMs: config.healthPeriodMs, minNodes: 2, checkpointEvery: 5 },
    log,
  });
  guard = await startStoreGuard({
    store: store.events,
    bus,
    registry,
    trustedKeys: signingKeys.map(trustedKeyOf),
    own: () => session.commands.folded(),
    followed: () => session.publisher.followed(),
    checkMs: config.storeCheckMs,
    async beginAnew() {
      const old = session;
      session = await startSession();
      await old.stop();
    },
    onChange: (verdict, before) => hooks.log(process, 'error', 'CP2401', `${before.kind} -> ${verdict.kind}`, verdict),
    onError: () => {},
  });
  const running = guard;
  return {
    commands: () => session.commands,
    session: () => session,
    registry,
    counters,
    health,
    guard: running,
    async stop() {
      await running.stop();
      await health.stop();
      await counters.stop();
      await registry.stop();
      await session.stop();
    },
  };
}
