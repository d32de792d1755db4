import { type ChainHead, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { compareHeads } from '#shared/snapshot/head.ts';

/** Where a store, or what was folded from it, is. */
export type StorePosition = ChainHead & { readonly epoch: number };

/** A position somebody saw the fleet at. */
export type KnownHead = {
  readonly epoch: number;
  readonly revision: number;
  /** Absent where only the revision was told: in a node's acknowledgement. */
  readonly chainHash?: string;
  /** Who says so: `the bus`, `node n1`. */
  readonly source: string;
};

/** Whether a store still has what it had once. */
export type StoreVerdict =
  | { readonly kind: 'ok' }
  /** It lacks the newest commits. */
  | { readonly kind: 'behind'; readonly missing: RevisionRange; readonly known: KnownHead }
  /** It has another history: at this revision at the latest they differ. */
  | { readonly kind: 'forked'; readonly at: number; readonly known: KnownHead }
  /** It depends on the chain hash the store has at this revision. */
  | { readonly kind: 'unclear'; readonly revision: number };

/** Both ends included. */
export type RevisionRange = { readonly from: number; readonly to: number };

/**
 * Compares a store with what is known to have been in it. A store of a higher epoch is right whatever it lacks: an operator
 * decided so.
 *
 * @param hashAt the store's chain hash at a revision below its head, as far as it is at hand
 * @source protocol P9, L2
 */
export function judgeStore(
  store: StorePosition,
  known: KnownHead,
  hashAt: (revision: number) => string | undefined,
): StoreVerdict {
  if (known.epoch < store.epoch) return { kind: 'ok' };
  if (known.revision > store.revision) {
    return { kind: 'behind', missing: { from: store.revision + 1, to: known.revision }, known };
  }
  // A higher epoch begins with a commit, and here is another one in its place.
  if (known.epoch > store.epoch) return { kind: 'forked', at: known.revision, known };
  if (known.chainHash === undefined || known.revision === 0) return { kind: 'ok' };
  const stored = known.revision === store.revision ? store.chainHash : hashAt(known.revision);
  if (stored === undefined) return { kind: 'unclear', revision: known.revision };
  return stored === known.chainHash ? { kind: 'ok' } : { kind: 'forked', at: known.revision, known };
}

/** The furthest of several; of equals one that names its chain hash. */
export function furthest(heads: readonly KnownHead[]): KnownHead | undefined {
  return heads.reduce<KnownHead | undefined>((best, head) => {
    if (best === undefined) return head;
    const order = compareHeads(head, best);
    return order > 0 || (order === 0 && best.chainHash === undefined) ? head : best;
  }, undefined);
}

/** What can be put back into a store that is behind. */
export type RepairPlan =
  /** They lead from the store's head to the known one, each link verified: for `EventStore.restore`. */
  | { readonly kind: 'restore'; readonly commits: readonly StoredCommit[] }
  | {
      readonly kind: 'incomplete';
      /** What nobody has. */
      readonly missing: RevisionRange;
      /** These continue the store's chain and nothing contradicts them, but nothing proves that they led to the known head. */
      readonly unproven: readonly StoredCommit[];
    }
  /** The known head has another history than the store: nothing can be put back. */
  | { readonly kind: 'forked'; readonly problem: string };

/**
 * Finds the commits that lead from a store's head to the head that is known.
 *
 * @param copies commits from memory and the bus, in any order, some of them perhaps of other histories or altered
 */
export function planRepair(store: ChainHead, known: KnownHead, copies: Iterable<StoredCommit>): RepairPlan {
  if (known.revision <= store.revision) return { kind: 'restore', commits: [] };
  const sound = [...copies].filter(hasItsHash);
  const onwards = wayOn(store, known, sound);
  if (known.chainHash === undefined) {
    const reached = store.revision + onwards.length;
    if (reached === known.revision) return { kind: 'restore', commits: onwards };
    return { kind: 'incomplete', missing: { from: reached + 1, to: known.revision }, unproven: onwards };
  }
  const way = wayBack(store, known.chainHash, sound);
  const [first] = way;
  const from = store.revision + 1;
  if (first?.commit.revision !== from) {
    const to = first === undefined ? known.revision : first.commit.revision - 1;
    const rest = onwards.filter(({ commit }) => commit.revision <= to);
    const missing = { from: Math.min(from + rest.length, to), to };
    return { kind: 'incomplete', missing, unproven: rest };
  }
  if (first.prevHash === store.chainHash) return { kind: 'restore', commits: way };
  const problem = `revision ${from} as it was known follows ${first.prevHash}, the store has ${store.chainHash} at ${store.revision}`;
  return { kind: 'forked', problem };
}

/** From the store's head on, as long as exactly one commit fits. */
function wayOn(store: ChainHead, known: KnownHead, commits: readonly StoredCommit[]): readonly StoredCommit[] {
  const children = Map.groupBy(commits, ({ prevHash }) => prevHash);
  const way: StoredCommit[] = [];
  let { chainHash } = store;
  while (store.revision + way.length < known.revision) {
    const [next, ...others] = distinct(children.get(chainHash) ?? []);
    if (next?.commit.revision !== store.revision + way.length + 1 || others.length > 0) break;
    way.push(next);
    chainHash = next.hash;
  }
  return way;
}

/** From the known head down to the store's, as far as commits are at hand; ascending. */
function wayBack(store: ChainHead, knownHash: string, commits: readonly StoredCommit[]): readonly StoredCommit[] {
  const byHash = new Map(commits.map((stored) => [stored.hash, stored]));
  const way: StoredCommit[] = [];
  let stored = byHash.get(knownHash);
  while (stored !== undefined && stored.commit.revision > store.revision) {
    way.push(stored);
    stored = byHash.get(stored.prevHash);
  }
  return way.reverse();
}

function distinct(commits: readonly StoredCommit[]): readonly StoredCommit[] {
  return [...new Map(commits.map((stored) => [stored.hash, stored])).values()];
}

function hasItsHash({ commit, bytes, prevHash, hash }: StoredCommit): boolean {
  const { revision } = commit;
  return !isChainBreak(
    verifyLink({ revision: revision - 1, chainHash: prevHash }, { bytes, prevHash, hash, revision }),
  );
}
