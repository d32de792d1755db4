import { Gauge, Registry } from 'prom-client';
import type { StatusView } from './status-view.ts';

/** Cumulative per worker, as reported; they begin anew with each run of the node. */
const WORKER_COUNTERS = [
  ['requests', 'Requests handed to the worker'],
  ['responses', 'Complete responses relayed'],
  ['errors', 'Attempts that failed'],
  ['bytesIn', 'Request body bytes towards the worker'],
  ['bytesOut', 'Response body bytes to clients'],
  ['elected', 'Elections won'],
] as const;

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
  ['threads_up', 'Proxy threads running', ({ threads }) => threads.up],
  ['threads_configured', 'Proxy threads wanted', ({ threads }) => threads.configured],
  ['thread_deaths', 'Proxy threads that died', ({ threads }) => threads.deaths],
  ['acks_dropped', 'Acknowledgements dropped for newer ones', ({ dropped }) => dropped.acknowledgements],
  ['runs_dropped', 'Earlier runs whose counters were dropped', ({ dropped }) => dropped.runs],
  ['rows_dropped', 'Last counts of removed workers and routes dropped', ({ dropped }) => dropped.rows],
  ['runs_waiting', 'Earlier runs whose counters wait to be handed over', ({ earlierRunsToReport: runs }) => runs],
  ['up_seconds', 'Since the node started', ({ upMs }) => upMs / 1000],
] as const satisfies readonly (readonly [string, string, (view: StatusView) => number])[];

/** Prometheus text of what a node says of itself. */
export async function metricsText(view: StatusView): Promise<{ readonly type: string; readonly text: string }> {
  // Made from a view each time, so nothing here has to be kept in step with it.
  const registry = new Registry();
  const registers = [registry];
  for (const [name, help, read] of FIGURES) {
    new Gauge({ name: `penstock_node_${name}`, help, registers }).set(read(view));
  }
  const labelNames = ['balancer', 'worker'];
  const busy = new Gauge({ name: 'penstock_worker_busy', help: 'Requests in progress', labelNames, registers });
  for (const { balancer, url, busy: inProgress } of view.workers) busy.set({ balancer, worker: url }, inProgress);
  for (const [field, help] of WORKER_COUNTERS) {
    const name = `penstock_worker_${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`;
    // Gauges by type, since prom-client's counters cannot be set; by name and meaning they are counters.
    const gauge = new Gauge({ name, help, labelNames, registers });
    for (const worker of view.workers) {
      gauge.set({ balancer: worker.balancer, worker: worker.url }, Number(worker[field]));
    }
  }
  return { type: registry.contentType, text: await registry.metrics() };
}
