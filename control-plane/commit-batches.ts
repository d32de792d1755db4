import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { batchSize } from './batch-size.ts';
import type { EventStore } from './ports.ts';

/** Commits read at once, at most. */
const MOST = 256;

/**
 * Commits from a revision on, to the store's end or another revision, a few at a time: however large they are, only some are in memory.
 *
 * @param to included
 */
export async function* commitBatches(
  store: Pick<EventStore, 'read'>,
  from: number,
  to = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<readonly StoredCommit[], void> {
  const size = batchSize(MOST);
  for (let next = from; next <= to; ) {
    const limit = Math.min(size.limit(), to - next + 1);
    const batch = (await store.read(next, limit)).filter(({ commit }) => commit.revision <= to);
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    if (batch.length < limit) return;
    size.took(batch.map(({ bytes }) => bytes.length));
    next = last.commit.revision + 1;
  }
}
