import { type Balancer, balancerId } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import type { VirtualHost } from '#shared/definition/virtual-host.ts';
import { routeId } from '#shared/routing/route-id.ts';
import { keepSameItems, sameValue } from '#shared/same-value.ts';

/** What a node serves, as far as it changes object by object. */
export type Configured = { readonly definition: Definition; readonly overrides: readonly Override[] };

/**
 * The configuration with every object that says the same as before replaced by the one from before, down to single routes and
 * workers. What comes out of a decoder is new throughout, a changed balancer's members included; after this, identity tells what an
 * edit really touched. Objects that are the same already cost nothing.
 */
export function keepSame(before: Configured | undefined, now: Configured): Configured {
  if (before === undefined) return now;
  return {
    definition: keepDefinition(before.definition, now.definition),
    overrides: keepSameItems(before.overrides, now.overrides, ({ balancer, worker }) => `${balancer} ${worker}`),
  };
}

function keepDefinition(before: Definition, now: Definition): Definition {
  if (before === now) return before;
  const servers = new Map(before.virtualHosts.map((server) => [server.id, server]));
  const balancers = new Map(before.balancers.map((balancer) => [balancerId(balancer), balancer]));
  return {
    listeners: now.listeners,
    mainServer: keepServer(before.mainServer, now.mainServer),
    virtualHosts: now.virtualHosts.map((server) => keepServer(servers.get(server.id), server)),
    balancers: now.balancers.map((balancer) => keepBalancer(balancers.get(balancerId(balancer)), balancer)),
  };
}

function keepServer(before: VirtualHost | undefined, now: VirtualHost): VirtualHost {
  if (before === undefined || before === now) return now;
  return keepWhole(before, {
    ...now,
    addresses: keepValue(before.addresses, now.addresses),
    serverAliases: keepValue(before.serverAliases, now.serverAliases),
    settings: keepValue(before.settings, now.settings),
    locations: keepSameItems(before.locations, now.locations, routeId),
    routes: keepSameItems(before.routes, now.routes, routeId),
    reverseRules: keepSameItems(before.reverseRules, now.reverseRules, ({ path, target }) => `${path} ${target}`),
    workers: keepSameItems(before.workers, now.workers, ({ url }) => url),
  });
}

function keepBalancer(before: Balancer | undefined, now: Balancer): Balancer {
  if (before === undefined || before === now) return now;
  return keepWhole(before, {
    ...now,
    parameters: keepValue(before.parameters, now.parameters),
    members: keepSameItems(before.members, now.members, ({ url }) => url),
  });
}

function keepValue<T>(before: T, now: T): T {
  return sameValue(before, now) ? before : now;
}

/** The object from before if each of its parts is. */
function keepWhole<T extends object>(before: T, now: T): T {
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]) as Set<keyof T>;
  for (const key of keys) {
    const [was, is] = [before[key], now[key]];
    // Parts that changes go into were made the same objects where they are equal; the rest is small.
    if (was !== is && (Array.isArray(is) || !sameValue(was, is))) return now;
  }
  return before;
}
