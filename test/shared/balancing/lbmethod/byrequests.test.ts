import { describe, expect, it } from 'vitest';
import { electByMethod } from '#shared/balancing/election.ts';
import { loadfactorChanged, resetLbMethod } from '#shared/balancing/lbmethod/registry.ts';
import { balancerOf, flag, NOW_MS } from '../table-of.ts';

describe('byrequests', () => {
  it('serves factors 1 and 3 as W2 W1 W2 W2 and comes back to zero', () => {
    const { balancer, table } = balancerOf([{ lbfactor: 100 }, { lbfactor: 300 }]);
    const seen = Array.from({ length: 4 }, () => {
      const member = electByMethod(balancer, table, NOW_MS);
      return [member, ...table.lbstatus];
    });
    expect(seen).toEqual([
      [1, 100, -100],
      [0, -200, 200],
      [1, -100, 100],
      [1, 0, 0],
    ]);
  });

  it('gives a tie to the earlier member, also with unequal factors', () => {
    const { balancer, table } = balancerOf([{ lbfactor: 100 }, { lbfactor: 200 }]);
    table.lbstatus.set([100, 0]);
    expect(electByMethod(balancer, table, NOW_MS)).toBe(0);
  });

  it('looks at spares after all regular members, so a regular one wins the tie', () => {
    const { balancer, table } = balancerOf([{ status: 'R' }, { status: 'D' }, {}]);
    expect([0, 1].map(() => electByMethod(balancer, table, NOW_MS))).toEqual([2, 0]);
  });

  it('freezes the account of a member that is out', () => {
    const { balancer, table } = balancerOf([{}, {}, {}]);
    electByMethod(balancer, table, NOW_MS);
    flag(table, 0, '+D');
    for (let i = 0; i < 7; i++) electByMethod(balancer, table, NOW_MS);
    expect(table.lbstatus[0]).toBe(-200);
  });

  it('forgets its history on a reset, and starts from the factors when one was changed', () => {
    const { balancer, table } = balancerOf([{ lbfactor: 100 }, { lbfactor: 300 }]);
    electByMethod(balancer, table, NOW_MS);
    resetLbMethod(balancer, table);
    expect([...table.lbstatus]).toEqual([0, 0]);
    loadfactorChanged(balancer, table);
    expect([...table.lbstatus]).toEqual([100, 300]);
    const alone = balancerOf([{ lbfactor: 300 }]);
    loadfactorChanged(alone.balancer, alone.table);
    expect([...alone.table.lbstatus]).toEqual([100]);
  });
});
