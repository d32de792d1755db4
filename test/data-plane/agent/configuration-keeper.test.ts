import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createConfigurationKeeper } from '../../../data-plane/agent/configuration-keeper.ts';
import { noConfigurationStore } from '../../../data-plane/agent/configuration-store.ts';
import type { Configuration } from '../../../data-plane/agent/follower-state.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const probation = { proven: () => [], crashed: () => [] };
const configuration = (revision: number) => ({ head: { revision } }) as Configuration;

describe('what is served and the disk', () => {
  let full: boolean;
  let saved: number[];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    full = false;
    saved = [];
  });

  afterEach(() => void vi.useRealTimers());

  const open = () =>
    createConfigurationKeeper({
      store: {
        ...noConfigurationStore,
        async save({ head }) {
          if (full) throw new Error('ENOSPC');
          saved.push(head.revision);
        },
      },
      probation,
      log,
    });

  it('agree', async () => {
    const keeper = open();
    expect(await keeper.keep(configuration(1))).toEqual([]);
    expect(saved).toEqual([1]);
    expect(keeper.fault()).toBeUndefined();
  });

  it('do not while the disk refuses; it is tried again until it does not, and said twice', async () => {
    full = true;
    const keeper = open();
    const [fault] = await keeper.keep(configuration(1));
    expect(fault).toEqual({ object: 'snapshot 1', code: 'storage', text: 'could not be kept on disk: ENOSPC' });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(keeper.fault()).toEqual(fault);
    full = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(saved).toEqual([1]);
    expect(keeper.fault()).toBeUndefined();
    expect(log.error).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'DP1105' }), expect.any(String));
    expect(log.info).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'DP1124' }), expect.any(String));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(saved).toEqual([1]);
  });

  it('agree on the newest only', async () => {
    full = true;
    const keeper = open();
    await keeper.keep(configuration(1));
    full = false;
    expect(await keeper.keep(configuration(2))).toEqual([]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(saved).toEqual([2]);
  });

  it('are let be when the node stops', async () => {
    full = true;
    const keeper = open();
    await keeper.keep(configuration(1));
    await keeper.stop();
    full = false;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(saved).toEqual([]);
  });
});
