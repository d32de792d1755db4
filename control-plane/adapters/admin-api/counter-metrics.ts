import { Counter, Gauge, type Registry } from 'prom-client';
import {
  addTotals,
  type CounterKind,
  type CounterTotals,
  splitKey,
  ZERO_TOTALS,
} from '../../core/projection/counters.ts';
import type { CounterService } from '../../counter-service.ts';

type Family = {
  readonly kind: CounterKind;
  readonly prefix: string;
  readonly labels: readonly [string, string];
  readonly names: readonly (keyof CounterTotals)[];
};

const FAMILIES: readonly Family[] = [
  {
    kind: 'workers',
    prefix: 'penstock_worker',
    labels: ['balancer', 'worker'],
    names: ['elected', 'requests', 'responses', 'errors', 'bytesIn', 'bytesOut'],
  },
  {
    kind: 'routes',
    prefix: 'penstock_route',
    labels: ['virtual_host', 'route'],
    names: ['requests', 'responses', 'errors', 'bytesIn', 'bytesOut'],
  },
];

const METRICS: Readonly<Record<keyof CounterTotals, readonly [suffix: string, help: string]>> = {
  elected: ['elected_total', 'Elections that chose it'],
  requests: ['requests_total', 'Requests it was given'],
  responses: ['responses_total', 'Complete responses'],
  errors: ['errors_total', 'Of a worker, attempts that failed; of a route, 5xx made here and answers cut off'],
  bytesIn: ['request_body_bytes_total', 'Request body bytes'],
  bytesOut: ['response_body_bytes_total', 'Response body bytes'],
};

/** Stands for those without series of their own. Nothing configured is called so. */
const OTHERS = '(others)';

/**
 * The fleet's totals by worker and by route, for Prometheus.
 *
 * @param maxRows workers, and routes, with series of their own: the first by name; what the rest did is one more row
 * @returns brings the metrics up to date; to be called before they are read
 */
export function counterMetrics(registry: Registry, counters: CounterService, maxRows: number): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const unsaved = gauge('penstock_counters_unsaved_nodes', 'Nodes whose newest counts are in memory only');
  const incomplete = gauge('penstock_counters_incomplete', 'Reasons why totals are less than they should be');
  const dropped = gauge(
    'penstock_reports_not_counted',
    'Reports of boots long closed, of nodes too many, or with more than is counted of one node, since start',
  );
  const families = FAMILIES.map((family) => familyMetrics(family, counters, maxRows, registers));
  return () => {
    const status = counters.status();
    unsaved.set(status.unsaved);
    incomplete.set(status.faults.length);
    dropped.set(status.dropped);
    for (const refresh of families) refresh();
  };
}

function familyMetrics(
  { kind, prefix, labels, names }: Family,
  counters: CounterService,
  maxRows: number,
  registers: Registry[],
): () => void {
  const metrics = names.map((name) => {
    const [suffix, help] = METRICS[name];
    return { name, metric: new Counter({ name: `${prefix}_${suffix}`, help, labelNames: labels, registers }) };
  });
  const rest = new Gauge({
    name: `${prefix}s_without_series`,
    help: `Those summed up as ${OTHERS}: there are series for ${maxRows} at most`,
    registers,
  });
  return () => {
    const totals = counters.totals(kind);
    const rows = boundedRows(totals, maxRows);
    for (const { name, metric } of metrics) {
      metric.reset();
      for (const [first, second, row] of rows) {
        metric.inc({ [labels[0]]: first, [labels[1]]: second }, Number(row[name]));
      }
    }
    rest.set(Math.max(0, totals.size - maxRows));
  };
}

/** By name, so that who has a series keeps it while nobody new comes. */
function boundedRows(
  totals: ReadonlyMap<string, CounterTotals>,
  maxRows: number,
): readonly (readonly [string, string, CounterTotals])[] {
  const sorted = [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const shown = sorted.slice(0, maxRows).map(([key, row]) => [...splitKey(key), row] as const);
  if (sorted.length <= maxRows) return shown;
  const others = sorted.slice(maxRows).reduce((sum, [, row]) => addTotals(sum, row), ZERO_TOTALS);
  return [...shown, [OTHERS, OTHERS, others]];
}
