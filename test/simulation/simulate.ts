import { checkEnd, unrest } from './at-rest.ts';
import { letFaultsHappen, repair } from './faults.ts';
import { Violation } from './kernel.ts';
import { type Scenario, scenarioOf } from './scenarios.ts';
import { createWorld, type Plants, type World } from './world.ts';

export type Run = {
  readonly seed: number;
  readonly scenario: string;
  readonly steps: number;
  /** Virtual time. */
  readonly ms: number;
  readonly commits: number;
  /** Over everything that happened: the same seed and scenario give the same. */
  readonly hash: string;
  readonly failure?: Failure;
};

export type Failure = {
  readonly step: number;
  /** What broke. */
  readonly problem: string;
  /** What happened last. */
  readonly recent: readonly string[];
};

export type SimulateOptions = {
  /** Default: the seed's. */
  readonly scenario?: Scenario;
  readonly plants?: Plants;
  /** Every event. */
  readonly onLine?: (line: string) => void;
};

/** How long faults happen, and how long a healed fleet may take to come to rest, virtual milliseconds. */
const FAULTS_MS = 60_000;
const REST_MS = 240_000;
const LOOK_MS = 2_000;
const RECENT = 40;

/** One seed: a fleet is made, has a bad time, is left alone, and comes to rest. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Run> {
  const scenario = options.scenario ?? scenarioOf(seed);
  const world = createWorld(`${scenario.name} ${seed}`, scenario, options.plants);
  const { kernel } = world;
  if (options.onLine !== undefined) kernel.onLine(options.onLine);
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  let failure: Failure | undefined;
  try {
    await live(world, () => {
      if (rejections.length > 0) throw rejections[0];
    });
  } catch (error) {
    const problem = error instanceof Violation ? error.message : `a process breaks: ${(error as Error).stack ?? error}`;
    failure = { step: kernel.steps(), problem, recent: kernel.recent(RECENT) };
  } finally {
    world.dispose();
    process.off('unhandledRejection', onRejection);
  }
  return {
    seed,
    scenario: scenario.name,
    steps: kernel.steps(),
    ms: Math.round(kernel.nowMs()),
    commits: world.store.commits().length,
    hash: kernel.hash(),
    ...(failure === undefined ? {} : { failure }),
  };
}

async function live(world: World, check: () => void): Promise<void> {
  const { kernel, operator, scenario } = world;
  const chance = kernel.chance.fork('life');
  const until = async (ms: number) => {
    while (kernel.nowMs() < ms && (await kernel.step())) check();
  };
  const faults = letFaultsHappen(world);
  let isOver = false;
  const command = () => {
    const replicas = world.replicas();
    if (isOver) return;
    if (replicas.length > 0) operator.act(chance.pick(replicas));
    kernel.after(chance.wait(scenario.commandsMs), undefined, 'timer', command);
  };
  kernel.after(3_000, undefined, 'timer', command);
  await until(FAULTS_MS);

  kernel.note('everything is mended');
  isOver = true;
  faults.heal();
  world.traffic(false);
  const healedMs = kernel.nowMs();
  await until(healedMs + 5_000);
  // What was refused for having killed a node is got over with the next revision.
  const [replica] = world.replicas();
  if (scenario.probationMs > 0 && replica !== undefined) operator.harmless(replica);

  let calm = 0;
  for (let problem = unrest(world); calm < 2; problem = unrest(world)) {
    calm = problem === undefined ? calm + 1 : 0;
    if (kernel.nowMs() > healedMs + REST_MS) throw new Violation(`the fleet does not come to rest: ${problem}`);
    repair(world);
    await until(kernel.nowMs() + LOOK_MS);
  }
  checkEnd(world, faults);
}

/** For whoever wants to know why. */
export function describeFailure({ seed, scenario, failure }: Run): string {
  if (failure === undefined) return `seed ${seed} (${scenario}): nothing is wrong`;
  return [
    `seed ${seed}, scenario ${scenario}, step ${failure.step}: ${failure.problem}`,
    'last events:',
    ...failure.recent.map((line) => `  ${line}`),
    `again: node test/simulation/run.ts --replay ${seed} --scenario ${scenario}`,
  ].join('\n');
}
