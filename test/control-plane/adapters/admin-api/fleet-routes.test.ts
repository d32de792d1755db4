import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { encodeReport } from '#shared/codec/node-codec.ts';
import type { Report } from '#shared/node-message.ts';
import { reportOf, routeRow, workerRow } from '#test/support/reports.ts';
import { eventually } from '../../../support/wait.ts';
import { type ControlPlaneFixture, controlPlaneFixture } from '../../support/control-plane.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';

const definition = definitionOf(balancer('app', [worker(1), worker(2)]));
const HUGE = 2n ** 60n + 1n;

describe('the totals of the REST API', () => {
  let api: ControlPlaneFixture;

  beforeEach(async () => {
    api = await controlPlaneFixture();
    await api.call('POST', '/v1/apply', { body: { definition } });
  });

  afterEach(() => api.dispose());

  const report = (node: string, requests: bigint, more: Partial<Report> = {}) =>
    reportOf({
      node,
      bootId: `boot of ${node}`,
      fleet: 'default',
      labels: { zone: 'a' },
      serving: { epoch: 0, revision: 1, stateHash: 'ab'.repeat(32) },
      workers: [workerRow({ url: worker(1).url, requests, elected: requests, bytesOut: 5n, busy: 1 })],
      routes: [routeRow({ requests })],
      ...more,
    });

  async function send(one: Report): Promise<void> {
    await api.bus.publish(subjects('default').report(one.node), encodeReport(one));
    await eventually('the report to be counted', async () => {
      const { body } = await api.call('GET', `/v1/counters?by=node&node=${one.node}`);
      return body.counters[0]?.requests === Number(one.workers[0]?.requests);
    });
  }

  test('say that nodes are not heard while the bus is away, and only then', async () => {
    const staleness = async (path: string) => (await api.call('GET', path)).headers['penstock-stale'];
    const status = vi.spyOn(api.bus, 'status').mockReturnValue({ connected: false, detail: 'connection refused' });
    for (const path of ['/v1/workers', '/v1/nodes', '/v1/health', '/v1/counters?by=node']) {
      expect(await staleness(path)).toBe('nodes are not heard, the bus cannot be reached: connection refused');
    }
    expect(await staleness('/v1/definition')).toBeUndefined();
    status.mockRestore();
    expect(await staleness('/v1/nodes')).toBeUndefined();
  });

  test('are those of all nodes: by worker, balancer, route and node', async () => {
    await send(report('n1', 3n));
    await send(report('n2', 4n));
    const { body } = await api.call('GET', '/v1/workers');
    expect(body).not.toHaveProperty('incomplete');
    expect(body.workers).toMatchObject([
      {
        url: worker(1).url,
        requests: 7,
        busy: 2,
        health: { verdict: 'available', policy: 'majority' },
        nodes: [
          { node: 'n1', requests: 3 },
          { node: 'n2', requests: 4 },
        ],
      },
      { url: worker(2).url, requests: 0, nodes: [] },
    ]);
    expect((await api.call('GET', '/v1/balancers')).body.balancers).toMatchObject([
      { balancer: 'app', configured: true, workers: 2, requests: 7, bytesOut: 10, busy: 2 },
    ]);
    expect((await api.call('GET', '/v1/routes')).body.routes).toMatchObject([
      {
        virtualHost: 'main',
        route: 'ProxyPass /',
        target: 'balancer://app/',
        requests: 7,
        nodes: [{ node: 'n1' }, {}],
      },
    ]);
    expect((await api.call('GET', '/v1/nodes')).body).toMatchObject({
      revision: 1,
      epoch: 0,
      nodes: [
        { name: 'n1', state: 'live', labels: { zone: 'a' }, version: '1.0.0', busy: 1, totals: { requests: 3 } },
        { name: 'n2', behind: 0, current: true, stateHash: 'ab'.repeat(32), reportIntervalMs: 1_000 },
      ],
    });
  });

  test('are written to the last digit', async () => {
    await api.bus.publish(subjects('default').report('n1'), encodeReport(report('n1', HUGE)));
    await eventually('the count', async () => {
      const { text } = await api.call('GET', '/v1/counters?by=worker');
      return text.includes(`"requests":${HUGE},`);
    });
  });

  test('are told of one worker, or without nodes, when asked', async () => {
    await send(report('n1', 3n));
    const named = await api.call('GET', `/v1/workers?name=${encodeURIComponent('10.0.0.1:8080')}&nodes=none`);
    expect(named.body.workers).toMatchObject([{ url: worker(1).url, requests: 3 }]);
    expect(named.body.workers[0]).not.toHaveProperty('nodes');
    expect((await api.call('GET', '/v1/routes?nodes=none')).body.routes[0]).not.toHaveProperty('nodes');
    expect((await api.call('GET', '/v1/workers?nodes=some')).status).toBe(400);
    expect((await api.call('GET', '/v1/counters')).status).toBe(400);
    expect((await api.call('GET', '/v1/counters?by=weekday')).status).toBe(400);
  });

  test('stay when the control plane is restarted, also of nodes that are gone', async () => {
    await send(report('n1', 3n));
    await send(report('n2', 4n, { seq: 9, final: true }));
    await api.restart();
    expect((await api.call('GET', '/v1/workers')).body.workers[0]).toMatchObject({ requests: 7, nodes: [] });
    expect((await api.call('GET', '/v1/nodes')).body.nodes).toMatchObject([
      { name: 'n1', state: 'silent', totals: { requests: 3 } },
      { name: 'n2', state: 'stopped', totals: { requests: 4 } },
    ]);
  });

  test('are metrics, too', async () => {
    await send(report('n1', 3n));
    const { text } = await api.call('GET', '/metrics');
    expect(text).toContain(`penstock_worker_requests_total{balancer="app",worker="${worker(1).url}"} 3`);
    expect(text).toContain('penstock_route_requests_total{virtual_host="main",route="ProxyPass /"} 3');
    expect(text).toContain('penstock_workers_without_series 0');
    expect(text).toContain('penstock_counters_incomplete 0');
  });
});
