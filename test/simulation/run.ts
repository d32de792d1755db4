import { parseArgs } from 'node:util';
import { scenarioNamed, scenarioOf } from './scenarios.ts';
import { describeFailure, simulate } from './simulate.ts';

/** `node test/simulation/run.ts [--seeds N] [--from SEED] [--scenario NAME] [--keep] [--replay SEED [--trace]]` */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    replay: { type: 'string' },
    /** Goes on after a seed that failed. */
    keep: { type: 'boolean', default: false },
    /** Prints every event of a replay. */
    trace: { type: 'boolean', default: false },
  },
});

const scenario = values.scenario === undefined ? undefined : scenarioNamed(values.scenario);
const startedMs = performance.now();

if (values.replay !== undefined) {
  const seed = Number(values.replay);
  const run = await simulate(seed, {
    scenario: scenario ?? scenarioOf(seed),
    ...(values.trace ? { onLine: (line) => void process.stdout.write(`${line}\n`) } : {}),
  });
  console.log(describeFailure(run));
  console.log(`${run.steps} steps, ${run.ms} ms of virtual time, ${run.commits} commits, events ${run.hash}`);
  process.exitCode = run.failure === undefined ? 0 : 1;
} else {
  const from = Number(values.from);
  const failed: number[] = [];
  let steps = 0;
  for (let seed = from; seed < from + Number(values.seeds); seed++) {
    const run = await simulate(seed, { scenario: scenario ?? scenarioOf(seed) });
    steps += run.steps;
    if (run.failure !== undefined) {
      failed.push(seed);
      console.log(`${describeFailure(run)}\n`);
      if (!values.keep) break;
    }
    if ((seed - from + 1) % 100 === 0) console.log(`${seed - from + 1} seeds, ${steps} steps, ${failed.length} failed`);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log(`${steps} steps in ${seconds.toFixed(1)} s; failed seeds: ${failed.join(', ') || 'none'}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
