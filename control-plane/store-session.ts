import type { Bus } from '#shared/bus.ts';
import type { FleetState } from '#shared/event/fold.ts';
import type { SigningKey } from '#shared/snapshot/signature.ts';
import { type CommandHandler, createCommandHandler } from './command-handler.ts';
import type { ControlPlaneConfig } from './config.ts';
import type { Logger } from './log.ts';
import { OperatingError } from './operating-error.ts';
import { startOverrideExpiry } from './override-expiry.ts';
import type { FleetStore } from './ports.ts';
import { type Publisher, startPublisher } from './publisher.ts';

export type StoreSessionOptions = {
  readonly store: FleetStore;
  readonly bus: Bus;
  readonly config: ControlPlaneConfig;
  readonly signingKeys: readonly SigningKey[];
  readonly log: Logger;
  readonly refusal: () => OperatingError | undefined;
};

/** Everything that follows the store from a state on: begun anew when an operator has made the store's history another. */
export type StoreSession = {
  readonly commands: CommandHandler;
  readonly publisher: Publisher;
  /** Where it began. */
  readonly state: FleetState;
  stop(): Promise<void>;
};

/** @throws OperatingError when the store is damaged or cannot be reached */
export async function startStoreSession(options: StoreSessionOptions): Promise<StoreSession> {
  const { store, bus, config, log } = options;
  let publisher: Publisher | undefined;
  const commands = await createCommandHandler({
    store: store.events,
    maxWaiting: config.maxWaitingCommands,
    checkpointEvery: config.checkpointEvery,
    onCheckpointError: (err) => log.warn({ code: 'CP2002', err }, 'a checkpoint could not be saved'),
    refusal: options.refusal,
    followed: () => publisher?.followed(),
  });
  const state = await commands.state();
  let toldRevision = 0;
  const following = startPublisher({
    store: store.events,
    bus,
    state,
    signingKeys: options.signingKeys,
    retryMs: config.publishRetryMs,
    onPublished: (snapshotVersion, stateHash) => {
      // What the bus has is looked at every few seconds, and is there anew each time; only a newer one is worth a line.
      if (snapshotVersion <= toldRevision) return;
      toldRevision = snapshotVersion;
      log.info({ code: 'CP2201', snapshotVersion, stateHash }, 'configuration published');
    },
    onError: (err, snapshotVersion) =>
      log.error({ code: 'CP2202', snapshotVersion, err }, 'a configuration could not be published; it is tried again'),
    onRegressed: (regression) => {
      if (regression === undefined) log.info({ code: 'CP2204' }, 'publishing goes on');
      else log.error({ code: 'CP2203', ...regression }, 'nothing is published: the bus has what the store has not');
    },
    onWarning: (warning) => log.warn({ code: 'CP2205', warning }, 'nodes may not take what is published'),
  });
  publisher = following;
  const expiry = startOverrideExpiry({
    store: store.events,
    commands,
    fromRevision: state.revision,
    onError: (err) => {
      // That the store cannot be reached has been said, once (CP2406).
      const isAway = err instanceof OperatingError && err.code === 'store-unavailable';
      log[isAway ? 'debug' : 'error']({ code: 'CP2301', err }, 'overrides could not be expired; it is tried again');
    },
  });
  return {
    commands,
    publisher: following,
    state,
    async stop() {
      await expiry.stop();
      await following.stop();
    },
  };
}
