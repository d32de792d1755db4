import { describe, expect, it } from 'vitest';
import { keepsItsPromises } from './keeps-its-promises.ts';
import { SCENARIOS, scenarioNamed } from './scenarios.ts';
import { simulate } from './simulate.ts';

describe('a simulated fleet whose network and processes fail', () => {
  keepsItsPromises('calm', 'lossy', 'partitions', 'crashes', 'health-storm');

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

  it('has a scenario for each of ten seeds in a row', async () => {
    expect(SCENARIOS).toHaveLength(10);
    expect((await simulate(13)).scenario).toBe(SCENARIOS[3]?.name);
  });
});
