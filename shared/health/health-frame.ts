/** The fleet's opinion of its workers as nodes receive it; encoded as messages of `proto/health.proto`. */

/** Every verdict that is not "available". */
export type HealthFrame = {
  readonly fleet: string;
  /** Version of the health log it is folded from; frames of a lower one are old. */
  readonly version: number;
  /** When to expect the next one, milliseconds. After three periods without one, verdicts are unknown. */
  readonly periodMs: number;
  readonly unavailable: readonly Verdict[];
  /** While verdicts are frozen (self-preservation): why. */
  readonly frozen?: string;
  /** `Members.version` that observers are chosen from. */
  readonly membersVersion: string;
};

/** The fleet's opinion that a worker is unavailable. */
export type Verdict = {
  /** `balancerId` or `plainOwner`. */
  readonly balancer: string;
  readonly worker: string;
  /** Zones it holds for; empty: everywhere. */
  readonly zones: readonly string[];
  /** Who saw what, in short: `3 of 4 nodes: connect-refused`. */
  readonly reason: string;
  /** Health version that made it. */
  readonly since: number;
};

/** The live nodes, from which every node chooses the same observers of a worker. */
export type Members = {
  readonly fleet: string;
  /** SHA-256 over the members, lower-case hex. */
  readonly version: string;
  /** By name. */
  readonly members: readonly Member[];
};

export type Member = { readonly node: string; readonly zone?: string };

/** Totals over all nodes, for balancers with `fleetbalance=On`. */
export type FleetTraffic = {
  readonly fleet: string;
  /** When to expect the next one, milliseconds. */
  readonly periodMs: number;
  readonly workers: readonly WorkerTraffic[];
};

/** Cumulative. */
export type WorkerTraffic = {
  readonly balancer: string;
  readonly worker: string;
  readonly elected: bigint;
  /** Request and response body bytes together. */
  readonly bytes: bigint;
};
