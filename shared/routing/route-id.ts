import type { Route } from '../definition/route.ts';
import type { Location, VirtualHost } from '../definition/virtual-host.ts';

/** Names of a server's proxied rules, running parallel to its `routes` and `locations`; undefined where nothing is proxied. */
export type RouteIds = {
  readonly routes: readonly (string | undefined)[];
  readonly locations: readonly (string | undefined)[];
};

/**
 * What tells a rule apart in its virtual host for as long as it is configured, whatever its target becomes: `ProxyPass /app`,
 * `ProxyPassMatch ^/x`, `Location /y`, `LocationMatch ^/y`.
 *
 * @source ProxyPass, ProxyPassMatch; `<Location>`, `<LocationMatch>` with a rule inside
 */
export function routeId(rule: Route | Location): string {
  const { match } = rule;
  const [prefix, regex] = 'target' in rule ? ['ProxyPass', 'ProxyPassMatch'] : ['Location', 'LocationMatch'];
  return match.kind === 'prefix' ? `${prefix} ${match.path}` : `${regex} ${match.pattern}`;
}

/** Ids of all rules of a server. A second rule that says the same gets ` (2)`, and so on; exclusions (`!`) have none. */
export function routeIds({ routes, locations }: Pick<VirtualHost, 'routes' | 'locations'>): RouteIds {
  const taken = new Map<string, number>();
  const numbered = (id: string): string => {
    const count = (taken.get(id) ?? 0) + 1;
    taken.set(id, count);
    return count === 1 ? id : `${id} (${count})`;
  };
  return {
    routes: routes.map((route) => (route.target.kind === 'local' ? undefined : numbered(routeId(route)))),
    locations: locations.map((location) => {
      const proxied = location.route !== undefined && location.route.target.kind !== 'local';
      return proxied ? numbered(routeId(location)) : undefined;
    }),
  };
}
