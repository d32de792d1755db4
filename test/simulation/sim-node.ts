import { type Bus, subjects } from '#shared/bus.ts';
import { decodeAck } from '#shared/codec/node-codec.ts';
import type { Ack } from '#shared/node-message.ts';
import type { TrustedKey } from '#shared/snapshot/signature.ts';
import { createAgent } from '../../data-plane/agent/agent.ts';
import { createProof } from '../../data-plane/agent/proof.ts';
import { createThreadPool } from '../../data-plane/agent/thread-pool.ts';
import { nodeConfig } from '../../data-plane/config.ts';
import { createScoreboard, openScoreboard } from '../../data-plane/scoreboard/scoreboard.ts';
import type { Kernel, Process } from './kernel.ts';
import { openFiles, type SimDisk } from './sim-disk.ts';
import { simThreads, type Traffic } from './sim-thread.ts';

export type NodeSpec = {
  readonly name: string;
  readonly fleet: string;
  readonly zone: string | undefined;
  readonly threads: number;
  readonly probationMs: number;
  readonly trustedKeys: readonly TrustedKey[];
};

export type NodeHooks = {
  readonly log: (process: Process, level: string, code: string, message: string, fields: object) => void;
  /** It says so to the fleet, whether or not that arrives. */
  readonly onAck: (ack: Ack) => void;
  readonly traffic: (bootId: string) => Traffic;
};

/** One run of a node. */
export type SimNode = {
  readonly name: string;
  readonly bootId: string;
  readonly process: Process;
  readonly agent: ReturnType<typeof createAgent>;
  /** Stops in good order; then its process is gone. */
  stop(done: () => void): void;
};

/**
 * A node: agent, thread pool and scoreboard of the product, with simulated threads and files. Composed as `startNode` does it, which
 * opens files and sockets.
 */
export function startNode(kernel: Kernel, bus: Bus, disk: SimDisk, spec: NodeSpec, process: Process, hooks: NodeHooks) {
  const { fleet, name, threads, trustedKeys } = spec;
  const bootId = `${name}-boot-${Math.round(kernel.nowMs())}`;
  const write = (level: string) => (fields: object, message: string) =>
    hooks.log(process, level, (fields as { code?: string }).code ?? '', message, fields);
  const log = { debug: () => {}, info: () => {}, warn: write('warn'), error: write('error') };
  const config = nodeConfig({
    fleet,
    name,
    bus,
    threads,
    log,
    labels: spec.zone === undefined ? {} : { zone: spec.zone },
    reportIntervalMs: 2_000,
    probationMs: spec.probationMs,
    gracefulTimeoutMs: 2_000,
    capacity: { slots: 96, locks: 24, routes: 32 },
  });
  const memory = createScoreboard(config.capacity);
  const pool = createThreadPool({
    ...config,
    start: simThreads(kernel, process, hooks.traffic(bootId)),
    threads,
    scoreboard: memory,
    product: 'Penstock/simulated',
    log,
    onMessage: (message) => agent.fromThread(message),
    onReleased: () => agent.release(),
    onFailed: (error) => {
      throw error;
    },
  });
  const proof = createProof({ fleet, trustedKeys });
  const files = openFiles(kernel, process, disk, { proof, bootId, probationMs: spec.probationMs });
  const ackSubject = subjects(fleet).ack(name);
  const agent = createAgent({
    identity: { fleet, node: name, bootId },
    config,
    version: '0.0.0',
    bus: {
      ...bus,
      publish(subject, payload) {
        if (subject === ackSubject) hooks.onAck(decodeAck(payload));
        return bus.publish(subject, payload);
      },
    },
    pool,
    scoreboard: openScoreboard(memory),
    proof,
    store: files.store,
    counterFiles: files.counterFiles,
    probation: files.probation,
    probe: async (_address, port) => ({ port }),
    log,
  });

  async function start(): Promise<void> {
    await pool.start();
    await agent.start();
  }

  async function stop(): Promise<void> {
    await agent.unfollow(false);
    await pool.stop();
    await agent.stop();
  }

  const starting = start();
  const node: SimNode = {
    name,
    bootId,
    process,
    agent,
    stop(done) {
      kernel.after(0, process, 'is told to stop', () => void starting.then(stop).then(done));
    },
  };
  return node;
}
