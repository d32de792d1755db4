import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '#shared/slices.ts';

/** How long such work may keep the event loop from everything else at a time, milliseconds. */
const BUDGET_MS = 4;

/** Does work that can pause, letting everything else have its turn whenever the budget is used up. */
export async function runInSlices<T>(steps: Steps<T>): Promise<T> {
  let untilMs = performance.now() + BUDGET_MS;
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() < untilMs) continue;
    await nextTurn();
    untilMs = performance.now() + BUDGET_MS;
  }
}
