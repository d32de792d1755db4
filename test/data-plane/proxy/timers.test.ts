import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerWheel } from '../../../data-plane/proxy/timers.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('TimerWheel', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('fires once, not before its time and within two ticks after it', () => {
    const wheel = new TimerWheel();
    const fired = vi.fn();
    wheel.timer(fired).arm(1000);
    vi.advanceTimersByTime(999);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(41);
    expect(fired).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10_000);
    expect(fired).toHaveBeenCalledOnce();
  });

  it('moves with every arming, later and earlier', () => {
    const wheel = new TimerWheel();
    const fired = vi.fn();
    const timer = wheel.timer(fired);
    timer.arm(1000);
    vi.advanceTimersByTime(900);
    timer.arm(1000);
    vi.advanceTimersByTime(950);
    expect(fired).not.toHaveBeenCalled();
    timer.arm(10);
    vi.advanceTimersByTime(60);
    expect(fired).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10_000);
    expect(fired).toHaveBeenCalledOnce();
  });

  it('does not fire when cancelled, and can be armed again', () => {
    const wheel = new TimerWheel();
    const fired = vi.fn();
    const timer = wheel.timer(fired);
    timer.arm(100);
    timer.cancel();
    vi.advanceTimersByTime(1000);
    expect(fired).not.toHaveBeenCalled();
    expect(timer.armed).toBe(false);
    timer.arm(100);
    vi.advanceTimersByTime(160);
    expect(fired).toHaveBeenCalledOnce();
  });

  it('reaches further than one turn of the wheel', () => {
    const wheel = new TimerWheel();
    const fired = vi.fn();
    wheel.timer(fired).arm(300_000);
    vi.advanceTimersByTime(299_999);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(fired).toHaveBeenCalledOnce();
  });

  it('fires also when nothing was armed for longer than one turn of the wheel before', () => {
    const wheel = new TimerWheel();
    const fired = vi.fn();
    vi.advanceTimersByTime(1_000_000);
    const timer = wheel.timer(fired);
    timer.arm(1000);
    vi.advanceTimersByTime(1040);
    expect(fired).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1_000_000);
    timer.arm(1000);
    vi.advanceTimersByTime(1040);
    expect(fired).toHaveBeenCalledTimes(2);
  });

  it('fires a timer of many in one tick, and not those cancelled or moved by the ones before it', () => {
    const wheel = new TimerWheel();
    const fired: string[] = [];
    const first = wheel.timer(() => {
      fired.push('first');
      second.cancel();
      third.arm(500);
    });
    const second = wheel.timer(() => fired.push('second'));
    const third = wheel.timer(() => fired.push('third'));
    const fourth = wheel.timer(() => fired.push('fourth'));
    for (const timer of [first, second, third, fourth]) timer.arm(100);
    vi.advanceTimersByTime(200);
    expect(fired).toEqual(['first', 'fourth']);
    vi.advanceTimersByTime(10_000);
    expect(fired).toEqual(['first', 'fourth', 'third']);
  });

  it('holds on to nothing that was cancelled', async () => {
    const wheel = new TimerWheel();
    const kept = wheel.timer(() => {});
    kept.arm(60_000);
    const owners = Array.from({ length: 50 }, () => {
      const owner = { bytes: Buffer.alloc(16) };
      const timer = wheel.timer(() => owner.bytes.fill(1));
      timer.arm(60_000);
      timer.cancel();
      return new WeakRef(owner);
    });
    // A WeakRef lives at least until the job that made it is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(owners.filter((owner) => owner.deref() !== undefined).length).toBeLessThan(5);
    expect(kept.armed).toBe(true);
  });

  it('stops ticking when nothing is armed', () => {
    const wheel = new TimerWheel();
    wheel.timer(() => {}).arm(50);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(200);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('TimerWheel on a thread that was held up', () => {
  it('lets be read what has come meanwhile before anything times out', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
    const seen: string[] = [];
    accepted.on('data', () => seen.push('data'));
    const expired = new Promise<void>((resolve) => {
      const wheel = new TimerWheel();
      wheel
        .timer(() => {
          seen.push('timeout');
          resolve();
        })
        .arm(200);
    });
    // Handed to the kernel at once; the thread then stands still beyond the deadline.
    client.write('request');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    await expired;
    expect(seen).toEqual(['data', 'timeout']);
    client.destroy();
    accepted.destroy();
    server.close();
  });
});
