import { join } from 'node:path';
import type { Bus } from '#shared/bus.ts';
import type { FleetState } from '#shared/event/fold.ts';
import pack from '../package.json' with { type: 'json' };
import { startAdminApi } from './adapters/admin-api/admin-api.ts';
import { lockDataDir } from './adapters/data-dir-lock.ts';
import { sqliteEventStore } from './adapters/sqlite-event-store.ts';
import { type CommandHandler, createCommandHandler } from './command-handler.ts';
import type { ControlPlaneConfig } from './config.ts';
import type { Logger } from './log.ts';
import { type NodeRegistry, startNodeRegistry } from './node-registry.ts';
import { OperatingError } from './operating-error.ts';
import { startOverrideExpiry } from './override-expiry.ts';
import type { Clock, EventStore } from './ports.ts';
import { startPublisher } from './publisher.ts';

export type ControlPlaneOptions = {
  readonly config: ControlPlaneConfig;
  /** Stays open at stop: it is not the control plane's. */
  readonly bus: Bus;
  readonly log: Logger;
  readonly clock?: Clock;
  /** What else must be before `/readyz` says so; gives the reason when it is not. */
  readonly notReady?: () => string | undefined;
};

/** A control plane that runs. */
export type RunningControlPlane = {
  /** Of the admin API, with the port that was bound. */
  readonly url: string;
  readonly commands: CommandHandler;
  readonly registry: NodeRegistry;
  /** The fleet at the head. */
  state(): Promise<FleetState>;
  stop(): Promise<void>;
};

/**
 * Starts a control plane: data directory, store, commands, publisher, node registry, expiry of overrides, API; stopped in reverse.
 *
 * @throws OperatingError when the directory or address is in use, or the store is damaged or another fleet's
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<RunningControlPlane> {
  const { config, bus, log, clock = Date.now } = options;
  const stops: (() => unknown)[] = [];
  const stopAll = async () => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    const lock = lockDataDir(config.dataDir);
    stops.push(() => lock.release());

    const store = sqliteEventStore({
      path: join(config.dataDir, 'events.db'),
      fleet: config.fleet,
      clock,
      commandRetentionMs: config.commandRetentionMs,
      onTailError: (err) => log.error({ code: 'CP2001', err }, 'a follower of the event store failed'),
    });
    stops.push(() => store.close());

    const commands = await createCommandHandler({
      store,
      clock,
      maxWaiting: config.maxWaitingCommands,
      checkpointEvery: config.checkpointEvery,
      onCheckpointError: (err) => log.warn({ code: 'CP2002', err }, 'a checkpoint could not be saved'),
    });
    const state = await commands.state();

    const registry = await startNodeRegistry({
      fleet: config.fleet,
      bus,
      clock,
      maxNodes: config.maxNodes,
      onUnreadable: (err, subject) => log.warn({ code: 'CP2101', subject, err }, 'a message of a node was not taken'),
    });
    stops.push(() => registry.stop());

    const publisher = startPublisher({
      store,
      bus,
      state,
      retryMs: config.publishRetryMs,
      onPublished: (snapshotVersion, contentHash) =>
        log.info({ code: 'CP2201', snapshotVersion, contentHash }, 'snapshot published'),
      onError: (err, snapshotVersion) =>
        log.error({ code: 'CP2202', snapshotVersion, err }, 'a snapshot could not be published; it is tried again'),
    });
    stops.push(() => publisher.stop());

    const expiry = startOverrideExpiry({
      store,
      commands,
      clock,
      fromRevision: state.revision,
      onError: (err) => log.error({ code: 'CP2301', err }, 'overrides could not be expired; it is tried again'),
    });
    stops.push(() => expiry.stop());

    const stopping = new AbortController();
    const api = await startAdminApi({
      store,
      commands,
      registry,
      publisher,
      clock,
      config,
      version: pack.version,
      log,
      stopping: stopping.signal,
      ...(options.notReady === undefined ? {} : { notReady: options.notReady }),
    });
    stops.push(() => api.close());
    stops.push(() => stopping.abort());

    void verifyHistory(store, log);
    log.info(
      { code: 'CP1001', fleet: config.fleet, revision: state.revision, admin: api.url },
      'control plane started',
    );
    let stopped: Promise<void> | undefined;
    return {
      url: api.url,
      commands,
      registry,
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

/** A start reads from the newest checkpoint on; damage further back must not wait for the day somebody rolls back to it. */
async function verifyHistory(store: EventStore, log: Logger): Promise<void> {
  try {
    const verification = await store.verify();
    if (!verification.ok) log.error({ code: 'CP2003', ...verification }, 'the history of the event store is damaged');
  } catch (err) {
    if (!(err instanceof OperatingError && err.code === 'closed')) {
      log.error({ code: 'CP2003', err }, 'the history of the event store is damaged');
    }
  }
}
