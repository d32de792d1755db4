import { describe, expect, test } from 'vitest';
import type { Ack } from '#shared/node-message.ts';
import { reportOf } from '#test/support/reports.ts';
import { convergence } from '../../../control-plane/core/convergence.ts';
import { foldAck, foldReport, type NodeState } from '../../../control-plane/core/projection/node.ts';

const from = (node: string) => ({ node, bootId: `boot of ${node}`, fleet: 'f' });

function after(node: string, ...acks: readonly Partial<Ack>[]): NodeState {
  const first = foldAck(undefined, { ...from(node), ...answer, revision: 1 }, 0);
  return acks.reduce<NodeState>((state, ack) => foldAck(state, { ...from(node), ...answer, ...ack }, 0), first);
}

const answer = { revision: 2, epoch: 0, stateHash: 'hash', phase: 'serving', applyMs: 1, errors: [] } as const;

describe('convergence', () => {
  test('is reached when every node serves the revision or a later one, and names the slowest', () => {
    const nodes = [after('a', { applyMs: 3 }), after('b', { applyMs: 9 }), after('c', { revision: 3 })];
    expect(convergence(nodes, { epoch: 0, revision: 2 })).toMatchObject({
      kind: 'converged',
      slowest: { node: 'b', applyMs: 9 },
    });
  });

  test('waits for those that have only received it', () => {
    const nodes = [after('a', {}), after('b', { phase: 'received' })];
    expect(convergence(nodes, { epoch: 0, revision: 2 })).toMatchObject({
      kind: 'waiting',
      serving: ['a'],
      waitingFor: ['b'],
    });
  });

  test('counts a node that refused a later revision and serves this one', () => {
    expect(convergence([after('a', {}, { revision: 3, phase: 'rejected' })], { epoch: 0, revision: 2 }).kind).toBe(
      'converged',
    );
  });

  test('is refused by a node that serves a later revision of another history', () => {
    const serving = { epoch: 0, revision: 5, stateHash: 'hash of another history' };
    const report = reportOf({ ...from('a'), serving });
    const errors = [{ object: 'snapshot 2', code: 'fork', text: 'revision 5 is served' }] as const;
    const ack: Ack = { ...from('a'), ...answer, phase: 'rejected', errors };
    const node = foldAck(foldReport(undefined, report, 0), ack, 0);
    expect(convergence([node], { epoch: 0, revision: 2 })).toMatchObject({
      kind: 'rejected',
      serving: [],
      rejected: [{ node: 'a', errors }],
    });
  });

  test('is not reached by a higher revision of an earlier epoch', () => {
    const node = after('a', { revision: 9 });
    expect(convergence([node], { epoch: 1, revision: 2 }).kind).toBe('waiting');
    expect(convergence([after('a', { epoch: 1 })], { epoch: 1, revision: 2 }).kind).toBe('converged');
    expect(convergence([after('a', { epoch: 1 })], { epoch: 0, revision: 9 }).kind).toBe('converged');
  });
});
