import type { AckPhase, NodeError } from '#shared/node-message.ts';
import { compareHeads, type Head } from '#shared/snapshot/head.ts';
import type { DeltaCache, DeltaCacheLimit } from './delta-cache.ts';
import { EMPTY_CACHE } from './delta-cache.ts';
import type { Proof, ProvenState } from './proof.ts';

/** What the follower goes by; the same all its life. */
export type FollowerRules = {
  readonly proof: Proof;
  /** More deltas than this between two revisions: the snapshot is less work. */
  readonly maxGap: number;
  /** Deltas asked for at a time. */
  readonly window: number;
  readonly cache: DeltaCacheLimit;
  /** Waits before something that is missing on the bus is asked for again: doubled each time, then a random half of it off. */
  readonly missing: Backoff;
  /** Waits before a configuration is tried again that something else than its content stood in the way of. */
  readonly retry: Readonly<Record<SwapRetry, Backoff & { readonly attempts: number }>>;
  /** An older head than the one served, seen again after so long without a newer one in between, is no late message. */
  readonly doubtMs: number;
  /** How far snapshot fetches of a large fleet spread, per node in it, and at most. Below `fewNodes` not at all. */
  readonly herd: { readonly fewNodes: number; readonly perNodeMs: number; readonly maxMs: number };
};

/**
 * `soon`: an address was taken, or removed workers still had their rows. `late`: a thread died or did not answer; that can be the
 * configuration's doing.
 */
export type SwapRetry = 'soon' | 'late';

export type Backoff = { readonly baseMs: number; readonly maxMs: number };

export const FOLLOWER_DEFAULTS: Omit<FollowerRules, 'proof'> = {
  maxGap: 64,
  window: 8,
  cache: { deltas: 128, bytes: 4 * 1024 * 1024 },
  missing: { baseMs: 200, maxMs: 10_000 },
  retry: {
    soon: { baseMs: 1_000, maxMs: 60_000, attempts: Number.POSITIVE_INFINITY },
    // Slow enough that a thread which dies of it each time is not given up for dying too often.
    late: { baseMs: 20_000, maxMs: 120_000, attempts: 2 },
  },
  doubtMs: 3_000,
  herd: { fewNodes: 100, perNodeMs: 6, maxMs: 60_000 },
};

/** A configuration proved to be the one its head speaks of. */
export type Configuration = {
  readonly head: Head;
  /** As published. */
  readonly signedHead: Uint8Array;
  readonly state: ProvenState;
};

/** Where the node is and where it is to go; a value. Everything in it is bounded. */
export type FollowerState = {
  readonly served?: Configuration;
  /** Somebody besides our own disk has vouched for what is served, in this run. */
  readonly confirmed: boolean;
  /** The newest head that could be believed, whether or not it can be served. */
  readonly newest?: { readonly head: Head; readonly atMs: number };
  /** The newest head worth going to; older ones are not waited for. */
  readonly target?: Target;
  /** As far as the way to the target has been gone. */
  readonly work?: { readonly state: ProvenState; readonly from: WorkFrom };
  readonly swapping?: Candidate;
  readonly cache: DeltaCache;
  /** Deltas and snapshots asked for and not answered, by `deltaKey`, `snapshotKey`. */
  readonly asked: ReadonlySet<string>;
  /** Those that were not there, until the next attempt. */
  readonly absent: ReadonlySet<string>;
  /** Oldest first. */
  readonly refusals: readonly Refusal[];
  /** Configurations on the way here, oldest first: late messages may still speak of them. */
  readonly passed: readonly Place[];
  /** An older head that may be a late message, or the sign that the store has gone back. */
  readonly doubt?: { readonly identity: string; readonly sinceMs: number };
  /** Size of the fleet, 0 if unknown. */
  readonly nodes: number;
};

export type WorkFrom =
  /** From what is served, by deltas. */
  | 'served'
  /** From a snapshot on the bus, by deltas after it. */
  | 'snapshot'
  /** It came whole: from disk, by polling, or it was ready before. */
  | 'whole';

export type Target = {
  readonly head: Head;
  readonly signedHead: Uint8Array;
  readonly receivedAtMs: number;
  readonly fromDisk: boolean;
  /** Failed ones, to fetch it and to swap to it. */
  readonly attempts: number;
  /** Failed swaps by what stood in the way: only these count against the limits of `FollowerRules.retry`. */
  readonly failedSwaps: Readonly<Record<SwapRetry, number>>;
  readonly notBeforeMs: number;
  /** It waits for something that was not on the bus. */
  readonly missing: boolean;
  /** Deltas do not lead there from what is served. */
  readonly deltasFail: boolean;
  /** Its turn in the herd of nodes that need the snapshot has been drawn. */
  readonly queued: boolean;
};

