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

  it('takes what an operator allowed to shrink', () => {
    expect(implausibility(snapshot(1, 100), snapshot(2, 1, { allowShrink: true }))).toBeUndefined();
  });
});
