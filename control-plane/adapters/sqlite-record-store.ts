import type { DatabaseSync } from 'node:sqlite';
import type { RecordStore, VersionedRecord } from '../ports.ts';
import { prepareStatements, type SqliteDatabase } from './sqlite-database.ts';

/** Records of one kind in a fleet's SQLite database. */
export function sqliteRecordStore(database: SqliteDatabase, kind: string): RecordStore {
  const { run, change } = database;
  const statements = prepareStatements(database, prepare);
  const sequence = `record_version_${kind}`;

  function recordNow(key: string): VersionedRecord | undefined {
    const row = statements.one.get(kind, key);
    return row && { version: Number(row.version), bytes: row.bytes as Uint8Array };
  }

  return {
    load: () =>
      run(() => {
        const rows = statements.all.all(kind) as unknown as (VersionedRecord & { readonly key: string })[];
        return new Map(rows.map(({ key, version, bytes }) => [key, { version, bytes }]));
      }),

    save: (key, ifVersion, bytes) =>
      change(() => {
        const record = recordNow(key);
        if ((record?.version ?? 0) !== ifVersion) return { kind: 'conflict', record } as const;
        // One sequence for all keys: a record that was removed and made again never has a version it had before.
        const version = Number(statements.sequence.get(sequence)?.value ?? 0) + 1;
        statements.setSequence.run(sequence, String(version));
        statements.put.run(kind, key, version, bytes);
        return { kind: 'saved', version } as const;
      }),

    remove: (key) =>
      run(() => {
        statements.remove.run(kind, key);
      }),
  };
}

function prepare(db: DatabaseSync) {
  return {
    all: db.prepare('SELECT key, version, bytes FROM records WHERE kind = ?'),
    one: db.prepare('SELECT version, bytes FROM records WHERE kind = ? AND key = ?'),
    put: db.prepare('INSERT OR REPLACE INTO records (kind, key, version, bytes) VALUES (?, ?, ?, ?)'),
    remove: db.prepare('DELETE FROM records WHERE kind = ? AND key = ?'),
    sequence: db.prepare('SELECT value FROM meta WHERE key = ?'),
    setSequence: db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
  };
}
