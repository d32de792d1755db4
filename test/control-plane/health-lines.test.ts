import { expect, test } from 'vitest';
import { tellEntry } from '../../control-plane/health-lines.ts';
import type { HealthEvent } from '../../shared/health/health-event.ts';

test('an entry of many workers has a few lines, and says how many more there are', () => {
  const logged: Record<string, unknown>[] = [];
  const log = (fields: object) => void logged.push(fields as Record<string, unknown>);
  const down = Array.from({ length: 1_000 }, (_, n): HealthEvent => {
    const worker = `http://10.0.0.1:${n + 1}`;
    return {
      type: 'worker-unavailable',
      balancer: 'app',
      worker,
      zones: [],
      policy: 'any',
      reason: 'dead',
      witnesses: [],
    };
  });
  const events: HealthEvent[] = [...down, { type: 'verdicts-frozen', reason: '9 of 10 nodes fell silent' }];
  tellEntry({ debug: log, info: log, warn: log, error: log }, { version: 7, timeMs: 0, events });
  expect(logged.map(({ code }) => code)).toEqual([...Array(20).fill('CP2701'), 'CP2702', 'CP2711']);
  expect(logged[0]).toMatchObject({ version: 7, worker: 'http://10.0.0.1:1', reason: 'dead' });
  expect(logged.at(-1)).toEqual({ code: 'CP2711', version: 7, workers: 980 });
});
