import { subjects } from '#shared/bus.ts';
import { decodeFleetTraffic, decodeHealthFrame, decodeMembers } from '#shared/codec/health-codec.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { FleetTraffic, HealthFrame } from '#shared/health/health-frame.ts';
import type { ObservationKind } from '#shared/node-message.ts';
import type { Logger } from '../../ports.ts';
import { workerKey } from '../../proxy/thread-message.ts';
import type { Scoreboard } from '../../scoreboard/scoreboard.ts';
import type { BusLink } from '../bus-link.ts';
import type { ConfigurationSwap, WorkerName } from '../configuration-swap.ts';
import type { NodeIdentity } from '../reporter.ts';
import { createAnswerWatch } from './answer-watch.ts';
import { askedOtherwise } from './changed-checks.ts';
import { type CheckRunner, createCheckRunner } from './check-runner.ts';
import { createDuties } from './duties.ts';
import { expireTraffic, NO_TRAFFIC, type TrafficEffects, takeTraffic } from './fleet-traffic.ts';
import { EMPTY_MODEL, type HealthModel, type HealthRow, type HealthWorker, healthModel } from './health-model.ts';
import { type HealthView, healthView } from './health-view.ts';
import { changedVerdicts, expireVerdicts, type HeldVerdicts, NO_VERDICTS, takeFrame } from './held-verdicts.ts';
import { createObservationSender } from './observation-sender.ts';
import { createOpinions } from './opinions.ts';
import { type Clock, HEALTH_SETTINGS, type HealthSettings, SYSTEM_CLOCK } from './settings.ts';
import { createVerdictApplier } from './verdict-applier.ts';
import { createWorkerChecks } from './worker-checks.ts';

export type NodeHealthOptions = {
  readonly identity: NodeIdentity;
  readonly link: Pick<BusLink, 'bus' | 'follow'>;
  /** `--label`: `zone` says which verdicts hold here. */
  readonly labels: Readonly<Record<string, string>>;
  readonly swap: Pick<ConfigurationSwap, 'definition' | 'setFleetDown' | 'adjustCredit'> & {
    readonly rows: () => readonly HealthRow[];
  };
  readonly scoreboard: Scoreboard;
  readonly log: Logger;
  readonly settings?: Partial<HealthSettings>;
  /** For tests. */
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly runner?: CheckRunner;
};

export type NodeHealth = ReturnType<typeof createNodeHealth>;

/**
 * Health on a node: puts the fleet's verdicts into the scoreboard, tells the fleet what the node itself sees, checks the workers it is
 * an observer of, and levels out others' traffic where a balancer asks for it. Without frames it goes by its own experience alone.
 */
