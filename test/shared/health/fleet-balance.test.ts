import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { creditOf, INFLUENCE_ELECTIONS, othersTrafficOf } from '#shared/health/fleet-balance.ts';

const member = fc.record({
  lbfactor: fc.integer({ min: 100, max: 10_000 }),
  lbstatus: fc.integer({ min: -5_000_000, max: 5_000_000 }),
  others: fc.integer({ min: -1_000, max: 1_000_000 }),
});

describe('credit for what others elected', () => {
  test('is what byrequests would have given, had it happened here', () => {
    const members = [
      { lbfactor: 100, lbstatus: 0, others: 4 },
      { lbfactor: 300, lbstatus: 0, others: 4 },
    ];
    // Eight elections: each gains 8 × its factor, and gives back 400 for each of its own.
    expect(creditOf(members)).toEqual([100 * 8 - 400 * 4, 300 * 8 - 400 * 4]);
  });

  test('is nothing when others kept to the loadfactors', () => {
    const members = [
      { lbfactor: 100, lbstatus: 50, others: 1_000 },
      { lbfactor: 300, lbstatus: -50, others: 3_000 },
    ];
    expect(creditOf(members)).toEqual([0, 0]);
  });

  test('keeps the sum of credits, is whole, and moves nobody beyond the bound', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 8 }), (members) => {
        const credits = creditOf(members);
        const total = members.reduce((sum, { lbfactor }) => sum + lbfactor, 0);
        const bound = INFLUENCE_ELECTIONS * total;
        expect(credits.reduce((sum, credit) => sum + credit, 0)).toBe(0);
        for (const [i, { lbstatus }] of members.entries()) {
          const credit = credits[i] ?? Number.NaN;
          expect(Number.isInteger(credit)).toBe(true);
          expect(Math.abs(lbstatus + credit)).toBeLessThanOrEqual(Math.max(bound, Math.abs(lbstatus)));
        }
      }),
    );
  });
});

const mover = fc.record({
  lbfactor: fc.integer({ min: 100, max: 10_000 }),
  own: fc.integer({ min: 0, max: 1e9 }),
  others: fc.integer({ min: -1_000, max: 1e12 }),
});

describe("others' bytes", () => {
  test('count in full where they are not far from their share', () => {
    const members = [
      { lbfactor: 100, own: 1_000, others: 5_000 },
      { lbfactor: 200, own: 2_000, others: 9_500 },
    ];
    expect(othersTrafficOf(members, 1_000)).toEqual([5_000, 9_500]);
  });

  test('put nobody further behind than so many requests', () => {
    const members = [
      { lbfactor: 100, own: 0, others: 1e12 },
      { lbfactor: 100, own: 0, others: 0 },
    ];
    expect(othersTrafficOf(members, 1_000)).toEqual([INFLUENCE_ELECTIONS * 1_000, 0]);
  });

  test('are whole, never negative, and leave the order of those within the bound alone', () => {
    fc.assert(
      fc.property(
        fc.array(mover, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 1e6 }),
        (members, mean) => {
          for (const [i, bytes] of othersTrafficOf(members, mean).entries()) {
            expect(Number.isInteger(bytes)).toBe(true);
            expect(bytes).toBeGreaterThanOrEqual(0);
            expect(bytes).toBeLessThanOrEqual(Math.max(0, members[i]?.others ?? 0) + 1);
          }
        },
      ),
    );
  });
});
