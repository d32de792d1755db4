import { expect, test } from 'vitest';
import { eventually } from '#test/support/wait.ts';
import { startCommitMemory } from '../../control-plane/commit-memory.ts';
import type { CommitDraft, EventStore } from '../../control-plane/ports.ts';
import { readHeadState } from '../../control-plane/state-reader.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

async function storeOf(commits: number, message: string): Promise<EventStore> {
  const store = memoryEventStore();
  const draft: CommitDraft = { actor: 'ann', message, command: 'apply', events: [] };
  for (let n = 1; n <= commits; n++) {
    await store.append({ expectedRevision: n - 1, commandId: `c${n}`, fingerprint: '', draft });
  }
  return store;
}

test('remembers the newest commits, no more than their number and their bytes allow', async () => {
  const store = await storeOf(20, 'x'.repeat(1_000));
  const few = await startCommitMemory(store, 20, { commits: 5, bytes: 1_000_000 });
  await eventually('five commits', () => few.commits().at(-1)?.commit.revision === 20);
  expect(few.commits().map(({ commit }) => commit.revision)).toEqual([16, 17, 18, 19, 20]);
  const small = await startCommitMemory(store, 20, { commits: 100, bytes: 4_000 });
  await eventually('the newest commit', () => small.commits().at(-1)?.commit.revision === 20);
  const bytes = small.commits().reduce((sum, stored) => sum + stored.bytes.length, 0);
  expect(bytes).toBeLessThanOrEqual(4_000);
  expect(small.commits().length).toBeGreaterThan(1);
  await Promise.all([few.stop(), small.stop()]);
});

test('begins with the oldest commit a trimmed store holds', async () => {
  const store = await storeOf(20, '');
  await store.saveCheckpoint(await readHeadState(store));
  await store.trim(20);
  const asked: number[] = [];
  const tail: EventStore['tail'] = (after, listener) => {
    asked.push(after);
    return store.tail(after, listener);
  };
  const memory = await startCommitMemory({ ...store, tail }, 20);
  await eventually('the commit that is held', () => memory.commits().length === 1);
  expect(asked).toEqual([19]);
  await memory.stop();
});
