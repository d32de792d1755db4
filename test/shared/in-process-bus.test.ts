import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { busContract } from './bus.contract.ts';

const { head } = subjects('contract');

busContract('the in-process bus', async () => {
  const bus = createInProcessBus();
  return {
    ours: bus,
    theirs: bus,
    fleet: 'contract',
    async settled() {
      // Deliveries begin in the next turn; a handler that publishes needs one more.
      for (let turn = 0; turn < 3; turn++) await nextTurn();
    },
  };
});

describe('the in-process bus', () => {
  it('drops and counts what a full queue cannot take, and goes on in order', async () => {
    const bus = createInProcessBus({ queueLimit: 3 });
    const seen: number[] = [];
    await bus.subscribe('a', (payload) => seen.push(payload[0] ?? -1));
    await Promise.all([0, 1, 2, 3, 4].map((number) => bus.publish('a', new Uint8Array([number]))));
    await nextTurn();
    expect(seen).toEqual([0, 1, 2]);
    expect(bus.dropped()).toBe(2);
    await bus.publish('a', new Uint8Array([5]));
    await nextTurn();
    expect(seen).toEqual([0, 1, 2, 5]);
    await bus.close();
  });

  it('gives a watcher that lags only the newest value, and counts nothing as dropped', async () => {
    const bus = createInProcessBus({ queueLimit: 1 });
    const seen: number[] = [];
    await bus.watchLatest(head, (payload) => seen.push(payload[0] ?? -1));
    await Promise.all([0, 1, 2].map((number) => bus.putLatest(head, new Uint8Array([number]))));
    await nextTurn();
    expect(seen).toEqual([2]);
    expect(bus.dropped()).toBe(0);
    await bus.close();
  });

  it('keeps one handler that throws from hurting the others', async () => {
    const onHandlerError = vi.fn();
    const bus = createInProcessBus({ onHandlerError });
    const good = vi.fn();
    await bus.subscribe('a', () => {
      throw new Error('mine');
    });
    await bus.subscribe('a', good);
    await bus.publish('a', new Uint8Array());
    await nextTurn();
    expect(good).toHaveBeenCalledOnce();
    expect(onHandlerError).toHaveBeenCalledExactlyOnceWith(new Error('mine'), 'a');
    await bus.close();
  });

  it('delivers nothing that still waited when it was closed', async () => {
    const bus = createInProcessBus();
    const handler = vi.fn();
    await bus.subscribe('a', handler);
    await bus.publish('a', new Uint8Array());
    await bus.close();
    await nextTurn();
    expect(handler).not.toHaveBeenCalled();
  });
});
