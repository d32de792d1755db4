import type { HealthFrame, Verdict } from '#shared/health/health-frame.ts';
import { holdsIn } from '#shared/health/verdict.ts';
import { workerKey } from '../../proxy/thread-message.ts';

/** What a node holds of the fleet's opinion; a value, replaced whole. */
export type HeldVerdicts = {
  /** `silent`: no frame yet. `stale`: there were some, and they have stopped. */
  readonly state: 'silent' | 'fresh' | 'stale';
  /** Of the newest frame; -1: any frame is newer. */
  readonly version: number;
  readonly periodMs: number;
  /** When the newest frame came. */
  readonly frameMs: number;
  /** Verdicts that hold for this node, by `workerKey`. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Why the fleet decides nothing now. */
  readonly frozen?: string;
  /** Version of the members that observers are to be chosen from. */
  readonly membersVersion?: string;
};

export const NO_VERDICTS: HeldVerdicts = { state: 'silent', version: -1, periodMs: 0, frameMs: 0, verdicts: new Map() };

/** Frames may fail to come for so many periods before what they said is taken for nothing. */
export const STALE_PERIODS = 3;

/**
 * Takes a frame. One of a lower version is old and changes nothing, not even how long none has come; one of the same version says
 * that nothing has changed.
 *
 * @param zone the node's own
 */
export function takeFrame(
  held: HeldVerdicts,
  frame: HealthFrame,
  zone: string | undefined,
  nowMs: number,
): HeldVerdicts {
  if (frame.version < held.version) return held;
  const here = frame.unavailable.filter((verdict) => holdsIn(verdict, zone));
  return {
    state: 'fresh',
    version: frame.version,
    periodMs: frame.periodMs,
    frameMs: nowMs,
    verdicts: new Map(here.map((verdict) => [workerKey(verdict.balancer, verdict.worker), verdict])),
    ...(frame.frozen === undefined ? {} : { frozen: frame.frozen }),
    membersVersion: frame.membersVersion,
  };
}

/** Drops all verdicts when frames have stopped. After that any frame is taken: the log they count by may be another. */
export function expireVerdicts(held: HeldVerdicts, nowMs: number): HeldVerdicts {
  if (held.state !== 'fresh' || nowMs - held.frameMs < STALE_PERIODS * held.periodMs) return held;
  const { periodMs, frameMs } = held;
  return { state: 'stale', version: -1, periodMs, frameMs, verdicts: new Map() };
}

/** Keys of the workers that one holds a verdict against and the other does not. */
export function changedVerdicts(before: HeldVerdicts, after: HeldVerdicts): readonly string[] {
  if (before.verdicts === after.verdicts) return [];
  const came = [...after.verdicts.keys()].filter((key) => !before.verdicts.has(key));
  const went = [...before.verdicts.keys()].filter((key) => !after.verdicts.has(key));
  return [...came, ...went];
}
