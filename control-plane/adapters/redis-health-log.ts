import { randomUUID } from 'node:crypto';
import { canonicalJson } from '#shared/event/canonical-json.ts';
import type { HealthEntry, HealthEvent } from '#shared/health/health-event.ts';
import { OperatingError } from '../operating-error.ts';
import type { HealthLog } from '../ports.ts';
import { chainedSource } from './chained-source.ts';
import { createHandedMarks } from './handed-marks.ts';
import { type LogTails, logTails } from './log-tail.ts';
import {
  BULK_TIMEOUT_MS,
  CHECKPOINTS_KEPT,
  checkpointValue,
  digestOf,
  newestCheckpoint,
  readCheckpointValue,
} from './redis-checkpoints.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisKeys } from './redis-keys.ts';
import { entriesOf, listOf, type RedisEntry, resultOf, textOf } from './redis-reply.ts';
import { APPEND_HEALTH, SAVE_HEALTH_CHECKPOINT } from './redis-scripts.ts';
import { damagedStore } from './stored-commit.ts';

export type RedisHealthOptions = {
  readonly keys: RedisKeys;
  readonly reads: RedisConnection;
  readonly writes: RedisConnection;
  /** How long entries behind the oldest kept checkpoint are kept. */
  readonly healthRetentionMs: number;
  readonly onTailError: (err: unknown) => void;
};

/**
 * The health log of a fleet as a Redis stream. Entries carry a random mark and that of the entry before, so that a log which went back and
 * grew again is told from the one a tail or an append goes on from. A log that went back answers `append` with a lower version, of
 * what it can still have in common with what is known.
 */
export function redisHealthLog(options: RedisHealthOptions): {
  readonly log: HealthLog;
  readonly tails: LogTails<HealthEntry>;
} {
  const { keys, reads, writes } = options;
  const headCommand = ['HMGET', keys.healthHead, 'version', 'mark'] as const;
  const rangeCommand = (from: number, limit: number) =>
    ['XRANGE', keys.health, `${Math.max(0, from)}-0`, '+', 'COUNT', Math.max(0, limit)] as const;

  const marks = createHandedMarks<HealthEntry>();
  const entryOf = (stored: RedisEntry) => marks.marked(healthEntryOf(stored), textOf(stored.fields.get('mark')));

  const tails = logTails(
    chainedSource<HealthEntry>({
      genesis: '',
      async read(from, limit) {
        const results = await reads.pipeline([headCommand, rangeCommand(from, limit)]);
        const [version, mark] = listOf(resultOf(results, 0, reads.name));
        const links = entriesOf(resultOf(results, 1, reads.name)).map((entry) => ({
          position: entry.position,
          prev: textOf(entry.fields.get('prev')),
          mark: textOf(entry.fields.get('mark')),
          entry: entryOf(entry),
        }));
        return { end: { position: Number(textOf(version)), mark: textOf(mark) }, links };
      },
      regressed: (known, end) =>
        goneBack(
          end.position < known.position
            ? `it ends at version ${end.position}, but version ${known.position} was stored before`
            : `after version ${known.position} it does not go on as it did`,
        ),
      // What is gone is behind a checkpoint; who needs it starts there.
      trimmed: () => undefined,
    }),
    options.onTailError,
  );

  const log: HealthLog = {
    async append(expectedVersion, events) {
      const mark = randomUUID();
      const { reply } = await writes.change(
        APPEND_HEALTH,
        [keys.healthHead, keys.health],
        [expectedVersion, mark, canonicalJson(events), marks.of(expectedVersion) ?? ''],
      );
      const [kind, version, timeMs] = listOf(reply).map(textOf);
      if (kind === 'headless') throw damagedStore('there are health entries, but the key of their version is missing');
      if (kind === 'conflict') return { kind, version: Number(version) };
      const entry = marks.marked({ version: Number(version), timeMs: Number(timeMs), events }, mark);
      marks.handed(entry);
      tails.wake();
      return { kind: 'appended', entry };
    },

    async read(fromVersion, limit) {
      if (limit <= 0) return [];
      const entries = entriesOf(await reads.call(rangeCommand(fromVersion, limit))).map(entryOf);
      for (const entry of entries) marks.handed(entry);
      return entries;
    },

    async version() {
      return Number(textOf(await reads.call(['HGET', keys.healthHead, 'version'])));
    },

    tail: (after, listener, onRegressed) => tails.start(after, marks.handing(listener), onRegressed),

    async saveCheckpoint(version, state) {
      const { reply } = await writes.change(
        SAVE_HEALTH_CHECKPOINT,
        [keys.healthHead, keys.health, keys.healthCheckpoints],
        [version, checkpointValue(state), CHECKPOINTS_KEPT, options.healthRetentionMs, marks.of(version) ?? ''],
        { timeoutMs: BULK_TIMEOUT_MS },
      );
      if (textOf(listOf(reply)[0]) === 'conflict') throw goneBack(`version ${version} is not what it was`);
    },

    loadCheckpoint() {
      marks.forget();
      return newestCheckpoint(reads, keys.healthCheckpoints, Number.MAX_SAFE_INTEGER, (version, value) => {
        const { digest, bytes } = readCheckpointValue(value);
        return digestOf(bytes) === digest ? { version, state: bytes } : undefined;
      });
    },
  };
  return { log, tails };
}

function goneBack(how: string): OperatingError {
  return new OperatingError('store-regressed', `the health log has gone back: ${how}`);
}

function healthEntryOf({ position, fields }: RedisEntry): HealthEntry {
  return {
    version: position,
    timeMs: Number(textOf(fields.get('time'))),
    events: JSON.parse(textOf(fields.get('events'))) as readonly HealthEvent[],
  };
}
