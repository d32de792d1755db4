import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Balancer } from '#shared/definition/balancer.ts';
import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Route } from '#shared/definition/route.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { type Backend, startBackends } from '#test/support/backend.ts';
import { freePort, listenOnFreePort } from '#test/support/ports.ts';
import { sqliteFleetStore } from '../../control-plane/adapters/sqlite-fleet-store.ts';
import type { CommandOutcome } from '../../control-plane/command-handler.ts';
import { controlPlaneConfig } from '../../control-plane/config.ts';
import type { Rejection } from '../../control-plane/core/decide/decision.ts';
import { openEmbeddedStore } from '../../control-plane/embedded-store.ts';
import { type RunningControlPlane, startControlPlane } from '../../control-plane/main.ts';
import type { Verification } from '../../control-plane/ports.ts';
import { workerThreads } from '../../data-plane/agent/worker-thread.ts';
import { type RunningNode, startNode } from '../../data-plane/main.ts';
import type { StartThread, ThreadHandle } from '../../data-plane/ports.ts';

const THREADS = 2;
const FLEET = 'random';
const BACKENDS = 4;

/** A control plane on SQLite and a node of two threads in this process, changed at random. */
export type RandomFleet = {
  readonly plane: RunningControlPlane;
  readonly node: RunningNode;
  readonly backends: readonly Backend[];
  /** Listened on at every revision that a node can serve. */
  readonly port: number;
  /** Listened on at some revisions. */
  readonly otherPort: number;
  readonly log: readonly Record<string, unknown>[];
  /** A command at random. @returns the revision it made, if it made one */
  change(): Promise<number | undefined>;
  /** A configuration that can be served, unlike what `change` may have left. @returns its revision */
  settle(): Promise<number>;
  /** Ends a proxy thread at once, if one runs. */
  killThread(): void;
  threadsRunning(): number;
  /** Stops everything, once. @returns what the store says of its history */
  stop(): Promise<Verification>;
};

