import type { Balancer } from './balancer.ts';
import type { Listener } from './listener.ts';
import type { VirtualHost } from './virtual-host.ts';

/** Desired configuration of a fleet: what an operator's httpd configuration means, and the JSON form of it. */
export type Definition = {
  readonly listeners: readonly Listener[];
  /** The main server: what stands outside every `<VirtualHost>`. Its id is `main`. */
  readonly mainServer: VirtualHost;
  /** In configured order: the first match wins, and the first of an address is its default. */
  readonly virtualHosts: readonly VirtualHost[];
  /** Main server's balancers and virtual hosts' own, in configured order. */
  readonly balancers: readonly Balancer[];
};

export const EMPTY_DEFINITION: Definition = {
  listeners: [],
  mainServer: {
    id: 'main',
    addresses: [],
    serverAliases: [],
    settings: {},
    locations: [],
    routes: [],
    reverseRules: [],
    workers: [],
  },
  virtualHosts: [],
  balancers: [],
};
