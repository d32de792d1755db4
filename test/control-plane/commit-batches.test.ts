import { describe, expect, test } from 'vitest';
import { batchSize } from '../../control-plane/batch-size.ts';
import { commitBatches } from '../../control-plane/commit-batches.ts';
import type { CommitDraft, EventStore } from '../../control-plane/ports.ts';
import { readHeadState } from '../../control-plane/state-reader.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

const MEGABYTE = 1024 * 1024;

/** Commits of these sizes, roughly; and how many bytes were read at once. */
async function storeOf(sizes: readonly number[]): Promise<{ store: EventStore; mostAtOnce(): number }> {
  const whole = memoryEventStore();
  for (const [index, size] of sizes.entries()) {
    const draft: CommitDraft = { actor: 'ann', message: 'x'.repeat(size), command: 'apply', events: [] };
    await whole.append({ expectedRevision: index, commandId: `c${index}`, fingerprint: '', draft });
  }
  let most = 0;
  const read: EventStore['read'] = async (from, limit) => {
    const batch = await whole.read(from, limit);
    most = Math.max(
      most,
      batch.reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    return batch;
  };
  return { store: { ...whole, read }, mostAtOnce: () => most };
}

async function revisions(store: EventStore, from: number, to?: number): Promise<number[]> {
  const all: number[] = [];
  for await (const batch of commitBatches(store, from, to)) all.push(...batch.map(({ commit }) => commit.revision));
  return all;
}

describe('commits read in batches', () => {
  test('are all of them, in order, each once, from a revision to another or to the end', async () => {
    const { store } = await storeOf(Array.from({ length: 700 }, () => 10));
    expect(await revisions(store, 1)).toEqual(Array.from({ length: 700 }, (_, i) => i + 1));
    expect(await revisions(store, 690, 695)).toEqual([690, 691, 692, 693, 694, 695]);
    expect(await revisions(store, 701)).toEqual([]);
    expect(await revisions(store, 5, 4)).toEqual([]);
  });

  test('are few at a time when they are large', async () => {
    const { store, mostAtOnce } = await storeOf(Array.from({ length: 40 }, () => MEGABYTE));
    expect((await readHeadState(store)).revision).toBe(40);
    expect(mostAtOnce()).toBeLessThan(10 * MEGABYTE);
  });
});

describe('the size of a batch', () => {
  test('grows fourfold at most to the number allowed, and shrinks at once', () => {
    const size = batchSize(256, 1_000);
    expect(size.limit()).toBe(4);
    size.took([1, 2]);
    expect(size.limit()).toBe(16);
    size.took([1, 2]);
    expect(size.limit()).toBe(64);
    size.took([3]);
    expect(size.limit()).toBe(256);
    size.took([1, 400]);
    expect(size.limit()).toBe(2);
    size.took([5_000]);
    expect(size.limit()).toBe(1);
  });
});
