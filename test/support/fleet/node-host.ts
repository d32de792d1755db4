/**
 * A process that runs several nodes, each with a proxy thread and a bus connection of its own, as `penstock node` does. Argument: a
 * `NodeHostTask` as JSON. Writes a `HostedNode` as a line of JSON for each when it serves what is on its disk.
 */
import { once } from 'node:events';
import { pino } from 'pino';
import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import { startNode } from '../../../data-plane/main.ts';

export type NodeHostTask = {
  readonly fleet: string;
  readonly nats: string;
  readonly nodes: readonly { readonly name: string; readonly dataDir: string }[];
};

export type HostedNode = {
  readonly name: string;
  /** For clients. */
  readonly port: number;
  /** Of the status pages. */
  readonly url: string;
  readonly revision: number;
  /** From nothing to serving. */
  readonly bootMs: number;
};

const { fleet, nats, nodes } = JSON.parse(process.argv[2] ?? '') as NodeHostTask;
const log = pino({ level: 'fatal' });
const stops: (() => Promise<unknown>)[] = [];

for (const { name, dataDir } of nodes) {
  const sinceMs = performance.now();
  const bus = await natsBus({ servers: nats, fleet, name, role: 'node' });
  const listen = [{ from: { port: 8080 }, to: { address: '127.0.0.1', port: 0 }, text: '8080=127.0.0.1:0' }];
  const status = { host: '127.0.0.1', port: 0 };
  const node = await startNode({ fleet, name, bus, dataDir, log, listen, status, threads: 1, reportIntervalMs: 500 });
  stops.push(async () => {
    await node.stop();
    await bus.close();
  });
  const revision = node.servingRevision();
  const [listener] = node.listeners();
  if (revision === undefined || listener === undefined) throw new Error(`${name} serves nothing`);
  const bootMs = Math.round(performance.now() - sinceMs);
  const hosted: HostedNode = { name, port: listener.port, url: node.statusUrl ?? '', revision, bootMs };
  process.stdout.write(`${JSON.stringify(hosted)}\n`);
}

await once(process, 'SIGTERM');
await Promise.all(stops.map((stop) => stop()));
