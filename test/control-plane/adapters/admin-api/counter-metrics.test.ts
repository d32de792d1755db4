import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { reportOf, workerRow } from '#test/support/reports.ts';
import { counterMetrics } from '../../../../control-plane/adapters/admin-api/counter-metrics.ts';
import { addReport, NO_COUNTERS } from '../../../../control-plane/core/projection/counters.ts';
import { createFleetSums } from '../../../../control-plane/core/projection/fleet-counters.ts';

test('metrics have no more rows than allowed, and lose nothing: the rest is one row', async () => {
  const sums = createFleetSums();
  const workers = Array.from({ length: 50 }, (_, i) => workerRow({ url: `http://10.0.0.${i + 10}`, requests: 2n }));
  const report = reportOf({ workers });
  sums.grow('n1', addReport(NO_COUNTERS, report, 0), report);
  const registry = new Registry();
  const service = {
    ...sums,
    status: () => ({ unsaved: 1, dropped: 2, faults: ['a', 'b', 'c'] }),
    save: async () => {},
    stop: async () => {},
  };
  const refresh = counterMetrics(registry, service, 10);
  for (let scrape = 0; scrape < 2; scrape++) {
    refresh();
    const text = await registry.metrics();
    const rows = [...text.matchAll(/^penstock_worker_requests_total\{(.*)\} (\d+)$/gm)];
    expect(rows).toHaveLength(11);
    expect(rows.reduce((sum, [, , value]) => sum + Number(value), 0)).toBe(100);
    expect(rows.at(-1)?.[1]).toBe('balancer="(others)",worker="(others)"');
    expect(text).toContain('penstock_workers_without_series 40');
    expect(text).toContain('penstock_counters_unsaved_nodes 1');
    expect(text).toContain('penstock_reports_not_counted 2');
    expect(text).toContain('penstock_counters_incomplete 3');
  }
});
