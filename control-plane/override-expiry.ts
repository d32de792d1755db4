import type { CommandHandler } from './command-handler.ts';
import { nextExpiryMs } from './core/decide/clear-override.ts';
import { OperatingError } from './operating-error.ts';
import type { EventStore } from './ports.ts';

export type OverrideExpiry = { stop(): Promise<void> };

/** Timers of the platform hold 2^31 - 1 ms; looking again once an hour also follows a clock that was set. */
const LONGEST_WAIT_MS = 3_600_000;
/** So that a clock that stands still causes no storm. */
const SHORTEST_WAIT_MS = 50;
const RETRY_MS = 1_000;

/**
 * Takes overrides back when their time is up by the store's clock: at start those that ran out meanwhile, then each at its time. What
 * another replica set lasts as long as it said, however far the replicas' own clocks are apart.
 */
export function startOverrideExpiry(options: {
  readonly store: EventStore;
  readonly commands: CommandHandler;
  readonly fromRevision: number;
  /** What keeps it from working is told once for as long as it lasts. */
  readonly onError: (err: unknown) => void;
}): OverrideExpiry {
  const { store, commands, onError } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** What failed last, until something succeeds. */
  let lasting: string | undefined;
  let work: Promise<void> = Promise.resolve();

  async function expireDue(): Promise<void> {
    if (stopped) return;
    clearTimeout(timer);
    let waitMs: number | undefined;
    try {
      waitMs = await untilNextMs();
      if (waitMs !== undefined && waitMs <= 0) {
        await commands.expireOverrides();
        waitMs = await untilNextMs();
      }
      lasting = undefined;
    } catch (err) {
      const fault = err instanceof OperatingError ? err.code : String(err);
      if (fault !== lasting) onError(err);
      lasting = fault;
      waitMs = RETRY_MS;
    }
    if (stopped || waitMs === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS));
  }

  async function untilNextMs(): Promise<number | undefined> {
    const next = nextExpiryMs(await commands.state());
    return next === undefined ? undefined : next - (await store.now());
  }

  function look(): void {
    work = work.then(expireDue);
  }

  const tail = store.tail(options.fromRevision, ({ commit }) => {
    if (commit.events.some(({ type }) => type === 'override-set')) look();
  });
  look();

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await tail.stop();
      await work;
    },
  };
}
