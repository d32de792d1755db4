import type { ChainBreak } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import type { Head, SignedHead } from '#shared/snapshot/head.ts';
import type { SigningKey } from '#shared/snapshot/signature.ts';
import type { RevisionRange } from '../regression.ts';
import type { RevisionLine } from './revision-line.ts';

/** What a publisher goes by; the same all its life. */
export type PublisherRules = {
  readonly fleet: string;
  readonly signingKeys: readonly SigningKey[];
  /** Larger deltas are left out, and nodes take the snapshot. */
  readonly maxDeltaBytes: number;
  /** A snapshot after so many deltas, or when they are larger than this and than the snapshot. */
  readonly maxDeltas: number;
  readonly maxDeltasBytes: number;
  /** Kept: newest snapshots, deltas behind the newest snapshot, copies of commits. */
  readonly keepSnapshots: number;
  readonly keepDeltas: number;
  readonly keepCommits: number;
  /** Heads under churn: the first at once, then this far apart, doubling. */
  readonly debounce: { readonly minMs: number; readonly maxMs: number };
  /** The head is sent again when none was seen for so long; a random fifth is added. */
  readonly republishMs: number;
  /** How often everything the head needs is looked for; a random fifth is added. */
  readonly auditMs: number;
  /** How often the store is asked again while the bus is ahead of it. */
  readonly lookUpMs: number;
  /** Waits after failures: doubled each time. */
  readonly retry: { readonly minMs: number; readonly maxMs: number };
};

export const PUBLISHER_DEFAULTS: Omit<PublisherRules, 'fleet' | 'signingKeys'> = {
  maxDeltaBytes: 256 * 1024,
  maxDeltas: 32,
  maxDeltasBytes: 256 * 1024,
  keepSnapshots: 8,
  keepDeltas: 64,
  keepCommits: 256,
  // Deltas go out as they come; what this spares nodes is a swap per edit, which takes them some 20 ms.
  debounce: { minMs: 50, maxMs: 500 },
  republishMs: 5_000,
  auditMs: 30_000,
  lookUpMs: 1_000,
  retry: { minMs: 250, maxMs: 30_000 },
};

/** Where a publisher is: what is folded, and what is on the bus as far as it knows. A value; everything in it is bounded. */
export type PublisherState = {
  readonly line: RevisionLine;
  readonly connected: boolean;
  readonly kept: KeptHead;
  /** The snapshot that the next head can name, and the deltas from it that are on the bus. */
  readonly basis?: Basis;
  /** Up to here deltas and copies of the line are dealt with. */
  readonly deltasUpTo: number;
  readonly copiesUpTo: number;
  /** What the last audit found too much or too little besides. */
  readonly chores: Chores;
  /** When everything is to be looked for; 0: before anything else. */
  readonly auditAtMs: number;
  readonly seenAtMs: number;
  /** Not to be published before; the wait after that, and whether commits came within it. */
  readonly debounce: { readonly notBeforeMs: number; readonly gapMs: number; readonly churned: boolean };
  readonly republishAfterMs: number;
  /** The store's own answer to whether it has what the bus has. */
  readonly lookUp?: LookUp;
  /** A commit that did not continue what was folded: nothing from it on is known. */
  readonly broken?: ChainBreak;
  /** The one thing under way, and whether another head was seen meanwhile. */
  readonly underWay?: { readonly type: PublisherEffect['type']; readonly overtaken: boolean };
  readonly retryAtMs: number;
  readonly retryMs: number;
  readonly failures: number;
  readonly lastFailure?: string;
};

/** The head kept on the bus, as known. */
export type KeptHead =
  /** To be read before anything is put in its place. */
  | { readonly kind: 'unknown' }
  /** Nothing there, or nothing that can be read: `version` is what a put has to name. */
  | { readonly kind: 'none'; readonly version: number }
  | {
      readonly kind: 'head';
      readonly head: Head;
      readonly signed: SignedHead;
      readonly bytes: Uint8Array;
      /** undefined: seen, not read; a put reads it first. */
      readonly version: number | undefined;
      /** As far as known its configuration can be built from the bus. */
      readonly whole: boolean;
      /** It was found to be of this history, and its snapshot and deltas are counted on. */
      readonly adopted: boolean;
      /** Every key of this replica has signed it. */
      readonly signedByAll: boolean;
    };

export type Basis = {
  readonly revision: number;
  readonly hash: string;
  /** Bytes of the snapshot; 0 if not known. */
  readonly size: number;
  /** Deltas lead from `revision` to here without a gap. */
  readonly upTo: number;
};

export type Chores = {
  readonly removeKeys: readonly string[];
  readonly removeObjects: readonly string[];
  /** Revisions whose copy the bus lacks, ascending. */
  readonly copy: readonly number[];
};

