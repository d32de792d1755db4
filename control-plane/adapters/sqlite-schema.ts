import type { DatabaseSync } from 'node:sqlite';
import { OperatingError } from '../operating-error.ts';

/** "PENS": marks our files, so that another program's database is never taken for ours. */
const APPLICATION_ID = 0x50454e53;

/** Each step raises `user_version` by one; steps are never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE commits (
     revision INTEGER PRIMARY KEY CHECK (revision > 0),
     id TEXT NOT NULL UNIQUE,
     time_ms INTEGER NOT NULL,
     prev_hash TEXT NOT NULL,
     hash TEXT NOT NULL UNIQUE,
     bytes BLOB NOT NULL
   ) STRICT;
   CREATE TABLE commands (
     command_id TEXT PRIMARY KEY,
     fingerprint TEXT NOT NULL,
     revision INTEGER NOT NULL,
     committed INTEGER NOT NULL CHECK (committed IN (0, 1)),
     time_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX commands_by_time ON commands (time_ms);
   CREATE TABLE checkpoints (
     revision INTEGER PRIMARY KEY REFERENCES commits (revision),
     digest TEXT NOT NULL,
     bytes BLOB NOT NULL
   ) STRICT;`,
  `CREATE TABLE health_entries (
     version INTEGER PRIMARY KEY CHECK (version > 0),
     time_ms INTEGER NOT NULL,
     events BLOB NOT NULL
   ) STRICT;
   CREATE INDEX health_entries_by_time ON health_entries (time_ms);
   CREATE TABLE health_checkpoints (
     version INTEGER PRIMARY KEY,
     digest TEXT NOT NULL,
     bytes BLOB NOT NULL
   ) STRICT;
   CREATE TABLE records (
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     version INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     PRIMARY KEY (kind, key)
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * Brings an opened database to this build's schema and makes sure it is the fleet's.
 *
 * @throws OperatingError `wrong-store` for another fleet's, a newer build's, or another program's database
 */
export function migrate(db: DatabaseSync, fleet: string, path: string): void {
  const version = pragma(db, 'user_version');
  const application = pragma(db, 'application_id');
  const isOurs = application === APPLICATION_ID;
  const isEmpty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0;
  if (!isOurs && !isEmpty) {
    throw new OperatingError('wrong-store', `${path} is a database of another program; name another data directory`);
  }
  if (version > MIGRATIONS.length) {
    throw new OperatingError(
      'wrong-store',
      `${path} has schema ${version}, this build knows up to ${MIGRATIONS.length}: run a newer Penstock`,
    );
  }
  db.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}; PRAGMA application_id = ${APPLICATION_ID};`);
    db.prepare("INSERT INTO meta (key, value) VALUES ('fleet', ?) ON CONFLICT (key) DO NOTHING").run(fleet);
    db.exec('COMMIT');
  } catch (err) {
    db.exec('ROLLBACK');
    throw err;
  }
  const stored = db.prepare("SELECT value FROM meta WHERE key = 'fleet'").get()?.value;
  if (stored !== fleet) {
    throw new OperatingError(
      'wrong-store',
      `${path} belongs to fleet "${stored}", not "${fleet}"; name that fleet or another data directory`,
    );
  }
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
