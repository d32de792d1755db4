import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ChainBreak, type ChainHead, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import { type FleetState, foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { commitBatches } from './commit-batches.ts';
import { OperatingError } from './operating-error.ts';
import type { EventStore } from './ports.ts';

/**
 * The fleet as it was at a revision: the nearest checkpoint and the commits after it, every link of the chain verified.
 *
 * @returns undefined when there is no such revision
 * @throws OperatingError `history-trimmed` when the commits that would tell are gone; `corrupt-store` naming the first revision that
 *   does not verify
 */
export async function readStateAt(store: EventStore, revision: number): Promise<FleetState | undefined> {
  if (revision === 0) return INITIAL_STATE;
  const from = await startFrom(store, revision);
  if (from.revision < revision) await refuseTrimmed(store, from.revision + 1, revision);
  const state = await foldUpTo(store, from, revision, damagedAt);
  return state.revision === revision ? state : undefined;
}

/** The fleet at the head. @throws as `readStateAt` */
export async function readHeadState(store: EventStore): Promise<FleetState> {
  const from = await startFrom(store, Number.MAX_SAFE_INTEGER);
  await refuseTrimmed(store, from.revision + 1, Number.MAX_SAFE_INTEGER);
  return foldUpTo(store, from, Number.MAX_SAFE_INTEGER, damagedAt);
}

/**
 * The state after every commit that is stored by now.
 *
 * @throws OperatingError `store-regressed` when the store has lost commits that the state has, or has others in their place
 */
export async function catchUp(store: EventStore, state: FleetState): Promise<FleetState> {
  const now = await foldUpTo(store, state, Number.MAX_SAFE_INTEGER, regressedAt);
  if (now.revision > state.revision) return now; // Its first link showed that the store has what we have.
  const head = await store.head();
  if (head.revision < now.revision || (head.revision === now.revision && head.chainHash !== now.chainHash)) {
    throw regressedStore(now, head);
  }
  return now;
}

/** What to say of a store that does not have a revision any more that was there. */
export function regressedStore(known: ChainHead, head: ChainHead): OperatingError {
  const found =
    head.revision < known.revision
      ? `ends at revision ${head.revision}, but revision ${known.revision} was stored before`
      : `has another commit as revision ${known.revision} than it had before`;
  return new OperatingError(
    'store-regressed',
    `the event store has gone back: it ${found}; nothing is followed until the lost commits are restored`,
  );
}

async function foldUpTo(
  store: EventStore,
  from: FleetState,
  revision: number,
  broken: (link: ChainBreak) => OperatingError,
): Promise<FleetState> {
  let state = from;
  for await (const batch of commitBatches(store, from.revision + 1, revision)) {
    for (const stored of batch) {
      const link = verifyLink(state, { ...stored, revision: stored.commit.revision });
      // Later links are of what was read just now: a break there is damage, whoever asks.
      if (isChainBreak(link)) throw state === from ? broken(link) : damagedAt(link);
      state = foldCommit(state, stored);
    }
    // Long histories must not hold up requests, nor the node that shares the process.
    await nextTurn();
  }
  return state;
}

/** A checkpoint counts only if the chain has exactly its hash at its revision. */
async function startFrom(store: EventStore, revision: number): Promise<FleetState> {
  const checkpoint = await store.loadCheckpoint(revision);
  if (checkpoint === undefined) return INITIAL_STATE;
  const [stored] = await store.read(checkpoint.revision, 1);
  // Trimmed up to and including it: the next commit names it as its parent, or it is the head.
  const isThere = stored?.commit.revision === checkpoint.revision;
  const recorded = isThere ? stored.hash : await hashAfterTrim(store, checkpoint);
  if (recorded === checkpoint.chainHash) return checkpoint;
  throw damagedAt({
    revision: checkpoint.revision,
    problem: `the checkpoint has chain hash ${checkpoint.chainHash}, the commit ${recorded}: history was altered`,
  });
}

async function hashAfterTrim(store: EventStore, checkpoint: ChainHead): Promise<string> {
  const [next] = await store.read(checkpoint.revision + 1, 1);
  if (next?.commit.revision === checkpoint.revision + 1) return next.prevHash;
  const head = await store.head();
  return head.revision === checkpoint.revision ? head.chainHash : 'is missing';
}

async function refuseTrimmed(store: EventStore, from: number, wanted: number): Promise<void> {
  const first = await store.firstRevision();
  if (from >= first || first === 1) return;
  const what =
    wanted === Number.MAX_SAFE_INTEGER
      ? 'no checkpoint tells the configuration from there on'
      : `the configuration at revision ${wanted} is not known any more`;
  throw new OperatingError('history-trimmed', `history before revision ${first} was trimmed: ${what}`);
}

function damagedAt({ revision, problem }: ChainBreak): OperatingError {
  return new OperatingError(
    'corrupt-store',
    `the event store is damaged at revision ${revision}: ${problem}; restore it from a backup`,
  );
}

function regressedAt({ revision, problem }: ChainBreak): OperatingError {
  return new OperatingError(
    'store-regressed',
    `the event store does not continue what was read from it: revision ${revision} ${problem}; nothing is followed until the ` +
      'lost commits are restored',
  );
}
