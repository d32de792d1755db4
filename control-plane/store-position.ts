import type { FleetState } from '#shared/event/fold.ts';
import { commitBatches } from './commit-batches.ts';
import type { StorePosition } from './core/regression.ts';
import type { EventStore } from './ports.ts';
import { readHeadState } from './state-reader.ts';

/** Where a store is, and what that means for what was folded from it. */
export type FoundPosition = StorePosition & {
  /**
   * Why what follows the store must begin anew: a later epoch has begun that does not go on from what was folded, or commits were
   * trimmed before they were folded.
   */
  readonly beginAnew?: 'epoch' | 'trimmed';
};

/** Finds where a store is, with its epoch: from what was folded when the store goes on from that, else read from the store. */
export function positionFinder(store: EventStore, own: () => FleetState): () => Promise<FoundPosition> {
  let differing: { readonly chainHash: string; readonly epoch: number } | undefined;

  return async () => {
    const head = await store.head();
    const mine = own();
    if (head.chainHash === mine.chainHash) return { ...head, epoch: mine.epoch };
    // Ahead by commits that are being folded.
    if (head.revision > mine.revision && (await goesOnFrom(store, mine))) {
      return { ...head, epoch: await epochAfter(store, mine) };
    }
    if (differing?.chainHash !== head.chainHash) {
      differing = { chainHash: head.chainHash, epoch: (await readHeadState(store)).epoch };
    }
    const { epoch } = differing;
    if (epoch > mine.epoch) return { ...head, epoch, beginAnew: 'epoch' };
    return (await isCutOff(store, mine)) ? { ...head, epoch, beginAnew: 'trimmed' } : { ...head, epoch };
  };
}

/** Whether the store has a position that was read from it, or begins right after it. */
export async function goesOnFrom(
  store: EventStore,
  { revision, chainHash }: Pick<StorePosition, 'revision' | 'chainHash'>,
): Promise<boolean> {
  if (revision === 0) return (await store.firstRevision()) === 1;
  const [stored] = await store.read(revision, 1);
  if (stored?.commit.revision === revision) return stored.hash === chainHash;
  // Trimmed up to and including it.
  return stored?.commit.revision === revision + 1 && stored.prevHash === chainHash;
}

async function epochAfter(store: EventStore, { epoch, revision }: FleetState): Promise<number> {
  let newest = epoch;
  for await (const batch of commitBatches(store, revision + 1)) {
    for (const { commit } of batch) newest = commit.epoch ?? newest;
  }
  return newest;
}

/** The store has gone on, and what comes next is forgotten there. */
async function isCutOff(store: EventStore, { revision }: FleetState): Promise<boolean> {
  const [stored] = await store.read(revision + 1, 1);
  return stored !== undefined && stored.commit.revision > revision + 1;
}
