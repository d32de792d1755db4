/** What the health log records: verdicts and why. Stored as canonical JSON, apart from configuration. */
export type HealthEvent =
  | {
      readonly type: 'worker-unavailable';
      readonly balancer: string;
      readonly worker: string;
      /** Zones it holds for; empty: everywhere. */
      readonly zones: readonly string[];
      /** Policy in force: `any`, `majority`, `quorum=2`. */
      readonly policy: string;
      readonly reason: string;
      readonly witnesses: readonly Witness[];
    }
  | {
      readonly type: 'worker-available';
      readonly balancer: string;
      readonly worker: string;
      readonly reason: string;
      readonly witnesses: readonly Witness[];
      /** The operator who cleared the verdict, and with it the evidence so far; absent: the policy ended it. */
      readonly actor?: string;
    }
  /** Too many nodes or workers vanished at once: the trouble is more likely ours. */
  | { readonly type: 'verdicts-frozen'; readonly reason: string }
  | { readonly type: 'verdicts-resumed'; readonly reason: string };

/** One node's opinion when the verdict was made. */
export type Witness = {
  readonly node: string;
  readonly zone?: string;
  readonly available: boolean;
  /** `failed connect-refused`, `check-passed`. */
  readonly saw: string;
};

/** One entry of the health log: decided together, recorded together. */
export type HealthEntry = {
  /** From 1, without gaps. */
  readonly version: number;
  /** Epoch milliseconds by the store's clock. */
  readonly timeMs: number;
  readonly events: readonly HealthEvent[];
};
