import { type Bus, type Subscription, subjects } from '#shared/bus.ts';
import { encodeAck } from '#shared/codec/node-codec.ts';
import type { Ack, NodeError, WorkerReport } from '#shared/node-message.ts';
import { type OpenedSnapshot, openSnapshot } from '#shared/snapshot/build.ts';
import { implausibility } from '#shared/snapshot/sanity.ts';
import type { PublishedSnapshot } from '#shared/snapshot/snapshot.ts';
import type { Logger, ProbeAddress, SnapshotStore } from '../ports.ts';
import type { FromThread, Generation } from '../proxy/thread-message.ts';
import type { Capacity } from '../scoreboard/layout.ts';
import type { Scoreboard } from '../scoreboard/scoreboard.ts';
import { createDepartedRows } from './departed-rows.ts';
import {
  emptyPlacement,
  generationPlaces,
  type Placement,
  placeRoll,
  type Row,
  releasePlaces,
  rowsOf,
} from './placement.ts';
import { createReporter, type NodeIdentity, reportRows } from './reporter.ts';
import { resolveListeners } from './resolve-listeners.ts';
import { createRevisionWaiters } from './revision-waiters.ts';
import { writeRows } from './row-writer.ts';
import type { ThreadPool } from './thread-pool.ts';
import { rollOf } from './worker-roll.ts';
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

/** What the node serves. */
type Served = OpenedSnapshot & { readonly generation: Generation };

/**
 * The node's main thread: takes snapshots off the bus and the disk, proves them, brings the scoreboard and all threads to them
 * or none, and tells the control plane. One snapshot at a time; of those that wait, only the newest counts.
 */
export function createAgent(options: AgentOptions) {
  const { identity, bus, pool, scoreboard, store, probe, log } = options;
  const subject = subjects(identity.fleet);
  const waiters = createRevisionWaiters();
  const watch = createWorkerWatch(log);
  const departed = createDepartedRows(options.capacity.slots);
  let placement: Placement = emptyPlacement(options.capacity);
  let index: { readonly of: Placement; readonly rows: ReadonlyMap<number, Row> } = { of: placement, rows: new Map() };
  let served: Served | undefined;
  let generationNumber = 0;
  /** Addresses of the generation before, or of the last one that was not taken. */
  let lettingGo: Generation['listeners'] = [];
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
      const rows = reportRows(scoreboard, rowsOf(placement));
      watch.look(rows);
      return [...rows, ...departed.forReport()];
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

  /** As `swapTo`; a snapshot that breaks an invariant of ours must not take the working one with it. */
  function trySwapTo(opened: OpenedSnapshot): Promise<readonly NodeError[]> {
    return swapTo(opened).catch((err: Error) => [fault(opened.published, 'compile', err.message)]);
  }

  /** Brings scoreboard and threads to a snapshot: all, or nothing has happened. @returns why not */
  async function swapTo(opened: OpenedSnapshot): Promise<readonly NodeError[]> {
    const { published, snapshot } = opened;
    const { definition, overrides, revision } = snapshot;
    const number = ++generationNumber;
    const before = placement;
    const placed = placeRoll(before, rollOf(definition, overrides), number);
    if (placed.kind === 'full') return [{ object: placed.object, code: 'capacity', text: placed.text }];

    const resolved = await resolveListeners(definition.listeners, served?.generation.listeners ?? [], probe, lettingGo);
    if ('errors' in resolved) return resolved.errors;

    const places = generationPlaces(placed.placement);
    const generation: Generation = {
      number,
      revision,
      definition,
      overrides,
      ...places,
      listeners: resolved.listeners,
    };
    // Until it is served, these are the ones that threads may have bound for nothing.
    lettingGo = generation.listeners;
    const prepared = await pool.prepare(generation).catch((error: Error) => ({ errors: [error.message] }));
    if ('errors' in prepared) return prepared.errors.map((text) => fault(published, 'compile', text));

    const from = before.roll;
    const to = placed.placement.roll;
    try {
      await writeRows(scoreboard, { from, to, ...places, added: placed.added });
    } catch (err) {
      prepared.abandon();
      throw err;
    }
    // From here on threads speak of the new rows: the first may, before the last has swapped.
    placement = placed.placement;
    if (!(await prepared.commit())) {
      placement = before;
      const kept = generationPlaces(before);
      await writeRows(scoreboard, { from: to, to: from, ...kept, added: new Set() });
      return [fault(published, 'compile', 'every proxy thread died when it swapped to it')];
    }
    lettingGo = served?.generation.listeners ?? [];
    served = { published, snapshot, generation };
    release();
    return [];
  }

  /** Threads name a worker in every request that finds all workers dead: the rows are not to be gone through each time. */
  function rowAt(slot: number): Row | undefined {
    if (index.of !== placement)
      index = { of: placement, rows: new Map(rowsOf(placement).map((row) => [row.slot, row])) };
    return index.rows.get(slot);
  }

  function release(): void {
    const next = releasePlaces(placement, pool.released());
    if (next === placement) return;
    const gone = rowsOf(placement).filter(({ slot, retired }) => retired && !next.retired.has(slot));
    departed.add(reportRows(scoreboard, gone));
    placement = next;
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
    release,

    /** For the pool: a message of a thread that is no answer. */
    fromThread(message: FromThread): void {
      if (message.type === 'log') log[message.level]({ code: message.code, ...message.fields }, message.message);
      if (message.type !== 'worker-error') return;
      const row = rowAt(message.slot);
      // Its row can be gone: the message crossed the change that removed it.
      if (row === undefined) return;
      const { owner: balancer, url: worker } = row.worker;
      const { reason, timeMs } = message;
      watch.entered(balancer, worker, reason);
      reporter.observe({ balancer, worker, kind: 'failed', reason, timeMs: Math.trunc(timeMs) });
    },

    servingRevision: () => served?.published.revision,
    listeners: () => served?.generation.listeners ?? [],
    workers: (): WorkerReport[] =>
      reportRows(
        scoreboard,
        rowsOf(placement).filter(({ retired }) => !retired),
      ),
    serving: (revision: number) => waiters.wait(revision),
  };
}

function fault({ revision }: PublishedSnapshot, code: NodeError['code'], text: string): NodeError {
  return { object: `snapshot ${revision}`, code, text };
}
