import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { WorkerReport } from '#shared/node-message.ts';
import pack from '../package.json' with { type: 'json' };
import { createAgent } from './agent/agent.ts';
import { diskConfigurationStore, noConfigurationStore } from './agent/configuration-store.ts';
import { diskCounterFiles, noCounterFiles } from './agent/counter-files.ts';
import { createProbationKeeper } from './agent/probation-keeper.ts';
import { probeAddress } from './agent/probe-address.ts';
import { createProof } from './agent/proof.ts';
import { createThreadPool } from './agent/thread-pool.ts';
import { workerThreads } from './agent/worker-thread.ts';
import { atExit } from './at-exit.ts';
import { type NodeOptions, nodeConfig } from './config.ts';
import { fewOpenFiles } from './open-files.ts';
import type { StartThread } from './ports.ts';
import type { Generation } from './proxy/thread-message.ts';
import { createScoreboard, openScoreboard } from './scoreboard/scoreboard.ts';
import { type StatusServer, startStatusServer } from './status/status-server.ts';
import { type StatusView, statusView, unreadyBecause } from './status/status-view.ts';

export type { NodeOptions } from './config.ts';
export { readNodeTexts } from './settings-text.ts';

/** A node that runs. */
export type RunningNode = {
  readonly name: string;
  /** UUID of this run; in all it sends. */
  readonly bootId: string;
  /** Addresses served now; `configuredPort` is what the definition says, `port` what a 0 became. */
  listeners(): Generation['listeners'];
  /** undefined until the first configuration is served. */
  servingRevision(): number | undefined;
  /** Configured workers in configured order, straight from the scoreboard. */
  workers(): WorkerReport[];
  /** What `/status` says. */
  status(): StatusView;
  /** Where the status pages are, if they are anywhere. */
  readonly statusUrl: string | undefined;
  /**
   * Resolves when this revision or a later one is served and the fleet has confirmed it: a disk copy alone may be of a history that
   * the store no longer has. Rejects, with the reasons, when it was rejected.
   */
  serving(revision: number): Promise<void>;
  /** Resolves, with the last cause, if every proxy thread died too often: the node serves nothing any more. */
  readonly failed: Promise<Error>;
  /**
   * Stops accepting, lets exchanges in flight finish up to the bound, sends the last report. The bus stays open: it is not the
   * node's.
   *
   * @returns exchanges cut off
   */
  stop(): Promise<{ unfinished: number }>;
};

/**
 * Starts a node: proxy threads, then what is on disk, then the bus as soon as it is there. Rejects if the options are wrong, no
 * thread starts or the status address is taken; a configuration that cannot be served is not such a fault (`serving` tells).
 *
 * @param startThread other proxy threads than the real ones, for tests
 */
export async function startNode(
  options: NodeOptions,
  startThread: StartThread = workerThreads(new URL('./proxy/thread.ts', import.meta.url)),
): Promise<RunningNode> {
  const config = nodeConfig(options);
  const { fleet, name, log, bus, dataDir, threads, trustedKeys = [] } = options;
  const identity = { fleet, node: name, bootId: randomUUID() };
  const memory = createScoreboard(config.capacity);
  const failed = Promise.withResolvers<Error>();
  const startedMs = performance.now();
  let stopping = false;
  let hasFailed = false;
  let threadDeaths = 0;
  let statusServer: StatusServer | undefined;

  const tooFew = await fewOpenFiles();
  if (tooFew !== undefined) log.warn({ code: 'DP1004', ...tooFew }, 'this process may hold few open files');

  const pool = createThreadPool({
    ...config,
    start: (data, events) =>
      startThread(data, {
        ...events,
        onExit(error) {
          if (!stopping) threadDeaths++;
          events.onExit(error);
        },
      }),
    threads,
    scoreboard: memory,
    product: `Penstock/${pack.version}`,
    log,
    onMessage: (message) => agent.fromThread(message),
    onReleased: () => agent.release(),
    onFailed: (error) => {
      hasFailed = true;
      probation.died(error.message);
      log.error({ code: 'DP1003', err: error }, 'node serves nothing any more');
      failed.resolve(error);
    },
  });
  const probation = createProbationKeeper({
    file: dataDir && join(dataDir, 'probation.json'),
    probationMs: config.probationMs,
    log,
  });
  const forgetExit = atExit((code) => probation.died(`the process ended with exit code ${code}`));
  const proof = createProof({ fleet, trustedKeys });
  const inDataDir = <T>(make: (dataDir: string) => T, without: T): T =>
    dataDir === undefined ? without : make(dataDir);
  const agent = createAgent({
    identity,
    config,
    version: pack.version,
    bus,
    pool,
    scoreboard: openScoreboard(memory),
    proof,
    store: inDataDir((dir) => diskConfigurationStore(join(dir, 'configurations'), proof, log), noConfigurationStore),
    counterFiles: inDataDir((dir) => diskCounterFiles(join(dir, 'counters'), identity.bootId, log), noCounterFiles),
    probation,
    probe: probeAddress,
    log,
  });
  const status = () =>
    statusView({
      identity,
      version: pack.version,
      labels: config.labels,
      startedMs,
      threads: { configured: threads, up: pool.size(), deaths: threadDeaths },
      agent,
      credentials: options.credentials?.() ?? [],
      stopping,
    });

  const unready = () => unreadyBecause({ stopping, serving: agent.servingRevision(), threadsUp: pool.size() });

  try {
    if (options.status !== undefined) statusServer = await startStatusServer(options.status, { unready, view: status });
    await pool.start();
    await agent.start();
  } catch (error) {
    stopping = true;
    forgetExit();
    probation.died((error as Error).message);
    await Promise.all([pool.stop(), statusServer?.close()]);
    throw error;
  }
  log.info({ code: 'DP1001', node: name, bootId: identity.bootId, threads }, 'node started');

  async function stop(): Promise<{ unfinished: number }> {
    stopping = true;
    forgetExit();
    await agent.unfollow(hasFailed);
    const unfinished = await pool.stop();
    await agent.stop();
    await statusServer?.close();
    log.info({ code: 'DP1002', node: name, unfinished }, 'node stopped');
    return { unfinished };
  }

  let stopped: Promise<{ unfinished: number }> | undefined;
  return {
    name,
    bootId: identity.bootId,
    listeners: agent.listeners,
    servingRevision: agent.servingRevision,
    workers: agent.workers,
    status,
    statusUrl: statusServer?.url,
    serving: agent.serving,
    failed: failed.promise,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
