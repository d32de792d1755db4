import { describe, expect, it } from 'vitest';
import {
  decodeHealthState,
  encodeHealthState,
  foldHealth,
  NO_VERDICTS,
} from '../../../../control-plane/core/health/health-state.ts';
import type { HealthEntry, HealthEvent } from '../../../../shared/health/health-event.ts';
import { url } from './given.ts';

const down = (worker: string, ...zones: string[]): HealthEvent => ({
  type: 'worker-unavailable',
  balancer: 'app',
  worker,
  zones,
  policy: 'any',
  reason: 'connect-refused',
  witnesses: [{ node: 'n1', available: false, saw: 'failed connect-refused' }],
});
const up = (worker: string): HealthEvent => ({
  type: 'worker-available',
  balancer: 'app',
  worker,
  reason: '',
  witnesses: [],
});
const entry = (version: number, ...events: HealthEvent[]): HealthEntry => ({
  version,
  timeMs: version * 1_000,
  events,
});

const LOG = [
  entry(1, down(url(1)), down(url(2), 'a')),
  entry(2, { type: 'verdicts-frozen', reason: 'too quiet' }),
  entry(3, up(url(1)), down(url(2), 'a', 'b')),
];

describe('the state of health', () => {
  it('is what the log says, each verdict with the entry that made it', () => {
    const state = LOG.reduce(foldHealth, NO_VERDICTS);
    expect([...state.verdicts.values()]).toMatchObject([
      { worker: url(2), zones: ['a', 'b'], since: 3, sinceMs: 3_000 },
    ]);
    expect(state).toMatchObject({ version: 3, frozen: { reason: 'too quiet', since: 2 } });
    expect(foldHealth(state, entry(4, { type: 'verdicts-resumed', reason: '' }))).not.toHaveProperty('frozen');
  });

  it('does not change by entries that come again', () => {
    const state = LOG.reduce(foldHealth, NO_VERDICTS);
    expect(LOG.reduce(foldHealth, state)).toBe(state);
  });

  it('is the same from a checkpoint and the entries after it as from the beginning', () => {
    const whole = LOG.reduce(foldHealth, NO_VERDICTS);
    for (let at = 0; at <= LOG.length; at++) {
      const checkpoint = encodeHealthState(LOG.slice(0, at).reduce(foldHealth, NO_VERDICTS));
      const restored = decodeHealthState(checkpoint);
      expect(restored && LOG.reduce(foldHealth, restored)).toEqual(whole);
    }
  });

  it('has checkpoints of the same bytes, in whatever order its verdicts came', () => {
    const a = [entry(1, down(url(1)), down(url(2)))].reduce(foldHealth, NO_VERDICTS);
    const b = [entry(1, down(url(2)), down(url(1)))].reduce(foldHealth, NO_VERDICTS);
    expect(encodeHealthState(a)).toEqual(encodeHealthState(b));
  });

  it.each([
    ['damaged', new TextEncoder().encode('{"version":')],
    ['of a later build', new TextEncoder().encode('{"checkpointVersion":99,"verdicts":[],"version":1}')],
    ['something else', new TextEncoder().encode('7')],
  ])('is not taken from a checkpoint that is %s', (_, bytes) => {
    expect(decodeHealthState(bytes)).toBeUndefined();
  });
});
