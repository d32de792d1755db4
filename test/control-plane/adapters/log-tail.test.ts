import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GENESIS } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { growingSource, logTails } from '../../../control-plane/adapters/log-tail.ts';
import { sealDraft } from '../../../control-plane/core/seal-draft.ts';
import { OperatingError } from '../../../control-plane/operating-error.ts';

const draft = { actor: 'ann', message: '', command: 'apply', events: [] } as const;
const revisionOf = ({ commit }: StoredCommit) => commit.revision;
const first = sealDraft(GENESIS, draft, { fleet: 'f', id: '1', commandId: 'c', timeMs: 0 });

describe('a tail', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test('goes on after a read that failed, though nothing more is committed', async () => {
    const errors: unknown[] = [];
    let failures = 2;
    const read = (from: number) => {
      if (failures-- > 0) throw new Error('disk I/O error');
      return from === 1 ? [first] : [];
    };
    const tails = logTails(growingSource(read, revisionOf), (err) => errors.push(err));
    const seen: number[] = [];
    tails.start(0, ({ commit }) => void seen.push(commit.revision));
    for (const count of [1, 2]) {
      await vi.waitFor(() => expect(errors).toHaveLength(count));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.waitFor(() => expect(seen).toEqual([1]));
    await tails.stop();
  });

  test('tells who follows it that the log has gone back, as long as that is so', async () => {
    const regressed = new OperatingError('store-regressed', 'the log ends at 0');
    const errors: unknown[] = [];
    const fails = () => {
      throw regressed;
    };
    const tails = logTails(growingSource<StoredCommit>(fails, revisionOf), (err) => errors.push(err));
    let told = 0;
    tails.start(
      1,
      () => {},
      () => told++,
    );
    for (const count of [1, 2]) {
      await vi.waitFor(() => expect(told).toBe(count));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(errors).toEqual([regressed]);
    await tails.stop();
  });

  test('that is stopped leaves no timer behind', async () => {
    const errors: unknown[] = [];
    const fails = () => {
      throw new Error('disk I/O error');
    };
    const tails = logTails(growingSource<StoredCommit>(fails, revisionOf), (err) => errors.push(err));
    tails.start(0, () => {});
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    await tails.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
