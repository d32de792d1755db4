import type { Clock, FleetStore, StoreInspection } from '../ports.ts';
import { openSqliteDatabase, type SqliteDatabase } from './sqlite-database.ts';
import { sqliteEvents } from './sqlite-event-store.ts';
import { sqliteHealthLog } from './sqlite-health-log.ts';
import { sqliteRecordStore } from './sqlite-record-store.ts';

export type SqliteFleetStoreOptions = {
  /** The database file, created if missing; `:memory:` keeps nothing. */
  readonly path: string;
  readonly fleet: string;
  readonly clock: Clock;
  /** How long command ids are kept; at least a day. */
  readonly commandRetentionMs: number;
  /** How long health entries are kept; a week unless given. */
  readonly healthRetentionMs?: number;
  /** A tail's listener failed. */
  readonly onTailError: (err: unknown) => void;
};

export const HEALTH_RETENTION_MS = 7 * 86_400_000;

/**
 * The embedded store of a fleet: one SQLite file in WAL mode, synced at every commit, so an answered append survives a power cut.
 *
 * @throws OperatingError `wrong-store`, `corrupt-store` or `store-unavailable`
 */
export function sqliteFleetStore(options: SqliteFleetStoreOptions): FleetStore {
  const database = openSqliteDatabase(options.path, options.fleet);
  const { events, tails } = sqliteEvents(database, options);
  const health = sqliteHealthLog(database, { healthRetentionMs: HEALTH_RETENTION_MS, ...options });
  const stopTails = async () => {
    await Promise.all([tails.stop(), health.tails.stop()]);
  };
  const close = () => database.close(stopTails);
  return {
    fleet: options.fleet,
    events: { ...events, close },
    health: health.log,
    counters: sqliteRecordStore(database, 'counters'),
    inspect: () => inspect(database),
    close,
  };
}

async function inspect(database: SqliteDatabase): Promise<StoreInspection> {
  const { path, db } = database;
  const name = `sqlite at ${path}`;
  if (database.isClosed()) return { name, reachable: false, durability: 'The store is closed.', warnings: [] };
  if (path === ':memory:') {
    return { name, reachable: true, durability: 'A commit is lost when this process ends.', warnings: [] };
  }
  const warnings: string[] = [];
  try {
    const journal = db.prepare('PRAGMA journal_mode').get()?.journal_mode;
    // Some network file systems cannot do it, and cannot lock files reliably either.
    if (journal !== 'wal') warnings.push(`journal mode is ${journal}: put the data directory on a local disk, for wal`);
  } catch (err) {
    const durability = `The database cannot be read: ${(err as Error).message}.`;
    return { name, reachable: false, durability, warnings };
  }
  const durability = 'A commit survives a crash of the process and of the machine; it is lost with the disk.';
  return { name, reachable: true, durability, warnings };
}
