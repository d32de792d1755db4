import type { ChainBreak, ChainHead } from '#shared/event/commit-chain.ts';
import type { Commit, StoredCommit } from '#shared/event/fleet-event.ts';
import type { FleetState } from '#shared/event/fold.ts';
import type { HealthEntry, HealthEvent } from '#shared/health/health-event.ts';

/** What a command wants recorded; the store adds revision, id, time and hash. */
export type CommitDraft = Pick<
  Commit,
  'actor' | 'message' | 'command' | 'restores' | 'allowShrink' | 'epoch' | 'events'
>;

export type AppendRequest = {
  /** Revision the command was decided on. */
  readonly expectedRevision: number;
  /** Its chain hash: a store that lost that revision and has another in its place is told apart. Absent: whatever it is. */
  readonly expectedHash?: string;
  /** Idempotency key: one result per key, kept for at least 24 hours. */
  readonly commandId: string;
  /** Hash of what the command asked for, so that a key used for something else is noticed. */
  readonly fingerprint: string;
  /** Absent: the command changed nothing, and only this outcome is to be remembered. */
  readonly draft?: CommitDraft;
};

export type AppendResult =
  | { readonly kind: 'appended'; readonly stored: StoredCommit; readonly durability: Durability }
  /** Nothing to commit; the outcome is remembered under its command id. */
  | { readonly kind: 'remembered'; readonly record: CommandRecord }
  /** The command id is known: what it did the first time. Nothing was appended now. */
  | { readonly kind: 'duplicate'; readonly record: CommandRecord }
  /**
   * Another commit got there first; with a head at or below the expected revision: the store has gone back and lost commits.
   * Nothing was appended.
   */
  | { readonly kind: 'conflict'; readonly head: ChainHead };

/** What a command did the first time. */
export type CommandRecord = {
  readonly commandId: string;
  /** `UNKNOWN_FINGERPRINT` of a commit that was put back. */
  readonly fingerprint: string;
  /** The commit it made, or the revision at which it changed nothing. */
  readonly revision: number;
  readonly committed: boolean;
};

export type Verification =
  | { readonly ok: true; readonly head: ChainHead }
  | { readonly ok: false; readonly revision: number; readonly problem: string };

/** A running `tail`. */
export type Tail = {
  /** After it, the listener is not called again. */
  stop(): Promise<void>;
};

/**
 * The only truth about a fleet: commits in order, each at its revision, chained by hash. Two adapters and a fake, one contract
 * suite (`test/control-plane/adapters/event-store.contract.ts`).
 */
export type EventStore = {
  readonly fleet: string;
  /**
   * Appends whole or not at all; a commit that was answered as appended survives what its `durability` says.
   *
   * @throws OperatingError `store-unavailable` when nothing was appended; `outcome-unknown` when no answer came: the same command id
   *   finds out
   */
  append(request: AppendRequest): Promise<AppendResult>;
  /** What a command id did, if it is still remembered. */
  findCommand(commandId: string): Promise<CommandRecord | undefined>;
  /** Commits from a revision on, ascending, at most `limit`; empty beyond the head. */
  read(fromRevision: number, limit: number): Promise<readonly StoredCommit[]>;
  head(): Promise<ChainHead>;
  /** The store's own clock, epoch milliseconds: one for all replicas, whatever theirs say. Commits are timed by it. */
  now(): Promise<number>;
  /**
   * Calls the listener for every commit after a revision, in order, each once, the next not before the last returned. A store that does
   * not go on from the commit handed over last is not followed: the store's `onTailError` gets `store-regressed`, or `history-trimmed`
   * when commits in between are gone.
   */
  tail(afterRevision: number, listener: (stored: StoredCommit) => void | Promise<void>): Tail;
  /** The oldest revision still held; 1 until `trim`, also for an empty store. */
  firstRevision(): Promise<number>;
  /**
   * Forgets commits before a revision, as far as a checkpoint allows: the commit of the newest intact checkpoint at or before that
   * revision stays, and everything after it.
   *
   * @returns the oldest revision still held
   */
  trim(beforeRevision: number): Promise<number>;
  /**
   * Appends commits that were stored before and lost, byte for byte; they must continue the chain. Their command ids are known from then
   * on, so that a command which is given again is not done twice.
   *
   * @returns the new head, or where they do not fit
   */
  restore(commits: readonly StoredCommit[]): Promise<ChainHead | ChainBreak>;
  /** Saves fold state, so that replay need not start at revision 1; keeps the newest few. */
  saveCheckpoint(state: FleetState): Promise<void>;
  /** The newest intact checkpoint at or before a revision. */
  loadCheckpoint(atOrBefore: number): Promise<FleetState | undefined>;
  /** Walks the whole chain over the stored bytes and stops at the first broken revision. */
  verify(): Promise<Verification>;
  /** Ends tails and gives the store up; later calls are refused. */
  close(): Promise<void>;
};

