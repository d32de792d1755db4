import type { HealthLog } from '../../control-plane/ports.ts';
import type { HealthEntry } from '../../shared/health/health-event.ts';

/** A health log in memory, for several replicas in one process; `fail` makes it unreachable. */
export type MemoryHealthLog = HealthLog & {
  readonly entries: readonly HealthEntry[];
  /** Every call fails from now on, with this text; undefined: works again. */
  fail(message: string | undefined): void;
};

type Listener = (entry: HealthEntry) => void | Promise<void>;

export function createMemoryHealthLog(clock: () => number = Date.now): MemoryHealthLog {
  const entries: HealthEntry[] = [];
  const tails = new Set<{ next: number; wake: () => void }>();
  let checkpoint: { readonly version: number; readonly state: Uint8Array } | undefined;
  let failure: string | undefined;

  function refuseWhenFailing(): void {
    if (failure !== undefined) throw new Error(failure);
  }

  return {
    entries,
    fail(message) {
      failure = message;
      if (message === undefined) for (const tail of tails) tail.wake();
    },
    async append(expectedVersion, events) {
      await new Promise((resolve) => setImmediate(resolve));
      refuseWhenFailing();
      if (entries.length !== expectedVersion) return { kind: 'conflict', version: entries.length };
      const entry: HealthEntry = { version: expectedVersion + 1, timeMs: clock(), events: structuredClone(events) };
      entries.push(entry);
      for (const tail of tails) tail.wake();
      return { kind: 'appended', entry };
    },
    async read(fromVersion, limit) {
      refuseWhenFailing();
      return entries.slice(Math.max(0, fromVersion - 1)).slice(0, limit);
    },
    async version() {
      refuseWhenFailing();
      return entries.length;
    },
    tail(afterVersion, listener: Listener) {
      let running = false;
      let stopped = false;
      const tail = {
        next: afterVersion + 1,
        wake() {
          if (running || stopped) return;
          running = true;
          setImmediate(run);
        },
      };
      async function run(): Promise<void> {
        for (; !stopped && failure === undefined; tail.next++) {
          const entry = entries[tail.next - 1];
          if (entry === undefined) break;
          await listener(entry);
        }
        running = false;
      }
      tails.add(tail);
      tail.wake();
      return {
        async stop() {
          stopped = true;
          tails.delete(tail);
        },
      };
    },
    async saveCheckpoint(version, state) {
      refuseWhenFailing();
      checkpoint = { version, state };
    },
    async loadCheckpoint() {
      refuseWhenFailing();
      return checkpoint;
    },
  };
}
