import type { CommandHandler } from './command-handler.ts';
import { nextExpiryMs } from './core/decide/clear-override.ts';
import type { Clock, EventStore } from './ports.ts';

export type OverrideExpiry = { stop(): Promise<void> };

/** Timers of the platform hold 2^31 - 1 ms; looking again once an hour also follows a clock that was set. */
const LONGEST_WAIT_MS = 3_600_000;
/** After a failure, and so that a clock that stands still causes no storm. */
const SHORTEST_WAIT_MS = 50;

/** Takes overrides back when their time is up: at start those that ran out meanwhile, then each at its time. */
export function startOverrideExpiry(options: {
  readonly store: EventStore;
  readonly commands: CommandHandler;
  readonly clock: Clock;
  readonly fromRevision: number;
  readonly onError: (err: unknown) => void;
}): OverrideExpiry {
  const { store, commands, clock, onError } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let work: Promise<void> = Promise.resolve();

  async function expireDue(): Promise<void> {
    if (stopped) return;
    clearTimeout(timer);
    let next: number | undefined;
    try {
      next = nextExpiryMs(await commands.state());
      if (next !== undefined && next <= clock()) {
        await commands.expireOverrides();
        next = nextExpiryMs(await commands.state());
      }
    } catch (err) {
      onError(err);
      next = clock() + 1_000;
    }
    if (stopped || next === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(Math.max(next - clock(), SHORTEST_WAIT_MS), LONGEST_WAIT_MS));
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
