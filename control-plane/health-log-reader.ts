import type { HealthEntry } from '#shared/health/health-event.ts';
import { decodeHealthState, foldHealth, type HealthState, NO_VERDICTS } from './core/health/health-state.ts';
import type { HealthLog } from './ports.ts';

/** Entries read at once. */
const BATCH = 256;

/** The verdicts at the head of the log: the newest checkpoint, if it can be read, and every entry after it. */
export async function readHealthLog(log: HealthLog): Promise<HealthState> {
  const checkpoint = await log.loadCheckpoint();
  let state = (checkpoint && decodeHealthState(checkpoint.state)) ?? NO_VERDICTS;
  // A log restored from an older copy than its checkpoint: what it says now counts.
  if (state.version > (await log.version())) state = NO_VERDICTS;
  for (;;) {
    const entries = await log.read(state.version + 1, BATCH);
    state = entries.reduce(foldHealth, state);
    if (entries.length < BATCH) return state;
  }
}

/** The newest entries, newest first. */
export async function readNewest(log: HealthLog, limit: number): Promise<readonly HealthEntry[]> {
  const head = await log.version();
  const entries = await log.read(Math.max(1, head - limit + 1), limit);
  return entries.toReversed();
}
