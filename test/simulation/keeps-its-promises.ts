import { expect, it } from 'vitest';
import { scenarioNamed } from './scenarios.ts';
import { describeFailure, simulate } from './simulate.ts';

/** Seeds of each scenario; `npm run simulate` runs as many as one likes. */
const SEEDS = 24;

/** One test for each scenario: so many fleets keep every promise and come to rest. */
export function keepsItsPromises(...scenarios: readonly string[]): void {
  it.each(scenarios)(
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
}
