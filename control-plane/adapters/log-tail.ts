import { batchSize } from '../batch-size.ts';
import { OperatingError } from '../operating-error.ts';
import type { Tail } from '../ports.ts';

/** Entries a tail reads at once, at most. */
const BATCH = 64;
/** After a failure: the entry it failed at may be the last for days. */
const RETRY_MS = 1_000;

/** Where one tail reads: it begins after a position and moves on with each entry that was taken. */
export type TailSource<Entry> = {
  /** Entries after the cursor, in order. @throws OperatingError `store-regressed` when the log does not go on from there */
  read(limit: number): readonly Entry[] | Promise<readonly Entry[]>;
  taken(entry: Entry): void;
};

/** The tails of a log in one process, woken when there is something new. */
export type LogTails<Entry> = {
  /** @param onRegressed the log does not go on from the entry handed over last; told again while that is so */
  start(after: number, listener: (entry: Entry) => void | Promise<void>, onRegressed?: () => void): Tail;
  /** There may be something new. */
  wake(): void;
  stop(): Promise<void>;
};

/**
 * Each tail keeps a cursor and reads from the store, so nothing is queued however far a listener lags behind.
 *
 * @param onError a listener or a read failed; the tail goes on at the same entry a second later, or at the next wake-up. An
 *   operating fault that lasts is told once
 * @param sizeOf bytes of an entry, where some are large: then fewer are read at once
 */
export function logTails<Entry>(
  open: (after: number) => TailSource<Entry>,
  onError: (err: unknown) => void,
  sizeOf: (entry: Entry) => number = () => 0,
): LogTails<Entry> {
  const running = new Set<{ wake(): void; stop(): Promise<void> }>();

  function start(after: number, listener: (entry: Entry) => void | Promise<void>, onRegressed = () => {}): Tail {
    const source = open(after);
    const size = batchSize(BATCH);
    let stopped = false;
    let pending = false;
    let turn: Promise<void> | undefined;
    let retry: NodeJS.Timeout | undefined;
    let lasting: string | undefined;

    function failed(err: unknown): void {
      clearTimeout(retry);
      if (stopped) return;
      retry = setTimeout(() => tail.wake(), RETRY_MS);
      const code = err instanceof OperatingError ? err.code : undefined;
      const isKnown = code !== undefined && code === lasting;
      lasting = code;
      if (!isKnown) onError(err);
      if (code === 'store-regressed') onRegressed();
    }

    async function run(): Promise<void> {
      // A new turn of the loop: nobody is called back inside their own append.
      await new Promise((resolve) => setImmediate(resolve));
      while (!stopped) {
        pending = false; // Before the read, so that what comes during it counts again.
        const limit = size.limit();
        const batch = await source.read(limit);
        size.took(batch.map(sizeOf));
        lasting = undefined;
        for (const entry of batch) {
          if (stopped) return;
          await listener(entry);
          source.taken(entry);
        }
        if (batch.length < limit && !pending) return;
      }
    }

    const tail = {
      wake() {
        pending = true;
        turn ??= run()
          .catch(failed)
          .finally(() => {
            turn = undefined;
            // A wake-up between the end of the run and here must not be lost. After a failure the timer has it.
            if (pending && !stopped && lasting === undefined) tail.wake();
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

/** A source whose log only grows: what is stored once stays as it is. */
export function growingSource<Entry>(
  read: (from: number, limit: number) => readonly Entry[],
  positionOf: (entry: Entry) => number,
): (after: number) => TailSource<Entry> {
  return (after) => {
    let cursor = after;
    return {
      read: (limit) => read(cursor + 1, limit),
      taken(entry) {
        cursor = positionOf(entry);
      },
    };
  };
}
