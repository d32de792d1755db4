import { FAIR, type Weather } from './network.ts';

/** What can befall a fleet. */
export type Fault =
  /** A backend is gone for everybody, or for one node only. */
  | 'worker-dies'
  | 'worker-cut-off'
  | 'replica-crashes'
  | 'replica-stops'
  | 'node-crashes'
  | 'node-stops'
  /** A node's machine is gone, disk and all. */
  | 'node-is-replaced'
  /** A replica or node stands still for a while. */
  | 'pause'
  /** A replica or node cannot reach a server. */
  | 'bus-cut'
  | 'store-cut'
  | 'bus-outage'
  | 'store-outage'
  /** A server comes back without what it was told last, or with nothing at all. */
  | 'bus-loses'
  | 'store-loses'
  | 'disk-full'
  /** A configuration that kills whoever serves it. */
  | 'poison';

export type Scenario = {
  readonly name: string;
  readonly weather: Weather;
  /** Mean time between two of a kind, virtual milliseconds. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  readonly probationMs: number;
  /** Mean time between operators' commands. */
  readonly commandsMs: number;
};

const PLAIN: Omit<Scenario, 'name'> = { weather: FAIR, faults: {}, probationMs: 0, commandsMs: 3_000 };

const LOSSY: Weather = { loss: 0.04, repeat: 0.04, overtake: 0.03, spikes: 0.03, lostAnswers: 0.03 };

/** The mixes; each seed runs under one of them. */
export const SCENARIOS: readonly Scenario[] = [
  { ...PLAIN, name: 'calm', faults: { 'worker-dies': 20_000, 'node-stops': 30_000 } },
  { ...PLAIN, name: 'churn', commandsMs: 600, faults: { 'node-stops': 20_000, 'replica-stops': 20_000 } },
  { ...PLAIN, name: 'lossy', weather: LOSSY, faults: { 'worker-dies': 15_000, 'node-stops': 20_000 } },
  {
    ...PLAIN,
    name: 'partitions',
    faults: {
      'bus-cut': 6_000,
      'store-cut': 9_000,
      'bus-outage': 25_000,
      'store-outage': 25_000,
      'worker-dies': 15_000,
    },
  },
  {
    ...PLAIN,
    name: 'crashes',
    weather: { ...FAIR, lostAnswers: 0.02 },
    faults: {
      'replica-crashes': 9_000,
      'node-crashes': 6_000,
      'node-stops': 12_000,
      'node-is-replaced': 40_000,
      pause: 12_000,
      'disk-full': 25_000,
      'worker-dies': 20_000,
    },
  },
  {
    ...PLAIN,
    name: 'store-loss',
    commandsMs: 1_500,
    faults: { 'store-loses': 15_000, 'store-outage': 25_000, 'replica-crashes': 20_000, 'bus-cut': 20_000 },
  },
  {
    ...PLAIN,
    name: 'bus-loss',
    commandsMs: 2_000,
    faults: { 'bus-loses': 9_000, 'bus-outage': 25_000, 'node-stops': 20_000, 'replica-stops': 25_000 },
  },
  {
    ...PLAIN,
    name: 'health-storm',
    commandsMs: 5_000,
    faults: { 'worker-dies': 2_500, 'worker-cut-off': 2_500, 'bus-cut': 15_000, 'node-crashes': 20_000, pause: 20_000 },
  },
  {
    ...PLAIN,
    name: 'poison',
    probationMs: 8_000,
    faults: { poison: 12_000, 'node-crashes': 25_000, 'node-stops': 20_000 },
  },
  {
    ...PLAIN,
    name: 'everything',
    weather: { ...LOSSY, loss: 0.01, repeat: 0.02, overtake: 0.01, lostAnswers: 0.02 },
    faults: {
      'worker-dies': 10_000,
      'worker-cut-off': 15_000,
      'replica-crashes': 20_000,
      'replica-stops': 30_000,
      'node-crashes': 15_000,
      'node-stops': 20_000,
      pause: 20_000,
      'bus-cut': 15_000,
      'store-cut': 15_000,
      'bus-outage': 40_000,
      'store-outage': 40_000,
      'bus-loses': 40_000,
      'store-loses': 50_000,
    },
  },
];

export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new Error(`no scenario "${name}"; there are ${SCENARIOS.map((one) => one.name).join(', ')}`);
}

/** Every seed has its scenario, in turn. */
export function scenarioOf(seed: number): Scenario {
  return SCENARIOS[seed % SCENARIOS.length] as Scenario;
}
