import { describe, expect, it } from 'vitest';
import { connected, errorState, forceRecovery, retryWorker } from '#shared/balancing/error-state.ts';
import { statusLetters } from '#shared/definition/worker-status.ts';
import { balancerOf, NOW_MS, type TestMember } from './table-of.ts';

function one(member: TestMember) {
  const { balancer, table } = balancerOf([member]);
  const [worker] = balancer.members;
  if (worker === undefined) throw new Error('a balancer of one has a member');
  return { balancer, table, worker, letters: () => statusLetters(table.status[0] ?? 0) };
}

describe('errorState', () => {
  it('puts a worker in error and tells that it came there now', () => {
    const { table, letters } = one({ status: 'H' });
    expect(errorState(table, 0, NOW_MS)).toBe(true);
    expect(letters()).toBe('EH');
    expect(table.errorTimeMs[0]).toBe(NOW_MS);
  });

  it('restarts the time of a worker in error without telling again', () => {
    const { table } = one({});
    errorState(table, 0, NOW_MS);
    expect(errorState(table, 0, NOW_MS + 5)).toBe(false);
    expect(table.errorTimeMs[0]).toBe(NOW_MS + 5);
  });

  it('leaves a worker that ignores errors alone', () => {
    const { table, letters } = one({ status: 'I' });
    expect(errorState(table, 0, NOW_MS)).toBe(false);
    expect(letters()).toBe('I');
    expect(table.errorTimeMs[0]).toBe(0);
  });
});

describe('connected', () => {
  it('forgets failures but leaves an error state set meanwhile', () => {
    const { table, letters } = one({ status: 'E' });
    table.errorTimeMs[0] = NOW_MS;
    table.retries[0] = 3;
    connected(table, 0);
    expect([table.errorTimeMs[0], table.retries[0], letters()]).toEqual([0, 0, 'E']);
  });
});

describe('retryWorker', () => {
  it.each([
    { status: '', retryMs: 2000, afterMs: 0, free: true, left: '', why: 'nothing to clear' },
    { status: 'E', retryMs: 2000, afterMs: 1999, free: false, left: 'E', why: 'too early' },
    { status: 'E', retryMs: 2000, afterMs: 2000, free: true, left: '', why: 'time is over' },
    { status: 'E', retryMs: 0, afterMs: 0, free: true, left: '', why: 'retry=0 has no time' },
    { status: 'IE', retryMs: 2000, afterMs: 0, free: true, left: 'I', why: 'ignores errors' },
    { status: 'SE', retryMs: 0, afterMs: 9999, free: false, left: 'SE', why: 'stopped is never retried' },
    { status: 'ISE', retryMs: 0, afterMs: 9999, free: false, left: 'ISE', why: 'stopped wins over I' },
    { status: 'DEC', retryMs: 0, afterMs: 0, free: true, left: 'DC', why: 'only E is cleared' },
  ])('answers $free for "$status" after $afterMs of $retryMs ms: $why', ({ status, retryMs, afterMs, free, left }) => {
    const { table, worker, letters } = one({ status, retryMs });
    table.errorTimeMs[0] = NOW_MS;
    expect(retryWorker(table, worker, NOW_MS + afterMs)).toBe(free);
    expect(letters()).toBe(left);
    expect(table.retries[0]).toBe(status.includes('E') && free ? 1 : 0);
  });

  it('does not keep a worker in error until a clock that was set back is where it was', () => {
    const { table, worker } = one({ status: 'E', retryMs: 60_000 });
    table.errorTimeMs[0] = NOW_MS;
    expect(retryWorker(table, worker, NOW_MS - 500)).toBe(false);
    expect(retryWorker(table, worker, NOW_MS - 3_600_000)).toBe(true);
  });

  it('retries at once a worker that began in error by configuration', () => {
    const { table, worker } = one({ status: 'E' });
    expect(retryWorker(table, worker, NOW_MS)).toBe(true);
  });
});

describe('forceRecovery', () => {
  function recover(members: readonly TestMember[], forcerecovery = true): string[] {
    const { balancer, table } = balancerOf(members, { forcerecovery });
    table.errorTimeMs.fill(NOW_MS);
    forceRecovery(balancer, table, NOW_MS);
    return [...table.status].map(statusLetters);
  }

  it('clears every error when all are in error, a stopped one included', () => {
    expect(recover([{ status: 'E' }, { status: 'SE' }, { status: 'HE' }])).toEqual(['', 'S', 'H']);
  });

  it('does nothing while one member has no error, even a disabled, failed or standby one', () => {
    for (const status of ['D', 'C', 'S', 'H', '']) expect(recover([{ status: 'E' }, { status }])[0]).toBe('E');
  });

  it('stops at the first member whose retry time is over and leaves those behind it', () => {
    expect(recover([{ status: 'E' }, { status: 'E', retryMs: 0 }, { status: 'E', retryMs: 0 }])).toEqual([
      'E',
      '',
      'E',
    ]);
  });

  it('forces nothing with forcerecovery=Off, but retries as it looks', () => {
    expect(recover([{ status: 'E' }, { status: 'E' }], false)).toEqual(['E', 'E']);
    expect(recover([{ status: 'E' }, { status: 'E', retryMs: 0 }], false)).toEqual(['E', '']);
  });
});