export function createNodeHealth(options: NodeHealthOptions) {
  const { identity, link, swap, scoreboard, log } = options;
  const settings = { ...HEALTH_SETTINGS, ...options.settings };
  const clock = options.clock ?? SYSTEM_CLOCK;
  const random = options.random ?? Math.random;
  const subject = subjects(identity.fleet);
  let model: HealthModel = EMPTY_MODEL;
  let held: HeldVerdicts = NO_VERDICTS;
  let traffic = NO_TRAFFIC;
  let lookTimer: NodeJS.Timeout | undefined;

  const statusOf = ({ slot }: HealthWorker) => Atomics.load(scoreboard.status, slot);
  const opinions = createOpinions();
  const answers = createAnswerWatch(scoreboard);
  const applier = createVerdictApplier({
    model: () => model,
    held: () => held,
    statusOf,
    setFleetDown: (workers, down) => swap.setFleetDown(workers, down),
    log,
  });
  const checks = createWorkerChecks({
    scoreboard,
    worker: (key) => model.workers.get(key),
    runner: options.runner ?? createCheckRunner(),
    limits: { concurrent: settings.concurrentChecks, perSecond: settings.checksPerSecond },
    clock,
    random,
    log,
    told: (key) => (opinions.isBad(key) ? 'bad' : opinions.of(key) === undefined ? 'nothing' : 'good'),
    tell: (worker, kind, reason) => think(worker, kind, reason, clock.wallMs()),
  });
  const duties = createDuties({
    node: identity.node,
    model: () => model,
    held: () => held,
    opinions,
    statusOf,
    checks,
    settings,
    random,
  });
  const sender = createObservationSender({
    identity,
    bus: link.bus,
    opinions,
    log,
    clock: clock.wallMs,
    random,
    batchMs: settings.batchMs,
    completeMs: settings.completeMs,
    isRenewed: (key) => checks.planned(key) !== undefined,
  });

  /** The node has come to an opinion of a worker. */
  function think(worker: HealthWorker, kind: ObservationKind, reason: string, timeMs: number): void {
    const observation = { balancer: worker.balancer, worker: worker.url, kind, reason, timeMs: Math.trunc(timeMs) };
    const isNews = opinions.set(observation, kind === 'failed');
    // Also without news: C may have gone, and with it the reason to check.
    duties.assign(worker);
    if (!isNews) return;
    sender.changed();
    applier.ownExperience(worker.balancer);
  }

  function balancersOf(keys: Iterable<string>): Set<string> {
    return new Set([...keys].flatMap((key) => model.workers.get(key)?.balancer ?? []));
  }

  function hold(next: HeldVerdicts): void {
    if (next === held) return;
    const before = held;
    held = next;
    const changed = changedVerdicts(before, next);
    applier.apply(balancersOf(changed));
    if (before.state === next.state) {
      duties.assignSoon(changed);
      return;
    }
    tellState(before, next);
    duties.assignAll();
  }

  function tellState(before: HeldVerdicts, { state, verdicts }: HeldVerdicts): void {
    if (state === 'stale') log.warn({ code: 'DP1505', verdicts: before.verdicts.size }, 'health frames have stopped');
    else if (before.state === 'stale') log.info({ code: 'DP1506', verdicts: verdicts.size }, 'health frames are back');
  }

  function receiveFrame(frame: HealthFrame): void {
    hold(takeFrame(held, frame, options.labels.zone, clock.steadyMs()));
  }

  function receiveTraffic(frame: FleetTraffic): void {
    const big = (column: BigInt64Array, slot: number) => Number(Atomics.load(column, slot));
    const read = (worker: HealthWorker) => {
      const { slot } = worker;
      return {
        status: statusOf(worker),
        lbstatus: scoreboard.lbstatus[slot] ?? 0,
        elected: scoreboard.elected[slot] ?? 0,
        bytes: big(scoreboard.bytesIn, slot) + big(scoreboard.bytesOut, slot),
        counted: big(scoreboard.transferred, slot) + big(scoreboard.read, slot),
      };
    };
    const taken = takeTraffic(traffic, frame, model, read, clock.steadyMs());
    traffic = taken.state;
    balance(taken.effects);
  }

  function balance({ credits, othersTraffic }: TrafficEffects): void {
    for (const [slot, bytes] of othersTraffic) Atomics.store(scoreboard.othersTraffic, slot, BigInt(bytes));
    if (credits.length > 0) void swap.adjustCredit(credits);
  }

  /** What time alone changes. */
  function look(): void {
    const nowMs = clock.steadyMs();
    hold(expireVerdicts(held, nowMs));
    const expired = expireTraffic(traffic, model, nowMs);
    traffic = expired.state;
    balance(expired.effects);
    for (const [key, { kind }] of opinions.bad()) {
      const worker = model.workers.get(key);
      if (worker === undefined || kind !== 'failed' || !answers.answers(worker)) continue;
      think(worker, 'answered', '', clock.wallMs());
    }
    applier.look();
  }

  /** A message that can't be read, or is another fleet's, changes nothing. */
  function reading<T extends { readonly fleet: string }>(
    decode: (payload: Uint8Array) => T,
    take: (message: T) => void,
  ) {
    return (payload: Uint8Array, from: string): void => {
      let message: T;
      try {
        message = decode(payload);
        if (message.fleet !== identity.fleet) throw new Error(`of fleet "${message.fleet}", not "${identity.fleet}"`);
      } catch (err) {
        log.error({ code: 'DP1507', subject: from, err }, 'message is unreadable');
        return;
      }
      take(message);
    };
  }

  return {
    /** Follows members, frames and traffic, and begins to tell what the node sees. A bus that refuses is asked again. */
    async start(): Promise<void> {
      lookTimer = setInterval(look, settings.lookMs);
      sender.start();
      await Promise.all([
        link.follow((bus) => bus.watchLatest(subject.members, reading(decodeMembers, duties.setMembers))),
        link.follow((bus) => bus.watchLatest(subject.health, reading(decodeHealthFrame, receiveFrame))),
        link.follow((bus) => bus.subscribe(subject.traffic, reading(decodeFleetTraffic, receiveTraffic))),
      ]);
    },

    /** Ends checks and messages, after `link` has ended what it follows; rows stay as they are. */
    async stop(): Promise<void> {
      clearInterval(lookTimer);
      duties.stop();
      checks.stop();
      sender.stop();
      await applier.stop();
    },

    /** The node serves another configuration: what `swap` tells now. */
    onSwap(): void {
      const definition = swap.definition();
      if (definition === undefined) return;
      const before = model;
      model = healthModel(definition, swap.rows());
      checks.beginAnew(askedOtherwise(before, model));
      const isConfigured = (key: string) => model.workers.has(key);
      opinions.retain(isConfigured);
      answers.retain(isConfigured);
      checks.retain(isConfigured);
      const marked = [...model.workers.values()].filter((worker) => statusOf(worker) & WorkerStatus.FLEET_DOWN);
      applier.apply(balancersOf([...held.verdicts.keys(), ...marked.map(({ key }) => key)]));
      duties.assignAll();
    },

    /** Whether a worker is configured, as far as health has been told by `onSwap`. */
    knows: ({ balancer, url }: WorkerName): boolean => model.workers.has(workerKey(balancer, url)),

    /** A request's failure put a worker into the error state on some thread. */
    workerFailed({ balancer, url }: WorkerName, reason: string, timeMs: number): void {
      const worker = model.workers.get(workerKey(balancer, url));
      // Plain workers never get there; another may be gone since.
      if (worker === undefined) return;
      answers.failed(worker);
      think(worker, 'failed', reason, timeMs);
    },

    /** What is known of each worker, and of the frames it comes from. */
    view: (): HealthView => healthView({ model, held, opinions, checks, panicOf: applier.panicOf }),
  };
}
