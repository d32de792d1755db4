import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { canonicalBytes } from '#shared/event/canonical-json.ts';
import type { HealthEntry, HealthEvent } from '#shared/health/health-event.ts';
import type { Clock, HealthLog } from '../ports.ts';
import { growingSource, type LogTails, logTails } from './log-tail.ts';
import { prepareStatements, type SqliteDatabase } from './sqlite-database.ts';

export type SqliteHealthOptions = {
  readonly clock: Clock;
  /** How long entries behind the oldest kept checkpoint are kept. */
  readonly healthRetentionMs: number;
  readonly onTailError: (err: unknown) => void;
};

const CHECKPOINTS_KEPT = 3;

type EntryRow = { version: number; time_ms: number; events: Uint8Array };

/** The health log of a fleet in its SQLite database; `tails` are to be stopped before the database is closed. */
export function sqliteHealthLog(
  database: SqliteDatabase,
  options: SqliteHealthOptions,
): { readonly log: HealthLog; readonly tails: LogTails<HealthEntry> } {
  const { run, change } = database;
  const statements = prepareStatements(database, prepare);
  const tails = logTails(
    growingSource(readNow, ({ version }) => version),
    options.onTailError,
  );

  function versionNow(): number {
    return Number(statements.version.get()?.version ?? 0);
  }

  function readNow(fromVersion: number, limit: number): readonly HealthEntry[] {
    return (statements.entries.all(fromVersion, limit) as unknown as EntryRow[]).map((row) => ({
      version: row.version,
      timeMs: row.time_ms,
      events: JSON.parse(Buffer.from(row.events).toString()) as readonly HealthEvent[],
    }));
  }

  const log: HealthLog = {
    async append(expectedVersion, events) {
      const result = await change(() => {
        const version = versionNow();
        if (version !== expectedVersion) return { kind: 'conflict', version } as const;
        const entry = { version: version + 1, timeMs: options.clock(), events };
        statements.add.run(entry.version, entry.timeMs, canonicalBytes(events));
        return { kind: 'appended', entry } as const;
      });
      if (result.kind === 'appended') tails.wake();
      return result;
    },

    read: (fromVersion, limit) => run(() => readNow(fromVersion, limit)),
    version: () => run(versionNow),
    tail: tails.start,

    saveCheckpoint: (version, state) =>
      change(() => {
        statements.addCheckpoint.run(version, digestOf(state), state);
        statements.keepCheckpoints.run(CHECKPOINTS_KEPT);
        // Behind the oldest one: should the newest be damaged, an older one and what came after it still give the state.
        statements.forget.run(options.clock() - options.healthRetentionMs);
      }),

    loadCheckpoint: () =>
      run(() => {
        for (const row of statements.checkpoints.all()) {
          const state = new Uint8Array(row.bytes as Uint8Array);
          if (digestOf(state) === row.digest) return { version: Number(row.version), state };
        }
        return undefined;
      }),
  };
  return { log, tails };
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function prepare(db: DatabaseSync) {
  return {
    version: db.prepare('SELECT max(version) AS version FROM health_entries'),
    entries: db.prepare(
      'SELECT version, time_ms, events FROM health_entries WHERE version >= ? ORDER BY version LIMIT ?',
    ),
    add: db.prepare('INSERT INTO health_entries (version, time_ms, events) VALUES (?, ?, ?)'),
    // The newest entry stays: it holds the version.
    forget: db.prepare(
      `DELETE FROM health_entries WHERE time_ms < ? AND version < (SELECT min(version) FROM health_checkpoints)
         AND version < (SELECT max(version) FROM health_entries)`,
    ),
    checkpoints: db.prepare('SELECT version, digest, bytes FROM health_checkpoints ORDER BY version DESC'),
    addCheckpoint: db.prepare('INSERT OR REPLACE INTO health_checkpoints (version, digest, bytes) VALUES (?, ?, ?)'),
    keepCheckpoints: db.prepare(
      'DELETE FROM health_checkpoints WHERE version NOT IN (SELECT version FROM health_checkpoints ORDER BY version DESC LIMIT ?)',
    ),
  };
}
