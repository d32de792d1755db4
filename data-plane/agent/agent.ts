import { type Bus, subjects } from '#shared/bus.ts';
import { decodeMembers } from '#shared/codec/health-codec.ts';
import type { NodeError, Serving, WorkerReport } from '#shared/node-message.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import type { NodeConfig } from '../config.ts';
import type { ConfigurationStore, Logger, ProbeAddress } from '../ports.ts';
import type { FromThread } from '../proxy/thread-message.ts';
import type { Scoreboard } from '../scoreboard/scoreboard.ts';
import { createAcknowledger, FEW_NODES } from './acknowledger.ts';
import { createBusLink } from './bus-link.ts';
import { createConfigurationRunner } from './configuration-runner.ts';
import { createConfigurationSwap } from './configuration-swap.ts';
import type { CounterFiles } from './counter-files.ts';
import { createEarlierRuns } from './earlier-runs.ts';
import { FOLLOWER_DEFAULTS } from './follower-state.ts';
import { createNodeHealth } from './health/node-health.ts';
import { createPoller } from './poller.ts';
import { crashRefusals } from './probation.ts';
import type { ProbationKeeper } from './probation-keeper.ts';
import type { Proof } from './proof.ts';
import { reportRows } from './report-rows.ts';
import { createReporter, type NodeIdentity } from './reporter.ts';
import { createRevisionWaiters } from './revision-waiters.ts';
import type { ThreadPool } from './thread-pool.ts';
import { createWorkerWatch } from './worker-watch.ts';

export type AgentOptions = {
  readonly identity: NodeIdentity;
  readonly config: NodeConfig;
  readonly version: string;
  readonly bus: Bus;
  readonly pool: ThreadPool;
  readonly scoreboard: Scoreboard;
  readonly proof: Proof;
  readonly store: ConfigurationStore;
  readonly counterFiles: CounterFiles;
  readonly probation: ProbationKeeper;
  readonly probe: ProbeAddress;
  readonly log: Logger;
};

type WorkerFailure = Extract<FromThread, { type: 'worker-error' }>;

/** Failures of new workers, told while threads swap, that are kept for after it; a worker that goes on failing tells again. */
const MAX_FAILURES = 1_000;

export type Agent = ReturnType<typeof createAgent>;

/**
 * The node's main thread: serves what is on disk, follows the fleet, and tells what it serves, counts and sees. This is where its
 * parts meet; each decides for itself.
 */
