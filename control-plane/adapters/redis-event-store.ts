import { randomUUIDv7 } from 'node:crypto';
import { type ChainHead, GENESIS, GENESIS_HASH, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { batchSize, FIRST_BATCH } from '../batch-size.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../core/checkpoint.ts';
import { UNKNOWN_FINGERPRINT } from '../core/command-record.ts';
import { sealDraft } from '../core/seal-draft.ts';
import { OperatingError } from '../operating-error.ts';
import type { AppendRequest, AppendResult, CommandRecord, Durability, EventStore } from '../ports.ts';
import { regressedStore } from '../state-reader.ts';
import { chainedSource } from './chained-source.ts';
import { type LogTails, logTails } from './log-tail.ts';
import {
  BULK_TIMEOUT_MS,
  CHECKPOINTS_KEPT,
  checkpointValue,
  newestCheckpoint,
  readCheckpointValue,
} from './redis-checkpoints.ts';
import type { RedisConnection, WaitFor } from './redis-connection.ts';
import type { RedisKeys } from './redis-keys.ts';
import { commitRowOf, entriesOf, headOf, listOf, resultOf, textOf } from './redis-reply.ts';
import { APPEND, PREPARE, RESTORE, SAVE_CHECKPOINT, TRIM } from './redis-scripts.ts';
import { type CommitRow, continueChain, damagedStore, headBefore, isExpected, storedCommit } from './stored-commit.ts';

export type RedisEventsOptions = {
  readonly fleet: string;
  readonly keys: RedisKeys;
  readonly reads: RedisConnection;
  /** Another connection, as WAIT holds up everything behind it. */
  readonly writes: RedisConnection;
  /** How long command ids are kept; at least a day. */
  readonly commandRetentionMs: number;
  /** Replicas to wait for after an append, by what is known of the server now. */
  readonly waitFor: () => WaitFor | undefined;
  /** What an append survives that so many replicas confirmed. */
  readonly durabilityOf: (replicas: number) => Durability;
  readonly onTailError: (err: unknown) => void;
};

/** As stored under a command's key; `attempt` tells our own append from another's with the same key. */
type StoredCommand = Omit<CommandRecord, 'commandId'> & { readonly attempt: string };

const VERIFY_BATCH = 256;
/** Reads of more commits than that may take their time. Who asks for a few may be a command, which must not wait long for a Redis that hangs. */
const SMALL_READ = FIRST_BATCH;

/**
 * The commits of a fleet as a Redis stream, each appended by one script under the head's revision and hash. A store that has gone back
 * (failover with loss, restored backup) shows as `conflict` with a head below the expected revision, as `store-regressed` at tails, and
 * through `catchUp`.
 */
export function redisEvents(options: RedisEventsOptions): {
  readonly events: Omit<EventStore, 'close'>;
  readonly tails: LogTails<StoredCommit>;
} {
  const { fleet, keys, reads, writes } = options;

  const headCommand = ['HMGET', keys.head, 'revision', 'hash'] as const;
  const rangeCommand = (from: number, limit: number) =>
    ['XRANGE', keys.commits, `${Math.max(0, from)}-0`, '+', 'COUNT', Math.max(0, limit)] as const;

  const tails = logTails(
    chainedSource<StoredCommit>({
      genesis: GENESIS_HASH,
      async read(from, limit) {
        // Nobody waits for a tail, and commits may be large.
        const results = await reads.pipeline([headCommand, rangeCommand(from, limit)], BULK_TIMEOUT_MS);
        const head = headOf(resultOf(results, 0, reads.name));
        const links = entriesOf(resultOf(results, 1, reads.name)).map((entry) => {
          const row = commitRowOf(entry);
          return { position: row.revision, prev: row.prevHash, mark: row.hash, entry: storedCommit(row) };
        });
        return { end: { position: head.revision, mark: head.chainHash }, links };
      },
      regressed: (known, end) =>
        regressedStore(
          { revision: known.position, chainHash: known.mark ?? '' },
          { revision: end.position, chainHash: end.mark },
        ),
      trimmed: (after) =>
        new OperatingError('history-trimmed', `commits after revision ${after} were trimmed before they were read`),
    }),
    options.onTailError,
    ({ bytes }) => bytes.length,
  );

  async function rowsFrom(from: number, limit: number): Promise<readonly CommitRow[]> {
    if (limit <= 0) return [];
    const isBulk = limit > SMALL_READ;
    const reply = await reads.call(rangeCommand(from, limit), isBulk ? BULK_TIMEOUT_MS : undefined);
    return entriesOf(reply).map(commitRowOf);
  }

  async function head(): Promise<ChainHead> {
    return headOf(await reads.call(headCommand));
  }

  async function firstRevision(): Promise<number> {
    const [first] = await rowsFrom(0, 1);
    if (first !== undefined) return first.revision;
    // Trimmed empty, or never filled.
    return (await head()).revision + 1;
  }

  async function append(request: AppendRequest): Promise<AppendResult> {
    const { commandId, fingerprint, draft } = request;
    const commandKey = keys.command(commandId);
    const scriptKeys = [keys.head, keys.commits, commandKey];
    const prepared = listOf(await writes.evaluate(PREPARE, scriptKeys, []));
    refuseHeadless(prepared);
    const known = prepared[4];
    if (Buffer.isBuffer(known)) return { kind: 'duplicate', record: recordOf(commandId, readStored(known)) };
    const base = headOf(prepared);
    if (!isExpected(request, base)) return { kind: 'conflict', head: base };

    const timeMs = milliseconds(prepared[2], prepared[3]);
    const attempt = randomUUIDv7();
    const stored = draft && sealDraft(base, draft, { fleet, id: attempt, commandId, timeMs });
    const revision = stored?.commit.revision ?? base.revision;
    const record: StoredCommand = { fingerprint, revision, committed: stored !== undefined, attempt };
    const { reply, replicas } = await writes.change(
      APPEND,
      scriptKeys,
      [
        base.revision,
        base.chainHash,
        JSON.stringify(record),
        options.commandRetentionMs,
        ...(stored === undefined ? [] : [revision, stored.hash, stored.bytes]),
      ],
      stored === undefined ? {} : { waitFor: options.waitFor() },
    );
    const [kind, ...rest] = listOf(reply);
    refuseHeadless([kind]);
    if (textOf(kind) === 'conflict') return { kind: 'conflict', head: headOf(rest) };
    if (textOf(kind) === 'duplicate') {
      const first = readStored(rest[0] as Buffer);
      // Ours all the same: the answer to the first sending was lost.
      if (first.attempt !== attempt) return { kind: 'duplicate', record: recordOf(commandId, first) };
    }
    if (stored === undefined) return { kind: 'remembered', record: recordOf(commandId, record) };
    tails.wake();
    return { kind: 'appended', stored, durability: options.durabilityOf(replicas) };
  }

  const checkpointAt = (atOrBefore: number) =>
    newestCheckpoint(reads, keys.checkpoints, atOrBefore, (_, value) => decodeCheckpoint(readCheckpointValue(value)));

  const events: Omit<EventStore, 'close'> = {
    fleet,
    append,
    head,
    firstRevision,
    async now() {
      const [seconds, microseconds] = listOf(await reads.call(['TIME']));
      return milliseconds(seconds, microseconds);
    },
    tail: (afterRevision, listener) => tails.start(afterRevision, listener),

    async findCommand(commandId) {
      const stored = await reads.call(['GET', keys.command(commandId)]);
      return Buffer.isBuffer(stored) ? recordOf(commandId, readStored(stored)) : undefined;
    },

    async read(fromRevision, limit) {
      return (await rowsFrom(fromRevision, limit)).map(storedCommit);
    },

    async trim(beforeRevision) {
      const checkpoint = await checkpointAt(beforeRevision);
      if (checkpoint !== undefined) await writes.change(TRIM, [keys.commits, keys.checkpoints], [checkpoint.revision]);
      return firstRevision();
    },

    async restore(commits) {
      const base = await head();
      const continued = continueChain(base, commits, fleet);
      if ('problem' in continued || continued.commits.length === 0) {
        return 'problem' in continued ? continued : base;
      }
      const args = continued.commits.flatMap(({ commit, hash, bytes }) => {
        const { id: attempt, revision } = commit;
        const record: StoredCommand = { fingerprint: UNKNOWN_FINGERPRINT, revision, committed: true, attempt };
        return [revision, hash, bytes, JSON.stringify(record)];
      });
      const commandKeys = continued.commits.map(({ commit }) => keys.command(commit.commandId));
      const { reply } = await writes.change(
        RESTORE,
        [keys.head, keys.commits, ...commandKeys],
        [base.revision, base.chainHash, options.commandRetentionMs, ...args],
        { waitFor: options.waitFor(), timeoutMs: BULK_TIMEOUT_MS },
      );
      const [kind, ...rest] = listOf(reply);
      refuseHeadless([kind]);
      if (textOf(kind) === 'conflict') {
        const { revision } = headOf(rest);
        return { revision: revision + 1, problem: `others appended meanwhile: the head is at ${revision}` };
      }
      tails.wake();
      return continued.head;
    },

    async saveCheckpoint(state) {
      const { bytes, digest } = encodeCheckpoint(state);
      const { reply } = await writes.change(
        SAVE_CHECKPOINT,
        [keys.head, keys.commits, keys.checkpoints],
        [state.revision, state.chainHash, checkpointValue(bytes, digest), CHECKPOINTS_KEPT],
        { timeoutMs: BULK_TIMEOUT_MS },
      );
      const [kind, ...rest] = listOf(reply);
      refuseHeadless([kind]);
      if (textOf(kind) === 'conflict') throw regressedStore(state, headOf(rest));
    },

    loadCheckpoint: checkpointAt,

    async verify() {
      const [first] = await rowsFrom(0, 1);
      let verified = first === undefined ? GENESIS : headBefore(first);
      if (first === undefined) {
        const end = await head();
        return { ok: true, head: end };
      }
      for (const size = batchSize(VERIFY_BATCH); ; ) {
        // Before the entries, so that what is appended meanwhile is not missed in them.
        const end = await head();
        const limit = size.limit();
        const rows = await rowsFrom(verified.revision + 1, limit);
        size.took(rows.map(({ bytes }) => bytes.length));
        for (const row of rows) {
          const next = verifyLink(verified, row);
          if (isChainBreak(next)) return { ok: false, ...next };
          verified = next;
        }
        if (rows.length === limit) continue;
        if (verified.revision < end.revision) {
          const revision = verified.revision + 1;
          return { ok: false, revision, problem: `revision ${revision} is missing: the head is at ${end.revision}` };
        }
        if (verified.revision === end.revision && verified.chainHash !== end.chainHash) {
          const problem = `hashes to ${verified.chainHash}, but the head says ${end.chainHash}`;
          return { ok: false, revision: end.revision, problem };
        }
        return { ok: true, head: verified };
      }
    },
  };
  return { events, tails };
}

function readStored(value: Buffer): StoredCommand {
  return JSON.parse(value.toString()) as StoredCommand;
}

function recordOf(commandId: string, { fingerprint, revision, committed }: StoredCommand): CommandRecord {
  return { commandId, fingerprint, revision, committed };
}

/** What TIME answers, as epoch milliseconds. */
function milliseconds(seconds: unknown, microseconds: unknown): number {
  return Number(textOf(seconds)) * 1_000 + Math.floor(Number(textOf(microseconds)) / 1_000);
}

function refuseHeadless([kind]: readonly unknown[]): void {
  if (textOf(kind) === 'headless') throw damagedStore('there are commits, but the key of their head is missing');
}
