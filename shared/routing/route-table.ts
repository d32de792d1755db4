import { type Balancer, balancerId } from '../definition/balancer.ts';
import type { Definition } from '../definition/definition.ts';
import { MAIN_SERVER, type VirtualHost } from '../definition/virtual-host.ts';
import type { Worker } from '../definition/worker.ts';
import { byteString } from './byte-string.ts';
import { type CompiledRoute, compileRoute, type RouteContext } from './compiled-route.ts';
import { type CompiledLocation, compileLocation, createWalk } from './location.ts';
import type { EncodedSlashes } from './path-encoding.ts';
import { buildWorkerIndex, type WorkerIndex } from './plain-worker.ts';
import { balancerOfReverseRule, type CompiledReverseRule, compileReverseRule } from './proxy-pass-reverse.ts';
import { type AddressIndex, buildAddressIndex, type ServerContext } from './virtual-host.ts';

/** A definition compiled for deciding about requests. Built once per configuration; apart from remembered Location states it never changes. */
export type RouteTable = {
  /** The main server: answers where no virtual host has the address. */
  readonly main: ServerContext;
  /** In configured order. */
  readonly virtualHosts: readonly ServerContext[];
  readonly addresses: AddressIndex;
};

export type RouteTableOptions = {
  /** Default `off`. @source AllowEncodedSlashes */
  readonly encodedSlashes?: EncodedSlashes;
};

/**
 * Compiles a validated definition. Rules of the main server are compiled once and shared by all virtual hosts, whose own rules
 * come after them.
 *
 * @throws Error for a pattern that `checkPattern` refuses, which validation lets nobody define
 */
export function buildRouteTable(definition: Definition, options: RouteTableOptions = {}): RouteTable {
  const encodedSlashes = options.encodedSlashes ?? 'off';
  const balancers = groupBalancers(definition.balancers);
  const shared = compileShared(definition, balancers, encodedSlashes);
  const main = compileServer(definition.mainServer, shared, balancers);
  const virtualHosts = definition.virtualHosts.map((virtualHost) => compileServer(virtualHost, shared, balancers));
  return { main, virtualHosts, addresses: buildAddressIndex(virtualHosts) };
}

/** Balancers by name, by the id of the server that defines them. */
type BalancerGroups = ReadonlyMap<string, ReadonlyMap<string, Balancer>>;

function groupBalancers(balancers: readonly Balancer[]): BalancerGroups {
  const groups = new Map<string, Map<string, Balancer>>();
  for (const balancer of balancers) {
    const owner = balancer.virtualHost ?? MAIN_SERVER;
    const group = groups.get(owner) ?? new Map<string, Balancer>();
    groups.set(owner, group);
    const name = byteString(balancer.name);
    if (!group.has(name)) group.set(name, balancer);
  }
  dropEmptyCopies(groups);
  return groups;
}

/**
 * A virtual host that merely names a balancer of the main server defines nothing: httpd makes an empty balancer for it, which
 * then gets the main server's members.
 *
 * @source mod_proxy.c:add_pass, merge_balancers
 */
function dropEmptyCopies(groups: ReadonlyMap<string, Map<string, Balancer>>): void {
  const main = groups.get(MAIN_SERVER);
  for (const group of groups.values()) {
    if (group === main) continue;
    for (const [name, { members }] of group) {
      if (members.length === 0 && main?.has(name)) group.delete(name);
    }
  }
}

/** What the main server contributes to every server. */
type Shared = {
  readonly mainServer: VirtualHost;
  readonly workers: WorkerIndex;
  readonly routes: readonly CompiledRoute[];
  readonly locations: readonly CompiledLocation[];
  readonly reverse: readonly CompiledReverseRule[];
  readonly balancers: ReadonlyMap<string, string>;
  readonly encodedSlashes: EncodedSlashes;
};

function compileShared(definition: Definition, balancers: BalancerGroups, encodedSlashes: EncodedSlashes): Shared {
  const { mainServer } = definition;
  const workers = buildWorkerIndex(MAIN_SERVER, mainServer.workers);
  const context: RouteContext = { workers, encodedSlashes };
  const members = membersFor(MAIN_SERVER, balancers);
  return {
    mainServer,
    workers,
    routes: mainServer.routes.map((route) => compileRoute(route, context)),
    locations: compileLocations(mainServer, context, members),
    reverse: mainServer.reverseRules.map((rule) => compileReverseRule(rule, members)),
    balancers: idsOf(balancers.get(MAIN_SERVER)),
    encodedSlashes,
  };
}

