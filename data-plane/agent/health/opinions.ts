import type { Observation, ObservationKind } from '#shared/node-message.ts';
import { workerKey } from '../../proxy/thread-message.ts';

/** Good news that nothing renews is told with complete sets for this long, so that it is not lost with one message. */
const GOOD_KEPT_MS = 90_000;

export type Opinions = ReturnType<typeof createOpinions>;

/**
 * What this node thinks of workers: one opinion each, the newest. Knows which of them the fleet has not been told yet. Holds at most one
 * per configured worker, so it is bounded by the configuration.
 */
export function createOpinions() {
  const held = new Map<string, Observation>();
  let untold = new Set<string>();

  return {
    /** Takes an opinion; the same kind again is nothing new, but that a failure is told again by `repeat`. @returns whether it is news */
    set(observation: Observation, repeat = false): boolean {
      const key = workerKey(observation.balancer, observation.worker);
      if (!repeat && held.get(key)?.kind === observation.kind) return false;
      held.set(key, observation);
      untold.add(key);
      return true;
    },

    of: (key: string): Observation | undefined => held.get(key),
    isBad: (key: string): boolean => isBad(held.get(key)?.kind),
    bad: (): readonly (readonly [key: string, opinion: Observation])[] =>
      [...held].filter(([, { kind }]) => isBad(kind)),
    untold: (): number => untold.size,

    /** At most so many opinions that have not been told, oldest first; they count as told. */
    takeUntold(limit: number): readonly Observation[] {
      const taken = [...untold].slice(0, limit);
      for (const key of taken) untold.delete(key);
      return taken.flatMap((key) => held.get(key) ?? []);
    },

    /**
     * All opinions; they count as told. Good ones of long ago are forgotten first, unless something goes on renewing them.
     *
     * @param isRenewed whether checks of this worker go on
     */
    takeAll(nowMs: number, isRenewed: (key: string) => boolean): readonly Observation[] {
      for (const [key, { kind, timeMs }] of held) {
        if (!isBad(kind) && !isRenewed(key) && nowMs - timeMs > GOOD_KEPT_MS) held.delete(key);
      }
      untold = new Set();
      return [...held.values()];
    },

    /** Forgets workers that are not configured any more. */
    retain(isConfigured: (key: string) => boolean): void {
      for (const key of held.keys()) {
        if (isConfigured(key)) continue;
        held.delete(key);
        untold.delete(key);
      }
    },
  };
}

function isBad(kind: ObservationKind | undefined): boolean {
  return kind === 'failed' || kind === 'check-failed';
}
