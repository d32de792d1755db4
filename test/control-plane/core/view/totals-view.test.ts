import { describe, expect, test } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Report } from '#shared/node-message.ts';
import { reportOf, routeRow, workerRow } from '#test/support/reports.ts';
import { addReport, NO_COUNTERS } from '../../../../control-plane/core/projection/counters.ts';
import { createFleetSums } from '../../../../control-plane/core/projection/fleet-counters.ts';
import { foldAck, foldReport } from '../../../../control-plane/core/projection/node.ts';
import { countersView } from '../../../../control-plane/core/view/counters-view.ts';
import { nodesView } from '../../../../control-plane/core/view/nodes-view.ts';
import { balancersView, routesView } from '../../../../control-plane/core/view/totals-view.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';

const base = definitionOf(balancer('app', [worker(1), worker(2)], { fleetbalance: true }));
const definition = {
  ...base,
  mainServer: { ...base.mainServer, workers: [{ url: 'http://10.9.9.9', parameters: {} }] },
};

const rows = [
  workerRow({ url: worker(1).url, elected: 3n, requests: 3n, bytesOut: 30n, busy: 2 }),
  workerRow({ url: 'http://gone:80', requests: 4n }),
  workerRow({ balancer: 'old', url: 'http://old:80', requests: 5n }),
  workerRow({ balancer: 'main!plain', url: 'http://10.9.9.9', requests: 6n }),
];
const routes = [
  routeRow({ requests: 9n, bytesIn: 1n }),
  routeRow({ virtualHost: 'v', route: 'ProxyPass /x', requests: 2n }),
];
const reports: readonly Report[] = ['n1', 'n2'].map((node) => reportOf({ node, workers: rows, routes }));

function sumsOf(all: readonly Report[]) {
  const sums = createFleetSums();
  for (const report of all) sums.grow(report.node, addReport(NO_COUNTERS, report, 1_000), report);
  return sums;
}

const sums = sumsOf(reports);
const nodes = reports.map((report) => foldReport(undefined, report, 0));

describe('the view of balancers', () => {
  test('sums all workers a balancer ever had, plain ones by virtual host, and does not forget balancers that are gone', () => {
    expect(balancersView(definition, nodes, sums)).toMatchObject([
      {
        balancer: 'app',
        configured: true,
        workers: 2,
        lbmethod: 'byrequests',
        fleetbalance: true,
        requests: 14n,
        busy: 4,
      },
      { balancer: 'main!plain', configured: true, workers: 1, requests: 12n },
      { balancer: 'old', configured: false, workers: 0, requests: 10n },
    ]);
  });
});

describe('the view of routes', () => {
  test('has every configured route with its target, then those that are gone, each by node when asked', () => {
    expect(routesView(definition, sums, true)).toEqual([
      expect.objectContaining({
        virtualHost: 'main',
        route: 'ProxyPass /',
        configured: true,
        target: 'balancer://app/',
        requests: 18n,
        bytesIn: 2n,
        nodes: [
          { node: 'n1', requests: 9n, responses: 0n, errors: 0n, bytesIn: 1n, bytesOut: 0n },
          expect.objectContaining({ node: 'n2', requests: 9n }),
        ],
      }),
      expect.objectContaining({ virtualHost: 'v', route: 'ProxyPass /x', configured: false, requests: 4n }),
    ]);
    expect(routesView(definition, sums, false)[0]).not.toHaveProperty('nodes');
    expect(routesView(EMPTY_DEFINITION, sumsOf([]), true)).toEqual([]);
  });
});

describe('counters for machines', () => {
  test('are those of everything that ever counted, by name', () => {
    expect(countersView(sums, 'worker').map(({ balancer, worker, requests }) => [balancer, worker, requests])).toEqual([
      ['app', worker(1).url, 6n],
      ['app', 'http://gone:80', 8n],
      ['main!plain', 'http://10.9.9.9', 12n],
      ['old', 'http://old:80', 10n],
    ]);
    expect(countersView(sums, 'balancer').map(({ balancer, requests }) => [balancer, requests])).toEqual([
      ['app', 14n],
      ['main!plain', 12n],
      ['old', 10n],
    ]);
    expect(countersView(sums, 'route')).toMatchObject([
      { virtualHost: 'main', route: 'ProxyPass /', requests: 18n },
      { virtualHost: 'v', route: 'ProxyPass /x', requests: 4n },
    ]);
    expect(countersView(sums, 'node')).toMatchObject([
      { node: 'n1', requests: 18n },
      { node: 'n2', requests: 18n },
    ]);
  });

  test('are those of one node when it is named', () => {
    expect(countersView(sums, 'balancer', 'n2')).toMatchObject([{ requests: 7n }, { requests: 6n }, { requests: 5n }]);
    expect(countersView(sums, 'node', 'n2')).toMatchObject([{ node: 'n2' }]);
    expect(countersView(sums, 'worker', 'n3')).toEqual([]);
  });
});

describe('the view of nodes', () => {
  const current = { revision: 5, epoch: 0 };
  const serving = { epoch: 0, revision: 3, stateHash: 'ab'.repeat(32) };

  test('shows what a node serves, how far behind it is, what it refused and what it did', () => {
    const errors = [{ object: 'listener *:80', code: 'listen', text: 'in use' }] as const;
    const said = { labels: { zone: 'a' }, version: '1.2.3', errors };
    const node = foldReport(undefined, reportOf({ ...said, serving, workers: rows }), 100);
    expect(nodesView([node], sumsOf(reports.slice(0, 1)), current, 1_100)).toMatchObject([
      {
        name: 'n1',
        state: 'live',
        ...said,
        servingRevision: 3,
        servingEpoch: 0,
        stateHash: serving.stateHash,
        behind: 2,
        current: false,
        lastReportAgeMs: 1_000,
        busy: 2,
        totals: { requests: 18n },
      },
    ]);
  });

  test('takes a node on another epoch for not current, and forgets a refusal once it is current', () => {
    const errors = [{ object: 'x', code: 'listen', text: 'in use' }] as const;
    const at = (epoch: number) =>
      foldReport(undefined, reportOf({ serving: { ...serving, epoch, revision: 5 }, errors }), 0);
    expect(nodesView([at(0)], sumsOf([]), { revision: 5, epoch: 1 }, 0)).toMatchObject([{ current: false, errors }]);
    expect(nodesView([at(1)], sumsOf([]), { revision: 5, epoch: 1 }, 0)).toMatchObject([{ current: true, errors: [] }]);
  });

  test('shows nodes that are gone by what they counted, stopped if their last report came', () => {
    const all = sumsOf([reportOf({ node: 'a', workers: rows, final: true }), reportOf({ node: 'b', workers: rows })]);
    expect(nodesView([foldAck(undefined, ackOf('c'), 0)], all, current, 5_000)).toMatchObject([
      { name: 'a', state: 'stopped', stopped: true, live: false, lastReportAgeMs: 4_000, totals: { requests: 18n } },
      { name: 'b', state: 'silent', stopped: false, live: false, bootId: 'boot-1' },
      { name: 'c', state: 'live', live: true, totals: { requests: 0n }, lastAck: { revision: 5 } },
    ]);
  });

  const ackOf = (node: string) => ({
    node,
    bootId: 'b',
    fleet: 'f',
    epoch: 0,
    revision: 5,
    stateHash: 'h',
    phase: 'serving' as const,
    applyMs: 1,
    errors: [],
  });
});
