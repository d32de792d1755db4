import { describe, expect, it } from 'vitest';
import {
  addLbstatus,
  beginBusy,
  busyOf,
  countRead,
  countTransferred,
  createWorkerTable,
  endBusy,
  statusOf,
} from '#shared/balancing/worker-table.ts';

describe('a worker table', () => {
  it('counts requests in progress and never below none', () => {
    const table = createWorkerTable(1);
    beginBusy(table, 0);
    beginBusy(table, 0);
    expect(busyOf(table, 0)).toBe(2);
    table.busy[0] = 1; // A reset of bybusyness in between.
    endBusy(table, 0);
    endBusy(table, 0);
    expect(busyOf(table, 0)).toBe(0);
  });

  it('adds bytes beyond 32 bits', () => {
    const table = createWorkerTable(1);
    for (let i = 0; i < 3; i++) countTransferred(table, 0, 0xffff_ffff);
    countRead(table, 0, 2 ** 40);
    expect([table.transferred[0], table.read[0]]).toEqual([3n * 0xffff_ffffn, 2n ** 40n]);
  });

  it('stops lbstatus at the ends of an int instead of turning it round', () => {
    const table = createWorkerTable(2);
    table.lbstatus.set([2 ** 31 - 50, -(2 ** 31) + 50]);
    expect(addLbstatus(table, 0, 100)).toBe(2 ** 31 - 1);
    expect(addLbstatus(table, 1, -100)).toBe(-(2 ** 31));
    expect([...table.lbstatus]).toEqual([2 ** 31 - 1, -(2 ** 31)]);
  });

  it('takes a row it does not have for one that was never initialised', () => {
    expect(statusOf(createWorkerTable(1), 7)).toBe(0);
  });
});
