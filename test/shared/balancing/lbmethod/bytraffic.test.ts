import { describe, expect, it } from 'vitest';
import { electByMethod } from '#shared/balancing/election.ts';
import { resetLbMethod } from '#shared/balancing/lbmethod/registry.ts';
import { balancerOf, NOW_MS, type TestMember } from '../table-of.ts';

/** Who is elected when the members have moved these bytes, [transferred, read] each. */
function elected(members: readonly TestMember[], bytes: readonly (readonly [bigint, bigint])[]): number {
  const { balancer, table } = balancerOf(members, { lbmethod: 'bytraffic' });
  bytes.forEach(([transferred, read], slot) => {
    table.transferred[slot] = transferred;
    table.read[slot] = read;
  });
  return electByMethod(balancer, table, NOW_MS);
}

describe('bytraffic', () => {
  it('takes the member that moved the fewest bytes, both directions together', () => {
    expect(
      elected(
        [{}, {}],
        [
          [1000n, 9000n],
          [9000n, 900n],
        ],
      ),
    ).toBe(1);
  });

  it('weighs by loadfactor', () => {
    expect(
      elected(
        [{}, { lbfactor: 300 }],
        [
          [10_000n, 0n],
          [29_000n, 0n],
        ],
      ),
    ).toBe(1);
    expect(
      elected(
        [{}, { lbfactor: 300 }],
        [
          [10_000n, 0n],
          [30_300n, 0n],
        ],
      ),
    ).toBe(0);
  });

  it('gives a tie to the earlier member', () => {
    expect(
      elected(
        [{}, {}],
        [
          [5000n, 0n],
          [0n, 5000n],
        ],
      ),
    ).toBe(0);
  });

  it('cuts both directions separately, so bytes below one unit do not count', () => {
    expect(
      elected(
        [{}, {}],
        [
          [100n, 0n],
          [99n, 99n],
        ],
      ),
    ).toBe(1);
    expect(
      elected(
        [{}, {}],
        [
          [99n, 99n],
          [0n, 0n],
        ],
      ),
    ).toBe(0);
  });

  it('is exact up to 2^53 bytes', () => {
    const limit = 2n ** 53n;
    const multiple = limit - (limit % 100n);
    expect(
      elected(
        [{}, {}],
        [
          [multiple, 0n],
          [multiple - 1n, 0n],
        ],
      ),
    ).toBe(1);
  });

  it('leaves lbstatus alone and forgets the bytes on a reset', () => {
    const { balancer, table } = balancerOf([{}, {}], { lbmethod: 'bytraffic' });
    table.transferred[0] = 5n;
    table.read[0] = 6n;
    electByMethod(balancer, table, NOW_MS);
    expect([...table.lbstatus]).toEqual([0, 0]);
    resetLbMethod(balancer, table);
    expect([table.transferred[0], table.read[0]]).toEqual([0n, 0n]);
  });

  it('counts what other nodes moved like its own bytes, weighed in the same way', () => {
    const { balancer, table } = balancerOf([{}, { lbfactor: 200 }], { lbmethod: 'bytraffic' });
    table.transferred.set([1_000n, 1_900n]);
    expect(electByMethod(balancer, table, NOW_MS)).toBe(1);
    table.othersTraffic[1] = 300n;
    expect(electByMethod(balancer, table, NOW_MS)).toBe(0);
    table.othersTraffic[0] = 200n;
    expect(electByMethod(balancer, table, NOW_MS)).toBe(1);
    resetLbMethod(balancer, table);
    expect([...table.othersTraffic]).toEqual([0n, 0n]);
  });
});
