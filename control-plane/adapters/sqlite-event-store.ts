import { randomUUIDv7 } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type ChainHead, GENESIS, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { batchSize } from '../batch-size.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../core/checkpoint.ts';
import { UNKNOWN_FINGERPRINT } from '../core/command-record.ts';
import { sealDraft } from '../core/seal-draft.ts';
import type { AppendRequest, AppendResult, Clock, CommandRecord, Durability, EventStore } from '../ports.ts';
import { regressedStore } from '../state-reader.ts';
import { growingSource, type LogTails, logTails } from './log-tail.ts';
import { prepareStatements, type SqliteDatabase } from './sqlite-database.ts';
import { type CommitRow, continueChain, headBefore, isExpected, storedCommit } from './stored-commit.ts';

export type SqliteEventsOptions = {
  readonly clock: Clock;
  /** How long command ids are kept; at least a day. */
  readonly commandRetentionMs: number;
  /** A tail's listener failed. */
  readonly onTailError: (err: unknown) => void;
};

const CHECKPOINTS_KEPT = 3;
const VERIFY_BATCH = 256;
/** Key in `meta`: the oldest revision held, once there was a trim. A first commit that is missing otherwise is damage. */
const FIRST_REVISION = 'first_revision';

type CommandRow = { command_id: string; fingerprint: string; revision: number; committed: number };
type CheckpointRow = { revision: number; digest: string; bytes: Uint8Array };

