import { Command } from 'commander';
import { MAIN_SERVER } from '#shared/definition/virtual-host.ts';
import type { NodeView } from '../../core/view/nodes-view.ts';
import type { OverrideView, WorkerView } from '../../core/view/workers-view.ts';
import { localActor } from '../client.ts';
import { type CliContext, usage } from '../context.ts';
import { clientFor, durationArgument, type ServerOptions, withJson, withServer } from '../options.ts';
import { age, bytes, localTime, table } from '../output.ts';
import { showOutcome } from '../show-outcome.ts';

type Options = ServerOptions & { readonly json?: boolean };

/** `penstock workers`: states and counters. */
export function workersCommand(context: CliContext): Command {
  return withJson(withServer(new Command('workers'), context))
    .description('show workers, their states and counters')
    .action(async (options: Options) => {
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/workers' });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { workers } = answer.json<{ workers: readonly WorkerView[] }>();
      const header = [
        'BALANCER',
        'WORKER',
        'SET',
        'FACTOR',
        'ROUTE',
        'STATUS',
        'REQUESTS',
        'ERRORS',
        'BUSY',
        'TO',
        'FROM',
      ];
      context.out(table(header, workers.map(workerRow)));
      const overridden = workers.flatMap(({ override }) => override ?? []);
      if (overridden.length > 0) context.out('\noverrides:\n');
      for (const override of overridden) context.out(`  ${overrideText(override)}\n`);
      for (const { url, nodes, status } of workers) {
        if (status === 'Mixed') for (const { node, status } of nodes) context.out(`  ${url} on ${node}: ${status}\n`);
      }
    });
}

function workerRow(worker: WorkerView): string[] {
  const { balancer, url, lbset, loadfactor, route = '', status, requests, errors, busy, transferred, read } = worker;
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
    bytes(Number(transferred)),
    bytes(Number(read)),
  ];
}

/** Workers of a plain ProxyPass have no balancer; the API names the virtual host they belong to. */
function balancerCell(balancer: string): string {
  const [, virtualHost] = /^(.*)!plain$/.exec(balancer) ?? [];
  if (virtualHost === undefined) return balancer;
  return virtualHost === MAIN_SERVER ? '(ProxyPass)' : `(ProxyPass of ${virtualHost})`;
}

function overrideText({ balancer, worker, parameters, actor, reason, since, until }: OverrideView): string {
  const set = Object.entries(parameters)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
  const end = until === undefined ? 'until cleared' : `until ${localTime(until)}`;
  return `${balancer} ${worker}: ${set} by ${actor} since ${localTime(since)}, ${end}${reason === undefined ? '' : `: ${reason}`}`;
}

/** `penstock nodes`: who serves what. */
export function nodesCommand(context: CliContext): Command {
  return withJson(withServer(new Command('nodes'), context))
    .description('show nodes and the revision each serves')
    .action(async (options: Options) => {
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/nodes' });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { revision, nodes } = answer.json<{ revision: number; nodes: readonly NodeView[] }>();
      context.out(table(['NODE', 'STATE', 'SERVES', 'LAST ANSWER', 'LAST REPORT'], nodes.map(nodeRow)));
      context.out(`the fleet is at revision ${revision}\n`);
      for (const { name, lastAck } of nodes) {
        for (const { object, text } of lastAck?.errors ?? []) context.out(`  ${name}: ${object}: ${text}\n`);
      }
    });
}

function nodeRow({ name, live, stopped, servingRevision, current, lastAck, lastReportAgeMs }: NodeView): string[] {
  return [
    name,
    stopped ? 'stopped' : live ? 'live' : 'silent',
    servingRevision === undefined ? 'nothing' : `${servingRevision}${current ? '' : ' (old)'}`,
    lastAck === undefined ? '' : `${lastAck.phase} ${lastAck.revision} in ${lastAck.applyMs} ms`,
    lastReportAgeMs === undefined ? 'never' : `${age(lastReportAgeMs)} ago`,
  ];
}

/** `penstock set`: changes a worker while the fleet runs. */
export function setCommand(context: CliContext): Command {
  type SetOptions = Options & { readonly reason?: string; readonly for?: string; readonly clear?: boolean };
  return withJson(withServer(new Command('set'), context))
    .description('change a worker while it runs: status=+N, loadfactor=5, lbset=1, route=, redirect=')
    .argument('<balancer>', 'balancer, by name')
    .argument('<worker>', 'worker, by URL or unambiguous host:port')
    .argument('[key=value...]', 'what to change')
    .option('--reason <text>', 'why, for those who look later')
    .option('--for <duration>', 'take it back after this time: 10m, 1h30m', durationArgument)
    .option('--clear', 'take back what was set on this worker')
    .action(async (balancer: string, worker: string, settings: readonly string[], options: SetOptions) => {
      const client = clientFor(context, options);
      const { reason, clear, json } = options;
      const actor = localActor();
      if (clear === true) {
        if (settings.length > 0 || options.for !== undefined) throw usage('--clear takes neither KEY=VALUE nor --for');
        const query = { balancer, worker, actor, message: reason };
        return showOutcome(context, await client.send({ method: 'DELETE', path: '/v1/overrides', query }), json);
      }
      const body = {
        balancer,
        worker,
        parameters: readSettings(settings),
        actor,
        ...(reason === undefined ? {} : { reason }),
        ...(options.for === undefined ? {} : { for: options.for }),
      };
      showOutcome(context, await client.send({ method: 'PUT', path: '/v1/overrides', body }), json);
    });
}

function readSettings(settings: readonly string[]): Record<string, string> {
  if (settings.length === 0) throw usage('nothing to set: give KEY=VALUE, for example status=+N, or --clear');
  return Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf('=');
      if (at < 1) throw usage(`"${setting}": want KEY=VALUE, for example status=+N or loadfactor=5`);
      return [setting.slice(0, at), setting.slice(at + 1)];
    }),
  );
}
