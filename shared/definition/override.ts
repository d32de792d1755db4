import type { StatusChange } from './worker-status.ts';

/**
 * An operator's runtime act on one worker (drain, disable, other weight…), layered over the definition. The newest act on a
 * worker merges over earlier ones, parameter by parameter.
 */
export type Override = {
  /** `balancerId`. */
  readonly balancer: string;
  /** Worker URL. */
  readonly worker: string;
  readonly parameters: OverrideParameters;
  readonly actor: string;
  readonly reason?: string;
  /** Epoch milliseconds when the act was recorded. */
  readonly sinceMs: number;
  /** Epoch milliseconds after which the control plane takes it back; absent = until an operator does. */
  readonly untilMs?: number;
};

/** What an operator may change while it runs; units and ranges as in `WorkerParameters`. */
export type OverrideParameters = {
  readonly status?: StatusChange;
  readonly loadfactor?: number;
  readonly lbset?: number;
  readonly route?: string;
  readonly redirect?: string;
};
