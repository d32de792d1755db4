import { type ChainHead, GENESIS, GENESIS_HASH } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import type { FleetState } from '#shared/event/fold.ts';
import type { HealthEntry } from '#shared/health/health-event.ts';
import { chainedSource } from '../../control-plane/adapters/chained-source.ts';
import { createHandedMarks } from '../../control-plane/adapters/handed-marks.ts';
import { logTails } from '../../control-plane/adapters/log-tail.ts';
import { continueChain } from '../../control-plane/adapters/stored-commit.ts';
import { UNKNOWN_FINGERPRINT } from '../../control-plane/core/command-record.ts';
import { sealDraft } from '../../control-plane/core/seal-draft.ts';
import { OperatingError } from '../../control-plane/operating-error.ts';
import type {
  AppendResult,
  CommandRecord,
  FleetStore,
  HealthLog,
  RecordStore,
  VersionedRecord,
} from '../../control-plane/ports.ts';
import { regressedStore } from '../../control-plane/state-reader.ts';
import type { Kernel, Process } from './kernel.ts';
import { WORLD_EPOCH_MS } from './machine.ts';
import type { Network } from './network.ts';

type Marked = { readonly entry: HealthEntry; readonly mark: string; readonly prev: string };
type StoredCommand = { readonly record: CommandRecord; readonly attempt: string };

/** All that a store holds: a value, so that it can go back to an earlier one. */
type Holdings = {
  readonly commits: readonly StoredCommit[];
  readonly commands: ReadonlyMap<string, StoredCommand>;
  readonly checkpoints: ReadonlyMap<number, FleetState>;
  readonly health: readonly Marked[];
  readonly healthCheckpoint: { readonly version: number; readonly state: Uint8Array } | undefined;
  readonly records: ReadonlyMap<string, VersionedRecord>;
  /** One count for all records, as the Redis adapter has it. */
  readonly recordVersion: number;
};

export type StoreServer = {
  connect(process: Process): FleetStore;
  down(): void;
  up(): void;
  /** A failover with loss: what was written last is gone. @returns writes that are lost */
  goBack(writes: number): number;
  commits(): readonly StoredCommit[];
  healthEntries(): readonly HealthEntry[];
  record(key: string): VersionedRecord | undefined;
  head(): ChainHead;
  /** Called for each commit and health entry as it is written. */
  onCommit(listener: (stored: StoredCommit) => void): void;
  onHealth(listener: (entry: HealthEntry) => void): void;
};

const FLEET_CHECKPOINTS = 3;
/** Writes a failover can lose. */
const IMAGES = 64;
const TIMEOUT_MS = 1_000;
/** How often a party's tails look without having been told to. */
const LOOK_MS = 5_000;

/**
 * A store as the Redis adapters are over a network: one server that does each change whole and remembers whose it was, so that a change
 * sent again is done once; tails that read and check the chain. Clients behave as `RedisConnection` does: calls wait a second for a
 * connection, reads fail, changes are sent again and end in `outcome-unknown`.
 */
