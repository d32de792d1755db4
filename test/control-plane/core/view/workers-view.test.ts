import { describe, expect, test } from 'vitest';
import { INITIAL_STATE, overrideKey } from '#shared/event/fold.ts';
import type { WorkerReport } from '#shared/node-message.ts';
import { foldReport, type NodeState } from '../../../../control-plane/core/projection/node.ts';
import { toJson } from '../../../../control-plane/core/view/to-json.ts';
import { workersView } from '../../../../control-plane/core/view/workers-view.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';
import { reportOf, workerRow } from '../../support/reports.ts';

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

describe('the view of workers', () => {
  test('shows the configured status, overrides applied, when no node reports', () => {
    expect(workersView(state, [], new Map())).toMatchObject([
      { url: worker(1).url, loadfactor: 9, route: 'r', status: 'Init Dis', configuredStatus: 'Init Dis', nodes: [] },
    ]);
  });

  test('shows what nodes agree on, and says when they do not', () => {
    expect(workersView(state, [node('a', row), node('b', row)], new Map())).toMatchObject([
      { status: 'Init Ok', busy: 4, transferred: 10n, read: 14n },
    ]);
    const failed = { ...row, status: 0x81, errorTimeMs: 1 };
    expect(workersView(state, [node('a', row), node('b', failed)], new Map())).toMatchObject([
      { status: 'Mixed', nodes: [{ usable: true }, { usable: false, errorTime: '1970-01-01T00:00:00.001Z' }] },
    ]);
  });

  test('takes no notice of the state of rows that are retired', () => {
    const nodes = [node('a', row, { ...row, incarnation: 0, retired: true, status: 0x81, busy: 9 })];
    expect(workersView(state, nodes, new Map())).toMatchObject([{ status: 'Init Ok', busy: 2 }]);
  });

  test('prints counters of any size exactly', () => {
    expect(toJson({ n: 2n ** 64n - 1n })).toBe('{"n":18446744073709551615}');
  });
});
