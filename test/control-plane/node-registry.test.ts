import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { encodeObservations, encodeReport } from '#shared/codec/node-codec.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { Report } from '#shared/node-message.ts';
import { reportOf, workerRow } from '#test/support/reports.ts';
import { NODE_LEASE_MS } from '../../control-plane/core/projection/node.ts';
import { type NodeRegistry, startNodeRegistry } from '../../control-plane/node-registry.ts';
import { eventually } from '../support/wait.ts';

describe('the registry of nodes', () => {
  let bus: Bus;
  let registry: NodeRegistry;
  let nowMs: number;
  let refused: string[];

  beforeEach(async () => {
    bus = createInProcessBus();
    nowMs = 1_000_000;
    refused = [];
    registry = await startNodeRegistry({
      fleet: 'f',
      bus,
      clock: () => nowMs,
      maxNodes: 2,
      onUnreadable: (err) => refused.push(err instanceof Error ? err.message : String(err)),
    });
  });

  afterEach(async () => {
    await registry.stop();
    await bus.close();
  });

  const send = (change: Partial<Report>, subjectNode = change.node ?? 'n1') =>
    bus.publish(subjects('f').report(subjectNode), encodeReport(reportOf(change)));
  const names = () => registry.nodes().map(({ name }) => name);

  test('knows nodes by their reports, with labels, and forgets that they are live when they are silent', async () => {
    await send({ node: 'n2', labels: { zone: 'a' } });
    await send({ node: 'n1' });
    await eventually('both', () => names().length === 2);
    expect(names()).toEqual(['n1', 'n2']);
    expect(registry.liveNodes()[1]?.labels).toEqual({ zone: 'a' });
    nowMs += NODE_LEASE_MS;
    expect(registry.liveNodes()).toEqual([]);
    expect(names()).toEqual(['n1', 'n2']);
  });

  test('hands on every report it takes, also repeated and late ones: who counts can tell', async () => {
    const heard: number[] = [];
    const stop = registry.onReport(({ seq }) => heard.push(seq));
    for (const seq of [1, 3, 2, 3]) await send({ seq, workers: [workerRow({ busy: seq })] });
    await eventually('all of them', () => heard.length === 4);
    expect(heard).toEqual([1, 3, 2, 3]);
    expect([...(registry.nodes()[0]?.rows.values() ?? [])]).toMatchObject([{ busy: 3 }]);
    stop();
    await send({ seq: 4 });
    await eventually('one more', () => registry.nodes()[0]?.reportSeq === 4);
    expect(heard).toHaveLength(4);
  });

  test('believes no message of another fleet, of another node than its subject says, or that cannot be read', async () => {
    await send({ fleet: 'g' });
    await send({ node: 'n2' }, 'n1');
    await bus.publish(subjects('f').report('n1'), new Uint8Array([255]));
    await eventually('the refusals', () => refused.length === 3);
    expect(refused[0]).toBe('message of node "n1", fleet "g"');
    expect(names()).toEqual([]);
    expect(registry.dropped()).toBe(3);
  });

  test('has room for so many: a new node takes the place of a silent one, never of a live one', async () => {
    await send({ node: 'n1' });
    await send({ node: 'n2' });
    await send({ node: 'n3' });
    await eventually('one too many', () => registry.dropped() === 1);
    nowMs += NODE_LEASE_MS / 2;
    await send({ node: 'n2', seq: 2 });
    await eventually('it', () => registry.nodes()[1]?.reportSeq === 2);
    nowMs += NODE_LEASE_MS / 2;
    await send({ node: 'n3' });
    await eventually('the new one', () => names().includes('n3'));
    expect(names()).toEqual(['n2', 'n3']);
  });

  test('keeps what nodes saw of workers, for display', async () => {
    const seen = { balancer: 'app', worker: 'http://w', kind: 'failed', reason: 'connect-refused', timeMs: 1 } as const;
    const batch = { node: 'n1', bootId: 'b', fleet: 'f', seq: 1, complete: false, observations: [seen] };
    await bus.publish(subjects('f').observation('n1'), encodeObservations(batch));
    await eventually('it', () => registry.nodes()[0]?.observations.length === 1);
    expect(registry.nodes()[0]?.observations).toEqual([seen]);
  });
});
