import { type Bus, subjects } from '#shared/bus.ts';
import { decodeAck, decodeObservation, decodeReport } from '#shared/codec/node-codec.ts';
import { encodePublishedSnapshot } from '#shared/codec/snapshot-codec.ts';
import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { Ack, Observation, Report } from '#shared/node-message.ts';
import { buildSnapshot, type SnapshotSource } from '#shared/snapshot/build.ts';
import { workerThreads } from '../../../data-plane/agent/worker-thread.ts';
import { type NodeOptions, type RunningNode, startNode } from '../../../data-plane/main.ts';
import type { StartThread } from '../../../data-plane/ports.ts';

export type LogLine = {
  readonly level: string;
  readonly message: string;
  readonly code: string;
  readonly thread?: number;
  readonly number?: number;
};

/** Nodes on fake proxy threads, and everything they say. */
export type NodeBed = {
  readonly bus: Bus;
  readonly acks: Ack[];
  readonly reports: Report[];
  readonly observations: Observation[];
  readonly lines: LogLine[];
  start(options?: Partial<NodeOptions>, startThread?: StartThread): Promise<RunningNode>;
  /** Publishes a configuration. */
  put(revision: number, source?: Partial<SnapshotSource>): Promise<void>;
  putBytes(encoded: Uint8Array): Promise<void>;
  /** What the fake threads said they did, as `did thread number`. */
  told(did: string): string[];
  /** Stops every node. */
  close(): Promise<void>;
};

const FLEET = 'fleet';

export async function nodeBed(): Promise<NodeBed> {
  const bus = createInProcessBus();
  const subject = subjects(FLEET);
  const nodes: RunningNode[] = [];
  const acks: Ack[] = [];
  const reports: Report[] = [];
  const observations: Observation[] = [];
  const lines: LogLine[] = [];
  await bus.subscribe(subject.allAcks, (payload) => acks.push(decodeAck(payload)));
  await bus.subscribe(subject.allReports, (payload) => reports.push(decodeReport(payload)));
  await bus.subscribe(subject.allObservations, (payload) => observations.push(decodeObservation(payload)));

  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, ...(fields as { code: string }) });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const putBytes = (encoded: Uint8Array) => bus.putLatest(subject.snapshot, encoded);

  return {
    bus,
    acks,
    reports,
    observations,
    lines,
    putBytes,
    async start(options = {}, startThread = workerThreads(fakeThread)) {
      const defaults = { fleet: FLEET, name: 'n1', bus, threads: 2, log, gracefulTimeoutMs: 1000, restart };
      const node = await startNode({ ...defaults, ...options }, startThread);
      nodes.push(node);
      return node;
    },
    put: (revision, source = {}) =>
      putBytes(
        encodePublishedSnapshot(
          buildSnapshot({
            fleet: FLEET,
            revision,
            chainHash: '0'.repeat(64),
            definition: EMPTY_DEFINITION,
            overrides: [],
            ...source,
          }),
        ),
      ),
    told: (did) => lines.filter(({ message }) => message === did).map((l) => `${did} ${l.thread} ${l.number}`),
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
      await bus.close();
    },
  };
}

const fakeThread = new URL('./fixtures/fake-proxy-thread.ts', import.meta.url);
const restart = { delayMs: 1, maxDelayMs: 10, times: 3, windowMs: 60_000 };

/** One balancer `app` with these members; `acts` is what the fake threads have to do. */
export function configuration(urls: readonly string[], ...acts: readonly string[]): Definition {
  const { mainServer } = EMPTY_DEFINITION;
  return {
    ...EMPTY_DEFINITION,
    mainServer: { ...mainServer, serverAliases: acts },
    balancers: [{ name: 'app', parameters: {}, members: urls.map((url) => ({ url, parameters: {} })) }],
  };
}
