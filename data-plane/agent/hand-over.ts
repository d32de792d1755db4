import { setTimeout as delay } from 'node:timers/promises';
import { type Bus, subjects } from '#shared/bus.ts';
import type { Report } from '#shared/node-message.ts';
import { runInSlices } from '../run-in-slices.ts';
import { reportMessages } from './report-messages.ts';

/** How often it is looked whether the control plane has stored a part, milliseconds. */
const LOOK_MS = 100;

/**
 * Has the bus keep the last report of a run until the control plane has stored it. One too large for a message goes in parts, the
 * next when the one before is stored: there is one key for a run. Doing it again changes nothing.
 *
 * @returns whether the bus keeps all that is not stored yet
 */
export async function handOver(bus: Bus, last: Report, withinMs: number): Promise<boolean> {
  const untilMs = performance.now() + withinMs;
  let { seq } = last;
  const key = subjects(last.fleet).finalReport(last.node, last.bootId);
  const parts = await runInSlices(reportMessages(last, bus.maxPayloadBytes, () => seq++));
  try {
    for (const [index, part] of parts.entries()) {
      if (index > 0 && !(await isStored(bus, key, untilMs))) return false;
      if (!(await inTime(bus.putLatest(key, part), untilMs))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function isStored(bus: Bus, key: string, untilMs: number): Promise<boolean> {
  while (performance.now() < untilMs) {
    if ((await bus.getLatest(key)) === undefined) return true;
    await delay(LOOK_MS);
  }
  return false;
}

/** Whether it is done by then; what comes later is not waited for. */
async function inTime(work: Promise<unknown>, untilMs: number): Promise<boolean> {
  const over = new AbortController();
  const late = delay(Math.max(0, untilMs - performance.now()), false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    over.abort();
  }
}
