import type { Definition } from '#shared/definition/definition.ts';
import type { VirtualHost } from '#shared/definition/virtual-host.ts';
import { type RouteIds, routeIds } from '#shared/routing/route-id.ts';
import type { KeyChange } from './slot-allocator.ts';

/** Every proxied route of a configuration, by the id of its virtual host: what is counted. */
export type RouteRoll = ReadonlyMap<string, ServerRoutes>;

export type ServerRoutes = {
  readonly ids: RouteIds;
  /** `routeKey` of each, in configured order: routes, then those of Locations. */
  readonly keys: ReadonlySet<string>;
  /** What it was made from. */
  readonly source: VirtualHost;
};

/** @param last the roll before: servers whose rules are the same objects are taken over */
export function routeRollOf(definition: Definition, last: RouteRoll = new Map()): RouteRoll {
  const servers = [definition.mainServer, ...definition.virtualHosts];
  return new Map(servers.map((server) => [server.id, rollServer(server, last.get(server.id))]));
}

function rollServer(source: VirtualHost, last: ServerRoutes | undefined): ServerRoutes {
  if (last?.source === source) return last;
  if (last?.source.routes === source.routes && last.source.locations === source.locations) return { ...last, source };
  const ids = routeIds(source);
  const keys = new Set<string>();
  for (const id of [...ids.routes, ...ids.locations]) if (id !== undefined) keys.add(routeKey(source.id, id));
  return { ids, keys, source };
}

/** No name of a virtual host has a line break in it. */
export function routeKey(virtualHost: string, route: string): string {
  return `${virtualHost}\n${route}`;
}

export function routeOfKey(key: string): { readonly virtualHost: string; readonly route: string } {
  const end = key.indexOf('\n');
  return { virtualHost: key.slice(0, end), route: key.slice(end + 1) };
}

/** Keys of routes that come and go. */
export function routeChange(from: RouteRoll, to: RouteRoll): KeyChange {
  const change = { added: [] as string[], removed: [] as string[] };
  for (const [server, { keys }] of to) {
    const before = from.get(server)?.keys;
    if (before === keys) continue;
    for (const key of keys) if (before?.has(key) !== true) change.added.push(key);
    for (const key of before ?? []) if (!keys.has(key)) change.removed.push(key);
  }
  for (const [server, { keys }] of from) if (!to.has(server)) change.removed.push(...keys);
  return change;
}
