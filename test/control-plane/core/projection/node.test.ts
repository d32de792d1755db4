import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ack, Report, WorkerReport } from '#shared/node-message.ts';
import { totalsByWorker } from '../../../../control-plane/core/projection/counters.ts';
import {
  foldAck,
  foldObservation,
  foldReport,
  isLive,
  NODE_LEASE_MS,
  type NodeState,
} from '../../../../control-plane/core/projection/node.ts';

const row = (requests: number, incarnation = 1): WorkerReport => ({
  balancer: 'app',
  url: 'http://10.0.0.1',
  incarnation,
  retired: false,
  status: 1,
  lbstatus: 0,
  busy: 0,
  retries: 0,
  errorTimeMs: 0,
  loadfactor: 1,
  lbset: 0,
  route: '',
  redirect: '',
  elected: BigInt(requests),
  transferred: 0n,
  read: 0n,
  requests: BigInt(requests),
  responses: BigInt(requests),
  errors: 0n,
  bytesIn: 0n,
  bytesOut: BigInt(requests) * 10n,
});

const report = (bootId: string, seq: number, workers: readonly WorkerReport[], more: Partial<Report> = {}): Report => ({
  node: 'n1',
  bootId,
  fleet: 'f',
  seq,
  timeMs: 0,
  final: false,
  workers,
  ...more,
});

const ack = (revision: number, change: Partial<Ack> = {}): Ack => ({
  node: 'n1',
  bootId: 'a',
  fleet: 'f',
  revision,
  contentHash: `hash-${revision}`,
  phase: 'serving',
  applyMs: 1,
  errors: [],
  ...change,
});

function foldReports(reports: readonly Report[]): NodeState | undefined {
  return reports.reduce<NodeState | undefined>((node, one) => foldReport(node, one, 0), undefined);
}

function requests(node: NodeState | undefined): bigint {
  return (node && totalsByWorker(node.counters).get('app http://10.0.0.1')?.requests) ?? 0n;
}

describe('counters of a node', () => {
  test('are summed over restarts of the node and over rows made anew', () => {
    const node = foldReports([
      report('a', 1, [row(5)]),
      report('a', 2, [row(7)]),
      report('a', 3, [row(2, 2)]),
      report('b', 1, [row(10)]),
    ]);
    expect(requests(node)).toBe(19n);
  });

  test('keep what a worker did after it is gone', () => {
    expect(requests(foldReports([report('a', 1, [row(5)]), report('a', 2, [])]))).toBe(5n);
  });

  test('are the same however reports were lost, repeated or reordered, once the last of each boot arrived', () => {
    const history = ['a', 'b', 'c'].flatMap((boot, b) =>
      Array.from({ length: 6 }, (_, i) => report(boot, i + 1, [row((i + 1) * (b + 1)), row(i, 2)])),
    );
    const lasts = history.filter(({ seq }) => seq === 6);
    const total = requests(foldReports(history));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...history), { maxLength: 40 }),
        fc.shuffledSubarray(lasts, { minLength: lasts.length }),
        fc.array(fc.constantFrom(...history), { maxLength: 10 }),
        (noise, ends, stragglers) => {
          expect(requests(foldReports([...noise, ...ends, ...stragglers]))).toBe(total);
        },
      ),
    );
  });

  test('stay as small as the configuration, however often a worker comes and goes', () => {
    const comings = Array.from({ length: 500 }, (_, i) => report('a', i + 1, [row(2, i)]));
    const node = foldReports(comings);
    expect(requests(node)).toBe(1000n);
    const [rows] = node?.counters.boots.get('a')?.rows.values() ?? [];
    expect(rows?.size).toBe(1);
  });

  test('of long gone boots are not counted again when a straggler comes', () => {
    const boots = Array.from({ length: 20 }, (_, i) => report(`boot-${i}`, 1, [row(1)]));
    expect(requests(foldReports([...boots, report('boot-0', 2, [row(100)])]))).toBe(20n);
  });
});

describe('the state of a node', () => {
  test('follows its acknowledgements', () => {
    let node = foldAck(undefined, ack(1), 10);
    expect(node.serving).toEqual({ revision: 1, contentHash: 'hash-1' });
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
    const overtaken = report('a', 1, [], { serving: { revision: 1, contentHash: 'hash-1' } });
    expect(foldReport(foldAck(undefined, ack(2), 1), overtaken, 2).serving?.revision).toBe(2);
  });

  test('is not live for longer because the clock was set back', () => {
    const node = foldReport(undefined, report('a', 1, []), 10_000_000);
    expect(isLive(node, 10_000_000 - 1_000)).toBe(true);
    expect(isLive(node, 10_000_000 - 3_600_000)).toBe(false);
  });

  test('begins afresh with a new boot, and late messages of the old one do not disturb it', () => {
    const old = foldReport(foldAck(undefined, ack(3), 1), report('a', 1, [row(1)]), 1);
    const fresh = foldReport(old, report('b', 1, [row(2)]), 2);
    expect(fresh).toMatchObject({ bootId: 'b', workers: [{ requests: 2n }] });
    expect(fresh.serving).toBeUndefined();
    const late = foldAck(foldReport(fresh, report('a', 2, [row(9)]), 3), ack(3), 3);
    expect(late).toMatchObject({ bootId: 'b', workers: [{ requests: 2n }] });
    expect(late.serving).toBeUndefined();
  });

  test('is live until it is silent for its lease or says good-bye', () => {
    const node = foldReport(undefined, report('a', 1, []), 1_000);
    expect(isLive(node, 1_000 + NODE_LEASE_MS - 1)).toBe(true);
    expect(isLive(node, 1_000 + NODE_LEASE_MS)).toBe(false);
    expect(isLive(foldReport(node, report('a', 2, [], { final: true }), 2_000), 2_000)).toBe(false);
  });

  test('keeps the newest failures it saw', () => {
    const observation = { node: 'n1', bootId: 'a', fleet: 'f', balancer: 'app', worker: 'w', kind: 'failed' } as const;
    let node: NodeState | undefined;
    for (let i = 0; i < 100; i++) node = foldObservation(node, { ...observation, reason: `r${i}`, timeMs: i }, i);
    expect(node?.observations).toHaveLength(32);
    expect(node?.observations.at(-1)?.reason).toBe('r99');
  });
});