function compileServer(virtualHost: VirtualHost, shared: Shared, balancers: BalancerGroups): ServerContext {
  const { mainServer, encodedSlashes } = shared;
  const isMain = virtualHost === mainServer;
  const own = isMain ? undefined : compileOwn(virtualHost, shared, balancers);
  const sections = own === undefined ? [shared.locations] : [own.mainLocations, own.locations];
  const walk = createWalk(mainServer, virtualHost, sections, own?.reverse ?? shared.reverse);
  return {
    virtualHost,
    settings: walk.outside.settings,
    serverName: serverNameOf(virtualHost, mainServer),
    routes: [shared.routes, own?.routes ?? []].filter(({ length }) => length > 0),
    walk,
    balancers: { own: own?.balancers ?? NO_BALANCERS, main: shared.balancers },
    mainWorkers: shared.workers,
    ownWorkers: own?.workers,
    encodedSlashes,
  };
}

const NO_BALANCERS: ReadonlyMap<string, string> = new Map();

/** What a virtual host adds to the main server's, and what of the main server's means something else inside it. */
function compileOwn(virtualHost: VirtualHost, shared: Shared, balancers: BalancerGroups) {
  const workers = buildWorkerIndex(virtualHost.id, virtualHost.workers);
  const context: RouteContext = { workers, encodedSlashes: shared.encodedSlashes };
  const members = membersFor(virtualHost.id, balancers);
  const ownBalancers = balancers.get(virtualHost.id);
  const ownReverse = virtualHost.reverseRules.map((rule) => compileReverseRule(rule, members));
  return {
    // A server without plain workers of its own needs no second look-up.
    workers: virtualHost.workers.length === 0 ? undefined : workers,
    routes: virtualHost.routes.map((route) => compileRoute(route, context)),
    mainLocations: mainLocationsInside(shared, ownBalancers, members),
    locations: compileLocations(virtualHost, context, members),
    reverse: joined(mainReverseInside(shared, ownBalancers, members), ownReverse),
    balancers: idsOf(ownBalancers),
  };
}

type Members = (balancerName: string) => readonly Worker[] | undefined;

function membersFor(server: string, balancers: BalancerGroups): Members {
  const own = balancers.get(server);
  const main = balancers.get(MAIN_SERVER);
  return (name) => (own?.get(name) ?? main?.get(name))?.members;
}

/** Reverse rules of the main server follow the virtual host's balancer where it has one of the same name. */
function mainReverseInside(
  { mainServer, reverse }: Shared,
  ownBalancers: ReadonlyMap<string, Balancer> | undefined,
  members: Members,
): readonly CompiledReverseRule[] {
  if (ownBalancers === undefined) return reverse;
  return reverse.map((compiled, place) => {
    const rule = mainServer.reverseRules[place];
    const name = rule === undefined ? undefined : balancerOfReverseRule(rule);
    const redefined = rule !== undefined && name !== undefined && ownBalancers.has(name);
    return redefined ? compileReverseRule(rule, members) : compiled;
  });
}

function mainLocationsInside(
  { mainServer, locations }: Shared,
  ownBalancers: ReadonlyMap<string, Balancer> | undefined,
  members: Members,
): readonly CompiledLocation[] {
  if (ownBalancers === undefined) return locations;
  return locations.map((compiled, place) => {
    const rules = mainServer.locations[place]?.reverseRules ?? [];
    const names = rules.map(balancerOfReverseRule);
    const redefined = names.some((name) => name !== undefined && ownBalancers.has(name));
    return redefined ? { ...compiled, reverse: rules.map((rule) => compileReverseRule(rule, members)) } : compiled;
  });
}

function compileLocations(server: VirtualHost, context: RouteContext, members: Members): readonly CompiledLocation[] {
  return server.locations.map((location) => {
    const reverse = location.reverseRules.map((rule) => compileReverseRule(rule, members));
    return compileLocation(location, context, reverse);
  });
}

function idsOf(balancers: ReadonlyMap<string, Balancer> | undefined): ReadonlyMap<string, string> {
  return new Map([...(balancers ?? [])].map(([name, balancer]) => [name, balancerId(balancer)]));
}

function serverNameOf(virtualHost: VirtualHost, mainServer: VirtualHost): string {
  const anyAddress = virtualHost.addresses.some(({ address }) => address === '*');
  const inherited = virtualHost === mainServer || anyAddress ? mainServer.serverName : undefined;
  return (virtualHost.serverName ?? inherited)?.host ?? '';
}

function joined<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (second.length === 0) return first;
  return first.length === 0 ? second : [...first, ...second];
}