export function createStoreServer(kernel: Kernel, network: Network, fleet: string): StoreServer {
  let held: Holdings = {
    commits: [],
    commands: new Map(),
    checkpoints: new Map(),
    health: [],
    healthCheckpoint: undefined,
    records: new Map(),
    recordVersion: 0,
  };
  const images: Holdings[] = [];
  const wakes = new Map<Process, () => void>();
  const onCommit = new Set<(stored: StoredCommit) => void>();
  const onHealth = new Set<(entry: HealthEntry) => void>();
  let isUp = true;
  /** Grows with each outage: what was on its way then is lost. */
  let outage = 0;
  let marks = 0;

  const nowMs = () => Math.floor(WORLD_EPOCH_MS + kernel.nowMs());
  const head = (): ChainHead => {
    const last = held.commits.at(-1);
    return last === undefined ? GENESIS : { revision: last.commit.revision, chainHash: last.hash };
  };
  const firstRevision = () => held.commits[0]?.commit.revision ?? head().revision + 1;
  const commitsFrom = (from: number, limit: number) =>
    held.commits.slice(Math.max(0, from - firstRevision())).slice(0, Math.max(0, limit));
  const healthFrom = (from: number, limit: number) => held.health.slice(Math.max(0, from - 1)).slice(0, limit);

  function change(next: Partial<Holdings>): void {
    images.push(held);
    if (images.length > IMAGES) images.shift();
    held = { ...held, ...next };
  }

  function wakeAll(): void {
    for (const [process, wake] of wakes) {
      if (!process.alive) wakes.delete(process);
      else if (network.reaches(process.name, 'store')) kernel.after(network.delayMs(), process, 'store has news', wake);
    }
  }

  function added(stored: StoredCommit): void {
    for (const listener of onCommit) listener(stored);
    wakeAll();
  }

  function connect(process: Process): FleetStore {
    let toServerMs = 0;
    let toClientMs = 0;
    const reaches = () => isUp && network.reaches(process.name, 'store');

    /** Sends work to the server and gives what it answered; undefined when no answer comes. */
    function send<T>(label: string, work: () => T): Promise<{ readonly value: T } | undefined> {
      const during = outage;
      return new Promise((resolve, reject) => {
        const timeout = kernel.after(TIMEOUT_MS, process, 'timer', () => resolve(undefined));
        toServerMs = Math.max(toServerMs, kernel.nowMs() + network.delayMs());
        kernel.after(toServerMs - kernel.nowMs(), undefined, `${process.name} => ${label}`, () => {
          if (!reaches() || during !== outage) return;
          let give: () => void;
          try {
            const value = work();
            give = () => resolve({ value });
          } catch (error) {
            if (!(error instanceof OperatingError)) throw error;
            give = () => reject(error);
          }
          if (network.losesAnswer()) return;
          toClientMs = Math.max(toClientMs, kernel.nowMs() + network.delayMs());
          kernel.after(toClientMs - kernel.nowMs(), process, `answer: ${label}`, () => {
            timeout.cancelled = true;
            if (reaches() && during === outage) give();
            else resolve(undefined);
          });
        });
      });
    }

    /** Bridges a short interruption, as long as that is the connection's way. */
    async function ready(): Promise<void> {
      if (reaches()) return;
      await new Promise<void>((resolve) => void kernel.after(TIMEOUT_MS, process, 'timer', resolve));
      if (!reaches()) throw unavailable('cannot be reached');
    }

    async function read<T>(label: string, work: () => T): Promise<T> {
      await ready();
      const answer = await send(label, work);
      if (answer === undefined) throw unavailable('no answer');
      return answer.value;
    }

    /** @param work recognises what it has done already; `resent` says that it may have */
    async function write<T>(label: string, work: (resent: boolean) => T): Promise<T> {
      const deadlineMs = kernel.nowMs() + 2 * TIMEOUT_MS;
      await ready();
      for (let resent = false; ; resent = true) {
        const again = resent;
        const answer = reaches() ? await send(label, () => work(again)) : undefined;
        if (answer !== undefined) return answer.value;
        if (kernel.nowMs() >= deadlineMs) {
          throw new OperatingError('outcome-unknown', `${label}: no answer`, { retryable: true });
        }
        await new Promise<void>((resolve) => void kernel.after(50, process, 'timer', resolve));
      }
    }

    const tails = logTails(
      chainedSource<StoredCommit>({
        genesis: GENESIS_HASH,
        read: (from, limit) =>
          read('tail commits', () => ({
            end: { position: head().revision, mark: head().chainHash },
            links: commitsFrom(from, limit).map((entry) => ({
              position: entry.commit.revision,
              prev: entry.prevHash,
              mark: entry.hash,
              entry,
            })),
          })),
        regressed: (known, end) =>
          regressedStore(
            { revision: known.position, chainHash: known.mark ?? '' },
            { revision: end.position, chainHash: end.mark },
          ),
        trimmed: (after) => new OperatingError('history-trimmed', `commits after revision ${after} were trimmed`),
      }),
      () => {},
    );
    const marksHanded = createHandedMarks<HealthEntry>();
    const healthTails = logTails(
      chainedSource<HealthEntry>({
        genesis: '',
        read: (from, limit) =>
          read('tail health', () => ({
            end: { position: held.health.length, mark: held.health.at(-1)?.mark ?? '' },
            links: healthFrom(from, limit).map(({ entry, mark, prev }) => ({
              position: entry.version,
              prev,
              mark,
              entry: marksHanded.marked(entry, mark),
            })),
          })),
        regressed: (known, end) =>
          new OperatingError('store-regressed', `the health log ends at ${end.position}, known is ${known.position}`),
        trimmed: () => undefined,
      }),
      () => {},
    );
    const wake = () => {
      tails.wake();
      healthTails.wake();
    };
    const lookAgain = () => {
      wake();
      kernel.after(LOOK_MS, process, 'timer', lookAgain);
    };
    wakes.set(process, wake);
    lookAgain();

    const health: HealthLog = {
      async append(expectedVersion, events) {
        const mark = `mark ${++marks}`;
        // As of now, however often it is sent.
        const known = marksHanded.of(expectedVersion);
        const result = await write('append health', () => {
          const last = held.health.at(-1);
          if (last?.mark === mark) return { kind: 'appended' as const, entry: last.entry };
          const version = held.health.length;
          if (version !== expectedVersion) return { kind: 'conflict' as const, version };
          if (known !== undefined && known !== last?.mark) return { kind: 'conflict' as const, version: version - 1 };
          const entry = marksHanded.marked({ version: version + 1, timeMs: nowMs(), events }, mark);
          change({ health: [...held.health, { entry, mark, prev: last?.mark ?? '' }] });
          for (const listener of onHealth) listener(entry);
          wakeAll();
          return { kind: 'appended' as const, entry };
        });
        if (result.kind === 'appended') {
          marksHanded.handed(result.entry);
          healthTails.wake();
        }
        return result;
      },
      async read(from, limit) {
        const entries = await read('read health', () => healthFrom(from, limit));
        return entries.map(({ entry, mark }) => {
          marksHanded.handed(marksHanded.marked(entry, mark));
          return entry;
        });
      },
      version: () => read('health version', () => held.health.length),
      tail: (after, listener, onRegressed) => healthTails.start(after, marksHanded.handing(listener), onRegressed),
      saveCheckpoint(version, state) {
        const known = marksHanded.of(version);
        return write('checkpoint health', () => {
          const kept = held.health.find(({ entry }) => entry.version === version);
          if (kept === undefined || kept.mark !== known)
            throw new OperatingError('store-regressed', 'the health log went back');
          if (version > (held.healthCheckpoint?.version ?? 0)) change({ healthCheckpoint: { version, state } });
        });
      },
      loadCheckpoint() {
        marksHanded.forget();
        return read('load health checkpoint', () => held.healthCheckpoint);
      },
    };

    const counters: RecordStore = {
      load: () => read('load records', () => new Map(held.records)),
      save: (key, ifVersion, bytes) =>
        write(`save record ${key}`, (resent) => {
          const record = held.records.get(key);
          if ((record?.version ?? 0) !== ifVersion) {
            const isOurs = resent && record !== undefined && Buffer.compare(record.bytes, bytes) === 0;
            return isOurs ? { kind: 'saved' as const, version: record.version } : { kind: 'conflict' as const, record };
          }
          const version = held.recordVersion + 1;
          change({ records: new Map(held.records).set(key, { version, bytes }), recordVersion: version });
          return { kind: 'saved' as const, version };
        }),
      remove: (key) =>
        write(`remove record ${key}`, () => {
          const records = new Map(held.records);
          if (records.delete(key)) change({ records });
        }),
    };

    return {
      fleet,
      health,
      counters,
      events: {
        fleet,
        async append({ expectedRevision, expectedHash, commandId, fingerprint, draft }) {
          const attempt = `attempt ${++marks}`;
          const id = `id-${marks}`;
          const result = await write(`append ${commandId}`, (): AppendResult => {
            const known = held.commands.get(commandId);
            if (known !== undefined && known.attempt !== attempt) return { kind: 'duplicate', record: known.record };
            const base = head();
            const durability = { level: 'disk' as const, replicas: 0 };
            if (known !== undefined) {
              const stored = held.commits.find(({ commit }) => commit.id === id);
              if (stored !== undefined) return { kind: 'appended', stored, durability };
              return { kind: 'remembered', record: known.record };
            }
            const isOther = expectedHash !== undefined && expectedHash !== base.chainHash;
            if (base.revision !== expectedRevision || isOther) return { kind: 'conflict', head: base };
            const stored = draft && sealDraft(base, draft, { fleet, id, commandId, timeMs: nowMs() });
            const revision = stored?.commit.revision ?? base.revision;
            const record = { commandId, fingerprint, revision, committed: stored !== undefined };
            const commands = new Map(held.commands).set(commandId, { record, attempt });
            if (stored === undefined) {
              change({ commands });
              return { kind: 'remembered', record };
            }
            change({ commands, commits: [...held.commits, stored] });
            added(stored);
            return { kind: 'appended', stored, durability };
          });
          if (result.kind === 'appended') tails.wake();
          return result;
        },
        findCommand: (commandId) => read(`find ${commandId}`, () => held.commands.get(commandId)?.record),
        read: (from, limit) => read('read commits', () => commitsFrom(from, limit)),
        now: () => read('now', nowMs),
        head: () => read('head', head),
        tail: (after, listener) => tails.start(after, listener),
        firstRevision: () => read('first revision', firstRevision),
        trim: () => read('trim', firstRevision),
        restore: (lost) =>
          write('restore', () => {
            const continued = continueChain(head(), lost, fleet);
            if ('problem' in continued) {
              const isDone = lost.at(-1)?.hash === head().chainHash;
              return isDone ? head() : continued;
            }
            for (const stored of continued.commits) {
              const { commandId, id, revision } = stored.commit;
              const record = { commandId, fingerprint: UNKNOWN_FINGERPRINT, revision, committed: true };
              const commands = new Map([[commandId, { record, attempt: id }], ...held.commands]);
              change({ commits: [...held.commits, stored], commands });
              added(stored);
            }
            return continued.head;
          }),
        saveCheckpoint: (state) =>
          write(`checkpoint ${state.revision}`, () => {
            const at = held.commits.find(({ commit }) => commit.revision === state.revision);
            if (at?.hash !== state.chainHash) throw regressedStore(state, head());
            const newest = [...new Map(held.checkpoints).set(state.revision, state)]
              .toSorted(([a], [b]) => b - a)
              .slice(0, FLEET_CHECKPOINTS);
            change({ checkpoints: new Map(newest) });
          }),
        loadCheckpoint: (atOrBefore) =>
          read('load checkpoint', () => {
            const revisions = [...held.checkpoints.keys()].filter((revision) => revision <= atOrBefore);
            return held.checkpoints.get(Math.max(...revisions));
          }),
        verify: () => read('verify', () => ({ ok: true as const, head: head() })),
        close: async () => {},
      },
      inspect: async () => ({ name: 'simulated', reachable: reaches(), durability: '', warnings: [] }),
      close: async () => {},
    };
  }

  return {
    connect,
    down() {
      isUp = false;
      outage++;
    },
    up() {
      isUp = true;
      wakeAll();
    },
    goBack(writes) {
      const lost = Math.min(writes, images.length);
      if (lost > 0) held = images[images.length - lost] ?? held;
      images.splice(images.length - lost);
      outage++;
      wakeAll();
      return lost;
    },
    commits: () => held.commits,
    healthEntries: () => held.health.map(({ entry }) => entry),
    record: (key) => held.records.get(key),
    head,
    onCommit: (listener) => void onCommit.add(listener),
    onHealth: (listener) => void onHealth.add(listener),
  };
}

function unavailable(why: string): OperatingError {
  return new OperatingError('store-unavailable', `the simulated store: ${why}`, { retryable: true });
}
