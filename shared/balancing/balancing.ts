import type { LbMethod } from '../definition/balancer.ts';

/** A balancer as elections see it: parameters resolved, members in configured order with their scoreboard slots. */
export type ElectionBalancer = {
  readonly id: string;
  readonly lbmethod: LbMethod;
  /** Extra tries after the first. */
  readonly maxattempts: number;
  /** How long a request may wait for a usable worker; 0 = not at all. */
  readonly timeoutMs: number;
  readonly stickysession: { readonly cookie: string; readonly url: string } | undefined;
  /** '' = the whole value is the route. */
  readonly stickysessionsep: string;
  readonly scolonpathdelim: boolean;
  readonly nofailover: boolean;
  readonly failonstatus: ReadonlySet<number>;
  readonly failontimeout: boolean;
  readonly forcerecovery: boolean;
  readonly members: readonly ElectionMember[];
};

export type ElectionMember = {
  /** Row of the `WorkerTable`. */
  readonly slot: number;
  readonly url: string;
  /** loadfactor × 100, cut. */
  readonly lbfactor: number;
  readonly lbset: number;
  readonly route: string;
  readonly redirect: string;
  readonly retryMs: number;
};
