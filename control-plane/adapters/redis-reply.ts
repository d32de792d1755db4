import { type ChainHead, GENESIS_HASH } from '#shared/event/commit-chain.ts';
import { OperatingError } from '../operating-error.ts';
import type { CommitRow } from './stored-commit.ts';

/** Readers of replies, which come as buffers, numbers, null and arrays of them. */

export function textOf(reply: unknown): string {
  return Buffer.isBuffer(reply) ? reply.toString() : String(reply ?? '');
}

export function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

/** A result of a pipeline. @throws what Redis answered instead */
export function resultOf(results: readonly unknown[], index: number, name: string): unknown {
  const result = results[index];
  if (!(result instanceof Error)) return result;
  throw new OperatingError('store-unavailable', `${name}: ${result.message}`, { retryable: true });
}

/** A stream entry: the number before the dash of its id, and its fields. */
export type RedisEntry = { readonly position: number; readonly fields: ReadonlyMap<string, Buffer> };

/** The reply of XRANGE. */
export function entriesOf(reply: unknown): readonly RedisEntry[] {
  return listOf(reply).map((entry) => {
    const [id, pairs] = listOf(entry);
    const fields = new Map<string, Buffer>();
    const flat = listOf(pairs);
    for (let i = 0; i + 1 < flat.length; i += 2) fields.set(textOf(flat[i]), flat[i + 1] as Buffer);
    return { position: Number(textOf(id).split('-')[0]), fields };
  });
}

/** Revision and hash as HMGET gives them. */
export function headOf(reply: unknown): ChainHead {
  const [revision, hash] = listOf(reply);
  return revision === null
    ? { revision: 0, chainHash: GENESIS_HASH }
    : { revision: Number(textOf(revision)), chainHash: textOf(hash) };
}

export function commitRowOf({ position, fields }: RedisEntry): CommitRow {
  return {
    revision: position,
    prevHash: textOf(fields.get('prev')),
    hash: textOf(fields.get('hash')),
    bytes: new Uint8Array(fields.get('bytes') ?? []),
  };
}