export function createAgent(options: AgentOptions) {
  const { identity, config, pool, scoreboard, proof, store, probation, log } = options;
  const random = Math.random;
  const subject = subjects(identity.fleet);
  const waiters = createRevisionWaiters();
  const watch = createWorkerWatch(log);
  const link = createBusLink(options.bus, log);
  const { capacity, listenMap } = config;
  const swap = createConfigurationSwap({ pool, scoreboard, capacity, probe: options.probe, log, listenMap });
  const health = createNodeHealth({ identity, link, labels: config.labels, swap, scoreboard, log });
  const acknowledger = createAcknowledger({ identity, link, nodes: () => runner.state().nodes, random });
  const runner = createConfigurationRunner({
    fleet: identity.fleet,
    rules: { ...FOLLOWER_DEFAULTS, proof },
    bus: options.bus,
    store,
    probation,
    log,
    random,
    swapTo,
    acknowledge: acknowledger.acknowledge,
    onConfirmed(revision) {
      waiters.served(revision);
      reportNow();
    },
    onRejected: rejected,
  });
  const reporter = createReporter({
    identity,
    link,
    files: options.counterFiles,
    log,
    intervalMs: config.reportIntervalMs,
    nodes: () => runner.state().nodes,
    keepIntervalMs: config.keepCountersMs,
    labels: config.labels,
    version: options.version,
    serving,
    errors: runner.errors,
    rows: () => {
      const rows = reportRows(scoreboard, swap.rows());
      watch.look(rows);
      return { workers: [...rows, ...swap.departed()], routes: [...swap.routeRows(), ...swap.departedRoutes()] };
    },
  });
  const earlier = createEarlierRuns({ identity, link, files: options.counterFiles, log });
  const poller = createPoller({
    ...config.poll,
    uselessSinceMs,
    servesNothing: () => runner.state().served === undefined,
    take,
    random,
    log,
  });
  let unmatched: readonly string[] = [];
  let swapping = false;
  const failures: WorkerFailure[] = [];

  function serving(): Serving | undefined {
    const head = runner.state().served?.head;
    return head && { epoch: head.epoch, revision: head.revision, stateHash: head.stateHash };
  }

  async function swapTo(snapshot: Snapshot): Promise<readonly NodeError[]> {
    swapping = true;
    const errors = await swap.swapTo(snapshot);
    swapping = false;
    if (errors.length === 0) swapped();
    for (const failure of failures.splice(0)) workerFailed(failure);
    return errors;
  }

  /** Threads serve another configuration. */
  function swapped(): void {
    health.onSwap();
    const now = swap.unmatchedMappings();
    if (now.length > 0 && now.join() !== unmatched.join()) {
      log.warn({ code: 'DP1111', mappings: now }, 'no configured listener goes by these --listen mappings');
    }
    unmatched = now;
  }

  function rejected(revision: number, errors: readonly NodeError[]): void {
    const reasons = errors.map(({ text }) => text).join('; ');
    waiters.rejected(revision, new Error(`node ${identity.node} rejected revision ${revision}: ${reasons}`));
    reportNow();
  }

  /** Acknowledgements say enough where many would report in the same moment. */
  function reportNow(): void {
    if (runner.state().nodes < FEW_NODES) void reporter.report();
  }

  /** The bus is away, or has a head but not what leads there. */
  function uselessSinceMs(): number | undefined {
    const { connected, forMs } = link.view();
    if (!connected) return performance.now() - forMs;
    const { target } = runner.state();
    return target?.missing === true ? target.receivedAtMs : undefined;
  }

  /** What the control plane answered to a poll. */
  function take(encoded: Uint8Array): string | undefined {
    const read = proof.readKept(encoded);
    if ('error' in read) return read.error;
    runner.give({ type: 'offered', configuration: read.configuration, fromDisk: false });
    return undefined;
  }

  /** The configuration this node served last, or the newest before it that it can serve. */
  async function startFromDisk(): Promise<void> {
    const kept = await store.list().catch((err) => {
      log.error({ code: 'DP1106', err }, 'configurations on disk cannot be read');
      return [];
    });
    const boot = await probation.boot(kept);
    runner.begin(crashRefusals(boot.probation));
    for (const name of boot.order) {
      const configuration = await store.read(name);
      if (configuration === undefined) continue;
      const { revision, epoch } = configuration.head;
      log.info({ code: 'DP1103', snapshotVersion: revision, epoch }, 'starting with the configuration on disk');
      runner.give({ type: 'offered', configuration, fromDisk: true });
      await runner.settled();
      // One that will be tried again is better than an older one now.
      if (runner.state().served !== undefined || runner.state().target !== undefined) return;
    }
    if (kept.length === 0) return;
    log.error(
      { code: 'DP1121', files: kept.length },
      'no configuration on disk can be used: the node waits for the bus',
    );
  }

  function readMembers(encoded: Uint8Array): void {
    try {
      runner.give({ type: 'nodes', count: decodeMembers(encoded).members.length });
    } catch {
      // Health reads the same message, and says so.
    }
  }

  function isKnown({ slot }: WorkerFailure): boolean {
    const row = swap.rowAt(slot);
    return row !== undefined && health.knows({ balancer: row.worker.owner, url: row.worker.url });
  }

  function workerFailed({ slot, reason, timeMs }: WorkerFailure): void {
    const row = swap.rowAt(slot);
    // Its row can be gone: the message crossed the change that removed it.
    if (row === undefined) return;
    const { owner: balancer, url } = row.worker;
    watch.entered(balancer, url, reason);
    health.workerFailed({ balancer, url }, reason, timeMs);
  }

  async function follow(): Promise<void> {
    // Deltas first: what comes with the head is at hand then.
    await link.follow((bus) => bus.subscribe(subject.allDeltas, (encoded) => runner.give({ type: 'delta', encoded })));
    await link.follow((bus) => bus.watchLatest(subject.head, (encoded) => runner.give({ type: 'head', encoded })));
    await link.follow((bus) => bus.watchLatest(subject.members, readMembers));
  }

  return {
    /** Serves what is on disk, if anything is, then follows the bus when it is there. The pool is running. */
    async start(): Promise<void> {
      await startFromDisk();
      void follow();
      void health.start();
      void earlier.start();
      reporter.start();
      poller.start();
    },

    /**
     * Follows the fleet no longer. Threads go on serving; whoever waits for a revision is told.
     *
     * @param crashed the next run is to know that this one did not end well
     */
    async unfollow(crashed: boolean): Promise<void> {
      poller.stop();
      const atRest = runner.stop();
      await probation.stop(crashed);
      await link.unfollow();
      waiters.end(new Error(`node ${identity.node} is stopping`));
      await atRest;
      await health.stop();
    },

    /** Sends the last report: when threads have stopped and counters stand still. */
    async stop(): Promise<void> {
      earlier.stop();
      acknowledger.stop();
      await reporter.stop();
    },

    /** For the pool: some thread finished with older generations. */
    release: swap.release,

    /** For the pool: a message of a thread that is no answer. */
    fromThread(message: FromThread): void {
      if (message.type === 'log') log[message.level]({ code: message.code, ...message.fields }, message.message);
      if (message.type !== 'worker-error') return;
      // The first thread may tell of a worker that is new before the last thread has swapped. The fleet hears of all others at once:
      // a swap can take many seconds.
      if (!swapping || isKnown(message)) workerFailed(message);
      else if (failures.length < MAX_FAILURES) failures.push(message);
    },

    servingRevision: () => serving()?.revision,
    listeners: swap.listeners,
    workers: (): WorkerReport[] =>
      reportRows(
        scoreboard,
        swap.rows().filter(({ retired }) => !retired),
      ),
    serving: (revision: number) => waiters.wait(revision),

    /** For the status page. */
    view: () => ({
      follower: runner.state(),
      errors: runner.errors(),
      bus: link.view(),
      poll: poller.view(),
      health: health.view(),
      unmatchedMappings: unmatched,
      earlierRuns: earlier.waiting(),
      dropped: {
        acknowledgements: acknowledger.dropped(),
        runs: options.counterFiles.dropped(),
        rows: swap.droppedRows(),
      },
    }),
  };
}
