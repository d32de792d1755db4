import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CheckPlan, createCheckScheduler } from '../../../../data-plane/agent/health/check-scheduler.ts';

const EVERY_SECOND: CheckPlan = { kind: 'check', intervalMs: 1_000 };
const PROBE: CheckPlan = { kind: 'probe', intervalMs: 1_000, maxIntervalMs: 5_000 };
const WIDE = { concurrent: 100, perSecond: 1_000 };
const noJitter = () => 0;

describe('checks', () => {
  test('begin one interval after a worker came, and one after the end of the check before', () => {
    const scheduler = createCheckScheduler(WIDE, noJitter);
    scheduler.plan('a', EVERY_SECOND, 0);
    expect(scheduler.due(999)).toEqual([]);
    expect(scheduler.due(1_000)).toEqual(['a']);
    expect(scheduler.due(2_500)).toEqual([]);
    scheduler.finished('a', true, 2_500);
    expect(scheduler.due(3_499)).toEqual([]);
    expect(scheduler.due(3_500)).toEqual(['a']);
  });

  test('keep their time when the same is planned again, and begin anew with another interval', () => {
    const scheduler = createCheckScheduler(WIDE, noJitter);
    scheduler.plan('a', EVERY_SECOND, 0);
    scheduler.plan('a', EVERY_SECOND, 900);
    expect(scheduler.due(1_000)).toEqual(['a']);
    scheduler.finished('a', true, 1_000);
    scheduler.plan('a', { kind: 'check', intervalMs: 5_000 }, 1_500);
    expect(scheduler.due(6_499)).toEqual([]);
    expect(scheduler.due(6_500)).toEqual(['a']);
  });

  test('wait up to a tenth longer, so that they spread', () => {
    const scheduler = createCheckScheduler(WIDE, () => 0.999);
    scheduler.plan('a', EVERY_SECOND, 0);
    expect(scheduler.due(1_099)).toEqual([]);
    expect(scheduler.due(1_100)).toEqual(['a']);
  });

  test('are no more at once than allowed, and those due longest come first', () => {
    const scheduler = createCheckScheduler({ concurrent: 2, perSecond: 1_000 }, noJitter);
    scheduler.plan('late', EVERY_SECOND, 100);
    scheduler.plan('a', EVERY_SECOND, 0);
    scheduler.plan('b', EVERY_SECOND, 0);
    expect(scheduler.due(2_000)).toEqual(['a', 'b']);
    expect(scheduler.due(2_000)).toEqual([]);
    scheduler.finished('a', true, 2_000);
    expect(scheduler.due(2_000)).toEqual(['late']);
  });

  test('are no more per second than allowed, however many are due', () => {
    const scheduler = createCheckScheduler({ concurrent: 1_000, perSecond: 10 }, noJitter);
    for (let n = 0; n < 100; n++) scheduler.plan(`w${n}`, EVERY_SECOND, 0);
    let begun = 0;
    for (let ms = 1_000; ms < 6_000; ms += 50) {
      for (const key of scheduler.due(ms)) {
        begun++;
        scheduler.drop(key);
        scheduler.finished(key, true, ms);
      }
    }
    expect(begun).toBeGreaterThan(50);
    expect(begun).toBeLessThanOrEqual(60);
  });

  test('that are planned no more give their place back when they end', () => {
    const scheduler = createCheckScheduler({ concurrent: 1, perSecond: 1_000 }, noJitter);
    scheduler.plan('a', EVERY_SECOND, 0);
    expect(scheduler.due(1_000)).toEqual(['a']);
    scheduler.drop('a');
    scheduler.plan('b', EVERY_SECOND, 0);
    expect(scheduler.due(1_000)).toEqual([]);
    scheduler.finished('a', true, 1_000);
    expect(scheduler.due(1_000)).toEqual(['b']);
    expect(scheduler.planned('a')).toBeUndefined();
  });

  test('skip nobody, whatever comes and goes', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), drop: fc.boolean(), ms: fc.nat(400) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const scheduler = createCheckScheduler({ concurrent: 2, perSecond: 1_000 }, noJitter);
        const underWay: string[] = [];
        let nowMs = 0;
        const turn = () => {
          underWay.push(...scheduler.due(nowMs));
          expect(underWay.length).toBeLessThanOrEqual(2);
          const over = underWay.shift();
          if (over !== undefined) scheduler.finished(over, true, nowMs);
        };
        for (const { key, drop, ms } of steps) {
          nowMs += ms;
          if (drop) scheduler.drop(key);
          else scheduler.plan(key, EVERY_SECOND, nowMs);
          turn();
        }
        const left = new Set(scheduler.keys());
        for (let turns = 0; turns < 100 && left.size > 0; turns++) {
          nowMs += 100;
          for (const key of scheduler.due(nowMs)) {
            left.delete(key);
            underWay.push(key);
          }
          for (const key of underWay.splice(0)) scheduler.finished(key, true, nowMs);
        }
        expect([...left]).toEqual([]);
      }),
    );
  });
});

test('probes come less and less often while they fail, and often again once one has passed', () => {
  const scheduler = createCheckScheduler(WIDE, noJitter);
  scheduler.plan('a', PROBE, 0);
  const waits: number[] = [];
  let beforeMs = 0;
  for (let ms = 0; waits.length < 7; ms++) {
    if (scheduler.due(ms).length === 0) continue;
    waits.push(ms - beforeMs);
    beforeMs = ms;
    scheduler.finished('a', waits.length === 6, ms);
  }
  expect(waits).toEqual([1_000, 1_500, 2_250, 3_375, 5_000, 5_000, 1_000]);
});
