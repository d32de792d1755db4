import { describe, expect, test } from 'vitest';
import type { Report } from '#shared/node-message.ts';
import { reportOf } from '#test/support/reports.ts';
import { foldReport, type NodeState } from '../../../../control-plane/core/projection/node.ts';
import { isRival } from '../../../../control-plane/core/projection/rival.ts';

const report = (bootId: string, seq: number, more: Partial<Report> = {}) =>
  reportOf({ bootId, seq, workers: [], ...more });

function after(...reports: readonly Report[]): NodeState {
  const node = reports.reduce<NodeState | undefined>(
    (state, each, index) => foldReport(state, each, index + 1),
    undefined,
  );
  if (node === undefined) throw new Error('no report, no node');
  return node;
}

describe('two processes that report as one node', () => {
  test('are told apart when the earlier one does not stop', () => {
    const node = after(report('a', 1), report('b', 1), report('a', 2), report('b', 2), report('a', 3), report('a', 4));
    expect(node.bootId).toBe('b');
    expect(node.rival?.bootId).toBe('a');
    expect(isRival(node.rival, 6)).toBe(true);
  });

  test('are not seen in stragglers of a run that has ended, or in the same report again', () => {
    expect(isRival(after(report('a', 1), report('b', 1), report('a', 2), report('a', 3)).rival, 4)).toBe(false);
    const repeated = Array.from({ length: 5 }, () => report('a', 2));
    expect(isRival(after(report('a', 1), report('b', 1), ...repeated).rival, 7)).toBe(false);
  });

  test('are two no longer when the earlier one has said good-bye, or has long been silent', () => {
    const reports = [report('a', 1), report('b', 1), report('a', 2), report('a', 3), report('a', 4)];
    expect(after(...reports, report('a', 5, { final: true })).rival).toBeUndefined();
    expect(isRival(after(...reports).rival, 60_000)).toBe(false);
  });

  test('leave the name to the earlier one when the later one stops', () => {
    const node = after(
      report('a', 1),
      report('b', 1),
      report('a', 2),
      report('b', 2, { final: true }),
      report('a', 3),
      report('a', 4, { version: '1' }),
    );
    expect(node).toMatchObject({ bootId: 'a', stopped: false, version: '1', earlierBoots: ['b'] });
    expect(node.rival).toBeUndefined();
  });
});
