import { describe, expect, test } from 'vitest';
import type { Ack, Observations, Report, WorkerReport } from '#shared/node-message.ts';
import { reportOf, workerRow } from '#test/support/reports.ts';
import {
  foldAck,
  foldObservations,
  foldReport,
  inFlight,
  isLive,
  liveness,
  NODE_LEASE_MS,
  type NodeState,
  SUSPECT_AFTER_MS,
} from '../../../../control-plane/core/projection/node.ts';

const report = (bootId: string, seq: number, workers: readonly WorkerReport[] = [], more: Partial<Report> = {}) =>
  reportOf({ bootId, seq, workers, ...more });

const serving = (revision: number, epoch = 0) => ({ epoch, revision, stateHash: `hash-${revision}` });

const ack = (revision: number, change: Partial<Ack> = {}): Ack => ({
  node: 'n1',
  bootId: 'a',
  fleet: 'f',
  ...serving(revision),
  phase: 'serving',
  applyMs: 1,
  errors: [],
  ...change,
});

const busyOf = (node: NodeState) => [...node.rows.values()].map(({ url, busy }) => [url, busy]);

describe('what a node serves', () => {
  test('follows its acknowledgements', () => {
    let node = foldAck(undefined, ack(1), 10);
    expect(node.serving).toEqual(serving(1));
    node = foldAck(node, ack(2, { phase: 'received' }), 20);
    expect(node.lastAck?.phase).toBe('received');
    const errors = [{ object: 'snapshot 2', code: 'listen', text: 'in use' }] as const;
    node = foldAck(node, ack(2, { phase: 'rejected', errors }), 30);
    expect(node.serving?.revision).toBe(1);
    expect(node.lastAck).toMatchObject({ phase: 'rejected', errors });
  });

  test('is not set back by an acknowledgement that was overtaken', () => {
    const node = foldAck(foldAck(undefined, ack(2), 10), ack(1), 20);
    expect(node.serving?.revision).toBe(2);
    expect(foldAck(node, ack(2, { phase: 'received' }), 30).lastAck?.phase).toBe('serving');
  });

  test('is not set back by a report that was overtaken by an acknowledgement', () => {
    const overtaken = report('a', 1, [], { serving: serving(1) });
    expect(foldReport(foldAck(undefined, ack(2), 1), overtaken, 2).serving?.revision).toBe(2);
  });

  test('may have a lower revision once its epoch is higher', () => {
    const restored = foldAck(foldAck(undefined, ack(9), 1), ack(4, { epoch: 1 }), 2);
    expect(restored.serving).toEqual(serving(4, 1));
    expect(foldAck(restored, ack(12), 3).serving).toEqual(serving(4, 1));
  });

  test('begins afresh with a new boot, and late messages of the old one do not disturb it', () => {
    const old = foldReport(foldAck(undefined, ack(3), 1), report('a', 1, [workerRow({ busy: 1 })]), 1);
    const fresh = foldReport(old, report('b', 1, [workerRow({ busy: 2 })]), 2);
    expect(fresh.bootId).toBe('b');
    expect(fresh.serving).toBeUndefined();
    const late = foldAck(foldReport(fresh, report('a', 2, [workerRow({ busy: 9 })]), 3), ack(3), 3);
    expect(late.bootId).toBe('b');
    expect(late.serving).toBeUndefined();
    expect(inFlight(late)).toBe(2);
  });

  test('is not disturbed by the last word of a boot that nobody heard of', () => {
    const node = foldReport(undefined, report('b', 1, [workerRow({ busy: 2 })]), 1);
    const told = foldReport(node, report('a', 40, [], { final: true }), 2);
    expect(told).toMatchObject({ bootId: 'b', stopped: false });
    expect(foldReport(told, report('a', 41), 3).bootId).toBe('b');
  });
});

describe('the rows of a node', () => {
  const one = (busy: number) => workerRow({ url: 'http://1', busy });
  const two = (busy: number) => workerRow({ url: 'http://2', busy });

  test('are those of a complete report, changed by what partial ones hold', () => {
    let node = foldReport(undefined, report('a', 1, [one(1), two(1)]), 1);
    node = foldReport(node, report('a', 2, [two(5)], { complete: false }), 2);
    expect(busyOf(node)).toEqual([
      ['http://1', 1],
      ['http://2', 5],
    ]);
    expect(busyOf(foldReport(node, report('a', 3, [two(6)]), 3))).toEqual([['http://2', 6]]);
  });

  test('are not set back by reports that were overtaken', () => {
    const node = foldReport(foldReport(undefined, report('a', 2, [one(7)]), 1), report('a', 1, [one(3)]), 2);
    expect(inFlight(node)).toBe(7);
  });

  test('count what is in progress on retired ones until it is over', () => {
    let node = foldReport(undefined, report('a', 1, [one(1)]), 1);
    const retired = { ...one(1), retired: true };
    node = foldReport(node, report('a', 2, [retired, workerRow({ url: 'http://1', incarnation: 2, busy: 3 })]), 2);
    expect(inFlight(node)).toBe(4);
    node = foldReport(node, report('a', 3, [{ ...retired, busy: 0 }], { complete: false }), 3);
    expect(busyOf(node)).toEqual([['http://1', 3]]);
  });

  test('come with labels, version, interval and the reasons of a refusal', () => {
    const errors = [{ object: 'listener *:80', code: 'listen', text: 'in use' }] as const;
    const more = { labels: { zone: 'a' }, version: '2.0.0', intervalMs: 250, errors };
    expect(foldReport(undefined, report('a', 1, [], more), 1)).toMatchObject(more);
  });
});

