import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import { decodeHealthFrame, decodeMembers } from '#shared/codec/health-codec.ts';
import { decodeObservations } from '#shared/codec/node-codec.ts';
import type { FleetState } from '#shared/event/fold.ts';
import type { HealthEntry } from '#shared/health/health-event.ts';
import { workerKey } from '#shared/health/verdict.ts';
import type { Report } from '#shared/node-message.ts';
import { healthConfig } from './core/health/health-config.ts';
import {
  type ClearRequest,
  createHealthCore,
  type HealthInput,
  type HealthSettings,
} from './core/health/health-core.ts';
import { healthStep } from './core/health/health-step.ts';
import { type HealthView, healthView, type WorkerHealthView, workerHealthView } from './core/view/health-view.ts';
import { tellTrouble, troubleOf } from './health-lines.ts';
import { readHealthLog, readNewest } from './health-log-reader.ts';
import { createHealthPerformer } from './health-performer.ts';
import type { Logger } from './log.ts';
import type { HealthLog } from './ports.ts';

/** The central health of one replica, running. */
export type HealthService = {
  /** What the fleet thinks of one worker, and why. */
  healthView(balancer: string, worker: string): WorkerHealthView;
  /** Verdicts, members and evidence. */
  view(): HealthView;
  /** The newest entries of the log, newest first. */
  history(limit: number): Promise<readonly HealthEntry[]>;
  /** Ends a verdict by an operator's word, and discards the evidence it came from, at every replica. */
  clear(request: ClearRequest): Promise<ClearOutcome>;
  /** Messages and evidence that were not taken since start. */
  dropped(): number;
  stop(): Promise<void>;
};

export type ClearOutcome =
  | { readonly kind: 'cleared'; readonly version: number }
  | { readonly kind: 'no-verdict' }
  | { readonly kind: 'not-recorded'; readonly reason: string };

export type HealthServiceOptions = {
  readonly fleet: string;
  readonly health: HealthLog;
  readonly bus: Bus;
  /** Where decoded reports of nodes come from. */
  readonly registry: { onReport(listener: (report: Report) => void): () => void };
  /** The fleet's configuration as this replica knows it. */
  readonly state: () => FleetState | Promise<FleetState>;
  readonly settings?: Partial<HealthSettings>;
  readonly log: Logger;
  /** Milliseconds, monotonic. */
  readonly monotonic?: () => number;
};

export const HEALTH_DEFAULTS: Omit<HealthSettings, 'maxFrameBytes'> = {
  periodMs: 5_000,
  minNodes: 1,
  maxNodes: 20_000,
  maxEvidence: 4_000_000,
  checkpointEvery: 500,
};

const MAX_TICK_MS = 1_000;
/** What a bus may add to a message of its own. */
const ENVELOPE_BYTES = 1_024;
/** How long an operator's word may take to be recorded. */
const CLEAR_TIMEOUT_MS = 5_000;

/**
 * Starts central health: hears nodes, decides verdicts together with the other replicas through the health log, tells nodes. The
 * log must answer at start; from then on, a log or a bus that fails is waited for.
 */
