import { describe, expect, test } from 'vitest';
import { INITIAL_STATE, overrideKey } from '#shared/event/fold.ts';
import type { WorkerReport } from '#shared/node-message.ts';
import { reportOf, workerRow } from '#test/support/reports.ts';
import { addReport, NO_COUNTERS } from '../../../../control-plane/core/projection/counters.ts';
import { createFleetSums } from '../../../../control-plane/core/projection/fleet-counters.ts';
import { foldReport, type NodeState } from '../../../../control-plane/core/projection/node.ts';
import type { WorkerHealthView } from '../../../../control-plane/core/view/health-view.ts';
import { toJson } from '../../../../control-plane/core/view/to-json.ts';
import { type WorkersViewTerms, workersView } from '../../../../control-plane/core/view/workers-view.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';

const row = workerRow({ url: worker(1).url, busy: 2, elected: 1n, transferred: 5n, read: 7n, requests: 1n });

const node = (name: string, ...workers: readonly WorkerReport[]): NodeState =>
  foldReport(undefined, reportOf({ node: name, bootId: name, workers }), 0);

const override = {
  balancer: 'app',
  worker: worker(1).url,
  parameters: { status: { set: 0x20, clear: 0 }, loadfactor: 9 },
  actor: 'ann',
  sinceMs: 0,
};
const state = {
  ...INITIAL_STATE,
  definition: definitionOf(balancer('app', [worker(1, { loadfactor: 2, route: 'r' })])),
  overrides: new Map([[overrideKey(override), override]]),
};

const noSums = createFleetSums();
const view = (nodes: readonly NodeState[], more: Partial<WorkersViewTerms> = {}, name?: string) =>
  workersView(state, { nodes, sums: noSums, details: 'all', ...more }, name);

describe('the view of workers', () => {
  test('shows the configured status, overrides applied, when no node reports', () => {
    expect(view([])).toMatchObject([
      { url: worker(1).url, loadfactor: 9, route: 'r', status: 'Init Dis', configuredStatus: 'Init Dis', nodes: [] },
    ]);
  });

  test('shows what nodes agree on, and says when they do not', () => {
    expect(view([node('a', row), node('b', row)])).toMatchObject([
      { status: 'Init Ok', busy: 4, transferred: 10n, read: 14n },
    ]);
    const failed = { ...row, status: 0x81, errorTimeMs: 1 };
    expect(view([node('a', row), node('b', failed)])).toMatchObject([
      { status: 'Mixed', nodes: [{ usable: true }, { usable: false, errorTime: '1970-01-01T00:00:00.001Z' }] },
    ]);
  });

  test('tells of each node only what was asked for', () => {
    const failed = { ...row, status: 0x81 };
    expect(view([node('a', row), node('b', row)], { details: 'mixed' })[0]).not.toHaveProperty('nodes');
    expect(view([node('a', row), node('b', failed)], { details: 'mixed' })[0]?.nodes).toHaveLength(2);
    expect(view([node('a', row), node('b', failed)], { details: 'none' })[0]).not.toHaveProperty('nodes');
  });

  test('takes no notice of the state of rows that are retired', () => {
    const nodes = [node('a', row, { ...row, incarnation: 0, retired: true, status: 0x81, busy: 9 })];
    expect(view(nodes)).toMatchObject([{ status: 'Init Ok', busy: 2 }]);
  });

  test('shows totals over all nodes and boots, and those of each live node', () => {
    const sums = createFleetSums();
    for (const name of ['a', 'gone']) {
      const report = reportOf({ node: name, workers: [{ ...row, requests: 5n }] });
      sums.grow(name, addReport(NO_COUNTERS, report, 0), report);
    }
    expect(view([node('a', row)], { sums })).toMatchObject([{ requests: 10n, nodes: [{ node: 'a', requests: 5n }] }]);
  });

  test('finds workers by URL, address or balancer', () => {
    for (const name of [worker(1).url, '10.0.0.1:8080', 'app']) expect(view([], {}, name)).toHaveLength(1);
    expect(view([], {}, '10.0.0.2:8080')).toEqual([]);
  });

  test("has the fleet's opinion of each worker, with witnesses where nodes are told of", () => {
    const health = (balancer: string, url: string): WorkerHealthView => ({
      balancer,
      worker: url,
      verdict: 'available',
      zones: [],
      policy: 'majority',
      opinions: { available: 1, unavailable: 0 },
      witnesses: [{ node: 'a', available: true, saw: 'answered', ageMs: 5, fresh: true }],
    });
    expect(view([], { health })).toMatchObject([{ health: { verdict: 'available', witnesses: [{ node: 'a' }] } }]);
    expect(view([], { health, details: 'none' })).toMatchObject([{ health: { verdict: 'available', witnesses: [] } }]);
  });

  test('prints counters of any size exactly', () => {
    expect(toJson({ n: 2n ** 64n - 1n })).toBe('{"n":18446744073709551615}');
  });
});
