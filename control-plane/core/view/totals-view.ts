import { balancerId, type LbMethod } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Route, RouteTarget } from '#shared/definition/route.ts';
import type { VirtualHost } from '#shared/definition/virtual-host.ts';
import { routeIds } from '#shared/routing/route-id.ts';
import { type CounterTotals, isZero, routeKey, splitKey, totalsOf, ZERO_TOTALS } from '../projection/counters.ts';
import type { FleetTotals } from '../projection/fleet-counters.ts';
import type { NodeState } from '../projection/node.ts';

/** What a route did: nothing is elected there. */
export type RouteTotals = Omit<CounterTotals, 'elected'>;

/** One balancer, or the plain workers of a virtual host (`main!plain`): sums over all workers it ever had. */
export type BalancerView = CounterTotals & {
  readonly balancer: string;
  /** It is in the fleet's definition now. */
  readonly configured: boolean;
  readonly lbmethod?: LbMethod;
  /** It shares out the fleet's traffic rather than each node's own. */
  readonly fleetbalance?: boolean;
  /** Members configured. */
  readonly workers: number;
  /** Requests in progress, over the live nodes. */
  readonly busy: number;
};

/** One route: sums over all nodes, and each node's own. */
export type RouteView = RouteTotals & {
  readonly virtualHost: string;
  /** `ProxyPass /app`, `Location /x`. */
  readonly route: string;
  readonly configured: boolean;
  /** Where it goes: `balancer://app/`, a URL. */
  readonly target?: string;
  readonly nodes?: readonly (RouteTotals & { readonly node: string })[];
};

/** In configured order; then what counted and is configured no more. */
export function balancersView(
  { balancers, mainServer, virtualHosts }: Definition,
  nodes: readonly NodeState[],
  sums: FleetTotals,
): readonly BalancerView[] {
  const busy = new Map<string, number>();
  for (const { rows } of nodes) {
    for (const row of rows.values()) busy.set(row.balancer, (busy.get(row.balancer) ?? 0) + row.busy);
  }
  const totals = sums.byOwner();
  const numbers = (owner: string) => ({ busy: busy.get(owner) ?? 0, ...(totals.get(owner) ?? ZERO_TOTALS) });
  const configured = balancers.map((balancer): BalancerView => {
    const owner = balancerId(balancer);
    const { lbmethod = 'byrequests', fleetbalance = false } = balancer.parameters;
    const workers = balancer.members.length;
    return { balancer: owner, configured: true, lbmethod, fleetbalance, workers, ...numbers(owner) };
  });
  const plain = [mainServer, ...virtualHosts]
    .filter(({ workers }) => workers.length > 0)
    .map(({ id, workers }): BalancerView => {
      const owner = `${id}!plain`;
      return { balancer: owner, configured: true, workers: workers.length, ...numbers(owner) };
    });
  const known = new Set([...configured, ...plain].map(({ balancer }) => balancer));
  const gone = [...totals.keys()].filter((owner) => !known.has(owner)).toSorted();
  return [
    ...configured,
    ...plain,
    ...gone.map((owner) => ({ balancer: owner, configured: false, workers: 0, ...numbers(owner) })),
  ];
}

/** In configured order; then what counted and is configured no more. */
export function routesView(definition: Definition, sums: FleetTotals, withNodes: boolean): readonly RouteView[] {
  const totals = sums.totals('routes');
  const configured = [definition.mainServer, ...definition.virtualHosts].flatMap(routesOf);
  const known = new Set(configured.map(routeKey));
  const gone = [...totals.keys()].filter((key) => !known.has(key)).toSorted();
  const all: readonly Pick<RouteView, 'virtualHost' | 'route' | 'configured' | 'target'>[] = [
    ...configured.map((route) => ({ ...route, configured: true })),
    ...gone.map((key) => {
      const [virtualHost, route] = splitKey(key);
      return { virtualHost, route, configured: false };
    }),
  ];
  return all.map((route) => {
    const key = routeKey(route);
    const nodes = withNodes ? { nodes: nodeRoutes(sums, key) } : {};
    return { ...route, ...routeTotals(totals.get(key) ?? ZERO_TOTALS), ...nodes };
  });
}

export function routeTotals({ elected: _, ...totals }: CounterTotals): RouteTotals {
  return totals;
}

function nodeRoutes(sums: FleetTotals, key: string): NonNullable<RouteView['nodes']> {
  return [...sums.nodes()]
    .map(([node, counters]) => ({ node, totals: totalsOf(counters, 'routes', key) }))
    .filter(({ totals }) => !isZero(totals))
    .toSorted((a, b) => (a.node < b.node ? -1 : 1))
    .map(({ node, totals }) => ({ node, ...routeTotals(totals) }));
}

function routesOf(server: VirtualHost): { virtualHost: string; route: string; target: string }[] {
  const ids = routeIds(server);
  const named = (route: Route | undefined, id: string | undefined) =>
    route === undefined || id === undefined
      ? []
      : [{ virtualHost: server.id, route: id, target: targetText(route.target) }];
  return [
    ...server.routes.flatMap((route, i) => named(route, ids.routes[i])),
    ...server.locations.flatMap(({ route }, i) => named(route, ids.locations[i])),
  ];
}

function targetText(target: RouteTarget): string {
  if (target.kind === 'balancer') return `balancer://${target.name}${target.path}`;
  return target.kind === 'url' ? target.url : '!';
}
