import { describe, expect, it } from 'vitest';
import { SCENARIOS, scenarioNamed } from './scenarios.ts';
import { describeFailure, simulate } from './simulate.ts';

/** Seeds of each scenario; `npm run simulate` runs as many as one likes. */
const SEEDS = 24;

describe('a simulated fleet', () => {
  it.each(SCENARIOS.map(({ name }) => name))(
    'keeps its promises and comes to rest: %s',
    async (name) => {
      const scenario = scenarioNamed(name);
      for (let seed = 1; seed <= SEEDS; seed++) {
        const run = await simulate(seed, { scenario });
        if (run.failure !== undefined) expect.fail(describeFailure(run));
      }
    },
    600_000,
  );

  it('lives the same life twice under the same seed, and another under another', async () => {
    const scenario = scenarioNamed('everything');
    const [first, second, other] = [
      await simulate(1, { scenario }),
      await simulate(1, { scenario }),
      await simulate(2, { scenario }),
    ];
    expect(second).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
  });
});
