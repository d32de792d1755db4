import { describe, expect, test } from 'vitest';
import type { HealthFrame } from '#shared/health/health-frame.ts';
import {
  changedVerdicts,
  expireVerdicts,
  NO_VERDICTS,
  takeFrame,
} from '../../../../data-plane/agent/health/held-verdicts.ts';

function frame(version: number, workers: readonly string[], zones: readonly string[] = []): HealthFrame {
  const unavailable = workers.map((worker) => ({ balancer: 'app', worker, zones, reason: 'r', since: version }));
  return { fleet: 'f', version, periodMs: 1_000, unavailable, membersVersion: '00' };
}

describe('the verdicts a node holds', () => {
  test('are those of the newest frame; an older one changes nothing', () => {
    const held = takeFrame(NO_VERDICTS, frame(5, ['w1']), undefined, 0);
    expect([...held.verdicts.keys()]).toEqual(['app w1']);
    expect(takeFrame(held, frame(4, []), undefined, 100)).toBe(held);
    const next = takeFrame(held, frame(6, ['w2']), undefined, 200);
    expect(changedVerdicts(held, next)).toEqual(['app w2', 'app w1']);
  });

  test('are only those for its own zone', () => {
    const zones = (zone: string | undefined) => takeFrame(NO_VERDICTS, frame(1, ['w'], ['a', 'b']), zone, 0).verdicts;
    expect(zones('a').size).toBe(1);
    expect(zones('c').size).toBe(0);
    expect(zones(undefined).size).toBe(0);
    expect(takeFrame(NO_VERDICTS, frame(1, ['w']), undefined, 0).verdicts.size).toBe(1);
  });

  test('stay while frames of the same version come, and are dropped after three periods without', () => {
    let held = takeFrame(NO_VERDICTS, frame(1, ['w']), undefined, 0);
    held = takeFrame(held, frame(1, ['w']), undefined, 2_900);
    expect(expireVerdicts(held, 5_899).state).toBe('fresh');
    const stale = expireVerdicts(held, 5_900);
    expect([stale.state, stale.verdicts.size]).toEqual(['stale', 0]);
    expect(expireVerdicts(stale, 9_999)).toBe(stale);
  });

  test('are taken again from whatever frame comes after that', () => {
    const stale = expireVerdicts(takeFrame(NO_VERDICTS, frame(9, ['w']), undefined, 0), 3_000);
    const again = takeFrame(stale, frame(2, ['v']), undefined, 4_000);
    expect([again.state, again.version, [...again.verdicts.keys()]]).toEqual(['fresh', 2, ['app v']]);
  });

  test('never expire before the first frame', () => {
    expect(expireVerdicts(NO_VERDICTS, 1e9)).toBe(NO_VERDICTS);
  });
});
