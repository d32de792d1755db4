import { describe, expect, it } from 'vitest';
import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import type { Override } from '#shared/definition/override.ts';
import { INITIAL_STATE, overrideKey } from '#shared/event/fold.ts';
import { snapshotOf } from '#shared/snapshot/from-state.ts';

const overrides = ['http://b', 'http://a', 'http://c'].map(
  (worker): Override => ({ balancer: 'app', worker, parameters: {}, actor: 'ada', sinceMs: 1 }),
);
const stateWith = (order: readonly Override[]) => ({
  ...INITIAL_STATE,
  revision: 7,
  overrides: new Map(order.map((override) => [overrideKey(override), override])),
});

describe('the snapshot of a state', () => {
  it('has the same bytes whatever order the overrides were kept in', () => {
    const bytes = encodeSnapshot(snapshotOf('f', stateWith(overrides)));
    expect(encodeSnapshot(snapshotOf('f', stateWith(overrides.toReversed())))).toEqual(bytes);
    expect(snapshotOf('f', stateWith(overrides)).overrides.map(({ worker }) => worker)).toEqual([
      'http://a',
      'http://b',
      'http://c',
    ]);
  });

  it('says of leave to shrink only what there is', () => {
    expect(snapshotOf('f', INITIAL_STATE)).not.toHaveProperty('allowShrink');
    expect(snapshotOf('f', { ...INITIAL_STATE, allowShrink: true, shrinkAllowedAt: 3 })).toMatchObject({
      allowShrink: true,
      shrinkAllowedAt: 3,
    });
  });
});
