import type { Bus } from '#shared/bus.ts';
import type { CredentialExpiry } from '#shared/credential-expiry.ts';
import type { FleetState } from '#shared/event/fold.ts';
import { type SigningKey, trustedKeyOf } from '#shared/snapshot/signature.ts';
import pack from '../package.json' with { type: 'json' };
import { startAdminApi } from './adapters/admin-api/admin-api.ts';
import type { CommandHandler } from './command-handler.ts';
import type { ControlPlaneConfig } from './config.ts';
import { type CounterService, startCounterService } from './counter-service.ts';
import { startHealthService } from './health-service.ts';
import type { Logger } from './log.ts';
import { type NodeRegistry, startNodeRegistry } from './node-registry.ts';
import { startNodeWatch } from './node-watch.ts';
import { OperatingError } from './operating-error.ts';
import type { Clock, EventStore, FleetStore } from './ports.ts';
import { type StoreGuard, startStoreGuard } from './store-guard.ts';
import { startStoreSession } from './store-session.ts';

export type ControlPlaneOptions = {
  readonly config: ControlPlaneConfig;
  /** Closed at stop, and when the start fails. */
  readonly store: FleetStore;
  /** Stays open at stop: it is not the control plane's. */
  readonly bus: Bus;
  /** Configurations are signed with each of them; none: not at all. */
  readonly signingKeys?: readonly SigningKey[];
  readonly log: Logger;
  readonly clock?: Clock;
  /** When credentials for bus and store end, for the metrics. */
  readonly credentials?: () => readonly CredentialExpiry[];
  /** What else must be before `/readyz` says so; gives the reason when it is not. */
  readonly notReady?: () => string | undefined;
};

/** A control plane that runs. */
export type RunningControlPlane = {
  /** Of the admin API, with the port that was bound. */
  readonly url: string;
  readonly commands: CommandHandler;
  readonly registry: NodeRegistry;
  readonly counters: CounterService;
  /** The fleet at the head. */
  state(): Promise<FleetState>;
  stop(): Promise<void>;
};

/**
 * Starts a control plane: what follows the store, the nodes' registry, counters, health, a guard over the store, and the API;
 * stopped in reverse.
 *
 * @throws OperatingError when the address is in use, or the store is damaged or cannot be reached
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<RunningControlPlane> {
  const { config, store, bus, signingKeys = [], log, clock = Date.now } = options;
  const stops: (() => unknown)[] = [() => store.close()];
  const stopAll = async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  try {
    let guard: StoreGuard | undefined;
    const startSession = () =>
      startStoreSession({ store, bus, config, signingKeys, log, refusal: () => guard?.refusal() });
    let session = await startSession();
    stops.push(() => session.stop());
    const commands = delegateCommands(() => session.commands);

    const registry = await startNodeRegistry({
      fleet: config.fleet,
      bus,
      clock,
      maxNodes: config.maxNodes,
      onUnreadable: (err, subject) => log.warn({ code: 'CP2101', subject, err }, 'a message of a node was not taken'),
      onRival: (node, bootIds) => log.error({ code: 'CP2102', node, bootIds }, 'two processes report under one name'),
    });
    stops.push(() => registry.stop());
    const watch = startNodeWatch({ registry, bus, clock, log });
    stops.push(() => watch.stop());

    const state = () => session.commands.knownState().then((known) => known.state);
    const counters = await startCounterService({
      fleet: config.fleet,
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
    stops.push(() => counters.stop());

    const health = await startHealthService({
      fleet: config.fleet,
      health: store.health,
      bus,
      registry,
      state,
      // One node's opinion is its own already: it goes by httpd's rules.
      settings: { periodMs: config.healthPeriodMs, minNodes: 2 },
      log,
    });
    stops.push(() => health.stop());

    guard = await startStoreGuard({
      store: store.events,
      bus,
      registry,
      trustedKeys: signingKeys.map(trustedKeyOf),
      own: () => session.commands.folded(),
      followed: () => session.publisher.followed(),
      checkMs: config.storeCheckMs,
      async beginAnew(why) {
        const old = session;
        session = await startSession();
        const { epoch, revision } = session.state;
        if (why === 'epoch') log.warn({ code: 'CP2402', epoch, revision }, 'a new epoch began');
        else log.warn({ code: 'CP2409', epoch, revision }, 'commits were trimmed before they were read');
        await old.stop();
      },
      onChange: (verdict, before) => {
        if (verdict.kind === 'ok')
          log.info({ code: 'CP2403', before: before.kind }, 'the store has what it should have');
        else log.error({ code: 'CP2401', ...verdict }, 'the store lost commits that were acknowledged');
      },
      onError: (err) => log.debug({ code: 'CP2404', err }, 'the store could not be looked at'),
    });
    stops.push(() => guard?.stop());
    const stopping = new AbortController();
    const api = await startAdminApi({
      store: store.events,
      fleetStore: store,
      commands,
      registry,
      publisher: () => session.publisher,
      guard,
      counters,
      health,
      bus,
      clock,
      config,
      version: pack.version,
      log,
      credentials: options.credentials ?? (() => []),
      stopping: stopping.signal,
      ...(options.notReady === undefined ? {} : { notReady: options.notReady }),
    });
    stops.push(() => api.close());
    stops.push(() => stopping.abort());

    void verifyHistory(store.events, log);
    const { revision } = session.state;
    log.info({ code: 'CP1001', fleet: config.fleet, revision, admin: api.url }, 'control plane started');
    let stopped: Promise<void> | undefined;
    return {
      url: api.url,
      commands,
      registry,
      counters,
      state: commands.state,
      stop() {
        stopped ??= stopAll().then(() => log.info({ code: 'CP1002' }, 'control plane stopped'));
        return stopped;
      },
    };
  } catch (err) {
    await stopAll();
    throw err;
  }
}

/** The commands of the session that is current when they are given. */
function delegateCommands(current: () => CommandHandler): CommandHandler {
  return {
    apply: (...args) => current().apply(...args),
    rollback: (...args) => current().rollback(...args),
    setOverride: (...args) => current().setOverride(...args),
    clearOverride: (...args) => current().clearOverride(...args),
    expireOverrides: () => current().expireOverrides(),
    state: () => current().state(),
    folded: () => current().folded(),
    knownState: () => current().knownState(),
  };
}

/** A start reads from the newest checkpoint on; damage further back must not wait for the day somebody rolls back to it. */
async function verifyHistory(store: EventStore, log: Logger): Promise<void> {
  try {
    const verification = await store.verify();
    if (!verification.ok) log.error({ code: 'CP2003', ...verification }, 'the history of the event store is damaged');
  } catch (err) {
    if (err instanceof OperatingError && err.code === 'closed') return;
    const isDamage = !(err instanceof OperatingError) || err.code === 'corrupt-store';
    if (isDamage) log.error({ code: 'CP2003', err }, 'the history of the event store is damaged');
    else log.warn({ code: 'CP2004', err }, 'the history of the event store could not be verified');
  }
}
