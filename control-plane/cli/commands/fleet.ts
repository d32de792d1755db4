import { Command } from 'commander';
import type { NodeView } from '../../core/view/nodes-view.ts';
import { localActor } from '../client.ts';
import { type CliContext, usage } from '../context.ts';
import {
  clientFor,
  durationArgument,
  type ServerOptions,
  type WaitOption,
  waiting,
  withJson,
  withServer,
  withWait,
} from '../options.ts';
import { age, table } from '../output.ts';
import { showOutcome } from '../show-outcome.ts';
import { showFaults } from './totals.ts';

type Options = ServerOptions & { readonly json?: boolean };

/** `penstock nodes`: who serves what. */
export function nodesCommand(context: CliContext): Command {
  return withJson(withServer(new Command('nodes'), context))
    .description('show nodes, the revision each serves and what it did')
    .action(async (options: Options) => {
      const answer = await clientFor(context, options).send({ method: 'GET', path: '/v1/nodes' });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const { revision, epoch, nodes, incomplete } = answer.json<NodesAnswer>();
      context.out(nodes.length === 0 ? 'no node has reported yet\n' : table(HEADER, nodes.map(nodeRow)));
      context.out(`the fleet is at revision ${revision}${epoch === 0 ? '' : ` of epoch ${epoch}`}\n`);
      for (const { name, lastAck, errors, current, bootId, rival } of nodes) {
        if (rival !== undefined) {
          context.out(
            `  ${name}: two processes report as ${name} (runs ${bootId} and ${rival}): each needs its own name\n`,
          );
        }
        // Both say the same as long as the node is not behind the refusal; the report outlives a lost answer.
        const refusals = errors.length > 0 || current ? errors : (lastAck?.errors ?? []);
        for (const { object, text } of refusals) context.out(`  ${name}: ${object}: ${text}\n`);
      }
      showFaults(context, incomplete);
    });
}

type NodesAnswer = {
  readonly revision: number;
  readonly epoch: number;
  readonly nodes: readonly NodeView[];
  readonly incomplete?: readonly string[];
};

const HEADER = [
  'NODE',
  'STATE',
  'SERVES',
  'HASH',
  'LAST ANSWER',
  'LAST REPORT',
  'BUSY',
  'REQUESTS',
  'ERRORS',
  'VERSION',
  'LABELS',
];

function nodeRow(node: NodeView): string[] {
  const { name, state, lastAck, lastReportAgeMs, stateHash = '', totals, busy, version, labels } = node;
  return [
    name,
    state,
    servesCell(node),
    stateHash.slice(0, 8),
    answerCell(lastAck),
    lastReportAgeMs === undefined ? 'never' : `${age(lastReportAgeMs)} ago`,
    String(busy),
    String(totals.requests),
    String(totals.errors),
    version,
    Object.entries(labels)
      .map(([label, value]) => `${label}=${value}`)
      .join(' '),
  ];
}

function answerCell(answer: NodeView['lastAck']): string {
  if (answer === undefined) return '';
  const { phase, revision, applyMs } = answer;
  return phase === 'serving' ? `serving ${revision} in ${applyMs} ms` : `${phase} ${revision}`;
}

function servesCell({ servingRevision, servingEpoch = 0, behind = 0, current }: NodeView): string {
  if (servingRevision === undefined) return 'nothing';
  const epoch = servingEpoch === 0 ? '' : ` of epoch ${servingEpoch}`;
  if (current) return `${servingRevision}${epoch}`;
  return `${servingRevision}${epoch} (${behind > 0 ? `${behind} behind` : 'another history'})`;
}

/** `penstock set`: changes a worker while the fleet runs. */
export function setCommand(context: CliContext): Command {
  type SetOptions = Options &
    WaitOption & { readonly reason?: string; readonly for?: string; readonly clear?: boolean };
  return withJson(withWait(withServer(new Command('set'), context)))
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
      const { wait, waitMs } = waiting(options);
      if (clear === true) {
        if (settings.length > 0 || options.for !== undefined) throw usage('--clear takes neither KEY=VALUE nor --for');
        const query = { balancer, worker, actor, message: reason, wait };
        const answer = await client.send({ method: 'DELETE', path: '/v1/overrides', query, waitMs });
        return showOutcome(context, answer, json);
      }
      const body = {
        balancer,
        worker,
        parameters: readSettings(settings),
        actor,
        ...(reason === undefined ? {} : { reason }),
        ...(options.for === undefined ? {} : { for: options.for }),
      };
      const query = { wait };
      showOutcome(context, await client.send({ method: 'PUT', path: '/v1/overrides', query, body, waitMs }), json);
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
