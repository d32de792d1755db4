import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import type { FleetState } from '#shared/event/fold.ts';
import type { SigningKey } from '#shared/snapshot/signature.ts';
import {
  newestConfiguration,
  type ProvedConfiguration,
  type PublicationStatus,
  publicationStatus,
} from './core/publishing/publication.ts';
import { initialPublisher, stepPublisher } from './core/publishing/publisher.ts';
import {
  PUBLISHER_DEFAULTS,
  type PublisherEffect,
  type PublisherInput,
  type PublisherRules,
  type PublisherState,
  type Regression,
} from './core/publishing/publisher-state.ts';
import type { StorePosition } from './core/regression.ts';
import type { EventStore } from './ports.ts';
import { effectRunner, failureOf } from './publisher-effects.ts';

export type { ProvedConfiguration, PublicationStatus, Regression };

/** What is published, for readiness, metrics and answers to commands. */
export type Publisher = {
  status(): PublicationStatus;
  /** Newest revision of the store's history on the bus; 0 before the first. */
  publishedRevision(): number;
  failures(): number;
  /** The newest revision it has read of the store. */
  followed(): StorePosition;
  /**
   * Waits until a revision is on the bus; false if it is not within that time, or the publisher is stopped. At once, if it is known that
   * it won't: many commits in quick succession are published together.
   */
  whenPublished(revision: number, withinMs: number): Promise<boolean>;
  /** The newest configuration with its proof, also while the bus is away; undefined if there is none to serve. */
  configuration(): ProvedConfiguration | undefined;
  stop(): Promise<void>;
};

export type PublisherOptions = {
  readonly store: EventStore;
  readonly bus: Bus;
  /** The fleet as it is at start: what is published first, so that a node needs no new commit to begin. */
  readonly state: FleetState;
  /** Each signs every head. None: heads are not signed. */
  readonly signingKeys?: readonly SigningKey[];
  /** First wait before a failed publication is tried again; doubles up to 30 s. */
  readonly retryMs?: number;
  /** Other settings than `PUBLISHER_DEFAULTS`. */
  readonly rules?: Partial<PublisherRules>;
  /** A newer revision is on the bus, whoever put it there. */
  readonly onPublished: (revision: number, stateHash: string) => void;
  readonly onError: (err: unknown, revision: number) => void;
  /** The store does not have what the bus has, or has it again (undefined). */
  readonly onRegressed?: (regression: Regression | undefined) => void;
  /** Something new may keep nodes from taking what is published. */
  readonly onWarning?: (warning: string) => void;
  /** Milliseconds that only grow: a wall clock that is set back would have it wait until it is there again. */
  readonly clock?: () => number;
  readonly random?: () => number;
};

type Waiter = { readonly revision: number; settle(published: boolean): void };

/** Room in a message for what a bus adds to it. */
const HEADROOM_BYTES = 4_096;

/**
 * Keeps the bus at what the store holds, read from the store's tail and never written by the command itself: a crash between append
 * and publication is made good by any other replica, or at the next start.
 */
