import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import { encodeAck } from '#shared/codec/node-codec.ts';
import type { Ack, NodeError, WorkerReport } from '#shared/node-message.ts';
import { type OpenedSnapshot, openSnapshot } from '#shared/snapshot/build.ts';
import { implausibility } from '#shared/snapshot/sanity.ts';
import type { PublishedSnapshot } from '#shared/snapshot/snapshot.ts';
import type { Logger, ProbeAddress, SnapshotStore } from '../ports.ts';
import type { FromThread } from '../proxy/thread-message.ts';
import type { Capacity } from '../scoreboard/layout.ts';
import type { Scoreboard } from '../scoreboard/scoreboard.ts';
import { createConfigurationSwap } from './configuration-swap.ts';
import { reportRows } from './report-rows.ts';
import { createReporter, type NodeIdentity } from './reporter.ts';
import { createRevisionWaiters } from './revision-waiters.ts';
import type { ThreadPool } from './thread-pool.ts';
import { createWorkerWatch } from './worker-watch.ts';

export type AgentOptions = {
  readonly identity: NodeIdentity;
  readonly bus: Bus;
  readonly pool: ThreadPool;
  readonly scoreboard: Scoreboard;
  readonly capacity: Capacity;
  readonly store: SnapshotStore;
  readonly probe: ProbeAddress;
  readonly reportIntervalMs: number;
  readonly log: Logger;
};

export type Agent = ReturnType<typeof createAgent>;

/**
 * The node's main thread: takes snapshots off the bus and the disk, proves them, brings the scoreboard and all threads to them
 * or none, and tells the control plane. One snapshot at a time; of those that wait, only the newest counts.
 */