/** On its way to the threads. */
export type Candidate = Configuration & { readonly receivedAtMs: number; readonly fromDisk: boolean };

export type Place = Pick<Head, 'epoch' | 'revision' | 'stateHash'>;

export type Refusal = Place & {
  readonly identity: string;
  readonly errors: readonly NodeError[];
  /** Tried again by and by. */
  readonly passing: boolean;
  /** The control plane has been told in this run. */
  readonly told: boolean;
};

export type FollowerInput =
  /** What is kept under the head's key. */
  | { readonly type: 'head'; readonly encoded: Uint8Array }
  /** A delta as it is published. */
  | { readonly type: 'delta'; readonly encoded: Uint8Array }
  /** Answers, `encoded` undefined if it is not there or could not be had. */
  | { readonly type: 'fetched-delta'; readonly revision: number; readonly encoded: Uint8Array | undefined }
  | { readonly type: 'fetched-snapshot'; readonly hash: string; readonly encoded: Uint8Array | undefined }
  /** A whole one, proved. */
  | { readonly type: 'offered'; readonly configuration: Configuration; readonly fromDisk: boolean }
  /** Answers to `swap`. */
  | { readonly type: 'swapped'; readonly faults: readonly NodeError[] }
  | { readonly type: 'swap-failed'; readonly errors: readonly NodeError[]; readonly retry: SwapRetry | undefined }
  | { readonly type: 'nodes'; readonly count: number }
  | { readonly type: 'tick' };

export type FollowerEffect =
  | { readonly type: 'fetch-delta'; readonly revision: number }
  | { readonly type: 'fetch-snapshot'; readonly revision: number; readonly hash: string }
  /** Bring the threads to it, keep it on disk, then answer. One at a time. */
  | { readonly type: 'swap'; readonly candidate: Candidate }
  | {
      readonly type: 'ack';
      readonly head: Head;
      readonly phase: AckPhase;
      readonly applyMs: number;
      readonly errors: readonly NodeError[];
    }
  /** What is served is what the fleet knows under this revision. */
  | { readonly type: 'confirmed'; readonly revision: number }
  /** Give a `tick` then; an earlier one does no harm. */
  | { readonly type: 'tick-at'; readonly atMs: number }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly code: string;
      readonly text: string;
      readonly fields: object;
    };

export type FollowerStep = { readonly state: FollowerState; readonly effects: readonly FollowerEffect[] };

/** Time and chance of a step. */
export type Moment = { readonly nowMs: number; readonly random: () => number };

/** A node that serves nothing. @param crashed identities that are not to be tried again, with the reason */
export function newFollower(crashed: readonly Refusal[] = []): FollowerState {
  return {
    confirmed: false,
    cache: EMPTY_CACHE,
    asked: new Set(),
    absent: new Set(),
    refusals: crashed,
    passed: [],
    nodes: 0,
  };
}

/** Two heads of the same identity speak of the same configuration, whatever snapshot they point to. */
export function identityOf({ epoch, revision, chainHash, stateHash }: Omit<Head, 'fleet'> | Identity): string {
  return `${epoch}.${revision}.${chainHash}.${stateHash}`;
}

export type Identity = Pick<Head, 'epoch' | 'revision' | 'chainHash' | 'stateHash'>;

export const deltaKey = (revision: number) => `delta ${revision}`;
export const snapshotKey = (hash: string) => `snapshot ${hash}`;

/** Why the newest configuration it knows of is not served; empty if it is, or is on its way. */
export function standingErrors({ served, refusals }: FollowerState): readonly NodeError[] {
  const standing = refusals.filter((refusal) => served === undefined || !covers(served.head, refusal));
  const newest = standing.toSorted(compareHeads).at(-1);
  return newest?.errors ?? [];
}

/** A refusal of something older or equal speaks of a fork: it stands until the fork is gone. */
function covers(head: Head, refusal: Refusal): boolean {
  return compareHeads(head, refusal) >= 0 && refusal.errors.every(({ code }) => code !== 'fork');
}

/**
 * Revisions it is behind the newest head it knows of; 0 if it serves that. Across an epoch, whose revisions may count from a lower
 * number, at least 1.
 */
export function lagOf({ served, newest }: FollowerState): number {
  if (newest === undefined) return 0;
  const revisions = newest.head.revision - (served?.head.revision ?? 0);
  return Math.max(served === undefined || served.head.epoch === newest.head.epoch ? 0 : 1, revisions);
}

export function backoffMs({ baseMs, maxMs }: Backoff, attempts: number, random: () => number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempts, 30)) * (0.5 + random() / 2);
}
