import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { decodeHead, decodeSignedHead } from '#shared/codec/head-codec.ts';
import { isRefusal } from '#shared/snapshot/open.ts';
import { natsParties } from '#test/shared/nats-bus/parties.ts';
import type { NatsServer } from '#test/support/nats.ts';
import { eventually } from '#test/support/wait.ts';
import { loadFromBus } from '../../control-plane/bus-configuration.ts';
import { type CommandHandler, createCommandHandler } from '../../control-plane/command-handler.ts';
import { readCommitCopies } from '../../control-plane/commit-copies.ts';
import type { EventStore } from '../../control-plane/ports.ts';
import { type Publisher, startPublisher } from '../../control-plane/publisher.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

const { server: natsServer, controlPlane } = natsParties();

describe('two publishers on a real NATS', () => {
  let server: NatsServer;
  let store: EventStore;
  let commands: CommandHandler;
  let buses: Bus[];
  const publishers: Publisher[] = [];

  beforeEach(async () => {
    server = await natsServer();
    buses = [await controlPlane(server, { name: 'cp1' }), await controlPlane(server, { name: 'cp2' })];
    store = memoryEventStore({ fleet: 'f' });
    commands = await createCommandHandler({
      store,
      maxWaiting: 100,
      checkpointEvery: 100,
      onCheckpointError: () => {},
    });
    const state = await commands.state();
    for (const bus of buses) {
      const rules = { debounce: { minMs: 5, maxMs: 20 }, auditMs: 200, maxDeltas: 8, keepSnapshots: 2, keepDeltas: 4 };
      publishers.push(
        startPublisher({ store, bus, state, rules, retryMs: 10, onPublished: () => {}, onError: () => {} }),
      );
    }
  });

  afterEach(async () => {
    for (const publisher of publishers.splice(0)) await publisher.stop();
    await store.close();
  });

  const apply = (n: number) =>
    commands.apply({ definition: definitionOf(balancer('app', [worker(n % 200)])) }, { actor: `a${n}` });

  const whenOnBus = (revision: number) =>
    eventually(`revision ${revision} whole on the bus`, async () => {
      const [bus] = buses;
      const opened = bus && (await loadFromBus(bus, { fleet: 'f', trustedKeys: [] }).catch(() => undefined));
      if (opened === undefined || isRefusal(opened) || opened.head.revision !== revision) return false;
      return opened.snapshot;
    });

  test('bring every burst of commits to the head of the store, and never take it back', async () => {
    const heads: number[] = [];
    await buses[1]?.watchLatest(subjects('f').head, (payload) => {
      heads.push(decodeHead(decodeSignedHead(payload).head).revision);
    });
    for (let n = 1; n <= 60; n++) await apply(n);
    const snapshot = await whenOnBus(60);
    expect(snapshot.definition.balancers).toEqual([balancer('app', [worker(60)])]);
    expect(heads).toEqual(heads.toSorted((a, b) => a - b));
    await eventually('what is too old to be removed', async () => {
      const [bus] = buses;
      const names = subjects('f');
      return (
        bus && (await bus.objects(names.allSnapshots)).length <= 3 && (await bus.keys(names.allDeltas)).length < 16
      );
    });
  });

  test('go on where they were when NATS comes back, and publish everything again when it lost its data', async () => {
    for (let n = 1; n <= 5; n++) await apply(n);
    await whenOnBus(5);
    await server.kill();
    for (let n = 6; n <= 8; n++) await apply(n);
    expect(await publishers[0]?.whenPublished(8, 50)).toBe(false);
    await server.start();
    await whenOnBus(8);

    await server.kill();
    await server.wipe();
    await apply(9);
    await server.start();
    await whenOnBus(9);
    await eventually('the copies of all commits', async () => {
      const [bus] = buses;
      return bus && (await readCommitCopies(bus, 'f', 1)).length === 9;
    });
  });
});
