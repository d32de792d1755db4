import { mapInSteps, type Steps } from '#shared/slices.ts';
import type { StatusView } from './status-view.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Worker = StatusView['workers'][number];

/**
 * Cumulative per worker, as reported; they begin anew with each run of the node. Named as the control plane names the fleet's totals, but
 * for `node`: who reads both must not add them up by mistake.
 */
const WORKER_COUNTERS = [
  ['elected_total', 'Elections that chose it', ({ elected }) => elected],
  ['requests_total', 'Requests it was given', ({ requests }) => requests],
  ['responses_total', 'Complete responses', ({ responses }) => responses],
  ['errors_total', 'Attempts that failed', ({ errors }) => errors],
  ['request_body_bytes_total', 'Request body bytes', ({ bytesIn }) => bytesIn],
  ['response_body_bytes_total', 'Response body bytes', ({ bytesOut }) => bytesOut],
] as const satisfies readonly (readonly [string, string, (worker: Worker) => bigint])[];

const FIGURES = [
  ['revision', 'Revision served', ({ serving }) => serving?.revision ?? 0],
  ['epoch', 'Epoch served', ({ serving }) => serving?.epoch ?? 0],
  ['lag_revisions', 'Revisions behind the newest head known', ({ lagRevisions }) => lagRevisions],
  ['head_age_seconds', 'Since the newest head was last heard of', ({ newest }) => (newest?.seenForMs ?? 0) / 1000],
  ['confirmed', 'Whether more than the disk vouches for what is served', ({ confirmed }) => Number(confirmed)],
  ['rejected', 'Configurations remembered as rejected', ({ rejected }) => rejected.length],
  ['bus_connected', 'Whether the bus is connected', ({ bus }) => Number(bus.connected)],
  ['bus_unsent', 'Messages not sent because the bus was away', ({ bus }) => bus.unsent],
  ['polling', 'Whether the control plane is polled', ({ poll }) => Number(poll.polling)],
  ['health_frames_fresh', 'Whether the fleet is heard on health', ({ health }) => Number(health.frames === 'fresh')],
  ['threads_up', 'Proxy threads running', ({ threads }) => threads.up],
  ['threads_configured', 'Proxy threads wanted', ({ threads }) => threads.configured],
  ['thread_deaths', 'Proxy threads that died', ({ threads }) => threads.deaths],
  ['acks_dropped', 'Acknowledgements dropped for newer ones', ({ dropped }) => dropped.acknowledgements],
  ['runs_dropped', 'Earlier runs whose counters were dropped', ({ dropped }) => dropped.runs],
  ['rows_dropped', 'Last counts of removed workers and routes dropped', ({ dropped }) => dropped.rows],
  ['runs_waiting', 'Earlier runs whose counters wait to be handed over', ({ earlierRunsToReport: runs }) => runs],
  ['up_seconds', 'Since the node started', ({ upMs }) => upMs / 1000],
] as const satisfies readonly (readonly [string, string, (view: StatusView) => number])[];

/** Prometheus text of what a node says of itself. Pauses, since it may have thousands of workers. */
export function* metricsText(view: StatusView): Steps<string> {
  const figures = FIGURES.map(
    ([name, help, read]) => `${head(name, help, 'gauge')}penstock_node_${name} ${read(view)}\n`,
  );
  const labels = yield* mapInSteps(view.workers, ({ balancer, url }) => {
    return `{balancer="${escaped(balancer)}",worker="${escaped(url)}"}`;
  });
  const families = [`${head('worker_busy', 'Requests in progress', 'gauge')}`];
  families.push(
    ...(yield* mapInSteps(view.workers, ({ busy }, i) => `penstock_node_worker_busy${labels[i]} ${busy}\n`)),
  );
  for (const [name, help, read] of WORKER_COUNTERS) {
    families.push(head(`worker_${name}`, help, 'counter'));
    const line = (worker: Worker, i: number) => `penstock_node_worker_${name}${labels[i]} ${read(worker)}\n`;
    families.push(...(yield* mapInSteps(view.workers, line)));
  }
  return [...figures, ...expiries(view), ...families].join('');
}

/** Under one name on nodes and replicas: whoever watches over certificates asks for all of them. */
function expiries({ credentials }: StatusView): readonly string[] {
  if (credentials.length === 0) return [];
  const name = 'penstock_credentials_expire_seconds';
  const help = 'Until a certificate or credential of the bus expires; below 0 it has';
  const lines = credentials.map(
    ({ credential, expiresInMs }) => `${name}{credential="${escaped(credential)}"} ${expiresInMs / 1000}\n`,
  );
  return [`# HELP ${name} ${help}\n# TYPE ${name} gauge\n`, ...lines];
}

function head(name: string, help: string, type: 'gauge' | 'counter'): string {
  return `# HELP penstock_node_${name} ${help}\n# TYPE penstock_node_${name} ${type}\n`;
}

/** @source Prometheus text format: backslash, quote and line feed of a label's value */
function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}
