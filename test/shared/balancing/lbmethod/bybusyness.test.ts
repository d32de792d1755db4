import { describe, expect, it } from 'vitest';
import { electByMethod } from '#shared/balancing/election.ts';
import { resetLbMethod } from '#shared/balancing/lbmethod/registry.ts';
import { balancerOf, NOW_MS } from '../table-of.ts';

const BYBUSYNESS = { lbmethod: 'bybusyness' } as const;

describe('bybusyness', () => {
  it('takes the least busy member whatever its credit', () => {
    const { balancer, table } = balancerOf([{}, {}, {}], BYBUSYNESS);
    table.busy.set([2, 1, 3]);
    table.lbstatus.set([5000, -5000, 5000]);
    expect(electByMethod(balancer, table, NOW_MS)).toBe(1);
  });

  it('settles the account as byrequests does', () => {
    const { balancer, table } = balancerOf([{ lbfactor: 100 }, { lbfactor: 200 }], BYBUSYNESS);
    table.busy.set([0, 1]);
    electByMethod(balancer, table, NOW_MS);
    expect([...table.lbstatus]).toEqual([-200, 200]);
  });

  it('takes the one with more credit among equally busy ones, the earlier of equals', () => {
    const { balancer, table } = balancerOf([{}, { lbfactor: 200 }], BYBUSYNESS);
    table.busy.set([4, 4]);
    expect(electByMethod(balancer, table, NOW_MS)).toBe(1);
    const equal = balancerOf([{}, {}], BYBUSYNESS);
    expect(electByMethod(equal.balancer, equal.table, NOW_MS)).toBe(0);
  });

  it('is byrequests while nobody is busy', () => {
    const { balancer, table } = balancerOf([{}, { lbfactor: 200 }], BYBUSYNESS);
    const busyness = Array.from({ length: 6 }, () => electByMethod(balancer, table, NOW_MS));
    const requests = balancerOf([{}, { lbfactor: 200 }]);
    expect(busyness).toEqual(Array.from({ length: 6 }, () => electByMethod(requests.balancer, requests.table, NOW_MS)));
  });

  it('forgets credit and busy counts on a reset', () => {
    const { balancer, table } = balancerOf([{}], BYBUSYNESS);
    table.busy[0] = 3;
    table.lbstatus[0] = 5;
    resetLbMethod(balancer, table);
    expect([table.busy[0], table.lbstatus[0]]).toEqual([0, 0]);
  });
});