export function createAgent(options: AgentOptions) {
  const { identity, bus, pool, scoreboard, store, probe, log } = options;
  const subject = subjects(identity.fleet);
  const waiters = createRevisionWaiters();
  const watch = createWorkerWatch(log);
  const swap = createConfigurationSwap({ pool, scoreboard, capacity: options.capacity, probe, log });
  let served: OpenedSnapshot | undefined;
  let pending: Uint8Array | undefined;
  let working: Promise<void> | undefined;
  let subscription: Subscription | undefined;
  let stopping = false;

  const reporter = createReporter({
    identity,
    bus,
    log,
    intervalMs: options.reportIntervalMs,
    serving: () => served && { revision: served.published.revision, contentHash: served.published.contentHash },
    workers: () => {
      const rows = reportRows(scoreboard, swap.rows());
      watch.look(rows);
      return [...rows, ...swap.departed()];
    },
  });

  function receive(encoded: Uint8Array): void {
    pending = encoded;
    working ??= work();
  }

  async function work(): Promise<void> {
    while (pending !== undefined && !stopping) {
      const encoded = pending;
      pending = undefined;
      await take(encoded);
    }
    working = undefined;
  }

  /** From bytes to serving, or to the reasons why not. */
  async function take(encoded: Uint8Array): Promise<void> {
    const sinceMs = performance.now();
    const opened = openSnapshot(encoded);
    if ('error' in opened) {
      const { error, published } = opened;
      if (published !== undefined) await refuse(published, sinceMs, [fault(published, 'unreadable', error)]);
      else log.error({ code: 'DP1107', reason: error }, 'message on the snapshot key is unreadable');
      return;
    }
    const { published } = opened;
    if (served?.published.contentHash === published.contentHash && served.published.revision === published.revision) {
      await acknowledge(published, 'serving', sinceMs, []);
      waiters.served(published.revision);
      return;
    }
    const objection = objectionTo(opened);
    if (objection !== undefined) {
      await refuse(published, sinceMs, [objection]);
      return;
    }
    await acknowledge(published, 'received', sinceMs, []);
    const errors = await trySwapTo(opened);
    if (errors.length > 0) {
      await refuse(published, sinceMs, errors);
      return;
    }
    const faults = await save(published);
    await accept(published, sinceMs, faults);
    waiters.served(published.revision);
  }

  /** What speaks against a snapshot before anything is tried. */
  function objectionTo({ published, snapshot }: OpenedSnapshot): NodeError | undefined {
    if (published.fleet !== identity.fleet) {
      const text = `snapshot of fleet "${published.fleet}" reached a node of fleet "${identity.fleet}"`;
      return fault(published, 'wrong-fleet', text);
    }
    const now = served?.published;
    if (now !== undefined && published.revision <= now.revision) {
      const text =
        published.revision === now.revision
          ? `revision ${now.revision} is served with content ${now.contentHash}; this one has ${published.contentHash}`
          : `revision ${now.revision} is served; a node never goes back, a rollback is a new revision`;
      return fault(
        published,
        'fork',
        `${text} (was the store restored from an older copy? then start the node without its copies on disk)`,
      );
    }
    const implausible = implausibility(served?.snapshot, snapshot);
    return implausible === undefined ? undefined : fault(published, 'implausible', implausible);
  }

  async function trySwapTo(opened: OpenedSnapshot): Promise<readonly NodeError[]> {
    const errors = await swap.swapTo(opened.snapshot);
    if (errors.length === 0) served = opened;
    return errors;
  }

  async function save(published: PublishedSnapshot): Promise<readonly NodeError[]> {
    try {
      await store.save(published);
      return [];
    } catch (err) {
      log.error({ code: 'DP1105', snapshotVersion: published.revision, err }, 'snapshot could not be kept on disk');
      return [fault(published, 'storage', `could not be kept on disk: ${(err as Error).message}`)];
    }
  }

  async function accept(published: PublishedSnapshot, sinceMs: number, faults: readonly NodeError[]): Promise<void> {
    const durationMs = Math.round(performance.now() - sinceMs);
    log.info({ code: 'DP1101', snapshotVersion: published.revision, durationMs }, 'serving a new configuration');
    await acknowledge(published, 'serving', sinceMs, faults);
    void reporter.report();
  }

  async function refuse(published: PublishedSnapshot, sinceMs: number, errors: readonly NodeError[]): Promise<void> {
    log.error({ code: 'DP1102', snapshotVersion: published.revision, errors }, 'configuration rejected');
    await acknowledge(published, 'rejected', sinceMs, errors);
    const reasons = errors.map(({ text }) => text).join('; ');
    const text = `node ${identity.node} rejected revision ${published.revision}: ${reasons}`;
    waiters.rejected(published.revision, new Error(text));
  }

  async function acknowledge(
    { revision, contentHash }: PublishedSnapshot,
    phase: Ack['phase'],
    sinceMs: number,
    errors: readonly NodeError[],
  ): Promise<void> {
    const applyMs = phase === 'received' ? 0 : Math.round(performance.now() - sinceMs);
    const ack: Ack = { ...identity, revision, contentHash, phase, applyMs, errors };
    try {
      await bus.publish(subject.ack(identity.node), encodeAck(ack));
    } catch (err) {
      log.warn({ code: 'DP1302', subject: subject.ack(identity.node), err }, 'message could not be published');
    }
  }

  /** The configuration this node served last; the bus may bring a newer one at any time. */
  async function startFromDisk(): Promise<void> {
    const sinceMs = performance.now();
    try {
      const kept = await store.load();
      if (kept === undefined) return;
      const { published } = kept;
      log.info({ code: 'DP1103', snapshotVersion: published.revision }, 'starting with the configuration on disk');
      const objection = objectionTo(kept);
      const errors = objection === undefined ? await trySwapTo(kept) : [objection];
      if (errors.length > 0) await refuse(published, sinceMs, errors);
      else await accept(published, sinceMs, []);
    } catch (err) {
      log.error({ code: 'DP1106', err }, 'snapshots on disk cannot be read');
    }
  }

  return {
    /** Serves what is on disk, if anything is, then follows the bus. The pool is running. */
    async start(): Promise<void> {
      await startFromDisk();
      subscription = await bus.watchLatest(subject.snapshot, receive);
      reporter.start();
    },

    /** Follows the bus no longer. Threads go on serving; whoever waits for a revision is told. */
    async unfollow(): Promise<void> {
      stopping = true;
      await subscription?.unsubscribe();
      waiters.end(new Error(`node ${identity.node} is stopping`));
      await working;
    },

    /** Sends the last report: when threads have stopped and counters stand still. */
    stop: () => reporter.stop(),

    /** For the pool: some thread finished with older generations. */
    release: swap.release,

    /** For the pool: a message of a thread that is no answer. */
    fromThread(message: FromThread): void {
      if (message.type === 'log') log[message.level]({ code: message.code, ...message.fields }, message.message);
      if (message.type !== 'worker-error') return;
      const row = swap.rowAt(message.slot);
      // Its row can be gone: the message crossed the change that removed it.
      if (row === undefined) return;
      const { owner: balancer, url: worker } = row.worker;
      const { reason, timeMs } = message;
      watch.entered(balancer, worker, reason);
      reporter.observe({ balancer, worker, kind: 'failed', reason, timeMs: Math.trunc(timeMs) });
    },

    servingRevision: () => served?.published.revision,
    listeners: swap.listeners,
    workers: (): WorkerReport[] =>
      reportRows(
        scoreboard,
        swap.rows().filter(({ retired }) => !retired),
      ),
    serving: (revision: number) => waiters.wait(revision),
  };
}

function fault({ revision }: PublishedSnapshot, code: NodeError['code'], text: string): NodeError {
  return { object: `snapshot ${revision}`, code, text };
}
