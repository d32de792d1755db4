import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { CACHE_LINE_BYTES } from '../../../data-plane/scoreboard/layout.ts';
import {
  clearRow,
  createScoreboard,
  isRouteRowHeld,
  isRowHeld,
  openScoreboard,
  releaseBusyOf,
  releaseLocksOf,
} from '../../../data-plane/scoreboard/scoreboard.ts';
import { AGENT_OWNER, threadOwner } from '../../../data-plane/scoreboard/spin-lock.ts';

const hammer = new URL('./fixtures/hammer.ts', import.meta.url);
const THREADS = 4;

function startHammer(memory: SharedArrayBuffer, thread: number, rounds: number, die = false): Worker {
  return new Worker(hammer, { workerData: { memory, thread, rounds, die } });
}

describe('scoreboard', () => {
  it('is one memory seen by everybody who opens it', () => {
    const memory = createScoreboard({ slots: 3, locks: 1, threads: 2 });
    const [writer, reader] = [openScoreboard(memory), openScoreboard(memory)];
    writer.requests[2] = 5n;
    writer.busyOf(1)[0] = 7;
    expect([reader.requests[2], reader.busyOf(1)[0], reader.busyOf(0)[0]]).toEqual([5n, 7, 0]);
  });

  it('begins every column on a cache line of its own and lets none overlap', () => {
    const board = openScoreboard(createScoreboard({ slots: 5, locks: 3, threads: 2 }));
    const shares = [0, 1].flatMap((thread) => [board.busyOf(thread), board.routeHoldsOf(thread)]);
    const values = [...Object.values(board), ...Object.values(board.routes), ...shares];
    const columns = values.filter((value) => ArrayBuffer.isView(value));
    expect(columns).toHaveLength(23);
    const spans = columns.map(({ byteOffset, byteLength }) => ({ from: byteOffset, to: byteOffset + byteLength }));
    spans.sort((a, b) => a.from - b.from);
    for (const [i, span] of spans.entries()) {
      expect(span.from % CACHE_LINE_BYTES).toBe(0);
      expect(span.from).toBeGreaterThanOrEqual(spans[i - 1]?.to ?? CACHE_LINE_BYTES);
    }
  });

  it('refuses memory that is no scoreboard', () => {
    expect(() => openScoreboard(new SharedArrayBuffer(1024))).toThrow(/not a scoreboard of version 3/);
  });

  it('clears one row and no other', () => {
    const board = openScoreboard(createScoreboard({ slots: 2, locks: 1 }));
    for (const slot of [0, 1]) {
      board.status[slot] = 1;
      board.errorTimeMs[slot] = 2;
      board.bytesOut[slot] = 3n;
    }
    clearRow(board, 0);
    expect([board.status[0], board.errorTimeMs[0], board.bytesOut[0]]).toEqual([0, 0, 0n]);
    expect([board.status[1], board.errorTimeMs[1], board.bytesOut[1]]).toEqual([1, 2, 3n]);
  });

  it("takes a dead thread's share out of busy and leaves the others' in", () => {
    const board = openScoreboard(createScoreboard({ slots: 2, locks: 1, threads: 2 }));
    for (const [thread, slot] of [
      [0, 0],
      [1, 0],
      [1, 0],
      [1, 1],
    ] as const) {
      Atomics.add(board.busy, slot, 1);
      board.busyOf(thread)[slot] = (board.busyOf(thread)[slot] ?? 0) + 1;
    }
    expect(releaseBusyOf(board, 1)).toBe(3);
    expect([...board.busy]).toEqual([1, 0]);
    expect(releaseBusyOf(board, 1)).toBe(0);
  });

  it('has a row held as long as some thread that lives says so', () => {
    const board = openScoreboard(createScoreboard({ slots: 2, locks: 1, threads: 2, routes: 2 }));
    board.busyOf(0)[1] = 1;
    board.busyOf(1)[1] = 2;
    board.routeHoldsOf(1)[0] = 1;
    expect([isRowHeld(board, 0), isRowHeld(board, 1)]).toEqual([false, true]);
    expect([isRouteRowHeld(board, 0), isRouteRowHeld(board, 1)]).toEqual([true, false]);
    releaseBusyOf(board, 1);
    expect([isRowHeld(board, 1), isRouteRowHeld(board, 0)]).toEqual([true, false]);
    board.busyOf(0)[1] = 0;
    // Off by one, as after a death between two writes: the shares are what counts.
    board.busy[1] = 1;
    expect(isRowHeld(board, 1)).toBe(false);
  });
});

describe('lock', () => {
  it('lets no two threads in at once: unsynchronised counters come out exact', async () => {
    const memory = createScoreboard({ slots: 2, locks: 2, threads: THREADS });
    const rounds = 20_000;
    const workers = Array.from({ length: THREADS }, (_, thread) => startHammer(memory, thread, rounds));
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    const board = openScoreboard(memory);
    expect([...board.lbstatus]).toEqual([(THREADS * rounds) / 2, (THREADS * rounds) / 2]);
    expect([...board.elected]).toEqual([(THREADS * rounds) / 2, (THREADS * rounds) / 2]);
    expect([board.tryLock(0, AGENT_OWNER), board.tryLock(1, AGENT_OWNER)]).toEqual([true, true]);
  });

  it('is freed when its owner died inside the critical section, and those who slept on it go on', async () => {
    const memory = createScoreboard({ slots: 2, locks: 2, threads: 2 });
    const board = openScoreboard(memory);
    const victim = startHammer(memory, 0, 10, true);
    const [error] = await once(victim, 'error');
    expect(error).toMatchObject({ message: 'died inside the critical section' });
    expect(board.tryLock(0, AGENT_OWNER)).toBe(false);

    const survivor = startHammer(memory, 1, 10);
    const done = once(survivor, 'message');
    expect(releaseLocksOf(memory, threadOwner(1))).toBe(0);
    expect(releaseLocksOf(memory, threadOwner(0))).toBe(1);
    expect(await done).toEqual(['done']);
    expect([...board.lbstatus]).toEqual([10, 10]);
  });

  it('is given back when the work throws', () => {
    const board = openScoreboard(createScoreboard({ slots: 1, locks: 1 }));
    expect(() =>
      board.withLock(0, 1, () => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(board.withLock(0, 2, () => 'entered')).toBe('entered');
  });

  it('refuses an owner that has it already instead of waiting for ever', () => {
    const board = openScoreboard(createScoreboard({ slots: 1, locks: 1 }));
    board.lock(0, 1);
    expect(() => board.lock(0, 1)).toThrow(/owner 1 already holds lock 0/);
  });

  it('refuses to be given back by somebody else', () => {
    const board = openScoreboard(createScoreboard({ slots: 1, locks: 1 }));
    board.lock(0, 1);
    expect(() => board.unlock(0, 2)).toThrow(/owner 2 gives back lock 0, held by 1/);
  });

  it.each([-1, 1, Number.NaN])('refuses lock number %d, which does not exist', (number) => {
    const board = openScoreboard(createScoreboard({ slots: 1, locks: 1 }));
    expect(() => board.lock(number, 1)).toThrow(/no lock .*; there are 1/);
  });
});
