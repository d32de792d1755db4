import { expect, test } from 'vitest';
import { chaosRun } from './chaos-run.ts';

const LEAST_KILLS = 4;

/** Protocol, section 7. More edits, and other seeds: `node test/fault/fleet/chaos.ts --edits 1000`. */
test('a fleet ends where its store is, whatever was killed and lost on the way', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  console.log(`chaos: SEED=${seed}`);
  const { faults, revision, kills } = await chaosRun({ edits: 150, leastKills: LEAST_KILLS, seed });
  console.log(`chaos: revision ${revision}, killed ${JSON.stringify(kills)}`);
  expect(faults).toEqual([]);
  expect(Object.values(kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(LEAST_KILLS);
  expect(revision).toBeGreaterThan(50);
});
