import type { Worker } from './worker.ts';

/**
 * A named set of workers in configured order; the order decides every tie.
 *
 * @source `<Proxy "balancer://name">`
 */
export type Balancer = {
  /** The part after `balancer://`, lower-cased, without path. Unique within its virtual host. */
  readonly name: string;
  /** Id of the virtual host that defines it; absent for the main server, whose balancers every virtual host can use. */
  readonly virtualHost?: string;
  readonly parameters: BalancerParameters;
  readonly members: readonly Worker[];
};

/** A balancer's identity in the fleet: `name`, or `virtualHostId/name` when a virtual host defines it. */
export function balancerId(balancer: Pick<Balancer, 'name' | 'virtualHost'>): string {
  return balancer.virtualHost === undefined ? balancer.name : `${balancer.virtualHost}/${balancer.name}`;
}

export type LbMethod = 'byrequests' | 'bytraffic' | 'bybusyness';

/** What a configuration may say of a balancer. Times are milliseconds. @source mod_proxy "Balancer parameters" */
export type BalancerParameters = {
  /** Default byrequests. */
  readonly lbmethod?: LbMethod;
  /** Extra tries after the first. Default: members - 1 (0 for fewer than two). */
  readonly maxattempts?: number;
  /** How long a request waits for a usable worker. Default 0, no wait. */
  readonly timeoutMs?: number;
  /** Cookie and URL parameter that carry the route; both names are equal unless given as `cookie|url`. */
  readonly stickysession?: { readonly cookie: string; readonly url: string };
  /** One character before the route, or '' for `Off` (the whole value is the route). Default '.'. */
  readonly stickysessionsep?: string;
  readonly scolonpathdelim?: boolean;
  readonly nofailover?: boolean;
  /** Response statuses that put the worker in error. */
  readonly failonstatus?: readonly number[];
  readonly failontimeout?: boolean;
  /** Default true. */
  readonly forcerecovery?: boolean;
  /** Accepted for httpd's sake; members can always be added at run time. */
  readonly growth?: number;
  /** Accepted for httpd's sake: the balancer-manager's nonce; `None` is ''. */
  readonly nonce?: string;
  /** Ours: how many nodes must see a worker fail before the whole fleet leaves it out. Default majority. */
  readonly verdict?: VerdictPolicy;
  /** Ours: verdicts are ignored in a set that would keep less than this percentage of its usable workers. Default 50. */
  readonly panic?: number;
  /** Ours: byrequests and bytraffic share out the traffic of the whole fleet. Default false. */
  readonly fleetbalance?: boolean;
};

/** Whose word makes a verdict. `off`: nobody's; each node goes by its own experience, as httpd does. */
export type VerdictPolicy =
  | { readonly kind: 'any' | 'majority' | 'off' }
  | { readonly kind: 'quorum'; readonly nodes: number };
