import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ack } from '#shared/node-message.ts';
import { reportOf } from '#test/support/reports.ts';
import { foldAck, foldReport, type NodeState } from '../../control-plane/core/projection/node.ts';
import type { Logger } from '../../control-plane/log.ts';
import { type NodeWatch, startNodeWatch } from '../../control-plane/node-watch.ts';

const LEASE_MS = 35_000;

describe('the watch over nodes', () => {
  const nodes = new Map<string, NodeState>();
  let lines: object[];
  let nowMs: number;
  let connected: boolean;
  let watch: NodeWatch;

  beforeEach(() => {
    nodes.clear();
    lines = [];
    nowMs = 1_000_000;
    connected = true;
    const write = (line: object) => void lines.push(line);
    const log: Logger = { debug: write, info: write, warn: write, error: write };
    watch = startNodeWatch({
      registry: { nodes: () => [...nodes.values()] },
      bus: { status: () => ({ connected, detail: '' }) },
      clock: () => nowMs,
      log,
      everyMs: 1_000_000,
    });
  });

  afterEach(() => watch.stop());

  function reports(node: string, more: Parameters<typeof reportOf>[0] = {}): void {
    const seq = (nodes.get(node)?.reportSeq ?? 0) + 1;
    nodes.set(node, foldReport(nodes.get(node), reportOf({ node, bootId: 'b', seq, ...more }), nowMs));
  }

  function rejects(node: string, revision: number): void {
    const errors = [{ object: 'listener *:80', code: 'in-use', text: 'taken' }];
    const ack = { node, bootId: 'b', epoch: 0, revision, stateHash: '', phase: 'rejected', applyMs: 1, errors };
    nodes.set(node, foldAck(nodes.get(node), ack as unknown as Ack, nowMs));
  }

  /** What a look now adds to the log. */
  function told(): readonly object[] {
    lines = [];
    watch.look();
    return lines;
  }

  test('tells of nodes that come, in one line, and not again', () => {
    for (let i = 0; i < 30; i++) reports(`n${i}`);
    expect(told()).toEqual([{ code: 'CP2103', count: 30, nodes: [...nodes.keys()].slice(0, 20) }]);
    nowMs += 1_000;
    expect(told()).toEqual([]);
  });

  test('tells of nodes that fall silent, are heard again, and stop', () => {
    reports('a');
    reports('b');
    told();
    nowMs += LEASE_MS;
    reports('b');
    expect(told()).toEqual([{ code: 'CP2105', count: 1, nodes: ['a'] }]);
    expect(told()).toEqual([]);
    reports('a');
    expect(told()).toEqual([{ code: 'CP2103', count: 1, nodes: ['a'] }]);
    reports('a', { final: true });
    expect(told()).toEqual([{ code: 'CP2104', count: 1, nodes: ['a'] }]);
  });

  test('calls nobody silent while the bus is away, nor when it has just come back', () => {
    reports('a');
    reports('b');
    told();
    connected = false;
    nowMs += 2 * LEASE_MS;
    expect(told()).toEqual([]);
    connected = true;
    nowMs += 1_000;
    reports('a');
    expect(told()).toEqual([]);
    nowMs += 20_000;
    expect(told()).toEqual([{ code: 'CP2105', count: 1, nodes: ['b'] }]);
  });

  test('tells of each refusal once, with its reasons', () => {
    reports('a');
    reports('b');
    told();
    rejects('a', 7);
    rejects('b', 7);
    const reasons = ['listener *:80: taken'];
    expect(told()).toEqual([{ code: 'CP2106', epoch: 0, revision: 7, reasons, count: 2, nodes: ['a', 'b'] }]);
    expect(told()).toEqual([]);
    rejects('b', 8);
    expect(told()).toEqual([{ code: 'CP2106', epoch: 0, revision: 8, reasons, count: 1, nodes: ['b'] }]);
  });

  test('holds no more nodes than there are', () => {
    reports('a');
    told();
    nodes.clear();
    reports('b');
    expect(told()).toEqual([{ code: 'CP2103', count: 1, nodes: ['b'] }]);
    nodes.clear();
    reports('a');
    expect(told()).toEqual([{ code: 'CP2103', count: 1, nodes: ['a'] }]);
  });
});
