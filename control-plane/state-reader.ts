import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ChainHead, GENESIS, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { type FleetState, foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { OperatingError } from './operating-error.ts';
import type { EventStore } from './ports.ts';

/** Commits read at once. */
const BATCH = 256;

/**
 * The fleet as it was at a revision: the nearest checkpoint and the commits after it, every link of the chain verified.
 *
 * @returns undefined when there is no such revision
 * @throws OperatingError `corrupt-store` naming the first revision that does not verify
 */
export async function readStateAt(store: EventStore, revision: number): Promise<FleetState | undefined> {
  if (revision === 0) return INITIAL_STATE;
  const state = await foldUpTo(store, await startFrom(store, revision), revision);
  return state.revision === revision ? state : undefined;
}

/** The fleet at the head. */
export async function readHeadState(store: EventStore): Promise<FleetState> {
  return foldUpTo(store, await startFrom(store, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** The state after every commit that is stored by now. */
export async function catchUp(store: EventStore, state: FleetState): Promise<FleetState> {
  return foldUpTo(store, state, Number.MAX_SAFE_INTEGER);
}

async function foldUpTo(store: EventStore, from: FleetState, revision: number): Promise<FleetState> {
  let state = from;
  for (;;) {
    const batch = await store.read(state.revision + 1, Math.min(BATCH, revision - state.revision));
    for (const stored of batch) state = foldVerified(state, stored);
    if (batch.length < BATCH || state.revision >= revision) return state;
    // Long histories must not hold up requests, nor the node that shares the process.
    await nextTurn();
  }
}

function foldVerified(state: FleetState, stored: StoredCommit): FleetState {
  const link = verifyLink(state, { ...stored, revision: stored.commit.revision });
  if (isChainBreak(link)) throw corrupt(link.revision, link.problem);
  return foldCommit(state, stored);
}

/** A checkpoint counts only if the chain has exactly its hash at its revision. */
async function startFrom(store: EventStore, revision: number): Promise<FleetState> {
  const checkpoint = await store.loadCheckpoint(revision);
  if (checkpoint === undefined) return INITIAL_STATE;
  const [stored] = await store.read(checkpoint.revision, 1);
  const recorded: ChainHead =
    stored === undefined ? GENESIS : { revision: stored.commit.revision, chainHash: stored.hash };
  if (recorded.revision === checkpoint.revision && recorded.chainHash === checkpoint.chainHash) return checkpoint;
  throw corrupt(
    checkpoint.revision,
    `the checkpoint has chain hash ${checkpoint.chainHash}, the commit ${recorded.chainHash}: history was altered`,
  );
}

function corrupt(revision: number, problem: string): OperatingError {
  return new OperatingError(
    'corrupt-store',
    `the event store is damaged at revision ${revision}: ${problem}; restore it from a backup`,
  );
}
