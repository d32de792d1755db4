import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { openSnapshot } from '#shared/snapshot/build.ts';
import { type CommandHandler, createCommandHandler } from '../../control-plane/command-handler.ts';
import type { EventStore } from '../../control-plane/ports.ts';
import { type Publisher, startPublisher } from '../../control-plane/publisher.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

describe('the publisher', () => {
  let store: EventStore;
  let commands: CommandHandler;
  let bus: Bus;
  let publisher: Publisher | undefined;
  const errors: unknown[] = [];

  beforeEach(async () => {
    store = memoryEventStore({ fleet: 'f' });
    bus = createInProcessBus();
    errors.length = 0;
    commands = await createCommandHandler({
      store,
      clock: Date.now,
      maxWaiting: 100,
      checkpointEvery: 100,
      onCheckpointError: () => {},
    });
  });

  afterEach(async () => {
    await publisher?.stop();
    await store.close();
    await bus.close();
  });

  const apply = (n: number) =>
    commands.apply({ definition: definitionOf(balancer('app', [worker(n)])) }, { actor: 'ann' });

  const start = async (on: Bus = bus, retryMs = 1) => {
    publisher = startPublisher({
      store,
      bus: on,
      state: await commands.state(),
      onPublished: () => {},
      onError: (err) => errors.push(err),
      retryMs,
    });
    return publisher;
  };

  /** The revision and first worker of the newest snapshot on the bus. */
  const onBus = async () => {
    let newest: Uint8Array | undefined;
    const watch = await bus.watchLatest(subjects('f').snapshot, (payload) => {
      newest = payload;
    });
    await vi.waitFor(() => expect(newest).toBeDefined());
    await watch.unsubscribe();
    const opened = openSnapshot(newest ?? new Uint8Array());
    if ('error' in opened) throw new Error(opened.error);
    return opened;
  };

  test('publishes at start what was committed while nobody published', async () => {
    await apply(1);
    await apply(2);
    await start();
    const { snapshot, published } = await onBus();
    expect(snapshot).toMatchObject({ fleet: 'f', revision: 2, definition: { balancers: [{ members: [worker(2)] }] } });
    expect(published.chainHash).toBe((await store.head()).chainHash);
  });

  test('publishes nothing for an empty fleet, and then each newest revision', async () => {
    const running = await start();
    expect(running.publishedRevision()).toBe(0);
    for (const n of [1, 2, 3]) await apply(n);
    await vi.waitFor(() => expect(running.publishedRevision()).toBe(3));
    expect((await onBus()).snapshot.revision).toBe(3);
  });

  test('tells nodes that skipped a revision with leave to shrink of that leave', async () => {
    await apply(1);
    await commands.apply({ definition: definitionOf(), allowShrink: true }, { actor: 'ann' });
    await commands.apply({ definition: definitionOf(balancer('app', [worker(3)])) }, { actor: 'ann' });
    await start();
    expect((await onBus()).snapshot).toMatchObject({ revision: 3, shrinkAllowedAt: 2 });
  });

  test('does not make a new revision wait for the time at which an older one is tried again', async () => {
    let away = true;
    const putLatest: Bus['putLatest'] = async (key, payload) => {
      if (away) throw new Error('bus is away');
      return bus.putLatest(key, payload);
    };
    await apply(1);
    const running = await start({ ...bus, putLatest }, 3_600_000);
    await vi.waitFor(() => expect(running.failures()).toBe(1));
    away = false;
    await apply(2);
    await vi.waitFor(() => expect(running.publishedRevision()).toBe(2));
  });

  test('tries again when the bus refuses, and comes to the newest revision', async () => {
    let refusals = 3;
    const putLatest: Bus['putLatest'] = async (key, payload) => {
      if (refusals-- > 0) throw new Error('bus is away');
      return bus.putLatest(key, payload);
    };
    const running = await start({ ...bus, putLatest });
    await apply(1);
    await apply(2);
    await vi.waitFor(() => expect(running.publishedRevision()).toBe(2));
    expect(running.failures()).toBe(errors.length);
    expect(errors.length).toBe(3);
  });
});