describe('a node that says too much', () => {
  const flood = Array.from({ length: 130_000 }, (_, i) => workerRow({ url: `http://${i}`, busy: 1 }));

  test('is remembered with as many rows as it can have, and those it has go on changing', () => {
    let node = foldReport(undefined, report('a', 1, flood, { complete: false }), 1);
    const { size } = node.rows;
    expect(size).toBeGreaterThanOrEqual(100_000);
    expect(size + (node.rowsDropped ?? 0)).toBe(flood.length);
    const more = flood.map((row) => ({ ...row, url: `${row.url}:80`, busy: 1 }));
    node = foldReport(node, report('a', 2, [...more, workerRow({ url: 'http://7', busy: 5 })], { complete: false }), 2);
    expect(node.rows.size).toBe(size);
    expect(node.rowsDropped).toBe(2 * flood.length - size);
    expect(inFlight(node)).toBe(size + 4);
    // What it drops when it is told to makes room again.
    const gone = [workerRow({ url: 'http://8', retired: true }), workerRow({ url: 'http://new', busy: 1 })];
    node = foldReport(node, report('a', 3, gone, { complete: false }), 3);
    expect(node.rows.has('1 app http://new')).toBe(true);
    node = foldReport(node, report('a', 4, [workerRow()]), 4);
    expect(node.rows.size).toBe(1);
  });

  test('is remembered without texts that are longer than any that can be configured', () => {
    const long = 'x'.repeat(10_000);
    const node = foldReport(undefined, report('a', 1, [workerRow({ url: long }), workerRow({ route: long })]), 1);
    expect(node.rows.size).toBe(0);
    expect(node.rowsDropped).toBe(2);
    const said = { balancer: 'app', worker: 'w', kind: 'failed', reason: long, timeMs: 1 } as const;
    const message = { node: 'n1', bootId: 'a', fleet: 'f', seq: 1, complete: false };
    const after = foldObservations(node, { ...message, observations: [said, { ...said, worker: long }] }, 2);
    expect(after.observations).toEqual([{ ...said, reason: 'x'.repeat(200) }]);
  });

  test('is not one that changes its run by ids that are too long', () => {
    const long = 'x'.repeat(10_000);
    const node = foldReport(undefined, report('a', 1, [workerRow({ busy: 3 })]), 1);
    const told = foldReport(foldReport(node, report(long, 1), 2), report(long, 2, [], { final: true }), 3);
    expect(told).toMatchObject({ bootId: 'a', earlierBoots: [] });
    expect(inFlight(told)).toBe(3);
    const first = foldReport(undefined, report(long, 1, [workerRow()]), 1);
    expect(first.bootId.length).toBeLessThan(200);
    expect(first.rows.size).toBe(0);
  });
});

describe('a node', () => {
  test('is suspected, then silent, when it is not heard of for its lease', () => {
    const node = foldReport(undefined, report('a', 1), 1_000);
    expect(liveness(node, 1_000 + SUSPECT_AFTER_MS - 1)).toBe('live');
    expect(liveness(node, 1_000 + SUSPECT_AFTER_MS)).toBe('suspect');
    expect(isLive(node, 1_000 + NODE_LEASE_MS - 1)).toBe(true);
    expect(liveness(node, 1_000 + NODE_LEASE_MS)).toBe('silent');
  });

  test('that reports seldom is suspected after three of its reports', () => {
    const node = foldReport(undefined, report('a', 1, [], { intervalMs: 20_000 }), 0);
    expect(liveness(node, 59_999)).toBe('live');
    expect(liveness(node, 60_000)).toBe('silent');
    const boastful = foldReport(undefined, report('a', 1, [], { intervalMs: 1e12 }), 0);
    expect(isLive(boastful, 900_000)).toBe(false);
  });

  test('is not live any more when it said good-bye', () => {
    const node = foldReport(undefined, report('a', 1), 1_000);
    expect(liveness(foldReport(node, report('a', 2, [], { final: true }), 2_000), 2_000)).toBe('stopped');
  });

  test('is not live for longer because the clock was set back', () => {
    const node = foldReport(undefined, report('a', 1), 10_000_000);
    expect(isLive(node, 10_000_000 - 1_000)).toBe(true);
    expect(isLive(node, 10_000_000 - 3_600_000)).toBe(false);
  });

  test('is remembered with the newest changes of its opinions, each once', () => {
    const batch = (seq: number, change: Partial<Observations> = {}): Observations => ({
      node: 'n1',
      bootId: 'a',
      fleet: 'f',
      seq,
      complete: false,
      observations: [{ balancer: 'app', worker: 'w', kind: 'failed', reason: `r${seq}`, timeMs: seq }],
      ...change,
    });
    let node: NodeState | undefined;
    for (let seq = 1; seq <= 100; seq++) node = foldObservations(node, batch(seq), seq);
    node = foldObservations(node, batch(100), 101);
    node = foldObservations(node, batch(101, { complete: true }), 102);
    expect(node.observations).toHaveLength(32);
    expect(node.observations.at(-1)?.reason).toBe('r100');
  });
});
