import { createHash } from 'node:crypto';
import type { RedisConnection } from './redis-connection.ts';
import { listOf, textOf } from './redis-reply.ts';

/** How many are kept of each kind. */
export const CHECKPOINTS_KEPT = 3;
/** Time for what may be as large as the fleet's configuration, or many commits. */
export const BULK_TIMEOUT_MS = 30_000;

const DIGEST_CHARACTERS = 64;

/** As stored: SHA-256 as hex, then the bytes. */
export function checkpointValue(bytes: Uint8Array, digest = digestOf(bytes)): Uint8Array {
  return Buffer.concat([Buffer.from(digest), bytes]);
}

/** Takes a value apart; whether the digest is right is for the reader to see. */
export function readCheckpointValue(value: Buffer): { readonly digest: string; readonly bytes: Uint8Array } {
  return {
    digest: value.subarray(0, DIGEST_CHARACTERS).toString(),
    bytes: new Uint8Array(value.subarray(DIGEST_CHARACTERS)),
  };
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The newest checkpoint at or before a position that `decode` takes. */
export async function newestCheckpoint<T>(
  connection: RedisConnection,
  key: string,
  atOrBefore: number,
  decode: (position: number, value: Buffer) => T | undefined,
): Promise<T | undefined> {
  const fields = listOf(await connection.call(['HKEYS', key]));
  const positions = fields.map((field) => Number(textOf(field))).filter((position) => position <= atOrBefore);
  for (const position of positions.toSorted((a, b) => b - a)) {
    const value = await connection.call(['HGET', key, position], BULK_TIMEOUT_MS);
    const decoded = Buffer.isBuffer(value) ? decode(position, value) : undefined;
    if (decoded !== undefined) return decoded;
  }
  return undefined;
}
