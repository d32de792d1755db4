import type { ChainHead } from '#shared/event/commit-chain.ts';
import type { Commit, StoredCommit } from '#shared/event/fleet-event.ts';
import type { FleetState } from '#shared/event/fold.ts';

/** What a command wants recorded; the store adds revision, id, time and hash. */
export type CommitDraft = Pick<Commit, 'actor' | 'message' | 'command' | 'restores' | 'allowShrink' | 'events'>;

export type AppendRequest = {
  /** Revision the command was decided on. */
  readonly expectedRevision: number;
  /** Idempotency key: one result per key, kept for at least 24 hours. */
  readonly commandId: string;
  /** Hash of what the command asked for, so that a key used for something else is noticed. */
  readonly fingerprint: string;
  /** Absent: the command changed nothing, and only this outcome is to be remembered. */
  readonly draft?: CommitDraft;
};

export type AppendResult =
  | { readonly kind: 'appended'; readonly stored: StoredCommit }
  /** Nothing to commit; the outcome is remembered under its command id. */
  | { readonly kind: 'remembered'; readonly record: CommandRecord }
  /** The command id is known: what it did the first time. Nothing was appended now. */
  | { readonly kind: 'duplicate'; readonly record: CommandRecord }
  /** Another commit got there first. Nothing was appended. */
  | { readonly kind: 'conflict'; readonly head: ChainHead };

/** What a command did the first time. */
export type CommandRecord = {
  readonly commandId: string;
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
  /** Appends whole or not at all; a commit that was answered as appended survives any crash. */
  append(request: AppendRequest): Promise<AppendResult>;
  /** What a command id did, if it is still remembered. */
  findCommand(commandId: string): Promise<CommandRecord | undefined>;
  /** Commits from a revision on, ascending, at most `limit`; empty beyond the head. */
  read(fromRevision: number, limit: number): Promise<readonly StoredCommit[]>;
  head(): Promise<ChainHead>;
  /** Calls the listener for every commit after a revision, in order, each once, the next not before the last returned. */
  tail(afterRevision: number, listener: (stored: StoredCommit) => void | Promise<void>): Tail;
  /** Saves fold state, so that replay need not start at revision 1; keeps the newest few. */
  saveCheckpoint(state: FleetState): Promise<void>;
  /** The newest intact checkpoint at or before a revision. */
  loadCheckpoint(atOrBefore: number): Promise<FleetState | undefined>;
  /** Walks the whole chain over the stored bytes and stops at the first broken revision. */
  verify(): Promise<Verification>;
  /** Ends tails and gives the store up; later calls are refused. */
  close(): Promise<void>;
};

/** Epoch milliseconds. */
export type Clock = () => number;
