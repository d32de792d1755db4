import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { WorkerReport } from '#shared/node-message.ts';
import pack from '../package.json' with { type: 'json' };
import { createAgent } from './agent/agent.ts';
import { probeAddress } from './agent/probe-address.ts';
import { diskSnapshotStore, noSnapshotStore } from './agent/snapshot-store.ts';
import { createThreadPool } from './agent/thread-pool.ts';
import { workerThreads } from './agent/worker-thread.ts';
import { type NodeOptions, nodeConfig } from './config.ts';
import type { StartThread } from './ports.ts';
import type { Generation } from './proxy/thread-message.ts';
import { createScoreboard, openScoreboard } from './scoreboard/scoreboard.ts';

export type { NodeOptions } from './config.ts';

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
  /**
   * Resolves when this revision or a later one is served and the bus has brought it: a disk copy alone may be of a history that the
   * store no longer has. Rejects, with the reasons, when it was rejected.
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
 * Starts a node: proxy threads, then what is on disk, then the bus. Rejects if the options are wrong or no thread starts; a
 * configuration that cannot be served is not such a fault (`serving` tells).
 *
 * @param startThread other proxy threads than the real ones, for tests
 */
export async function startNode(
  options: NodeOptions,
  startThread: StartThread = workerThreads(new URL('./proxy/thread.ts', import.meta.url)),
): Promise<RunningNode> {
  const config = nodeConfig(options);
  const { fleet, name, log, bus, dataDir, threads } = options;
  const identity = { fleet, node: name, bootId: randomUUID() };
  const memory = createScoreboard(config.capacity);
  const failed = Promise.withResolvers<Error>();

  const pool = createThreadPool({
    ...config,
    start: startThread,
    threads,
    scoreboard: memory,
    product: `Penstock/${pack.version}`,
    log,
    onMessage: (message) => agent.fromThread(message),
    onReleased: () => agent.release(),
    onFailed: (error) => {
      log.error({ code: 'DP1003', err: error }, 'node serves nothing any more');
      failed.resolve(error);
    },
  });
  const agent = createAgent({
    ...config,
    identity,
    bus,
    pool,
    scoreboard: openScoreboard(memory),
    store: dataDir === undefined ? noSnapshotStore : diskSnapshotStore(join(dataDir, 'snapshots'), log),
    probe: probeAddress,
    log,
  });

  try {
    await pool.start();
    await agent.start();
  } catch (error) {
    await pool.stop();
    throw error;
  }
  log.info({ code: 'DP1001', node: name, bootId: identity.bootId, threads }, 'node started');

  async function stop(): Promise<{ unfinished: number }> {
    await agent.unfollow();
    const unfinished = await pool.stop();
    await agent.stop();
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
    serving: agent.serving,
    failed: failed.promise,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
