import type { Balancer } from '../definition/balancer.ts';
import type { Definition } from '../definition/definition.ts';
import { nearestName } from '../definition/nearest-name.ts';
import { type Location, MAIN_SERVER, type VirtualHost } from '../definition/virtual-host.ts';
import type { Diagnostics, Position } from './diagnostic.ts';
import {
  type BalancerDraft,
  balancerOf,
  type ConfigDraft,
  type LocationDraft,
  type ServerDraft,
} from './directives/draft.ts';
import { printAddress, virtualHostId } from './directives/listener.ts';

/** Makes the definition of a draft whose directives are all applied, and checks what only the whole can tell. */
export function finish(draft: ConfigDraft, start: Position): Definition {
  const { diagnostics, main } = draft;
  if (!draft.listens) {
    const message = 'no listener: add a line such as Listen 127.0.0.1:8080';
    diagnostics.error(start, '', message);
  }
  const ids = new Set<string>([MAIN_SERVER]);
  const servers = draft.virtualHosts.map((server) => ({ id: uniqueId(server, ids, diagnostics), server }));
  warnUnreached(draft);
  // The main server first: virtual hosts see its balancers, wherever in the file they stand.
  resolveReferences(main, undefined, diagnostics);
  for (const { server } of servers) resolveReferences(server, main, diagnostics);
  return {
    listeners: draft.listeners.map(({ address, port }) => ({ address, port })),
    mainServer: virtualHost(MAIN_SERVER, main),
    virtualHosts: servers.map(({ id, server }) => virtualHost(id, server)),
    balancers: [
      ...[...main.balancers.values()].map((balancer) => balancerMade(balancer, undefined)),
      ...servers.flatMap(({ id, server }) =>
        [...server.balancers.values()].map((balancer) => balancerMade(balancer, id, main.balancers.get(balancer.name))),
      ),
    ],
  };
}

function uniqueId(server: ServerDraft, ids: Set<string>, diagnostics: Diagnostics): string {
  const base = virtualHostId(server.addresses, server.serverName?.host);
  let id = base;
  for (let number = 2; ids.has(id); number++) id = `${base}#${number}`;
  ids.add(id);
  if (id !== base && server.addresses.length > 0) {
    const message = `an earlier one has the same address and name ${base}, and is found first`;
    diagnostics.warning(server.at, '<VirtualHost>', message);
  }
  return id;
}

/** A virtual host on a port that nobody listens on gets no request. */
function warnUnreached({ listeners, virtualHosts, diagnostics }: ConfigDraft): void {
  const ports = new Set<number | '*'>(listeners.map(({ port }) => port));
  for (const { addresses, at } of virtualHosts) {
    if (addresses.length === 0 || addresses.some(({ port }) => port === '*' || ports.has(port))) continue;
    const message = `is never reached: there is no Listen for ${addresses.map(printAddress).join(' ')}`;
    diagnostics.warning(at, '<VirtualHost>', message);
  }
}

/**
 * A target may name a balancer before it is defined, or one of the main server. One that nobody defines is made without members, as
 * httpd does, and answers 503.
 */
function resolveReferences(server: ServerDraft, main: ServerDraft | undefined, diagnostics: Diagnostics): void {
  const undefinedNames = new Set<string>();
  for (const { name, label, at } of server.references) {
    if (server.balancers.has(name) || main?.balancers.has(name)) continue;
    const known = [...server.balancers.values(), ...(main?.balancers.values() ?? [])].filter(hasMembers);
    const meant = nearestName(
      name,
      known.map((balancer) => balancer.name),
    );
    const message = `balancer://${name} is not defined, so every request it gets is answered 503`;
    diagnostics.warning(at, label, message, {
      value: `balancer://${name}`,
      ...(meant === undefined ? {} : { suggestion: `balancer://${meant}` }),
    });
    balancerOf(server, name, at);
    undefinedNames.add(name);
  }
  for (const balancer of server.balancers.values()) {
    const inMain = main?.balancers.get(balancer.name);
    if (hasMembers(balancer) && inMain !== undefined && hasMembers(inMain)) {
      const message = `balancer://${balancer.name} has members of its own here; httpd would use those of the main server, of line ${inMain.at.line}`;
      diagnostics.warning(balancer.at, '<Proxy>', message);
    } else if (!hasMembers(balancer) && inMain === undefined && !undefinedNames.has(balancer.name)) {
      diagnostics.warning(
        balancer.at,
        '<Proxy>',
        `balancer://${balancer.name} has no members, so every request it gets is answered 503`,
      );
    }
  }
}

function hasMembers({ members }: BalancerDraft): boolean {
  return members.length > 0;
}

function virtualHost(id: string, server: ServerDraft): VirtualHost {
  return {
    id,
    addresses: server.addresses,
    ...(server.serverName === undefined ? {} : { serverName: server.serverName }),
    serverAliases: server.serverAliases,
    settings: server.settings,
    locations: server.locations.map(locationMade),
    routes: server.routes,
    reverseRules: server.reverseRules,
    workers: server.workers.list(),
  };
}

function locationMade({ match, route, reverseRules, settings }: LocationDraft): Location {
  return { match, ...(route === undefined ? {} : { route }), reverseRules, settings };
}

/**
 * @param inMain the main server's balancer of the same name: parameters given in a virtual host, without members, make a copy of it
 *   with these parameters and a state of its own
 */
function balancerMade(draft: BalancerDraft, virtualHost: string | undefined, inMain?: BalancerDraft): Balancer {
  const { name, parameters } = draft;
  const members = hasMembers(draft) ? draft.members : (inMain?.members ?? []);
  return {
    name,
    ...(virtualHost === undefined ? {} : { virtualHost }),
    parameters: hasMembers(draft) ? parameters : { ...inMain?.parameters, ...parameters },
    members: members.map((member) => ({ url: member.url, parameters: member.parameters })),
  };
}
