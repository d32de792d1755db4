import { expect, test } from 'vitest';
import { soak } from './soak-bed.ts';

// The whole million is `npm run soak`; this is the same, bounded.
test('while backends are killed every second no answer is wrong, and clients, gateway and backends count alike', {
  timeout: 180_000,
}, async () => {
  const seed = Date.now() % 1_000_000;
  const { faults, seen } = await soak({ requests: 40_000, wrkSeconds: 8, threads: 2, seed });
  expect(faults, `seed ${seed}\n${seen.join('\n')}`).toEqual([]);
});
