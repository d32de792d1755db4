import type { Bus } from '#shared/bus.ts';
import type { CredentialExpiry } from '#shared/credential-expiry.ts';
import type { TrustedKey } from '#shared/snapshot/signature.ts';
import type { ListenMapping } from './agent/listen-map.ts';
import type { PollSettings } from './agent/poller.ts';
import type { RestartPolicy } from './agent/thread-pool.ts';
import type { Logger } from './ports.ts';
import { type Capacity, LOCKS, ROUTE_ROWS, WORKER_ROWS } from './scoreboard/layout.ts';

/** What a node is started with. */
export type NodeOptions = {
  /** One token of a bus subject. */
  readonly fleet: string;
  /** Unique in the fleet; one token of a bus subject. */
  readonly name: string;
  /** May be away, now and later. */
  readonly bus: Bus;
  /** Proxy threads, 1..256. */
  readonly threads: number;
  /** Where configurations and counters are kept; without it the node starts empty. Nobody else may use it. */
  readonly dataDir?: string;
  readonly log: Logger;
  /** Heads must be signed by one of these; default none: any head is believed. */
  readonly trustedKeys?: readonly TrustedKey[];
  /** Configured listeners that bind elsewhere on this machine. */
  readonly listen?: readonly ListenMapping[];
  /** Go into every report; `zone` says which nodes fail together. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where `/livez`, `/readyz`, `/status` and `/metrics` are; default nowhere. */
  readonly status?: StatusAddress;
  /** Control planes to ask while the bus is of no use; default none, after 30 s, every 30 s. */
  readonly poll?: Partial<PollSettings>;
  /** When credentials for the bus end, for the status pages. */
  readonly credentials?: () => readonly CredentialExpiry[];
  /** How long a new configuration is on probation, milliseconds: a crash before that is put down to it. 0: never. Default 30,000. */
  readonly probationMs?: number;
  /** How long exchanges in flight may take at stop, milliseconds. Default 30,000. */
  readonly gracefulTimeoutMs?: number;
  /** Default 1,000; in a fleet of more than 200 nodes reports are further apart than 1,000. */
  readonly reportIntervalMs?: number;
  /** How often counters are kept on disk, milliseconds. Default 1,000. */
  readonly keepCountersMs?: number;
  /**
   * Room for workers, balancers and routes, those included that a change removes until nothing runs on them. Default 65,536 workers, a
   * balancer for every 16 of them but no fewer than 4,096, 16,384 routes: about 7 MB, used as it fills.
   */
  readonly capacity?: Partial<Omit<Capacity, 'threads'>>;
  /** How long threads may take to compile, and to swap, milliseconds. Default 10,000. */
  readonly answerTimeoutMs?: number;
  /** Default: again after 100 ms doubled up to 5 s, 5 times within a minute. */
  readonly restart?: RestartPolicy;
};

/** Port 0: any. */
export type StatusAddress = { readonly host: string; readonly port: number };

/** Everything a node can be told, checked and complete. */
export type NodeConfig = {
  readonly gracefulTimeoutMs: number;
  readonly reportIntervalMs: number;
  readonly keepCountersMs: number;
  readonly probationMs: number;
  readonly capacity: Capacity;
  readonly answerTimeoutMs: number;
  readonly restart: RestartPolicy;
  readonly listenMap: readonly ListenMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly poll: PollSettings;
};

const RESTART: RestartPolicy = { delayMs: 100, maxDelayMs: 5_000, times: 5, windowMs: 60_000 };
const HOUR_MS = 3_600_000;

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
  const { capacity = {}, poll = {} } = options;
  const slots = within('capacity.slots', capacity.slots ?? WORKER_ROWS, 1, 1_000_000);
  const locks = Math.max(LOCKS.fewest, Math.ceil(slots * LOCKS.perRow));
  const config: NodeConfig = {
    gracefulTimeoutMs: within('gracefulTimeoutMs', options.gracefulTimeoutMs ?? 30_000, 0, HOUR_MS),
    reportIntervalMs: within('reportIntervalMs', options.reportIntervalMs ?? 1_000, 10, HOUR_MS),
    keepCountersMs: within('keepCountersMs', options.keepCountersMs ?? 1_000, 10, HOUR_MS),
    probationMs: within('probationMs', options.probationMs ?? 30_000, 0, HOUR_MS),
    answerTimeoutMs: within('answerTimeoutMs', options.answerTimeoutMs ?? 10_000, 1, 600_000),
    capacity: {
      slots,
      locks: within('capacity.locks', capacity.locks ?? locks, 1, 1_000_000),
      routes: within('capacity.routes', capacity.routes ?? ROUTE_ROWS, 0, 1_000_000),
      threads,
    },
    restart: options.restart ?? RESTART,
    listenMap: options.listen ?? [],
    labels: options.labels ?? {},
    poll: {
      urls: poll.urls ?? [],
      ...(poll.token === undefined ? {} : { token: poll.token }),
      afterMs: within('poll.afterMs', poll.afterMs ?? 30_000, 0, HOUR_MS),
      everyMs: within('poll.everyMs', poll.everyMs ?? 30_000, 10, HOUR_MS),
    },
  };
  if (mistakes.length > 0) throw new Error(`node cannot start: ${mistakes.join('; ')}`);
  return Object.freeze(config);
}