export function startPublisher(options: PublisherOptions): Publisher {
  const { store, bus, clock = () => performance.now(), random = Math.random } = options;
  const rules = rulesOf(options);
  const runner = effectRunner(store, bus);
  let state: PublisherState = initialPublisher(rules, options.state, bus.status().connected);
  let told: PublicationStatus = { ...publicationStatus(rules, state), publishedRevision: 0 };
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> = Promise.resolve();
  let watch: Subscription | undefined;
  let retryWatch: NodeJS.Timeout | undefined;
  let newest: { readonly chainHash: string; readonly configuration: ProvedConfiguration | undefined } | undefined;
  const waiters = new Set<Waiter>();

  function take(input: PublisherInput): void {
    if (stopped) return;
    const step = stepPublisher(rules, state, input, { nowMs: clock(), random });
    ({ state } = step);
    tell();
    clearTimeout(timer);
    if (step.effect !== undefined) work = carryOut(step.effect);
    else if (step.wakeAtMs !== undefined) {
      timer = setTimeout(() => take({ type: 'tick' }), Math.max(1, step.wakeAtMs - clock()));
    }
  }

  async function carryOut(effect: PublisherEffect): Promise<void> {
    let input: PublisherInput;
    try {
      input = { type: 'done', result: await runner.run(effect) };
    } catch (err) {
      const failure = failureOf(effect, err);
      if (!stopped && failure.code !== 'conflict') options.onError(err, state.line.state.revision);
      input = { type: 'failed', effect: effect.type, failure };
    }
    take(input);
  }

  /** Says what became different. */
  function tell(): void {
    const now = publicationStatus(rules, state);
    const before = told;
    told = now;
    if (now.publishedRevision > before.publishedRevision && now.stateHash !== undefined) {
      options.onPublished(now.publishedRevision, now.stateHash);
    }
    if (now.regressed !== before.regressed) options.onRegressed?.(now.regression);
    for (const warning of now.warnings) if (!before.warnings.includes(warning)) options.onWarning?.(warning);
    for (const waiter of waiters) if (now.publishedRevision >= waiter.revision) waiter.settle(true);
  }

  function whenPublished(revision: number, withinMs: number): Promise<boolean> {
    if (stopped || told.publishedRevision >= revision) return Promise.resolve(told.publishedRevision >= revision);
    if (state.debounce.notBeforeMs > clock() + withinMs) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timeout = setTimeout(() => waiter.settle(false), withinMs);
      const waiter: Waiter = {
        revision,
        settle(published) {
          clearTimeout(timeout);
          waiters.delete(waiter);
          resolve(published);
        },
      };
      waiters.add(waiter);
    });
  }

  function configuration(): ProvedConfiguration | undefined {
    const { chainHash } = state.line.state;
    if (told.regressed !== undefined) return undefined;
    if (newest?.chainHash !== chainHash) newest = { chainHash, configuration: newestConfiguration(rules, state) };
    return newest.configuration;
  }

  /** A watch that could not be set up is no reason to publish nothing: reads and audits tell the same, later. */
  async function watchHead(): Promise<void> {
    try {
      const subscription = await bus.watchLatest(subjects(store.fleet).head, (payload) =>
        take({ type: 'head-seen', payload }),
      );
      if (stopped) await subscription.unsubscribe();
      else watch = subscription;
    } catch (err) {
      if (stopped) return;
      options.onError(err, state.line.state.revision);
      retryWatch = setTimeout(() => void watchHead(), rules.retry.maxMs);
    }
  }

  const stopStatus = bus.onStatus(({ connected }) => take({ type: 'bus-status', connected }));
  const tail = store.tail(options.state.revision, (stored) => take({ type: 'committed', stored }));
  const watching = watchHead();
  take({ type: 'tick' });

  return {
    status: () => publicationStatus(rules, state),
    publishedRevision: () => publicationStatus(rules, state).publishedRevision,
    failures: () => state.failures,
    followed() {
      const { epoch, revision, chainHash } = state.line.state;
      return { epoch, revision, chainHash };
    },
    whenPublished,
    configuration,
    async stop() {
      stopped = true;
      for (const waiter of waiters) waiter.settle(false);
      clearTimeout(timer);
      clearTimeout(retryWatch);
      stopStatus();
      await tail.stop();
      await watching;
      await watch?.unsubscribe();
      await work;
    },
  };
}

function rulesOf({ store, bus, signingKeys = [], retryMs, rules }: PublisherOptions): PublisherRules {
  const { retry, ...defaults } = PUBLISHER_DEFAULTS;
  const all = {
    fleet: store.fleet,
    signingKeys,
    ...defaults,
    retry: retryMs === undefined ? retry : { ...retry, minMs: retryMs },
    ...rules,
  };
  return { ...all, maxDeltaBytes: Math.min(all.maxDeltaBytes, bus.maxPayloadBytes - HEADROOM_BYTES) };
}
