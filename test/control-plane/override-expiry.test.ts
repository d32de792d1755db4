import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CommandHandler, createCommandHandler } from '../../control-plane/command-handler.ts';
import { OperatingError } from '../../control-plane/operating-error.ts';
import { type OverrideExpiry, startOverrideExpiry } from '../../control-plane/override-expiry.ts';
import type { EventStore } from '../../control-plane/ports.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

describe('the expiry of overrides', () => {
  let nowMs = 0;
  let store: EventStore;
  let commands: CommandHandler;
  let expiry: OverrideExpiry | undefined;
  const errors: unknown[] = [];
  const clock = () => nowMs;

  beforeEach(async () => {
    nowMs = 1_000_000;
    errors.length = 0;
    store = memoryEventStore({ clock });
    commands = await createCommandHandler({
      store,
      maxWaiting: 100,
      checkpointEvery: 100,
      onCheckpointError: () => {},
    });
    await commands.apply({ definition: definitionOf(balancer('app', [worker(1), worker(2)])) }, { actor: 'ann' });
  });

  afterEach(async () => {
    vi.useRealTimers();
    await expiry?.stop();
    await store.close();
  });

  const drain = (n: number, forMs: number) =>
    commands.setOverride(
      { balancer: 'app', worker: worker(n).url, parameters: { status: '+N' }, forMs },
      { actor: 'ann' },
    );

  const start = (on: CommandHandler = commands) => {
    expiry = startOverrideExpiry({ store, commands: on, fromRevision: 0, onError: (err) => errors.push(err) });
  };

  const overridden = async () => [...(await commands.state()).overrides.values()].map((override) => override.worker);

  test('takes back at start what ran out while nobody was there, and nothing else', async () => {
    await drain(1, 60_000);
    await drain(2, 600_000);
    nowMs += 60_000;
    start();
    await vi.waitFor(async () => expect(await overridden()).toEqual([worker(2).url]));
    const last = (await store.read((await store.head()).revision, 1))[0];
    expect(last?.commit).toMatchObject({ command: 'expire', events: [{ cause: 'expired' }] });
  });

  test('takes one back that is set while it runs', async () => {
    start();
    await drain(1, 1_000);
    nowMs += 1_000;
    await vi.waitFor(async () => expect(await overridden()).toEqual([]), { timeout: 5_000 });
  });

  test('notices within the hour that the clock was set forward, and waits when it was set back', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    start();
    await drain(1, 86_400_000);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    nowMs -= 7_200_000;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await overridden()).toHaveLength(1);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    nowMs += 10 * 86_400_000;
    await vi.advanceTimersByTimeAsync(3_600_000);
    await vi.waitFor(async () => expect(await overridden()).toEqual([]));
  });

  test('tries again after a failure and after being refused as busy', async () => {
    await drain(1, 1_000);
    nowMs += 1_000;
    let troubles = 0;
    start({
      ...commands,
      async expireOverrides() {
        troubles++;
        if (troubles === 1) return { kind: 'rejected', rejection: { type: 'busy', detail: 'too many commands wait' } };
        if (troubles === 2) throw new Error('disk full');
        return commands.expireOverrides();
      },
    });
    await vi.waitFor(async () => expect(await overridden()).toEqual([]), { timeout: 10_000 });
    expect(errors).toEqual([new Error('disk full')]);
  });

  test('tells once what keeps it from working, however long that lasts', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await drain(1, 1_000);
    nowMs += 1_000;
    let attempts = 0;
    let isDown = true;
    start({
      ...commands,
      async expireOverrides() {
        if (!isDown) return commands.expireOverrides();
        attempts++;
        throw new OperatingError('store-unavailable', `attempt ${attempts}`);
      },
    });
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(attempts).toBeGreaterThan(3);
    });
    isDown = false;
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(async () => expect(await overridden()).toEqual([]));
    expect(errors).toHaveLength(1);
  });
});
