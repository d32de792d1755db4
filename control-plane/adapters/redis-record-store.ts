import type { RecordStore, VersionedRecord } from '../ports.ts';
import { BULK_TIMEOUT_MS } from './redis-checkpoints.ts';
import type { RedisConnection } from './redis-connection.ts';
import type { RedisKeys } from './redis-keys.ts';
import { listOf, textOf } from './redis-reply.ts';
import { SAVE_RECORD } from './redis-scripts.ts';

/** Records read at once. */
const SCAN_COUNT = 100;
const COLON = 0x3a;

/** Records of one kind as a Redis hash. */
export function redisRecordStore(
  {
    keys,
    reads,
    writes,
  }: { readonly keys: RedisKeys; readonly reads: RedisConnection; readonly writes: RedisConnection },
  kind: string,
): RecordStore {
  const key = keys.records(kind);
  const versionKey = keys.recordVersion(kind);

  return {
    async load() {
      const records = new Map<string, VersionedRecord>();
      let cursor = '0';
      do {
        const [next, flat] = listOf(await reads.call(['HSCAN', key, cursor, 'COUNT', SCAN_COUNT], BULK_TIMEOUT_MS));
        const pairs = listOf(flat);
        // A record may come twice, when the hash is rearranged meanwhile; the later one is as new or newer.
        for (let i = 0; i + 1 < pairs.length; i += 2) records.set(textOf(pairs[i]), recordOf(pairs[i + 1] as Buffer));
        cursor = textOf(next);
      } while (cursor !== '0');
      return records;
    },

    async save(field, ifVersion, bytes) {
      const { reply, resent } = await writes.change(SAVE_RECORD, [key, versionKey], [field, ifVersion, bytes]);
      const [result, value] = listOf(reply);
      if (textOf(result) === 'done') return { kind: 'saved', version: Number(textOf(value)) };
      const record = Buffer.isBuffer(value) ? recordOf(value) : undefined;
      // The answer to the first sending was lost, and it had been done.
      if (resent && record !== undefined && Buffer.compare(record.bytes, bytes) === 0) {
        return { kind: 'saved', version: record.version };
      }
      return { kind: 'conflict', record };
    },

    async remove(field) {
      await writes.call(['HDEL', key, field]);
    },
  };
}

function recordOf(value: Buffer): VersionedRecord {
  const colon = value.indexOf(COLON);
  return { version: Number(value.subarray(0, colon).toString()), bytes: new Uint8Array(value.subarray(colon + 1)) };
}
