import { describe, expect, test } from 'vitest';
import type { Observation, ObservationKind } from '#shared/node-message.ts';
import { createOpinions } from '../../../../data-plane/agent/health/opinions.ts';

function seen(worker: string, kind: ObservationKind, timeMs = 0): Observation {
  return { balancer: 'app', worker, kind, reason: '', timeMs };
}
const kinds = (observations: readonly Observation[]) => observations.map(({ worker, kind }) => `${worker} ${kind}`);

describe('opinions', () => {
  test('are told once, the newest of each worker', () => {
    const opinions = createOpinions();
    opinions.set(seen('a', 'failed'));
    opinions.set(seen('b', 'check-passed'));
    opinions.set(seen('a', 'answered'));
    expect(kinds(opinions.takeUntold(10))).toEqual(['a answered', 'b check-passed']);
    expect(opinions.takeUntold(10)).toEqual([]);
  });

  test('are told so many at a time', () => {
    const opinions = createOpinions();
    for (const worker of 'abc') opinions.set(seen(worker, 'failed'));
    expect(kinds(opinions.takeUntold(2))).toEqual(['a failed', 'b failed']);
    expect(kinds(opinions.takeUntold(2))).toEqual(['c failed']);
  });

  test('of the same kind are no news, unless they are to be repeated', () => {
    const opinions = createOpinions();
    expect(opinions.set(seen('a', 'failed', 1))).toBe(true);
    expect(opinions.set(seen('a', 'failed', 2))).toBe(false);
    expect(opinions.set(seen('a', 'failed', 3), true)).toBe(true);
    expect(opinions.of('app a')?.timeMs).toBe(3);
  });

  test('are all in a complete set; good ones only while they are new or renewed', () => {
    const opinions = createOpinions();
    for (const [worker, kind] of [
      ['a', 'failed'],
      ['b', 'answered'],
      ['c', 'check-passed'],
    ] as const)
      opinions.set(seen(worker, kind));
    expect(opinions.takeAll(90_000, () => false)).toHaveLength(3);
    expect(kinds(opinions.takeAll(90_001, (key) => key === 'app c'))).toEqual(['a failed', 'c check-passed']);
    expect(opinions.untold()).toBe(0);
  });

  test('of workers that are configured no more are forgotten', () => {
    const opinions = createOpinions();
    opinions.set(seen('a', 'failed'));
    opinions.retain(() => false);
    expect([opinions.of('app a'), opinions.untold(), opinions.bad()]).toEqual([undefined, 0, []]);
  });
});
