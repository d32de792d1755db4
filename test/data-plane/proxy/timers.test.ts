import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimerWheel } from '../../../data-plane/proxy/timers.ts';

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

  it('stops ticking when nothing is armed', () => {
    const wheel = new TimerWheel();
    wheel.timer(() => {}).arm(50);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(200);
    expect(vi.getTimerCount()).toBe(0);
  });
});
