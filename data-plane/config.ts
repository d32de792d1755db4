import type { Bus } from '#shared/bus.ts';
import type { RestartPolicy } from './agent/thread-pool.ts';
import type { Logger } from './ports.ts';
import type { Capacity } from './scoreboard/layout.ts';

/** What a node is started with. */
export type NodeOptions = {
  /** One token of a bus subject. */
  readonly fleet: string;
  /** Unique in the fleet; one token of a bus subject. */
  readonly name: string;
  readonly bus: Bus;
  /** Proxy threads, 1..256. */
  readonly threads: number;
  /** Where snapshots are kept (`snapshots/` below it); without it the node starts empty. */
  readonly dataDir?: string;
  readonly log: Logger;
  /** How long exchanges in flight may take at stop, milliseconds. Default 30,000. */
  readonly gracefulTimeoutMs?: number;
  /** Default 1,000. */
  readonly reportIntervalMs?: number;
  /** Room for workers and balancers. Default 16,384 workers, 4,096 balancers: about 2.5 MB. */
  readonly capacity?: Omit<Capacity, 'threads'>;
  /** How long threads may take to compile, and to swap, milliseconds. Default 10,000. */
  readonly answerTimeoutMs?: number;
  /** Default: again after 100 ms doubled up to 5 s, 5 times within a minute. */
  readonly restart?: RestartPolicy;
};

export type NodeConfig = {
  readonly gracefulTimeoutMs: number;
  readonly reportIntervalMs: number;
  readonly capacity: Capacity;
  readonly answerTimeoutMs: number;
  readonly restart: RestartPolicy;
};

const RESTART: RestartPolicy = { delayMs: 100, maxDelayMs: 5_000, times: 5, windowMs: 60_000 };

/** Fills in the defaults. Throws one error that names every mistake. */
export function nodeConfig(options: NodeOptions): NodeConfig {
  const mistakes: string[] = [];
  const token = (name: string, value: string) => {
    if (!/^[^\s.*>]+$/.test(value)) mistakes.push(`${name} "${value}": want one word without blanks, dots, * and >`);
  };
  const within = (name: string, value: number, min: number, max: number): number => {
    if (!Number.isInteger(value) || value < min || value > max)
      mistakes.push(`${name} ${value}: want ${min} to ${max}`);
    return value;
  };

  token('fleet', options.fleet);
  token('name', options.name);
  const threads = within('threads', options.threads, 1, 256);
  const config: NodeConfig = {
    gracefulTimeoutMs: within('gracefulTimeoutMs', options.gracefulTimeoutMs ?? 30_000, 0, 3_600_000),
    reportIntervalMs: within('reportIntervalMs', options.reportIntervalMs ?? 1_000, 10, 3_600_000),
    answerTimeoutMs: within('answerTimeoutMs', options.answerTimeoutMs ?? 10_000, 1, 600_000),
    capacity: {
      slots: within('capacity.slots', options.capacity?.slots ?? 16_384, 1, 1_000_000),
      locks: within('capacity.locks', options.capacity?.locks ?? 4_096, 1, 1_000_000),
      threads,
    },
    restart: options.restart ?? RESTART,
  };
  if (mistakes.length > 0) throw new Error(`node cannot start: ${mistakes.join('; ')}`);
  return Object.freeze(config);
}
