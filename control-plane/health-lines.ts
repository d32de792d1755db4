import type { HealthEntry } from '#shared/health/health-event.ts';
import type { HealthCore } from './core/health/health-core.ts';
import type { Logger } from './log.ts';

/** Workers of one entry that have lines of their own: when a data center goes, so do thousands of them. */
const LINES = 20;

/** Logs what an entry of the health log changed; each replica says so once. */
export function tellEntry(log: Logger, { version, events }: HealthEntry): void {
  let workers = 0;
  for (const event of events) {
    const { type } = event;
    if (type === 'verdicts-frozen' || type === 'verdicts-resumed') {
      log.warn({ code: 'CP2702', version, type, reason: event.reason }, type.replace('-', ' '));
    } else if (++workers <= LINES) {
      const { witnesses: _, ...fields } = event;
      log.info({ code: 'CP2701', version, ...fields }, type.replace('-', ' '));
    }
  }
  const more = workers - LINES;
  if (more > 0) log.info({ code: 'CP2711', version, workers: more }, 'verdicts changed of more workers');
}

/** What is wrong with central health at a moment. */
type Trouble = { readonly storeFailing: string | undefined; readonly leftOut: number };

export function troubleOf({ storeFailing, leftOut }: HealthCore): Trouble {
  return { storeFailing: storeFailing?.reason, leftOut };
}

/** Logs trouble that came or went: a log that fails for an hour is two lines. */
export function tellTrouble(log: Logger, before: Trouble, now: Trouble): void {
  const reason = now.storeFailing;
  if (before.storeFailing === undefined && reason !== undefined) {
    log.error({ code: 'CP2703', reason }, 'new verdicts are not recorded');
  }
  if (before.storeFailing !== undefined && reason === undefined) {
    log.info({ code: 'CP2704' }, 'verdicts are recorded again');
  }
  if (before.leftOut === 0 && now.leftOut > 0) {
    log.error({ code: 'CP2709', left: now.leftOut }, 'a health frame has no room for all verdicts');
  }
}

export function messageOf(err: unknown): string {
  return err instanceof Error ? err.message : String(err);
}