/** The commits of a fleet in its SQLite database; `tails` are to be stopped before the database is closed. */
export function sqliteEvents(
  database: SqliteDatabase,
  options: SqliteEventsOptions,
): { readonly events: Omit<EventStore, 'close'>; readonly tails: LogTails<StoredCommit> } {
  const { fleet, run, change } = database;
  const statements = prepareStatements(database, prepare);
  const tails = logTails(
    growingSource(readNow, ({ commit }) => commit.revision),
    options.onTailError,
    ({ bytes }) => bytes.length,
  );
  const durability: Durability = { level: database.path === ':memory:' ? 'memory' : 'disk', replicas: 0 };

  function headNow(): ChainHead {
    const row = statements.head.get();
    return row === undefined ? GENESIS : { revision: Number(row.revision), chainHash: String(row.hash) };
  }

  function firstNow(): number {
    return Number(statements.first.get(FIRST_REVISION)?.value ?? 1);
  }

  function rowsFrom(fromRevision: number, limit: number): CommitRow[] {
    return statements.commits.all(fromRevision, limit) as unknown as CommitRow[];
  }

  function readNow(fromRevision: number, limit: number): readonly StoredCommit[] {
    return rowsFrom(fromRevision, limit).map(storedCommit);
  }

  function commandNow(commandId: string): CommandRecord | undefined {
    const row = statements.command.get(commandId) as CommandRow | undefined;
    return row && { commandId, fingerprint: row.fingerprint, revision: row.revision, committed: row.committed === 1 };
  }

  function addCommit({ commit, prevHash, hash, bytes }: StoredCommit): void {
    statements.addCommit.run(commit.revision, commit.id, commit.timeMs, prevHash, hash, bytes);
  }

  /** Runs inside a write transaction. */
  function appendNow(request: AppendRequest): AppendResult {
    const { commandId, fingerprint, draft } = request;
    const known = commandNow(commandId);
    if (known !== undefined) return { kind: 'duplicate', record: known };
    const head = headNow();
    if (!isExpected(request, head)) return { kind: 'conflict', head };
    const timeMs = options.clock();
    statements.forgetCommands.run(timeMs - options.commandRetentionMs);
    if (draft === undefined) {
      statements.addCommand.run(commandId, fingerprint, head.revision, 0, timeMs);
      return { kind: 'remembered', record: { commandId, fingerprint, revision: head.revision, committed: false } };
    }
    const stored = sealDraft(head, draft, { fleet, id: randomUUIDv7(), commandId, timeMs });
    addCommit(stored);
    statements.addCommand.run(commandId, fingerprint, stored.commit.revision, 1, timeMs);
    return { kind: 'appended', stored, durability };
  }

  function intactCheckpoint(atOrBefore: number) {
    for (const row of statements.checkpoints.all(atOrBefore) as unknown as CheckpointRow[]) {
      const state = decodeCheckpoint(row);
      if (state !== undefined) return state;
    }
    return undefined;
  }

  const events: Omit<EventStore, 'close'> = {
    fleet,

    async append(request) {
      const result = await change(() => appendNow(request));
      if (result.kind === 'appended') tails.wake();
      return result;
    },

    findCommand: (commandId) => run(() => commandNow(commandId)),
    read: (fromRevision, limit) => run(() => readNow(fromRevision, limit)),
    head: () => run(headNow),
    now: () => run(options.clock),
    tail: (afterRevision, listener) => tails.start(afterRevision, listener),
    firstRevision: () => run(firstNow),

    trim: (beforeRevision) =>
      change(() => {
        const checkpoint = intactCheckpoint(beforeRevision);
        if (checkpoint === undefined || checkpoint.revision <= firstNow()) return firstNow();
        statements.forgetCheckpoints.run(checkpoint.revision);
        statements.forgetCommits.run(checkpoint.revision);
        statements.setFirst.run(FIRST_REVISION, String(checkpoint.revision));
        return checkpoint.revision;
      }),

    async restore(commits) {
      const outcome = await change(() => {
        const continued = continueChain(headNow(), commits, fleet);
        if ('problem' in continued) return continued;
        for (const stored of continued.commits) {
          const { commandId, revision } = stored.commit;
          addCommit(stored);
          statements.restoreCommand.run(commandId, UNKNOWN_FINGERPRINT, revision, 1, options.clock());
        }
        return continued.head;
      });
      tails.wake();
      return outcome;
    },

    saveCheckpoint: (state) =>
      change(() => {
        const head = headNow();
        const isOther = state.revision === head.revision && state.chainHash !== head.chainHash;
        if (state.revision > head.revision || isOther) throw regressedStore(state, head);
        const { bytes, digest } = encodeCheckpoint(state);
        statements.addCheckpoint.run(state.revision, digest, bytes);
        statements.keepCheckpoints.run(CHECKPOINTS_KEPT);
      }),

    loadCheckpoint: (atOrBefore) => run(() => intactCheckpoint(atOrBefore)),

    async verify() {
      const first = await run(() => ({ revision: firstNow(), row: rowsFrom(firstNow(), 1)[0] }));
      const isTrimmed = first.revision > 1 && first.row?.revision === first.revision;
      let head = isTrimmed && first.row !== undefined ? headBefore(first.row) : GENESIS;
      for (const size = batchSize(VERIFY_BATCH); ; ) {
        const [from, limit] = [head.revision + 1, size.limit()];
        const rows = await run(() => rowsFrom(from, limit));
        size.took(rows.map(({ bytes }) => bytes.length));
        for (const row of rows) {
          const next = verifyLink(head, row);
          if (isChainBreak(next)) return { ok: false, ...next };
          head = next;
        }
        if (rows.length < limit) return { ok: true, head };
        // Long chains must not hold up requests.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
  return { events, tails };
}

function prepare(db: DatabaseSync) {
  return {
    head: db.prepare('SELECT revision, hash FROM commits ORDER BY revision DESC LIMIT 1'),
    first: db.prepare('SELECT value FROM meta WHERE key = ?'),
    setFirst: db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    commits: db.prepare(
      `SELECT revision, prev_hash AS prevHash, hash, bytes FROM commits WHERE revision >= ? ORDER BY revision LIMIT ?`,
    ),
    addCommit: db.prepare(
      'INSERT INTO commits (revision, id, time_ms, prev_hash, hash, bytes) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    forgetCommits: db.prepare('DELETE FROM commits WHERE revision < ?'),
    command: db.prepare('SELECT command_id, fingerprint, revision, committed FROM commands WHERE command_id = ?'),
    addCommand: db.prepare(
      'INSERT INTO commands (command_id, fingerprint, revision, committed, time_ms) VALUES (?, ?, ?, ?, ?)',
    ),
    restoreCommand: db.prepare(
      'INSERT OR IGNORE INTO commands (command_id, fingerprint, revision, committed, time_ms) VALUES (?, ?, ?, ?, ?)',
    ),
    forgetCommands: db.prepare('DELETE FROM commands WHERE time_ms < ?'),
    checkpoints: db.prepare(
      'SELECT revision, digest, bytes FROM checkpoints WHERE revision <= ? ORDER BY revision DESC',
    ),
    addCheckpoint: db.prepare('INSERT OR REPLACE INTO checkpoints (revision, digest, bytes) VALUES (?, ?, ?)'),
    keepCheckpoints: db.prepare(
      'DELETE FROM checkpoints WHERE revision NOT IN (SELECT revision FROM checkpoints ORDER BY revision DESC LIMIT ?)',
    ),
    forgetCheckpoints: db.prepare('DELETE FROM checkpoints WHERE revision < ?'),
  };
}
