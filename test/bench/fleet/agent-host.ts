/**
 * A process with many nodes that are agents only: each has its own connection to NATS, its own disk copy, and stubs for proxy
 * threads. Told what to do by `agent-hosts.ts`, which starts it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type NatsBus, natsBus } from '#shared/nats-bus/nats-bus.ts';
import { parseListenMapping } from '../../../data-plane/agent/listen-map.ts';
import { type RunningNode, startNode } from '../../../data-plane/main.ts';
import type { Logger } from '../../../data-plane/ports.ts';
import type { AgentEvent, FromHost, HostOptions, ToHost } from './agent-hosts.ts';
import { stubThread } from './stub-thread.ts';

/** As many begin at once: a fleet does not start in one instant. */
const AT_ONCE = 10;

const running: { readonly node: RunningNode; readonly bus: NatsBus }[] = [];
let events: AgentEvent[] = [];
const troubles = new Map<string, number>();

const tell = (message: FromHost) => void process.send?.(message);

function loggerOf(node: number): Logger {
  const note = (fields: object, message: string) => {
    const { code } = fields as { code: string };
    troubles.set(`${code} ${message}`, (troubles.get(`${code} ${message}`) ?? 0) + 1);
  };
  return {
    debug() {},
    info(fields) {
      const { code, snapshotVersion } = fields as { code: string; snapshotVersion?: number };
      const atMs = Date.now();
      if (code === 'DP1101') events.push({ kind: 'serving', node, revision: snapshotVersion ?? 0, atMs });
      else if (code === 'DP1501') events.push({ kind: 'down', node, atMs });
      else if (code === 'DP1502') events.push({ kind: 'up', node, atMs });
    },
    warn: note,
    error: note,
  };
}

async function start({ nats, fleet, first, count, dir, zones }: HostOptions): Promise<void> {
  for (let from = first; from < first + count; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, first + count - from) }, (_, i) => from + i);
    await Promise.all(numbers.map((number) => startOne(number, { nats, fleet, dir, zones })));
  }
}

async function startOne(
  number: number,
  { nats, fleet, dir, zones }: Pick<HostOptions, 'nats' | 'fleet' | 'dir' | 'zones'>,
): Promise<void> {
  const name = `agent-${number}`;
  const dataDir = join(dir, name);
  mkdirSync(dataDir, { recursive: true });
  // An address of its own for each: they look whether they could bind it.
  const mapping = parseListenMapping(`8080=127.1.${number >> 8}.${number & 255}:8080`);
  if ('error' in mapping) throw new Error(mapping.error);
  const bus = await natsBus({ servers: nats, fleet, name, role: 'node' });
  const node = await startNode(
    {
      fleet,
      name,
      bus,
      threads: 1,
      dataDir,
      log: loggerOf(number),
      listen: [mapping],
      labels: { zone: `zone-${number % zones}` },
      // A thousand scoreboards of the default size would be 4 GB.
      capacity: { slots: 1_024, locks: 256, routes: 1_024 },
    },
    stubThread,
  );
  running.push({ node, bus });
}

async function stop(): Promise<void> {
  await Promise.all(
    running.map(async ({ node, bus }) => {
      await node.stop();
      await bus.close();
    }),
  );
}

process.on('message', async (message: ToHost) => {
  switch (message.type) {
    case 'start':
      await start(message.options);
      tell({ type: 'started' });
      break;
    case 'take':
      tell({ type: 'events', events, troubles: [...troubles], rssMiB: process.memoryUsage.rss() / 1024 ** 2 });
      events = [];
      break;
    case 'stop':
      await stop();
      process.disconnect?.();
      break;
  }
});
