import { Command } from 'commander';
import type { HealthEvent } from '#shared/health/health-event.ts';
import type { HealthEntryView, HealthView, WitnessView, WorkerHealthView } from '../../core/view/health-view.ts';
import { localActor } from '../client.ts';
import type { CliContext } from '../context.ts';
import { clientFor, integerArgument, type ServerOptions, withJson, withServer } from '../options.ts';
import { age, count, localTime } from '../output.ts';

type Options = ServerOptions & { readonly json?: boolean };

/** `penstock health`: verdicts of the fleet and how they came about. */
export function healthCommand(context: CliContext): Command {
  const command = withJson(withServer(new Command('health'), context))
    .description('show which workers the fleet finds unavailable, who says so, and how that came about')
    .option('--limit <n>', 'how many entries of the health log', integerArgument(1, 500), 10)
    .action(async (options: Options & { readonly limit: number }) => {
      const client = clientFor(context, options);
      const view = await client.send({ method: 'GET', path: '/v1/health' });
      if (options.json === true) return context.out(`${view.text}\n`);
      showHealth(context, view.json<HealthView>());
      const query = { limit: String(options.limit) };
      const log = await client.send({ method: 'GET', path: '/v1/health/log', query });
      const { entries } = log.json<{ entries: readonly HealthEntryView[] }>();
      if (entries.length > 0) context.out('\nlately:\n');
      for (const { time, events } of entries) {
        for (const event of events) context.out(`  ${localTime(time)}  ${eventText(event)}\n`);
      }
    });
  return command.addCommand(clearCommand(context));
}

/** `penstock health clear`: an operator knows better. */
function clearCommand(context: CliContext): Command {
  type ClearOptions = Options & { readonly reason?: string };
  // --server and --json are the parent's: it takes them wherever they stand.
  return new Command('clear')
    .description('end a wrong verdict on a worker, and discard the evidence it came from')
    .argument('<balancer>', 'balancer, by name')
    .argument('<worker>', 'worker, by URL or unambiguous host:port')
    .option('--reason <text>', 'why, for those who look later')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeOut: context.out, writeErr: context.err })
    .action(async (balancer: string, worker: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ClearOptions>();
      const { reason } = options;
      const body = { balancer, worker, actor: localActor(), ...(reason === undefined ? {} : { reason }) };
      const answer = await clientFor(context, options).send({ method: 'POST', path: '/v1/health/clear', body });
      if (options.json === true) return context.out(`${answer.text}\n`);
      const cleared = answer.json<{ balancer: string; worker: string }>();
      context.out(
        `cleared the verdict on ${cleared.worker} of ${cleared.balancer}; only new failures count from now on\n`,
      );
    });
}

function showHealth(context: CliContext, { workers, members, frozen, notRecording, warmingUp }: HealthView): void {
  const out = workers.filter(({ verdict }) => verdict === 'unavailable');
  const suspected = workers.filter(({ verdict }) => verdict === 'available');
  if (out.length === 0) context.out(`the fleet finds all workers available; ${count(members.length, 'node')} live\n`);
  else
    context.out(`the fleet finds ${count(out.length, 'worker')} unavailable; ${count(members.length, 'node')} live\n`);
  if (frozen !== undefined) {
    context.out(`verdicts are frozen since ${localTime(frozen.since)}: ${frozen.reason}; no worker is taken out\n`);
  }
  if (warmingUp === true) {
    context.out('this replica has just started: for a while it forms no verdict by majority, and ends none\n');
  }
  if (notRecording !== undefined) {
    context.out(`new verdicts are not recorded for ${age(notRecording.forMs)}: ${notRecording.reason}\n`);
  }
  for (const worker of out) showWorker(context, worker, unavailableText(worker));
  for (const worker of suspected) showWorker(context, worker, `available (verdict=${worker.policy})`);
}

function showWorker(context: CliContext, { balancer, worker, witnesses }: WorkerHealthView, text: string): void {
  context.out(`\n${balancer} ${worker}: ${text}\n`);
  for (const witness of witnesses) context.out(`  ${witnessText(witness)}\n`);
}

function unavailableText({ zones, reason = '', since, policy }: WorkerHealthView): string {
  const where = zones.length === 0 ? '' : ` in ${zones.join(', ')}`;
  return `unavailable${where} since ${since === undefined ? 'now' : localTime(since)} (verdict=${policy}): ${reason}`;
}

function witnessText({ node, zone, saw, ageMs, fresh }: WitnessView): string {
  return `${node}${zone === undefined ? '' : ` (${zone})`}: ${sawText(saw)}, ${age(ageMs)} ago${fresh ? '' : ' (too old to count)'}`;
}

const SAW: Readonly<Record<string, string>> = {
  failed: 'a request failed',
  'check-failed': 'a check failed',
  answered: 'answers requests again',
  'check-passed': 'a check passed',
};

/** What a witness saw: `a check failed: status 500`. */
export function sawText(saw: string): string {
  const [kind = '', ...reason] = saw.split(' ');
  const words = SAW[kind];
  if (words === undefined) return saw;
  return reason.length === 0 ? words : `${words}: ${reason.join(' ')}`;
}

function eventText(event: HealthEvent): string {
  switch (event.type) {
    case 'worker-unavailable': {
      const where = event.zones.length === 0 ? '' : ` in ${event.zones.join(', ')}`;
      return `${event.balancer} ${event.worker} unavailable${where}: ${event.reason}`;
    }
    case 'worker-available': {
      const by = event.actor === undefined ? '' : `, cleared by ${event.actor}`;
      return `${event.balancer} ${event.worker} available${by}${event.reason === '' ? '' : `: ${event.reason}`}`;
    }
    case 'verdicts-frozen':
      return `verdicts frozen: ${event.reason}`;
    case 'verdicts-resumed':
      return `verdicts decided again: ${event.reason}`;
  }
}