export type LookUp = {
  /** Chain hash the store has at the kept head's revision; undefined if that is trimmed, or not there. */
  readonly revision: number;
  readonly chainHash: string | undefined;
  /** The newest revision that was folded here, and the chain hash the store has there: whether it still is what was folded. */
  readonly own: number;
  readonly ownHash: string | undefined;
  readonly firstRevision: number;
  /** The store's head. */
  readonly storeRevision: number;
  readonly atMs: number;
};

/** What is to be done: one at a time, answered by `done` or `failed`. */
export type PublisherEffect =
  /** Read the kept head, build its configuration as a node would, list what is kept. */
  | { readonly type: 'audit' }
  | { readonly type: 'read-head' }
  /** Ask the store for its head, and for its chain hashes at two revisions. */
  | { readonly type: 'look-up'; readonly revision: number; readonly own: number }
  | { readonly type: 'put-delta'; readonly revision: number; readonly payload: Uint8Array }
  | { readonly type: 'put-snapshot'; readonly revision: number; readonly hash: string; readonly payload: Uint8Array }
  | { readonly type: 'put-head'; readonly head: Head; readonly payload: Uint8Array; readonly ifVersion: number }
  | { readonly type: 'put-copy'; readonly stored: StoredCommit }
  /** Copies of commits that have to be read from the store first. */
  | { readonly type: 'copy-commits'; readonly revisions: readonly number[] }
  | { readonly type: 'remove'; readonly keys: readonly string[]; readonly objects: readonly string[] };

export type PublisherResult =
  | { readonly type: 'audit'; readonly kept: ReadHead | undefined; readonly audit: Audit }
  | { readonly type: 'read-head'; readonly kept: ReadHead | undefined }
  | ({ readonly type: 'look-up' } & Omit<LookUp, 'atMs'>)
  | { readonly type: 'put-head'; readonly head: Head; readonly payload: Uint8Array; readonly version: number }
  | { readonly type: 'put-delta'; readonly revision: number }
  | { readonly type: 'put-snapshot'; readonly revision: number; readonly hash: string; readonly size: number }
  | { readonly type: 'put-copy'; readonly revision: number }
  | { readonly type: 'copy-commits'; readonly revisions: readonly number[] }
  | { readonly type: 'remove'; readonly keys: readonly string[]; readonly objects: readonly string[] };

/** A head as the bus gives it. */
export type ReadHead = { readonly payload: Uint8Array; readonly version: number };

/** What is on the bus besides the head. */
export type Audit = {
  /** Why the kept head's configuration cannot be built from the bus; undefined if it can. */
  readonly problem?: string;
  /** Size of the snapshot the head names; 0 if it is not there. */
  readonly snapshotBytes: number;
  /** Revisions of the keys. */
  readonly deltas: readonly number[];
  readonly commits: readonly number[];
  /** Names of the objects: snapshots and copies of large commits. */
  readonly objects: readonly string[];
};

export type PublisherInput =
  | { readonly type: 'committed'; readonly stored: StoredCommit }
  /** Live from the bus, others' heads and own ones. */
  | { readonly type: 'head-seen'; readonly payload: Uint8Array }
  | { readonly type: 'bus-status'; readonly connected: boolean }
  | { readonly type: 'done'; readonly result: PublisherResult }
  | { readonly type: 'failed'; readonly effect: PublisherEffect['type']; readonly failure: EffectFailure }
  /** Time has passed. */
  | { readonly type: 'tick' };

export type EffectFailure = {
  /** `conflict`: another was quicker; `too-large`: this bus does not take it; anything else is tried again. */
  readonly code: 'conflict' | 'too-large' | 'other';
  readonly message: string;
  /** Of a delta. */
  readonly revision?: number;
};

/** Time and chance at an input. */
export type Moment = { readonly nowMs: number; readonly random: () => number };

export type PublisherStep = {
  readonly state: PublisherState;
  /** To be carried out now; its answer is an input. */
  readonly effect?: PublisherEffect;
  /** A `tick` is due then, if nothing happens before. */
  readonly wakeAtMs?: number;
};

/** What the kept head is to what is folded here. */
export type Relation =
  /** Not read yet; nothing there; this very revision; one before it, of the same history or of an epoch that is over. */
  | { readonly kind: 'unknown' | 'none' | 'same' | 'older' }
  /** The store has it: another replica was quicker, and this one catches up. */
  | { readonly kind: 'ahead' }
  /** Depends on what the store says. */
  | { readonly kind: 'look-up'; readonly revision: number }
  | { readonly kind: 'regressed'; readonly regression: Regression };

/** The store does not have what was published: nothing is published until it does, or an operator begins a new epoch. */
export type Regression = {
  readonly kind: 'behind' | 'forked';
  /** In words, for operators. */
  readonly problem: string;
  /** Revisions the store lacks. */
  readonly missing?: RevisionRange;
};
