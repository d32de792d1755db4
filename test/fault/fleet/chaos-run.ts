import { setTimeout as delay } from 'node:timers/promises';
import { converged, historyFaults } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import { type Kill, nodeCountFaults } from '#test/support/fleet/node-counts.ts';
import { watchNodes } from '#test/support/fleet/node-watch.ts';
import type { Command } from '#test/support/fleet/operator.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { badMessages } from '#test/support/fleet/preload.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { seeded } from '../kill-run.ts';
import { randomCommand } from './random-commands.ts';

export type ChaosOptions = {
  readonly edits: number;
  /** Edits go on until so much was killed, however quickly they are made; ten times as many at most. Default 0. */
  readonly leastKills?: number;
  readonly seed: number;
  /** Probability that a message is lost, and that it comes twice, and that it comes late. Default 0.2. */
  readonly messageFaults?: number;
  /** Longest time between kills, milliseconds. Default 1,500. */
  readonly killEveryMs?: number;
  readonly progress?: (line: string) => void;
};

export type ChaosResult = {
  readonly faults: readonly string[];
  readonly revision: number;
  readonly kills: Readonly<Record<string, number>>;
};

/** A node that was down: what clients saw go wrong at it then was the kill's fault. */
type Outage = Kill & { readonly untilMs: number };

/** What can be killed; `start` is tried until it succeeds, as a supervisor does. */
type Victim = { readonly name: string; kill(): Promise<void>; start(): Promise<void> };

/** Edits made at once. */
const LANES = 4;
/** Longest time until what was killed is started, milliseconds. */
const DOWN_MS = 800;
/** What a connection made before a kill, or a client that lags, may still see of it. */
const AFTERMATH_MS = 1_000;

/**
 * Kills any process of a fleet at random moments (Redis, NATS, replicas, nodes) while random edits are made and all messages are
 * unreliable, with traffic through every node. Then everything must be as if nothing had been.
 */
export async function chaosRun(options: ChaosOptions): Promise<ChaosResult> {
  const { edits, leastKills = 0, seed, messageFaults = 0.2, killEveryMs = 1_500, progress = () => {} } = options;
  const random = seeded(seed);
  const env = messageFaults === 0 ? () => ({}) : () => badMessages(messageFaults);
  const fleet = await startFleet({ replicaEnv: env, nodeEnv: env });
  const watch = watchNodes(fleet.nodes);
  const traffic = startVerifiedTraffic(fleet.nodes, { seed });
  const killer = startKiller(fleet, random, killEveryMs);
  const conflicts: string[] = [];
  let made = 0;

  async function lane(index: number): Promise<void> {
    while (made < edits || (made < 10 * edits && sum(killer.kills()) < leastKills)) {
      made++;
      if (made % 100 === 0) progress(`${made} edits, ${JSON.stringify(killer.kills())}`);
      const command = randomCommand(fleet, random, made);
      await editOnce(fleet, command, index, conflicts);
    }
  }

  try {
    await traffic.more(5);
    await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)));
    await killer.stop();
    progress('everything runs again');
    const faults = await faultsOf(fleet, traffic, killer.outages());
    faults.push(...watch.faults());
    const { revision } = (await fleet.replicas[0]?.get('/v1/definition')) ?? { revision: 0 };
    return { faults, revision, kills: killer.kills() };
  } finally {
    await Promise.allSettled([killer.stop(), traffic.stop(), watch.stop()]);
    await fleet.close();
  }
}

function sum(kills: ChaosResult['kills']): number {
  return Object.values(kills).reduce((all, count) => all + count, 0);
}

/** Commands of several lanes may touch the same thing, or find nothing to clear: that is an answer. */
async function editOnce(fleet: Fleet, command: Command, at: number, conflicts: string[]): Promise<void> {
  try {
    await fleet.operator.commit(command, { at });
  } catch (err) {
    const { message } = err as Error;
    if (!/: (404|409) /.test(message)) throw err;
    conflicts.push(message);
  }
}

async function faultsOf(fleet: Fleet, traffic: VerifiedTraffic, outages: readonly Outage[]): Promise<string[]> {
  await fleet.operator.apply(fleet.lines('ProxyPass "/end" "!"'));
  const content = await converged(fleet);
  await traffic.more(5);
  await traffic.stop();
  return [
    ...(await historyFaults(fleet, content)),
    ...(await nodeCountFaults(fleet, traffic, outages)),
    ...fleet.nodes.flatMap((node) => trafficFaults(node, traffic, outages)),
  ];
}

/** What clients saw that no kill explains. */
function trafficFaults({ name }: FleetNode, traffic: VerifiedTraffic, outages: readonly Outage[]): readonly string[] {
  const { wrong, failures, refusedMs } = traffic.of(name);
  const wasDown = (ms: number) =>
    outages.some(({ node, atMs, untilMs }) => node === name && ms >= atMs && ms <= untilMs + AFTERMATH_MS);
  return [
    ...wrong.map((what) => `${name}: ${what}`),
    ...failures.filter(({ atMs }) => !wasDown(atMs)).map(({ kind }) => `${name}: ${kind} while it was up`),
    ...refusedMs.filter((ms) => !wasDown(ms)).map(() => `${name}: refused while it was up`),
  ];
}

function startKiller(fleet: Fleet, random: () => number, killEveryMs: number) {
  const kills: Record<string, number> = {};
  const outages: Outage[] = [];
  const down = new Map<string, Promise<void>>();
  let stopped = false;

  const victims: readonly Victim[] = [
    { name: 'redis', kill: () => fleet.redis.kill(), start: () => fleet.redis.start() },
    { name: 'nats', kill: () => fleet.nats.kill(), start: () => fleet.nats.start() },
    ...fleet.replicas,
    ...fleet.nodes.map((node) => {
      let atMs = 0;
      return {
        name: node.name,
        kill() {
          atMs = performance.now();
          return node.kill();
        },
        async start() {
          await node.start();
          await patiently(`${node.name} to serve`, async () => (await node.status())?.serving !== undefined);
          outages.push({ node: node.name, atMs, untilMs: performance.now() });
        },
      };
    }),
  ];

  async function putDown(victim: Victim): Promise<void> {
    kills[victim.name] = (kills[victim.name] ?? 0) + 1;
    await victim.kill();
    await delay(random() * DOWN_MS);
    for (;;) {
      try {
        await victim.start();
        break;
      } catch {
        // A replica ends when there is no Redis: it is started until there is one.
        await delay(100);
      }
    }
    down.delete(victim.name);
  }

  async function run(): Promise<void> {
    while (!stopped) {
      await delay(random() * killEveryMs);
      const victim = victims[Math.floor(random() * victims.length)];
      if (stopped || victim === undefined || down.has(victim.name)) continue;
      down.set(victim.name, putDown(victim));
    }
  }

  const running = run();
  return {
    kills: () => kills,
    outages: () => outages,
    async stop() {
      stopped = true;
      await running;
      await Promise.all(down.values());
    },
  };
}
