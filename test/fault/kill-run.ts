import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from '#test/support/wait.ts';
import { runWrk } from '#test/support/wrk.ts';
import type { BackendProcess } from './backend-process.ts';
import type { Counts } from './ledger.ts';
import type { Outcomes } from './verifying-client.ts';
import { noOutcomes, verify } from './verifying-client.ts';

const SCRIPT = fileURLToPath(new URL('./verify.lua', import.meta.url));

/** A gateway's counters of one worker, as far as a backend can be held against them. */
export type WorkerCounts = {
  readonly url: string;
  readonly status: string;
  readonly busy: number;
  readonly elected: number;
  /** Attempts whose request head was handed to the worker. */
  readonly requests: number;
  /** Complete responses relayed. */
  readonly responses: number;
  /** Attempts that failed. */
  readonly errors: number;
  readonly transferred: number;
  readonly read: number;
};

export type KillRunOptions = {
  readonly port: number;
  readonly backends: readonly BackendProcess[];
  /** The gateway's counters now. */
  readonly workers: () => Promise<readonly WorkerCounts[]>;
  /** Requests that wrk is to complete while backends are killed. */
  readonly requests: number;
  readonly wrkSeconds: number;
  readonly wrkConnections: number;
  /** Connections of the client that checks every byte. */
  readonly verifying: number;
  readonly seed: number;
  readonly progress?: (line: string) => void;
};

/** Everything that was counted, by everyone. */
export type KillRun = {
  readonly quiet: readonly QuietPhase[];
  readonly wrk: WrkTotals;
  readonly verified: Outcomes;
  readonly kills: readonly { readonly name: string; readonly fromMs: number; readonly toMs: number }[];
  /** From the first request to the last, quiet phases included. */
  readonly workers: readonly WorkerCounts[];
  readonly backends: readonly Counts[];
};

/** Changes during a phase in which nothing was killed and every exchange was seen whole by all sides. */
export type QuietPhase = {
  readonly workers: readonly WorkerCounts[];
  readonly backends: readonly Counts[];
  readonly outcomes: Outcomes;
};

export type WrkTotals = {
  /** Answers complete by their framing. */
  requests: number;
  ok: number;
  wrong: number;
  '502': number;
  '503': number;
  other: number;
  /** Connections that ended without a complete answer. */
  broken: number;
  /** Exchanges that may have been under way when wrk stopped. */
  unfinished: number;
  readonly okBy: Map<string, number>;
};

/** Kills a backend every second and revives it half a second later, under load of wrk and of a client that checks everything. */
export async function killRun(options: KillRunOptions): Promise<KillRun> {
  const { backends, progress = () => {} } = options;
  const random = seeded(options.seed);
  const quiet = [await quietPhase(options, random)];
  progress('quiet phase done');

  const wrk: WrkTotals = {
    ...{ requests: 0, ok: 0, wrong: 0, '502': 0, '503': 0, other: 0, broken: 0, unfinished: 0 },
    okBy: new Map(),
  };
  const verified = noOutcomes();
  const kills: { name: string; fromMs: number; toMs: number }[] = [];
  let goOn = true;
  const killing = killInTurn(backends, kills, () => goOn);
  const verifying = Array.from({ length: options.verifying }, () => verify(options.port, verified, random, () => goOn));
  try {
    while (wrk.requests < options.requests) {
      await oneWrk(options, wrk);
      progress(`${wrk.requests} requests, ${kills.length} kills, ${wrk.broken} connections broken, ${wrk['502']} 502s`);
    }
  } finally {
    goOn = false;
    await Promise.all([killing, ...verifying]);
  }

  await recovered(options, verified, random);
  quiet.push(await quietPhase(options, random));
  return {
    quiet,
    wrk,
    verified,
    kills,
    workers: await settled(options),
    backends: backends.map((backend) => backend.counts()),
  };
}

async function killInTurn(
  backends: readonly BackendProcess[],
  kills: { name: string; fromMs: number; toMs: number }[],
  goOn: () => boolean,
): Promise<void> {
  for (let turn = 0; goOn(); turn++) {
    const backend = backends[turn % backends.length];
    if (backend === undefined) return;
    const fromMs = performance.now();
    await backend.kill();
    await delay(500);
    await backend.revive();
    kills.push({ name: backend.name, fromMs, toMs: performance.now() });
    await delay(Math.max(0, 1_000 - (performance.now() - fromMs)));
  }
}

async function oneWrk(options: KillRunOptions, totals: WrkTotals): Promise<void> {
  const result = await runWrk({
    url: `http://127.0.0.1:${options.port}/1024`,
    connections: options.wrkConnections,
    seconds: options.wrkSeconds,
    script: SCRIPT,
  });
  totals.requests += result.requests;
  totals.broken += result.errors.read + result.errors.write + result.errors.connect + result.errors.timeout;
  totals.unfinished += options.wrkConnections;
  for (const [, json = ''] of result.output.matchAll(/^VERIFIED (.*)$/gm)) {
    const counted = JSON.parse(json) as Record<string, number>;
    for (const field of ['ok', 'wrong', '502', '503', 'other'] as const) totals[field] += counted[field] ?? 0;
    for (const { name } of options.backends) {
      totals.okBy.set(name, (totals.okBy.get(name) ?? 0) + (counted[name] ?? 0));
    }
  }
}

/** Requests until every worker is out of its error state and nothing is in progress. */
async function recovered(options: KillRunOptions, verified: Outcomes, random: () => number): Promise<void> {
  await eventually('all workers back in service', async () => {
    let left = 50;
    await verify(options.port, verified, random, () => left-- > 0);
    return (await options.workers()).every(({ status }) => !status.includes('Err')) || undefined;
  });
}

async function quietPhase(options: KillRunOptions, random: () => number): Promise<QuietPhase> {
  const workersBefore = await settled(options);
  const backendsBefore = options.backends.map((backend) => backend.counts());
  const outcomes = noOutcomes();
  let left = 500;
  const clients = Array.from({ length: 4 }, () => verify(options.port, outcomes, random, () => left-- > 0));
  await Promise.all(clients);
  const workersAfter = await settled(options);
  const backendsAfter = options.backends.map((backend) => backend.counts());
  return {
    outcomes,
    workers: workersAfter.map((after, index) => difference(after, workersBefore[index])),
    backends: backendsAfter.map((after, index) => difference(after, backendsBefore[index])),
  };
}

/** The counters once nothing is in progress and they stand still. */
async function settled(options: KillRunOptions): Promise<readonly WorkerCounts[]> {
  let last = '';
  return eventually('counters that stand still', async () => {
    const rows = await options.workers();
    const now = JSON.stringify([rows, options.backends.map((backend) => backend.counts())]);
    const still = now === last && rows.every(({ busy }) => busy === 0);
    last = now;
    if (!still) await delay(300);
    return still ? rows : undefined;
  });
}

function difference<T extends object>(after: T, before: T | undefined): T {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(after)) {
    const earlier = before === undefined ? 0 : (before as Record<string, unknown>)[key];
    result[key] = typeof value === 'number' && typeof earlier === 'number' ? value - earlier : value;
  }
  return result as T;
}

/** A repeatable source of chance (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
