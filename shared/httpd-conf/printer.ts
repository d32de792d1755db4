import type { Balancer, BalancerParameters } from '../definition/balancer.ts';
import type { Definition } from '../definition/definition.ts';
import { listenerId } from '../definition/listener.ts';
import { BALANCER_PARAMETERS, type ParameterSpec, WORKER_PARAMETERS } from '../definition/parameters.ts';
import type { Route, RouteTarget } from '../definition/route.ts';
import type { Location, ServerName, VirtualHost } from '../definition/virtual-host.ts';
import type { WorkerParameters } from '../definition/worker.ts';
import { printAddress } from './directives/listener.ts';
import { printSettings } from './directives/settings.ts';
import { DOLLAR, quoted, usesDollar, word } from './print-words.ts';
import { WorkerPlan, type WorkerSection } from './worker-plan.ts';

/**
 * Prints a definition as httpd configuration. Reading the print gives an equal definition, for every definition that a
 * configuration can express at all, which is every one the reader makes; the same definition always gives the same text.
 */
export function printHttpdConf(definition: Definition): string {
  const { listeners, mainServer, virtualHosts, balancers } = definition;
  const byServer = Map.groupBy(balancers, ({ virtualHost }) => virtualHost);
  const blocks: Block[] = [
    listeners.map((listener) => `Listen ${listener.address === '*' ? listener.port : listenerId(listener)}`),
    ...serverBlocks(mainServer, byServer.get(undefined) ?? []),
    ...virtualHosts.map((server) => virtualHostBlock(server, byServer.get(server.id) ?? [])),
  ];
  const lines = joined(blocks);
  const all = usesDollar(lines) ? [`Define ${DOLLAR} "$"`, '', ...lines] : lines;
  return all.map((line) => `${line}\n`).join('');
}

/** Lines that belong together; an empty block leaves no trace. */
type Block = readonly string[];

function joined(blocks: readonly Block[]): readonly string[] {
  return blocks.filter(({ length }) => length > 0).flatMap((block, i) => (i === 0 ? block : ['', ...block]));
}

function section(start: string, end: string, inside: readonly string[]): Block {
  return [start, ...inside.map((line) => (line === '' ? '' : `  ${line}`)), end];
}

function virtualHostBlock(server: VirtualHost, balancers: readonly Balancer[]): Block {
  const start = `<VirtualHost ${server.addresses.map(printAddress).join(' ')}>`;
  return section(start, '</VirtualHost>', joined(serverBlocks(server, balancers)));
}

function serverBlocks(server: VirtualHost, balancers: readonly Balancer[]): readonly Block[] {
  const { serverName, serverAliases, settings } = server;
  const plan = new WorkerPlan(server);
  const routes = ruleBlocks(server, plan);
  const locations = server.locations.flatMap((location) => locationBlocks(location, plan));
  return [
    [
      ...(serverName === undefined ? [] : [`ServerName ${word(printServerName(serverName))}`]),
      ...(serverAliases.length === 0 ? [] : [`ServerAlias ${serverAliases.map(word).join(' ')}`]),
      ...printSettings(settings),
    ],
    ...balancers.map(balancerBlock),
    ...routes,
    ...locations,
    ...plan.rest().map(workerBlock),
  ];
}

function printServerName({ scheme, host, port }: ServerName): string {
  return `${scheme === undefined ? '' : `${scheme}://`}${host}${port === undefined ? '' : `:${port}`}`;
}

function balancerBlock({ name, parameters, members }: Balancer): Block {
  const settings = printParameters(BALANCER_PARAMETERS, parameters);
  const lines = members.map((member) => {
    return ['BalancerMember', quoted(member.url), ...printParameters(WORKER_PARAMETERS, member.parameters)].join(' ');
  });
  return section(`<Proxy ${quoted(`balancer://${name}`)}>`, '</Proxy>', [
    ...lines,
    // A section alone makes no balancer; ProxySet does, even without parameters.
    ...(settings.length > 0 || lines.length === 0 ? [['ProxySet', ...settings].join(' ')] : []),
  ]);
}

function workerBlock({ worker, kind }: WorkerSection): Block {
  const name = kind === 'pattern' ? 'ProxyMatch' : 'Proxy';
  const inside = ['ProxySet', ...printParameters(WORKER_PARAMETERS, worker.parameters)].join(' ');
  return section(`<${name} ${quoted(worker.url)}>`, `</${name}>`, [inside]);
}

/** Rules stand together, parted only by the sections of workers that have to come before one of them. */
function ruleBlocks({ routes, reverseRules }: VirtualHost, plan: WorkerPlan): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  for (const route of routes) {
    const { sections, inline } = plan.before(route);
    if (sections.length > 0) {
      blocks.push(lines, ...sections.map(workerBlock));
      lines = [];
    }
    const path = quoted(route.match.kind === 'prefix' ? route.match.path : route.match.pattern);
    lines.push(printRoute(route, [path], inline?.parameters));
  }
  const reverse = reverseRules.map(({ path, target }) => `ProxyPassReverse ${quoted(path)} ${quoted(target)}`);
  return [...blocks, [...lines, ...reverse]];
}

function locationBlocks({ match, route, reverseRules, settings }: Location, plan: WorkerPlan): readonly Block[] {
  const { sections, inline } = route === undefined ? { sections: [], inline: undefined } : plan.before(route);
  const [name, path] = match.kind === 'prefix' ? ['Location', match.path] : ['LocationMatch', match.pattern];
  const inside = [
    ...printSettings(settings),
    ...(route === undefined ? [] : [printRoute(route, [], inline?.parameters)]),
    ...reverseRules.map(({ target }) => `ProxyPassReverse ${quoted(target)}`),
  ];
  return [...sections.map(workerBlock), section(`<${name} ${quoted(path)}>`, `</${name}>`, inside)];
}

function printRoute(route: Route, path: readonly string[], parameters: WorkerParameters | undefined): string {
  return [
    route.match.kind === 'prefix' ? 'ProxyPass' : 'ProxyPassMatch',
    ...path,
    printTarget(route.target),
    ...(route.nocanon === true ? ['nocanon'] : []),
    ...(parameters === undefined ? [] : printParameters(WORKER_PARAMETERS, parameters)),
  ].join(' ');
}

function printTarget(target: RouteTarget): string {
  switch (target.kind) {
    case 'local':
      return '"!"';
    case 'balancer':
      return quoted(`balancer://${target.name}${target.path}`);
    case 'url':
      return quoted(target.url);
  }
}

function printParameters<P extends WorkerParameters | BalancerParameters>(
  specs: readonly ParameterSpec<P>[],
  parameters: P,
): readonly string[] {
  return specs.flatMap((spec) => {
    const value = spec.print(parameters);
    return value === undefined ? [] : [word(`${spec.key}=${value}`)];
  });
}
