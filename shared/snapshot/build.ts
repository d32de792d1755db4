import { createHash } from 'node:crypto';
import { CodecError } from '../codec/field.ts';
import { decodePublishedSnapshot, decodeSnapshot, encodeSnapshot } from '../codec/snapshot-codec.ts';
import type { Definition } from '../definition/definition.ts';
import type { Override } from '../definition/override.ts';
import type { PublishedSnapshot, Snapshot } from './snapshot.ts';

/** A fleet's folded state at a revision. */
export type SnapshotSource = {
  readonly fleet: string;
  readonly revision: number;
  /** Commit chain hash at this revision, lower-case hex. */
  readonly chainHash: string;
  readonly definition: Definition;
  readonly overrides: readonly Override[];
  /** The operator asked for this very content: nodes take it even if it is much smaller than the one before. */
  readonly allowShrink?: boolean;
  /** The newest revision that was allowed to shrink; 0 or absent if none was. */
  readonly shrinkAllowedAt?: number;
};

/**
 * The snapshot nodes receive. Equal states give equal bytes, so replicas that fold the same events publish the same message.
 * Overrides go in order of balancer and worker, whatever order the fold kept.
 */
export function buildSnapshot(source: SnapshotSource): PublishedSnapshot {
  const { fleet, revision, chainHash, definition, allowShrink, shrinkAllowedAt = 0 } = source;
  const overrides = source.overrides.toSorted(
    (a, b) => compare(a.balancer, b.balancer) || compare(a.worker, b.worker) || a.sinceMs - b.sinceMs,
  );
  const payload = encodeSnapshot({
    fleet,
    revision,
    definition,
    overrides,
    ...(allowShrink === undefined ? {} : { allowShrink }),
    ...(shrinkAllowedAt === 0 ? {} : { shrinkAllowedAt }),
  });
  return { fleet, revision, chainHash, contentHash: contentHashOf(payload), payload };
}

/** SHA-256 of published bytes, lower-case hex. */
export function contentHashOf(payload: Uint8Array): string {
  return createHash('sha256').update(payload).digest('hex');
}

export type OpenedSnapshot = { readonly published: PublishedSnapshot; readonly snapshot: Snapshot };

/**
 * Reads a published snapshot off the wire or disk: the payload must have the hash it was published with, and be of the
 * fleet and revision that the message says.
 *
 * @param encoded a `penstock.v1.PublishedSnapshot`
 * @returns what is wrong, in words, if it cannot be trusted whole; with the outer message if that much could be read
 */
export function openSnapshot(
  encoded: Uint8Array,
): OpenedSnapshot | { readonly error: string; readonly published?: PublishedSnapshot } {
  let published: PublishedSnapshot | undefined;
  try {
    published = decodePublishedSnapshot(encoded);
    const actual = contentHashOf(published.payload);
    if (actual !== published.contentHash) {
      const text = `content hash of revision ${published.revision} is ${actual}, published as ${published.contentHash}`;
      return { error: text, published };
    }
    const snapshot = decodeSnapshot(published.payload);
    if (snapshot.fleet !== published.fleet || snapshot.revision !== published.revision) {
      const inside = `${snapshot.fleet} revision ${snapshot.revision}`;
      const outside = `${published.fleet} revision ${published.revision}`;
      return { error: `content says ${inside}, the message around it ${outside}`, published };
    }
    return { published, snapshot };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { error: error.message, ...(published === undefined ? {} : { published }) };
  }
}

/** By UTF-16 code units: the same everywhere, whatever the locale. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
