import type { StoredCommit } from '#shared/event/fleet-event.ts';
import type { Tail } from '../ports.ts';

/** Commits a tail reads at once. */
const BATCH = 64;
/** After a failure: the commit it failed at may be the last for days. */
const RETRY_MS = 1_000;

/** The tails of a store in one process, woken by its own appends. */
export type CommitTails = {
  start(afterRevision: number, listener: (stored: StoredCommit) => void | Promise<void>): Tail;
  /** There is something new. */
  wake(): void;
  stop(): Promise<void>;
};

/**
 * Each tail keeps a cursor and reads from the store, so nothing is queued however far a listener lags behind.
 *
 * @param onError a listener or a read failed; the tail goes on with the same commit a second later, or at the next wake-up
 */
export function commitTails(
  read: (fromRevision: number, limit: number) => readonly StoredCommit[],
  onError: (err: unknown) => void,
): CommitTails {
  const running = new Set<{ wake(): void; stop(): Promise<void> }>();

  function start(afterRevision: number, listener: (stored: StoredCommit) => void | Promise<void>): Tail {
    let cursor = afterRevision;
    let stopped = false;
    let pending = false;
    let turn: Promise<void> | undefined;
    let retry: NodeJS.Timeout | undefined;

    function failed(err: unknown): void {
      clearTimeout(retry);
      if (!stopped) retry = setTimeout(() => tail.wake(), RETRY_MS);
      onError(err);
    }

    async function run(): Promise<void> {
      // A new turn of the loop: nobody is called back inside their own append.
      await new Promise((resolve) => setImmediate(resolve));
      while (!stopped) {
        pending = false; // Before the read, so that what comes during it counts again.
        const batch = read(cursor + 1, BATCH);
        for (const stored of batch) {
          if (stopped) return;
          await listener(stored);
          cursor = stored.commit.revision;
        }
        if (batch.length < BATCH && !pending) return;
      }
    }

    const tail = {
      wake() {
        pending = true;
        turn ??= run()
          .catch(failed)
          .finally(() => {
            turn = undefined;
            // A wake-up between the end of the run and here must not be lost.
            if (pending && !stopped) tail.wake();
          });
      },
      async stop() {
        stopped = true;
        clearTimeout(retry);
        running.delete(tail);
        await turn;
      },
    };
    running.add(tail);
    tail.wake();
    return tail;
  }

  return {
    start,
    wake() {
      for (const tail of running) tail.wake();
    },
    async stop() {
      await Promise.all([...running].map((tail) => tail.stop()));
    },
  };
}
