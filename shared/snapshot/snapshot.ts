import type { Definition } from '../definition/definition.ts';
import type { Override } from '../definition/override.ts';

/** The complete configuration nodes serve: definition and overrides at a revision. */
export type Snapshot = {
  readonly fleet: string;
  readonly revision: number;
  readonly definition: Definition;
  readonly overrides: readonly Override[];
  /** Nodes may take it even if it is much smaller than the one before: the operator asked for that. */
  readonly allowShrink?: boolean;
  /** The newest revision that was allowed to shrink: whoever serves an earlier one may take this one. Absent: none was. */
  readonly shrinkAllowedAt?: number;
};

/**
 * A snapshot as it travels: the published bytes and what proves them. Nodes hash the bytes they got, never re-encoded ones.
 */
export type PublishedSnapshot = {
  readonly fleet: string;
  readonly revision: number;
  /** Commit chain hash at this revision, lower-case hex. */
  readonly chainHash: string;
  /** SHA-256 of `payload`, lower-case hex. */
  readonly contentHash: string;
  /** Encoded `penstock.v1.Snapshot`. */
  readonly payload: Uint8Array;
};
