/** What a scheduler does with one worker. */
export type CheckPlan =
  /** A configured check, at its interval. */
  | { readonly kind: 'check'; readonly intervalMs: number }
  /** A look whether a worker that is out answers again, less and less often while it does not. */
  | { readonly kind: 'probe'; readonly intervalMs: number; readonly maxIntervalMs: number };

export type CheckLimits = {
  /** Checks under way at once. */
  readonly concurrent: number;
  /** Checks begun per second. */
  readonly perSecond: number;
};

type Entry = { plan: CheckPlan; waitMs: number; dueMs: number; running: boolean };

export type CheckScheduler = ReturnType<typeof createCheckScheduler>;

/** Failed probes make the next wait so much longer. */
const BACKOFF = 1.5;
/** Waits are up to so much longer than said, as httpd's are, whose clock ticks every 100 ms; so that checks spread. */
const JITTER = 0.1;

/**
 * Decides when each worker is checked: first one interval after it came, then one interval after the end of the check before.
 * Pure but for its own state: time and chance are arguments, starting checks is the caller's. Where the limits do not let all
 * that are due begin, those due longest go first and none is skipped.
 */
export function createCheckScheduler(limits: CheckLimits, random: () => number) {
  const entries = new Map<string, Entry>();
  let running = 0;
  let budget = limits.perSecond;
  let budgetMs: number | undefined;

  const later = (waitMs: number) => waitMs * (1 + JITTER * random());

  return {
    /** Plans a worker's checks, or changes the plan; the same plan again changes nothing. */
    plan(key: string, plan: CheckPlan, nowMs: number): void {
      const entry = entries.get(key);
      if (entry === undefined) {
        const { intervalMs } = plan;
        entries.set(key, { plan, waitMs: intervalMs, dueMs: nowMs + later(intervalMs), running: false });
      } else if (entry.plan.kind !== plan.kind || entry.plan.intervalMs !== plan.intervalMs) {
        entry.plan = plan;
        entry.waitMs = plan.intervalMs;
        entry.dueMs = nowMs + later(plan.intervalMs);
      }
    },

    /** Plans no more; the result of a check under way still comes through `finished`. */
    drop(key: string): void {
      entries.delete(key);
    },

    planned: (key: string): CheckPlan['kind'] | undefined => entries.get(key)?.plan.kind,
    keys: (): readonly string[] => [...entries.keys()],
    size: (): number => entries.size,

    /** Workers to check now; each is under way until `finished`. */
    due(nowMs: number): readonly string[] {
      const sinceMs = nowMs - (budgetMs ?? nowMs);
      budget = Math.min(limits.perSecond, budget + (limits.perSecond * sinceMs) / 1_000);
      budgetMs = nowMs;
      const room = Math.min(limits.concurrent - running, Math.floor(budget));
      if (room <= 0) return [];
      const waiting = [...entries].filter(([, { dueMs, running: busy }]) => dueMs <= nowMs && !busy);
      const begun = waiting.sort(([, a], [, b]) => a.dueMs - b.dueMs).slice(0, room);
      for (const [, entry] of begun) entry.running = true;
      running += begun.length;
      budget -= begun.length;
      return begun.map(([key]) => key);
    },

    /** A check that `due` began is over. */
    finished(key: string, passed: boolean, nowMs: number): void {
      running--;
      const entry = entries.get(key);
      if (entry === undefined || !entry.running) return;
      entry.running = false;
      const { plan } = entry;
      if (plan.kind === 'probe') {
        entry.waitMs = passed ? plan.intervalMs : Math.min(plan.maxIntervalMs, entry.waitMs * BACKOFF);
      }
      entry.dueMs = nowMs + later(entry.waitMs);
    },
  };
}
