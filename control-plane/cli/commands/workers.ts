import { Command } from 'commander';
import type { WorkerHealthView } from '../../core/view/health-view.ts';
import type { OverrideView, WorkerNodeView, WorkerView } from '../../core/view/workers-view.ts';
import { type CliContext, CliFailure } from '../context.ts';
import { clientFor, type ServerOptions, withJson, withServer } from '../options.ts';
import { age, bytes, count, localTime, someOf, table } from '../output.ts';
import { sawText } from './health.ts';
import { balancerCell, showFaults } from './totals.ts';

type Options = ServerOptions & { readonly json?: boolean; readonly verbose?: boolean };

const HEADER = [
  'BALANCER',
  'WORKER',
  'SET',
  'FACTOR',
  'ROUTE',
  'STATUS',
  'REQUESTS',
  'ERRORS',
  'BUSY',
  'IN',
  'OUT',
  'VERDICT',
];

/** `penstock workers`: states and counters; of one worker, or when asked, each node's view and why the fleet thinks what it thinks. */
export function workersCommand(context: CliContext): Command {
  return withJson(withServer(new Command('workers'), context))
    .description('show workers, their states and counters')
    .argument('[worker]', 'only this one, with all that is known: its URL, host:port, or a balancer')
    .option('-v, --verbose', 'what each node sees, and the evidence of verdicts')
    .action(async (name: string | undefined, options: Options) => {
      const isDetailed = options.verbose === true || name !== undefined;
      const nodes = isDetailed || options.json === true ? 'all' : 'mixed';
      const query = { nodes, ...(name === undefined ? {} : { name }) };
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/workers', query });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { workers: shown, incomplete } = answer.json<WorkersAnswer>();
      if (name !== undefined && shown.length === 0) {
        throw new CliFailure(`there is no worker or balancer "${name}"; penstock workers shows all`);
      }
      context.out(shown.length === 0 ? 'no worker is configured\n' : table(HEADER, shown.map(workerRow)));
      showOverrides(context, shown);
      for (const worker of shown) {
        if (isDetailed) showDetails(context, worker);
        else showDifferences(context, worker);
      }
      showFaults(context, incomplete);
    });
}

type WorkersAnswer = { readonly workers: readonly WorkerView[]; readonly incomplete?: readonly string[] };

function workerRow(worker: WorkerView): string[] {
  const { balancer, url, lbset, loadfactor, route = '', status, requests, errors, busy, bytesIn, bytesOut } = worker;
  return [
    balancerCell(balancer),
    url,
    String(lbset),
    String(loadfactor),
    route,
    status,
    String(requests),
    String(errors),
    String(busy),
    bytes(Number(bytesIn)),
    bytes(Number(bytesOut)),
    verdictCell(worker.health),
  ];
}

function verdictCell(health: WorkerHealthView | undefined): string {
  if (health === undefined) return '';
  const { verdict, zones, policy } = health;
  if (policy === 'off') return 'off';
  return zones.length === 0 ? verdict : `${verdict} in ${zones.join(', ')}`;
}

function showOverrides(context: CliContext, workers: readonly WorkerView[]): void {
  const overridden = workers.flatMap(({ override }) => override ?? []);
  if (overridden.length > 0) context.out('\noverrides:\n');
  for (const override of overridden) context.out(`  ${overrideText(override)}\n`);
}

function showDifferences(context: CliContext, { url, nodes = [], health }: WorkerView): void {
  const seen = [...Map.groupBy(nodes, (node) => node.status)].map(
    ([status, those]) => `${status} on ${someOf(those.map(({ node }) => node))}`,
  );
  if (seen.length > 0) context.out(`  ${url}: ${seen.join('; ')}\n`);
  if (health?.verdict === 'unavailable') context.out(`  ${url} is unavailable: ${health.reason ?? ''}\n`);
}

function showDetails(context: CliContext, { balancer, url, nodes = [], health }: WorkerView): void {
  context.out(`\n${balancerCell(balancer)} ${url}\n`);
  for (const line of healthLines(health)) context.out(`  ${line}\n`);
  const rows = nodes.map(nodeRow);
  const header = ['NODE', 'STATUS', 'IN ERROR SINCE', 'REQUESTS', 'ERRORS', 'BUSY', 'IN', 'OUT'];
  context.out(rows.length === 0 ? '  no live node reports it\n' : table(header, rows).replace(/^(?=.)/gm, '  '));
}

function nodeRow({ node, status, errorTime, requests, errors, busy, bytesIn, bytesOut }: WorkerNodeView): string[] {
  return [
    node,
    status,
    errorTime === undefined ? '' : localTime(errorTime),
    String(requests),
    String(errors),
    String(busy),
    bytes(Number(bytesIn)),
    bytes(Number(bytesOut)),
  ];
}

/** The fleet's opinion of a worker, and whose it is. */
function healthLines(health: WorkerHealthView | undefined): readonly string[] {
  if (health === undefined) return [];
  const { reason, since, policy, opinions, witnesses } = health;
  const cause = reason === undefined ? '' : `: ${reason}`;
  const when = since === undefined ? '' : ` since ${localTime(since)}`;
  return [
    `verdict ${verdictCell(health)}${when}${cause}`,
    `policy ${policy}: ${count(opinions.unavailable, 'node')} against it, ${opinions.available} for it`,
    ...witnesses.map(({ node, zone, available, saw, ageMs, fresh }) => {
      const where = zone === undefined ? '' : ` in ${zone}`;
      return `${available ? '+' : '-'} ${node}${where}: ${sawText(saw)}, ${age(ageMs)} ago${fresh ? '' : ' (too old to count)'}`;
    }),
  ];
}

function overrideText({ balancer, worker, parameters, actor, reason, since, until }: OverrideView): string {
  const set = Object.entries(parameters)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  const end = until === undefined ? 'until cleared' : `until ${localTime(until)}`;
  return `${balancer} ${worker}: ${set} by ${actor} since ${localTime(since)}, ${end}${reason === undefined ? '' : `: ${reason}`}`;
}
