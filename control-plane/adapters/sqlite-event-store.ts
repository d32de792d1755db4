import { randomUUIDv7 } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import {
  type ChainHead,
  chainHash,
  decodeCommit,
  GENESIS,
  isChainBreak,
  verifyLink,
} from '#shared/event/commit-chain.ts';
import type { Commit, StoredCommit } from '#shared/event/fleet-event.ts';
import type { FleetState } from '#shared/event/fold.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../core/checkpoint.ts';
import { sealDraft } from '../core/seal-draft.ts';
import { OperatingError } from '../operating-error.ts';
import type { AppendRequest, AppendResult, Clock, CommandRecord, EventStore, Verification } from '../ports.ts';
import { commitTails } from './commit-tail.ts';
import { migrate } from './sqlite-schema.ts';

export type SqliteEventStoreOptions = {
  /** The database file, created if missing; `:memory:` keeps nothing. */
  readonly path: string;
  readonly fleet: string;
  readonly clock: Clock;
  /** How long command ids are kept; at least a day. */
  readonly commandRetentionMs: number;
  /** A tail's listener failed. */
  readonly onTailError: (err: unknown) => void;
};

/** How long to wait for another connection's lock before giving up. */
const BUSY_TIMEOUT_MS = 5_000;
const CHECKPOINTS_KEPT = 3;
const VERIFY_BATCH = 256;

type CommitRow = { revision: number; prev_hash: string; hash: string; bytes: Uint8Array };
type CommandRow = { command_id: string; fingerprint: string; revision: number; committed: number };

/**
 * The embedded event store: one SQLite file in WAL mode, fsynced at every commit, so an answered append survives a power cut.
 * One process writes; its calls are synchronous inside and therefore never interleave.
 *
 * @throws OperatingError `wrong-store`, `corrupt-store` or `store-unavailable`
 */
