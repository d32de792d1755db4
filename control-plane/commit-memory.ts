import { decodeCommit } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import type { EventStore, Tail } from './ports.ts';

/** The newest commits, in memory: for a store that may lose them. */
export type CommitMemory = {
  /** Ascending, one history. */
  commits(): readonly StoredCommit[];
  /** Forgets everything and follows the store as it is now. */
  beginAnew(headRevision: number): Promise<void>;
  stop(): Promise<void>;
};

/** Commits remembered at most, and bytes of them: a commit may hold a whole definition. */
export const REMEMBERED = { commits: 256, bytes: 64 * 1024 * 1024 };

/** Remembers the commits before a store's head as far as the store still has them, and each that comes. */
export async function startCommitMemory(
  store: EventStore,
  headRevision: number,
  limits = REMEMBERED,
): Promise<CommitMemory> {
  /** As bytes: read, a commit takes many times as much. */
  const remembered = new Map<number, Omit<StoredCommit, 'commit'>>();
  let bytes = 0;
  let tail = await follow(headRevision);
  let stopped = false;

  async function follow(head: number): Promise<Tail> {
    // A tail that begins before the oldest commit held would never get anywhere.
    const first = await store.firstRevision();
    return store.tail(Math.max(head - limits.commits, Math.min(first - 1, head), 0), remember);
  }

  function remember({ commit, ...stored }: StoredCommit): void {
    remembered.set(commit.revision, stored);
    bytes += stored.bytes.length;
    for (const [revision, oldest] of remembered) {
      if (remembered.size <= limits.commits && bytes <= limits.bytes) break;
      remembered.delete(revision);
      bytes -= oldest.bytes.length;
    }
  }

  return {
    commits: () => [...remembered.values()].map((stored) => ({ ...stored, commit: decodeCommit(stored.bytes) })),
    async beginAnew(head) {
      if (stopped) return;
      await tail.stop();
      remembered.clear();
      bytes = 0;
      tail = await follow(head);
      if (stopped) await tail.stop();
    },
    async stop() {
      stopped = true;
      await tail.stop();
    },
  };
}