/** What an answered append survives. */
export type Durability = {
  /** `memory`: a crash of the store may lose it; `disk`: synced; `replicated`: synced or held by `replicas` more servers. */
  readonly level: 'memory' | 'disk' | 'replicated';
  /** Servers besides the primary that confirmed it. */
  readonly replicas: number;
};

/**
 * The health log of a fleet: verdicts in order, apart from configuration, kept for days rather than for ever. Same promises as
 * `EventStore`; entries before the newest checkpoint may be gone.
 */
export type HealthLog = {
  /** Records events if the log is still at a version. */
  append(
    expectedVersion: number,
    events: readonly HealthEvent[],
  ): Promise<
    { readonly kind: 'appended'; readonly entry: HealthEntry } | { readonly kind: 'conflict'; readonly version: number }
  >;
  /** Entries from a version on, ascending; those that are gone are skipped. */
  read(fromVersion: number, limit: number): Promise<readonly HealthEntry[]>;
  version(): Promise<number>;
  /**
   * As `EventStore.tail`.
   *
   * @param onRegressed the log has gone back: it does not go on from the entry handed over last; told again while that is so
   */
  tail(afterVersion: number, listener: (entry: HealthEntry) => void | Promise<void>, onRegressed?: () => void): Tail;
  /**
   * Saves fold state; entries before it may be forgotten from then on, once they are older than the retention.
   *
   * @throws OperatingError `store-regressed` when the log does not have that entry any more
   */
  saveCheckpoint(version: number, state: Uint8Array): Promise<void>;
  loadCheckpoint(): Promise<{ readonly version: number; readonly state: Uint8Array } | undefined>;
};

/** One record per key with a version of its own: how replicas share what each could compute, without overwriting each other. */
export type RecordStore = {
  /** Every record, by key. */
  load(): Promise<ReadonlyMap<string, VersionedRecord>>;
  /**
   * Saves a record if it still has the version; 0 if it should not exist.
   *
   * @returns the new version, or the record that is there
   */
  save(
    key: string,
    ifVersion: number,
    bytes: Uint8Array,
  ): Promise<
    | { readonly kind: 'saved'; readonly version: number }
    | { readonly kind: 'conflict'; readonly record: VersionedRecord | undefined }
  >;
  remove(key: string): Promise<void>;
};

export type VersionedRecord = { readonly version: number; readonly bytes: Uint8Array };

/** Everything a fleet stores, in one place: SQLite or Redis. */
export type FleetStore = {
  readonly fleet: string;
  readonly events: EventStore;
  readonly health: HealthLog;
  /** Counter totals, by node. */
  readonly counters: RecordStore;
  /** Looks at the store now: what it promises and what speaks against trusting it. */
  inspect(): Promise<StoreInspection>;
  /** Ends tails and gives everything up. */
  close(): Promise<void>;
};

export type StoreInspection = {
  /** `redis 7.0.15 at 127.0.0.1:6379`, `sqlite at PATH`; without credentials. */
  readonly name: string;
  readonly reachable: boolean;
  /** What an append survives, in a sentence for operators. */
  readonly durability: string;
  /** Settings that make it less than it should be: each with what would be right. */
  readonly warnings: readonly string[];
};

/** Epoch milliseconds. */
export type Clock = () => number;
