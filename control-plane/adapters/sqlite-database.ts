import { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../operating-error.ts';
import { migrate } from './sqlite-schema.ts';
import { damagedStore } from './stored-commit.ts';

/** The database of one fleet, shared by the parts of its store. */
export type SqliteDatabase = {
  readonly fleet: string;
  readonly path: string;
  readonly db: DatabaseSync;
  /** Does work on it. @throws OperatingError `closed`, `corrupt-store` or `store-unavailable` (disk full, locked) */
  run<T>(work: () => T): Promise<T>;
  /** As `run`, in one write transaction: all of it is kept, or nothing. */
  change<T>(work: () => T): Promise<T>;
  isClosed(): boolean;
  /** `before` runs once, when new work is refused and the database is still open. */
  close(before: () => Promise<void>): Promise<void>;
};

/** How long to wait for another connection's lock before giving up. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the file, created if missing, in WAL mode and synced at every commit. One process writes; its calls are synchronous inside
 * and therefore never interleave.
 *
 * @throws OperatingError `wrong-store`, `corrupt-store` or `store-unavailable`
 */
export function openSqliteDatabase(path: string, fleet: string): SqliteDatabase {
  const db = open(path, fleet);
  let closing: Promise<void> | undefined;

  async function run<T>(work: () => T): Promise<T> {
    if (closing !== undefined) throw new OperatingError('closed', 'the event store is closed');
    try {
      return work();
    } catch (err) {
      throw storeFault(err, path);
    }
  }

  return {
    fleet,
    path,
    db,
    run,
    change: (work) => run(() => inTransaction(db, work)),
    isClosed: () => closing !== undefined,
    close(before) {
      closing ??= before().finally(() => db.close());
      return closing;
    },
  };
}

/** Prepares statements; fails on a schema that `migrate` took for ours but is not, as a damaged page leaves it. */
export function prepareStatements<T>({ db, path }: SqliteDatabase, prepare: (db: DatabaseSync) => T): T {
  try {
    return prepare(db);
  } catch (err) {
    db.close();
    throw damagedStore(`${path}: ${(err as Error).message}`, err);
  }
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

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE: readonly unknown[] = [11, 26];

function storeFault(err: unknown, path: string): unknown {
  if (err instanceof OperatingError) return err;
  const sqlite = err as { code?: unknown; errcode?: unknown; message?: unknown };
  if (sqlite.code !== 'ERR_SQLITE_ERROR') return err;
  const text = `${path}: ${sqlite.message}`;
  if (DAMAGE.includes(sqlite.errcode)) return damagedStore(text, err);
  return new OperatingError('store-unavailable', text, { cause: err, retryable: true });
}
