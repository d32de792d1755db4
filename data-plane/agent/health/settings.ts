/** Both of a machine's clocks, milliseconds. */
export type Clock = {
  /** Since the epoch: for display and for rows. May jump. */
  readonly wallMs: () => number;
  /** Only grows: for how long something lasts. */
  readonly steadyMs: () => number;
};

export const SYSTEM_CLOCK: Clock = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

export type HealthSettings = {
  /** How long observations are gathered after some have been sent, milliseconds. */
  readonly batchMs: number;
  /** How far complete sets of observations are apart, milliseconds. */
  readonly completeMs: number;
  /** How often rows and frames are looked at for what time alone changes, milliseconds. */
  readonly lookMs: number;
  /** How long after a verdict its observers are chosen, at most, milliseconds. */
  readonly dutiesMs: number;
  /** Recovery probes of a worker that is out: first interval and longest, milliseconds. */
  readonly probeMs: number;
  readonly maxProbeMs: number;
  /** Checks and probes under way at once. */
  readonly concurrentChecks: number;
  /** Checks and probes begun per second. */
  readonly checksPerSecond: number;
};

export const HEALTH_SETTINGS: HealthSettings = {
  batchMs: 100,
  completeMs: 30_000,
  lookMs: 250,
  dutiesMs: 500,
  probeMs: 1_000,
  maxProbeMs: 5_000,
  concurrentChecks: 256,
  checksPerSecond: 500,
};
