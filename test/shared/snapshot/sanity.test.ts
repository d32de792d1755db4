import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { implausibility } from '#shared/snapshot/sanity.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';

function snapshot(revision: number, workers: number, extra: Partial<Snapshot> = {}): Snapshot {
  const members = Array.from({ length: workers }, (_, i) => ({ url: `http://10.0.0.${i}`, parameters: {} }));
  const definition = {
    ...EMPTY_DEFINITION,
    listeners: [{ address: '*', port: 80 }],
    balancers: [{ name: 'app', parameters: {}, members }],
  };
  return { fleet: 'f', revision, definition, overrides: [], ...extra };
}

describe('implausibility', () => {
  it('takes anything when nothing is served yet', () => {
    expect(implausibility(undefined, snapshot(1, 0))).toBeUndefined();
  });

  it('refuses an empty configuration after one that had something', () => {
    const empty = { ...snapshot(2, 0), definition: EMPTY_DEFINITION };
    expect(implausibility(snapshot(1, 2), empty)).toMatch(/revision 2 has no listeners, revision 1 has 1/);
  });

  it.each([
    { before: 10, after: 5, refused: false },
    { before: 10, after: 4, refused: true },
    { before: 3, after: 1, refused: false },
    { before: 3, after: 0, refused: true },
    { before: 4, after: 40, refused: false },
  ])('from $before to $after workers: refused = $refused', ({ before, after, refused }) => {
    expect(implausibility(snapshot(1, before), snapshot(2, after)) !== undefined).toBe(refused);
  });

  it.each([
    { from: 10, to: 3, skipped: 1, refused: false },
    { from: 10, to: 1, skipped: 1, refused: true },
    { from: 1000, to: 126, skipped: 2, refused: false },
    { from: 1000, to: 124, skipped: 2, refused: true },
    { from: 1000, to: 1, skipped: 100, refused: false },
    { from: 1000, to: 0, skipped: 100, refused: true },
  ])(
    'from $from to $to workers with $skipped revisions skipped: refused = $refused',
    ({ from, to, skipped, refused }) => {
      expect(implausibility(snapshot(1, from), snapshot(2 + skipped, to)) !== undefined).toBe(refused);
    },
  );

  it('takes what was allowed to shrink at a revision that was skipped, but no more than that', () => {
    const later = snapshot(6, 1, { shrinkAllowedAt: 5 });
    expect(implausibility(snapshot(4, 100), later)).toBeUndefined();
    expect(implausibility(snapshot(5, 100), later)).toMatch(/1 of 100 workers/);
  });

  it('takes whatever any sequence of plausible revisions leads to', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 8 }), (sizes) => {
        const steps = sizes.map((size, i) => snapshot(i + 1, size));
        const allPlausible = steps.slice(1).every((step, i) => implausibility(steps[i], step) === undefined);
        const [first, last] = [steps[0], steps.at(-1)];
        fc.pre(allPlausible && last !== undefined);
        if (last !== undefined) expect(implausibility(first, last)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('takes what an operator allowed to shrink', () => {
    expect(implausibility(snapshot(1, 100), snapshot(2, 1, { allowShrink: true }))).toBeUndefined();
  });
});