/** @param random 0..1; the same numbers give the same commands */
export async function startRandomFleet(random: () => number): Promise<RandomFleet> {
  const dataDir = await mkdtemp(join(tmpdir(), 'penstock-random-'));
  const log: Record<string, unknown>[] = [];
  const write = (fields: object) => void log.push({ ...fields });
  const logger = { debug: write, info: write, warn: write, error: write };
  const bus = createInProcessBus();
  const backends = await startBackends(BACKENDS);
  const [port, otherPort] = [await freePort(), await freePort()];
  const stranger = createServer();
  const takenPort = await listenOnFreePort(stranger);

  const config = { ...controlPlaneConfig({ fleet: FLEET, admin: '127.0.0.1:0', env: {} }), checkpointEvery: 10 };
  const store = openEmbeddedStore(dataDir, config, Date.now, logger);
  const plane = await startControlPlane({ config, store, bus, log: logger });
  const threads = new Map<number, ThreadHandle>();
  const node = await startNode(
    {
      fleet: FLEET,
      name: 'node-1',
      bus,
      threads: THREADS,
      dataDir: join(dataDir, 'node'),
      log: logger,
      reportIntervalMs: 20,
      gracefulTimeoutMs: 2_000,
      // Enough for what is configured and what still drains, not for a leak.
      capacity: { slots: 48, locks: 12 },
      restart: { delayMs: 1, maxDelayMs: 20, times: 1_000, windowMs: 60_000 },
    },
    remembering(threads),
  );

  const chance = (probability: number) => random() < probability;
  const pick = <T>(...values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const urlOf = (n: number) => backends[n]?.url ?? '';

  /** The first member can always be elected: requests have an answer at every revision. */
  function balancerNamed(name: string): Balancer {
    const others = [1, 2, 3].filter(() => chance(0.6));
    const members = [0, ...others].map((n) => ({
      url: urlOf(n),
      parameters: {
        loadfactor: pick(1, 2, 5),
        ...(n === 0 ? {} : { lbset: pick(0, 1), ...(chance(0.2) ? { status: pick('H', 'D', 'N') } : {}) }),
        ...(chance(0.2) ? { ttlMs: 1_000 } : {}),
      },
    }));
    return { name, parameters: { lbmethod: pick('byrequests', 'bytraffic', 'bybusyness') }, members };
  }

  function definition(ports: readonly number[]): Definition {
    const names = chance(0.5) ? ['app', 'more'] : ['app'];
    const balancers = names.map(balancerNamed);
    const to = (path: string, name: string): Route => ({
      match: { kind: 'prefix', path },
      target: { kind: 'balancer', name, path: '/' },
    });
    const plain = { match: { kind: 'prefix', path: '/plain/' }, target: { kind: 'url', url: `${urlOf(0)}/` } } as const;
    const routes = [plain, to('/more/', names.at(-1) ?? 'app'), to('/', 'app')];
    const mainServer = {
      ...EMPTY_DEFINITION.mainServer,
      settings: { maxKeepAliveRequests: 0, timeoutMs: 30_000, keepAliveTimeoutMs: 30_000 },
      routes,
      workers: [{ url: `${urlOf(0)}/`, parameters: {} }],
    };
    return {
      listeners: ports.map((each) => ({ address: chance(0.1) ? '*' : '127.0.0.1', port: each })),
      mainServer,
      virtualHosts: [],
      balancers: chance(0.2) ? balancers.toReversed() : balancers,
    };
  }

  async function head(): Promise<number> {
    return (await plane.state()).revision;
  }

  const terms = { actor: 'somebody' };
  const worker = () => ({ balancer: 'app', worker: urlOf(pick(1, 2, 3)) });
  /** Any of them may be refused by a rule: no such worker, nothing to clear. That is no change, and no fault. */
  const commands: readonly [() => Promise<CommandOutcome>, ...(() => Promise<CommandOutcome>)[]] = [
    () => plane.commands.apply({ definition: definition([port]) }, terms),
    () => plane.commands.apply({ definition: definition([port, otherPort]) }, terms),
    () => plane.commands.apply({ definition: definition([port]), allowShrink: true }, terms),
    // No node can serve this one.
    () => plane.commands.apply({ definition: definition([port, takenPort]) }, terms),
    () => plane.commands.setOverride({ ...worker(), parameters: { status: pick('+N', '+D', '-N', '+H-D') } }, terms),
    () => plane.commands.setOverride({ ...worker(), parameters: { loadfactor: pick('3', '4') }, forMs: 1_000 }, terms),
    () => plane.commands.clearOverride(worker(), terms),
    async () => plane.commands.rollback({ revision: 1 + Math.floor(random() * (await head())) }, terms),
  ];

  async function stop(): Promise<Verification> {
    await node.stop();
    await plane.stop();
    await bus.close();
    for (const backend of backends) await backend.close();
    await closed(stranger);
    const store = sqliteFleetStore({
      path: join(dataDir, 'events.db'),
      fleet: FLEET,
      clock: Date.now,
      commandRetentionMs: 86_400_000,
      onTailError: () => {},
    });
    const verification = await store.events.verify();
    await store.close();
    await rm(dataDir, { recursive: true });
    return verification;
  }
  let stopped: Promise<Verification> | undefined;

  return {
    plane,
    node,
    backends,
    port,
    otherPort,
    log,

    async change() {
      const outcome = await pick(...commands)();
      if (outcome.kind === 'rejected') expectRule(outcome.rejection);
      return outcome.kind === 'committed' ? outcome.revision : undefined;
    },

    async settle() {
      const outcome = await plane.commands.apply(
        { definition: definition([port, otherPort]), allowShrink: true },
        terms,
      );
      if (outcome.kind === 'rejected') expectRule(outcome.rejection);
      return outcome.kind === 'rejected' ? 0 : outcome.revision;
    },

    killThread() {
      threads.get(Math.floor(random() * THREADS))?.terminate();
    },

    threadsRunning: () => threads.size,

    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** @throws on a rejection that is this test's mistake */
function expectRule({ type, detail, problems }: Rejection): void {
  if (['unknown-worker', 'no-override', 'implausible-shrink'].includes(type)) return;
  throw new Error(`${detail}: ${JSON.stringify(problems)}`);
}

/** The real threads, and a hold on those that run. */
function remembering(threads: Map<number, ThreadHandle>): StartThread {
  const start = workerThreads(new URL('../../data-plane/proxy/thread.ts', import.meta.url));
  return (data, { onMessage, onExit }) => {
    const handle = start(data, {
      onMessage,
      onExit(error) {
        threads.delete(data.thread);
        onExit(error);
      },
    });
    threads.set(data.thread, handle);
    return handle;
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
