import { type Bus, subjects } from '#shared/bus.ts';
import { decodeAck, decodeObservations, decodeReport } from '#shared/codec/node-codec.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { Ack, Observations, Report } from '#shared/node-message.ts';
import { workerThreads } from '../../../data-plane/agent/worker-thread.ts';
import { type NodeOptions, type RunningNode, startNode } from '../../../data-plane/main.ts';
import type { StartThread } from '../../../data-plane/ports.ts';
import { fleetHistory, type PublishedRevision, publish, type RevisionSource } from '../../support/fleet-history.ts';

export { configuration } from './support/configuration.ts';

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
  readonly observations: Observations[];
  readonly lines: LogLine[];
  start(options?: Partial<NodeOptions>, startThread?: StartThread): Promise<RunningNode>;
  /** Publishes a configuration: snapshot, delta and head. */
  put(revision: number, source?: RevisionSource): Promise<PublishedRevision>;
  /** What the fake threads said they did, as `did thread number`. */
  told(did: string): string[];
  /** Stops every node. */
  close(): Promise<void>;
};

const FLEET = 'fleet';

/** @param options.bus another one than a new one in this process */
export async function nodeBed(options: { readonly bus?: Bus } = {}): Promise<NodeBed> {
  const bus = options.bus ?? createInProcessBus();
  const subject = subjects(FLEET);
  const history = fleetHistory(FLEET);
  const nodes: RunningNode[] = [];
  const acks: Ack[] = [];
  const reports: Report[] = [];
  const observations: Observations[] = [];
  const lines: LogLine[] = [];
  await bus.subscribe(subject.allAcks, (payload) => void acks.push(decodeAck(payload)));
  await bus.subscribe(subject.allReports, (payload) => void reports.push(decodeReport(payload)));
  await bus.subscribe(subject.allObservations, (payload) => void observations.push(decodeObservations(payload)));

  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, ...(fields as { code: string }) });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };

  return {
    bus,
    acks,
    reports,
    observations,
    lines,
    async start(options = {}, startThread = workerThreads(fakeThread)) {
      const defaults = { fleet: FLEET, name: 'n1', bus, threads: 2, log, gracefulTimeoutMs: 1000, restart };
      const node = await startNode({ ...defaults, ...options }, startThread);
      nodes.push(node);
      return node;
    },
    async put(revision, source = {}) {
      const published = history.next({
        definition: EMPTY_DEFINITION,
        ...source,
        revision: source.revision ?? revision,
      });
      await publish(bus, published, FLEET);
      return published;
    },
    told: (did) => lines.filter(({ message }) => message === did).map((l) => `${did} ${l.thread} ${l.number}`),
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
      await bus.close();
    },
  };
}

const fakeThread = new URL('./fixtures/fake-proxy-thread.ts', import.meta.url);
const restart = { delayMs: 1, maxDelayMs: 10, times: 3, windowMs: 60_000 };
