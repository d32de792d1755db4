import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { compareHeads } from '#shared/snapshot/head.ts';
import type { FleetStore } from '../../control-plane/ports.ts';
import { scenarioNamed } from './scenarios.ts';
import { simulate } from './simulate.ts';
import { FLEET, type Plants } from './world.ts';

/** Which function misbehaves now. */
const planted = vi.hoisted(() => ({ bug: '' }));

vi.mock('../../data-plane/agent/follower.ts', async (original) => {
  const real = await original<typeof import('../../data-plane/agent/follower.ts')>();
  const follow: typeof real.follow = (rules, state, input, moment) => {
    if (planted.bug !== 'older heads are taken' || input.type !== 'head') {
      return real.follow(rules, state, input, moment);
    }
    const reading = rules.proof.readHead(input.encoded);
    const { served } = state;
    const isOlder = reading.kind === 'head' && served !== undefined && compareHeads(reading.head, served.head) < 0;
    if (!isOlder || state.swapping !== undefined) return real.follow(rules, state, input, moment);
    const { served: _, target: __, work: ___, ...nowhere } = state;
    return real.follow(rules, nowhere, input, moment);
  };
  return { ...real, follow };
});

vi.mock('../../control-plane/core/projection/counters.ts', async (original) => {
  const real = await original<typeof import('../../control-plane/core/projection/counters.ts')>();
  const maxTotals: typeof real.maxTotals = (a, b) =>
    planted.bug === 'copies of counters are added' ? real.addTotals(a, b) : real.maxTotals(a, b);
  return { ...real, maxTotals };
});

vi.mock('#shared/health/panic.ts', async (original) => {
  const real = await original<typeof import('#shared/health/panic.ts')>();
  const decidePanic: typeof real.decidePanic = (members, percent) =>
    planted.bug === 'nobody panics' ? { kind: 'none' } : real.decidePanic(members, percent);
  return { ...real, decidePanic };
});

vi.mock('../../data-plane/agent/row-writer.ts', async (original) => {
  const real = await original<typeof import('../../data-plane/agent/row-writer.ts')>();
  const writeVerdicts: typeof real.writeVerdicts = async (scoreboard, lock, slots, down) => {
    await real.writeVerdicts(scoreboard, lock, slots, down);
    if (planted.bug !== 'a verdict takes back what the node knows') return;
    for (const slot of slots()) Atomics.and(scoreboard.status, slot, ~WorkerStatus.IN_ERROR);
  };
  return { ...real, writeVerdicts };
});

vi.mock('../../control-plane/core/regression.ts', async (original) => {
  const real = await original<typeof import('../../control-plane/core/regression.ts')>();
  const judgeStore: typeof real.judgeStore = (...args) =>
    planted.bug === 'a store that went back is followed' ? { kind: 'ok' } : real.judgeStore(...args);
  return { ...real, judgeStore };
});

/** Puts heads over whatever is there. */
const overwriting = (bus: Bus): Bus => ({
  ...bus,
  putLatest: (key, payload, options) =>
    key === subjects(FLEET).head ? bus.putLatest(key, payload) : bus.putLatest(key, payload, options),
});

/** Says that it keeps the last reports of boots, and does not. */
const forgetful = (bus: Bus): Bus => ({
  ...bus,
  putLatest: (key, payload, options) =>
    key.includes('.keep.final.') ? bus.getLatest(key).then(() => 1) : bus.putLatest(key, payload, options),
});

/** Records verdicts whatever version they were decided on. */
const unconditional = (store: FleetStore): FleetStore => ({
  ...store,
  health: {
    ...store.health,
    append: async (_expected, events) => store.health.append(await store.health.version(), events),
  },
});

/** Does a command again that it was sent again. */
const repeating = (store: FleetStore): FleetStore => {
  let times = 0;
  return {
    ...store,
    events: {
      ...store.events,
      findCommand: async () => undefined,
      append: (request) => store.events.append({ ...request, commandId: `${request.commandId} ${++times}` }),
    },
  };
};

/** Seeds within which a bug must be found. */
const SEEDS = 40;

describe('a simulated fleet with a bug', () => {
  afterEach(() => {
    planted.bug = '';
  });

  async function found(name: string, plants: Plants = {}): Promise<string | undefined> {
    const scenario = scenarioNamed(name);
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { failure } = await simulate(seed, { scenario, plants });
      if (failure !== undefined) return failure.problem;
    }
    return undefined;
  }

  it.each([
    ['older heads are taken', 'bus-loss', /goes from revision \d+ of epoch 0 to revision \d+/],
    ['copies of counters are added', 'crashes', /counts more of n\d than there was/],
    ['nobody panics', 'health-storm', /verdicts leave nobody of/],
    ['a verdict takes back what the node knows', 'health-storm', /a frame changed what the node itself knows/],
    ['a store that went back is followed', 'store-loss', /does not come to rest|leaves its history|no epoch began/],
  ] as const)(
    'is found out: %s',
    async (bug, scenario, problem) => {
      planted.bug = bug;
      expect(await found(scenario)).toMatch(problem);
    },
    600_000,
  );

  it.each([
    ['a head is put over a newer one', 'churn', { bus: overwriting }, /the kept head goes back/],
    ['last reports are lost', 'crashes', { bus: forgetful }, /totals of n\d lack something/],
    [
      'verdicts are recorded whatever came in between',
      'health-storm',
      { store: unconditional },
      /decides what was decided|verdicts at version/,
    ],
    ['a command sent again is done again', 'partitions', { store: repeating }, /was told that it is revision/],
  ] as const)(
    'is found out: %s',
    async (_bug, scenario, plants, problem) => {
      expect(await found(scenario, plants)).toMatch(problem);
    },
    600_000,
  );

  it('is none when nothing is planted', async () => {
    expect((await simulate(1, { scenario: scenarioNamed('health-storm') })).failure).toBeUndefined();
  });
});
