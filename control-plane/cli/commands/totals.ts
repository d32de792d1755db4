import { Command } from 'commander';
import { MAIN_SERVER } from '#shared/definition/virtual-host.ts';
import type { BalancerView, RouteView } from '../../core/view/totals-view.ts';
import type { CliContext } from '../context.ts';
import { clientFor, type ServerOptions, withJson, withServer } from '../options.ts';
import { bytes, table } from '../output.ts';

type Options = ServerOptions & { readonly json?: boolean; readonly verbose?: boolean };
type Answer = {
  readonly balancers: readonly BalancerView[];
  readonly routes: readonly RouteView[];
  readonly incomplete?: readonly string[];
};

/** `penstock balancers`: what the workers of each did together. */
export function balancersCommand(context: CliContext): Command {
  return withJson(withServer(new Command('balancers'), context))
    .description('show balancers and what their workers did together')
    .action(async (options: Options) => {
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/balancers' });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { balancers, incomplete } = answer.json<Answer>();
      const header = ['BALANCER', 'METHOD', 'WORKERS', 'ELECTED', 'REQUESTS', 'ERRORS', 'BUSY', 'IN', 'OUT'];
      context.out(table(header, balancers.map(balancerRow)));
      showFaults(context, incomplete);
    });
}

/** `penstock routes`: what each route was chosen for. */
export function routesCommand(context: CliContext): Command {
  return withJson(withServer(new Command('routes'), context))
    .description('show routes and the requests they were chosen for')
    .option('-v, --verbose', 'by node, too')
    .action(async (options: Options) => {
      const isDetailed = options.verbose === true || options.json === true;
      const query = { nodes: isDetailed ? 'all' : 'none' };
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/routes', query });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { routes, incomplete } = answer.json<Answer>();
      const header = ['VIRTUAL HOST', 'ROUTE', 'TARGET', 'REQUESTS', 'RESPONSES', 'ERRORS', 'IN', 'OUT'];
      context.out(table(header, routes.flatMap(routeRows)));
      showFaults(context, incomplete);
    });
}

function balancerRow(balancer: BalancerView): string[] {
  const { lbmethod = '', fleetbalance, configured, workers, elected, requests, errors, busy } = balancer;
  return [
    `${balancerCell(balancer.balancer)}${configured ? '' : ' (gone)'}`,
    fleetbalance === true ? `${lbmethod} (fleet)` : lbmethod,
    String(workers),
    String(elected),
    String(requests),
    String(errors),
    String(busy),
    bytes(Number(balancer.bytesIn)),
    bytes(Number(balancer.bytesOut)),
  ];
}

function routeRows(route: RouteView): string[][] {
  const { virtualHost, configured, target = '', nodes = [] } = route;
  const own = [virtualHost, `${route.route}${configured ? '' : ' (gone)'}`, target, ...numbers(route)];
  return [own, ...nodes.map((node) => ['', `  on ${node.node}`, '', ...numbers(node)])];
}

type Numbers = Pick<RouteView, 'requests' | 'responses' | 'errors' | 'bytesIn' | 'bytesOut'>;

function numbers({ requests, responses, errors, bytesIn, bytesOut }: Numbers): string[] {
  const counts = [requests, responses, errors].map(String);
  return [...counts, bytes(Number(bytesIn)), bytes(Number(bytesOut))];
}

/** Workers of a plain ProxyPass have no balancer; the API names the virtual host they belong to. */
export function balancerCell(balancer: string): string {
  const [, virtualHost] = /^(.*)!plain$/.exec(balancer) ?? [];
  if (virtualHost === undefined) return balancer;
  return virtualHost === MAIN_SERVER ? '(ProxyPass)' : `(ProxyPass of ${virtualHost})`;
}

/** Totals that are not the truth are never shown as if they were. */
export function showFaults(context: CliContext, faults: readonly string[] = []): void {
  for (const fault of faults) context.err(`totals may be incomplete: ${fault}\n`);
}
