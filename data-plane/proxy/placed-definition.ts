import type { Balancer } from '#shared/definition/balancer.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { OverrideParameters } from '#shared/definition/override.ts';
import type { VirtualHost } from '#shared/definition/virtual-host.ts';
import type { Worker } from '#shared/definition/worker.ts';
import type { CountedRoute } from '#shared/routing/compiled-route.ts';

/**
 * A definition with everybody's place in the scoreboard, as threads compile it. Never changed in place: what a change leaves alone
 * is the same object in the next one, on the agent's side and on each thread's.
 */
export type PlacedDefinition = {
  readonly mainServer: PlacedServer;
  readonly virtualHosts: readonly PlacedServer[];
  readonly balancers: readonly PlacedBalancer[];
};

export type PlacedServer = Omit<VirtualHost, 'routes' | 'workers'> & {
  /** Those of Locations have their rows in `locations[].route`. */
  readonly routes: readonly CountedRoute[];
  readonly workers: readonly PlacedWorker[];
};

export type PlacedBalancer = Omit<Balancer, 'members'> & {
  /** Scoreboard lock that makes its elections one sequence over all threads. */
  readonly lock: number;
  readonly members: readonly PlacedWorker[];
};

export type PlacedWorker = Worker & {
  /** Scoreboard row; a URL named twice has one. */
  readonly slot: number;
  /** What the operator's acts on it amount to. */
  readonly override?: OverrideParameters;
};

export const NOTHING_PLACED: PlacedDefinition = {
  mainServer: { ...EMPTY_DEFINITION.mainServer, routes: [], workers: [] },
  virtualHosts: [],
  balancers: [],
};