export async function startHealthService(options: HealthServiceOptions): Promise<HealthService> {
  const { fleet, health, bus, log, registry, monotonic = () => performance.now() } = options;
  const maxFrameBytes = bus.maxPayloadBytes - ENVELOPE_BYTES;
  const settings: HealthSettings = { ...HEALTH_DEFAULTS, maxFrameBytes, ...options.settings };
  const names = subjects(fleet);
  const core = createHealthCore(fleet, settings, await readHealthLog(health), monotonic());
  const watchers = new Set<() => void>();
  let configuredHash: string | undefined;
  let unreadable = 0;
  let stopped = false;
  const performer = createHealthPerformer({ fleet, health, bus, log, step, version: () => core.log.version });

  function step(input: HealthInput): void {
    if (stopped) return;
    const before = troubleOf(core);
    for (const effect of healthStep(core, input, monotonic()).effects) performer.perform(effect);
    tellTrouble(log, before, troubleOf(core));
    for (const watcher of [...watchers]) watcher();
  }

  /** Takes what the bus brings, if it can be read and is this fleet's. */
  function receive<M extends { readonly fleet: string }>(
    decode: (payload: Uint8Array) => M,
    take: (message: M, subject: string) => void,
  ) {
    return (payload: Uint8Array, subject: string) => {
      try {
        const message = decode(payload);
        if (message.fleet !== fleet) throw new Error(`message of fleet "${message.fleet}", not "${fleet}"`);
        take(message, subject);
      } catch (err) {
        unreadable++;
        log.warn({ code: 'CP2705', subject, err }, 'a message was not taken');
      }
    };
  }

  async function configure(): Promise<void> {
    const state = await options.state();
    if (stopped || state.chainHash === configuredHash) return;
    configuredHash = state.chainHash;
    step({ kind: 'configured', config: healthConfig(state) });
  }

  /** Until it is known whether there is a fleet, it is asked again: an empty list of members would be believed. */
  async function learnMembers(): Promise<void> {
    const kept = await bus.getLatest(names.members);
    step({ kind: 'members-kept', members: kept === undefined ? undefined : decodeMembers(kept.payload) });
  }

  let looking = false;
  async function lookAround(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      await configure();
      if (!core.knowsMembers && bus.status().connected) await learnMembers();
    } catch (err) {
      log.debug({ code: 'CP2710', err }, 'the configuration or members could not be read');
    } finally {
      looking = false;
    }
  }

  step({ kind: 'bus', connected: bus.status().connected });
  await lookAround();
  const subscriptions: Subscription[] = [
    await bus.subscribe(
      names.allObservations,
      receive(decodeObservations, (message, subject) => {
        // A node is who its subject says, which the bus has authenticated.
        if (subject.split('.').at(-2) !== message.node) throw new Error(`message of node "${message.node}"`);
        step({ kind: 'observations', message });
      }),
    ),
    await bus.subscribe(
      names.health,
      receive(decodeHealthFrame, ({ version }) => step({ kind: 'frame-seen', version })),
    ),
    await bus.subscribe(
      names.members,
      receive(decodeMembers, ({ version }) => step({ kind: 'members-seen', version })),
    ),
  ];
  const unhear = registry.onReport((message) => step({ kind: 'report', message }));
  const unwatch = bus.onStatus(({ connected }) => step({ kind: 'bus', connected }));
  // It may have become another while this was being set up.
  step({ kind: 'bus', connected: bus.status().connected });
  performer.follow();
  const ticking = setInterval(
    () => {
      step({ kind: 'tick' });
      void lookAround();
    },
    Math.min(MAX_TICK_MS, settings.periodMs / 5),
  );
  step({ kind: 'tick' });

  return {
    healthView: (balancer, worker) => workerHealthView(core, { balancer, worker }, monotonic()),
    view: () => healthView(core, monotonic()),
    history: (limit) => readNewest(health, limit),

    clear(request) {
      const key = workerKey(request);
      const stands = core.log.verdicts.get(key);
      if (stands === undefined) return Promise.resolve({ kind: 'no-verdict' });
      if (core.storeFailing !== undefined) {
        return Promise.resolve({ kind: 'not-recorded', reason: core.storeFailing.reason });
      }
      const { promise, resolve } = Promise.withResolvers<ClearOutcome>();
      const timer = setTimeout(() => {
        resolve({ kind: 'not-recorded', reason: `the health log did not answer in ${CLEAR_TIMEOUT_MS / 1_000} s` });
      }, CLEAR_TIMEOUT_MS);
      const look = () => {
        const { storeFailing } = core;
        if (core.log.verdicts.get(key) !== stands) resolve({ kind: 'cleared', version: core.log.version });
        else if (storeFailing !== undefined) resolve({ kind: 'not-recorded', reason: storeFailing.reason });
      };
      watchers.add(look);
      step({ kind: 'clear', request });
      return promise.finally(() => {
        clearTimeout(timer);
        watchers.delete(look);
      });
    },

    dropped: () => unreadable + core.evidence.dropped,

    async stop() {
      stopped = true;
      clearInterval(ticking);
      unhear();
      unwatch();
      await Promise.all([performer.stop(), ...subscriptions.map((subscription) => subscription.unsubscribe())]);
    },
  };
}