export function sqliteEventStore(options: SqliteEventStoreOptions): EventStore {
  const { fleet, clock, path } = options;
  const db = open(path, fleet);
  const statements = prepare(db, path);
  const tails = commitTails(readNow, options.onTailError);
  let closed = false;

  function headNow(): ChainHead {
    const row = statements.head.get();
    return row === undefined ? GENESIS : { revision: Number(row.revision), chainHash: String(row.hash) };
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

  /** Runs inside a write transaction: all of it is kept, or nothing. */
  function appendNow({ expectedRevision, commandId, fingerprint, draft }: AppendRequest): AppendResult {
    const known = commandNow(commandId);
    if (known !== undefined) return { kind: 'duplicate', record: known };
    const head = headNow();
    if (head.revision !== expectedRevision) return { kind: 'conflict', head };
    const timeMs = clock();
    statements.forgetCommands.run(timeMs - options.commandRetentionMs);
    if (draft === undefined) {
      statements.addCommand.run(commandId, fingerprint, head.revision, 0, timeMs);
      return { kind: 'remembered', record: { commandId, fingerprint, revision: head.revision, committed: false } };
    }
    const stored = sealDraft(head, draft, { fleet, id: randomUUIDv7(), commandId, timeMs });
    const { revision, id } = stored.commit;
    statements.addCommit.run(revision, id, timeMs, stored.prevHash, stored.hash, stored.bytes);
    statements.addCommand.run(commandId, fingerprint, revision, 1, timeMs);
    return { kind: 'appended', stored };
  }

  /** Turns SQLite's own failures (disk full, locked, damaged) into faults an operator can read. */
  async function guarded<T>(work: () => T): Promise<T> {
    if (closed) throw new OperatingError('closed', 'the event store is closed');
    try {
      return work();
    } catch (err) {
      throw storeFault(err, path);
    }
  }

  return {
    fleet,

    async append(request) {
      const result = await guarded(() => inTransaction(db, () => appendNow(request)));
      if (result.kind === 'appended') tails.wake();
      return result;
    },

    findCommand: (commandId) => guarded(() => commandNow(commandId)),
    read: (fromRevision, limit) => guarded(() => readNow(fromRevision, limit)),
    head: () => guarded(headNow),
    tail: (afterRevision, listener) => tails.start(afterRevision, listener),

    saveCheckpoint: (state: FleetState) =>
      guarded(() => {
        const { bytes, digest } = encodeCheckpoint(state);
        inTransaction(db, () => {
          db.prepare('INSERT OR REPLACE INTO checkpoints (revision, digest, bytes) VALUES (?, ?, ?)').run(
            state.revision,
            digest,
            bytes,
          );
          db.prepare(
            'DELETE FROM checkpoints WHERE revision NOT IN (SELECT revision FROM checkpoints ORDER BY revision DESC LIMIT ?)',
          ).run(CHECKPOINTS_KEPT);
        });
      }),

    loadCheckpoint: (atOrBefore) =>
      guarded(() => {
        const select = db.prepare('SELECT digest, bytes FROM checkpoints WHERE revision <= ? ORDER BY revision DESC');
        for (const row of select.all(atOrBefore) as unknown as { digest: string; bytes: Uint8Array }[]) {
          const state = decodeCheckpoint(row);
          if (state !== undefined) return state;
        }
        return undefined;
      }),

    async verify(): Promise<Verification> {
      let head: ChainHead = GENESIS;
      for (;;) {
        const from = head.revision + 1;
        const rows = await guarded(() => rowsFrom(from, VERIFY_BATCH));
        for (const row of rows) {
          const next = verifyLink(head, { ...row, prevHash: row.prev_hash });
          if (isChainBreak(next)) return { ok: false, ...next };
          head = next;
        }
        if (rows.length < VERIFY_BATCH) return { ok: true, head };
        // Long chains must not hold up requests.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },

    async close() {
      if (closed) return;
      closed = true;
      await tails.stop();
      db.close();
    },
  };
}

function open(path: string, fleet: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
    migrate(db, fleet, path);
    return db;
  } catch (err) {
    db?.close();
    throw storeFault(err, path);
  }
}

/** Fails on a schema that `migrate` took for ours but is not, as a damaged page leaves it. */
function prepare(db: DatabaseSync, path: string) {
  try {
    return {
      head: db.prepare('SELECT revision, hash FROM commits ORDER BY revision DESC LIMIT 1'),
      commits: db.prepare(
        'SELECT revision, prev_hash, hash, bytes FROM commits WHERE revision >= ? ORDER BY revision LIMIT ?',
      ),
      addCommit: db.prepare(
        'INSERT INTO commits (revision, id, time_ms, prev_hash, hash, bytes) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      command: db.prepare('SELECT command_id, fingerprint, revision, committed FROM commands WHERE command_id = ?'),
      addCommand: db.prepare(
        'INSERT INTO commands (command_id, fingerprint, revision, committed, time_ms) VALUES (?, ?, ?, ?, ?)',
      ),
      forgetCommands: db.prepare('DELETE FROM commands WHERE time_ms < ?'),
    };
  } catch (err) {
    db.close();
    throw damaged(`${path}: ${(err as Error).message}`, err);
  }
}

function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (err) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw err;
  }
}

function storedCommit(row: CommitRow): StoredCommit {
  return { commit: commitOf(row), bytes: row.bytes, prevHash: row.prev_hash, hash: row.hash };
}

/** Bytes that are no commit have been altered, or are of a newer build, which says so itself. */
function commitOf({ revision, prev_hash, hash, bytes }: CommitRow): Commit {
  try {
    return decodeCommit(bytes);
  } catch (err) {
    if (chainHash(prev_hash, bytes) === hash) throw err;
    throw damaged(`revision ${revision} does not have the bytes that its hash was taken over`, err);
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE: readonly unknown[] = [11, 26];

function storeFault(err: unknown, path: string): unknown {
  if (err instanceof OperatingError) return err;
  const sqlite = err as { code?: unknown; errcode?: unknown; message?: unknown };
  if (sqlite.code !== 'ERR_SQLITE_ERROR') return err;
  const text = `${path}: ${sqlite.message}`;
  if (DAMAGE.includes(sqlite.errcode)) return damaged(text, err);
  return new OperatingError('store-unavailable', text, { cause: err, retryable: true });
}

function damaged(detail: string, cause: unknown): OperatingError {
  return new OperatingError('corrupt-store', `the event store is damaged: ${detail}; restore it from a backup`, {
    cause,
  });
}
