/**
 * How soon a node serves when nothing but its disk is there: Redis, NATS and every replica are killed, then the nodes; each is started
 * again by itself, from the start of the process to its first answered request, and then all at once.
 *
 *   node test/bench/fleet/restart.ts [--nodes 20] [--save]
 *
 * Ends with status 1 if the slowest node that is started by itself takes longer than the aim of 1 s.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { closeBackends, startBackends } from '#test/support/backend.ts';
import { cpuMs } from '#test/support/process-usage.ts';
import { gateway, startFleetBed } from './bed.ts';
import { machine, printTable, saveFigures, spread } from './figures.ts';
import { type RealNode, startRealNodes } from './real-nodes.ts';

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '20' }, save: { type: 'boolean', default: false } },
});
const NODES = Number(values.nodes);
const AIM_MS = 1_000;
const GIVE_UP_MS = 60_000;

type Start = { readonly tookMs: number; readonly cpuMs: number };

/** From the start of the process to the first whole answer: time, and CPU time of the process, milliseconds. */
async function startAndServe(node: RealNode): Promise<Start> {
  const startMs = performance.now();
  // It gives up sooner than this does.
  const started = node.start().catch(() => {});
  while (!(await isServed(node.port))) {
    if (performance.now() - startMs > GIVE_UP_MS) throw new Error(`${node.name} serves nothing: ${node.output()}`);
    await delay(5);
  }
  const tookMs = performance.now() - startMs;
  const usedMs = cpuMs(node.pid());
  await started;
  return { tookMs, cpuMs: usedMs };
}

/** Tries one request on a new connection. */
async function isServed(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('GET /app0/x HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text.startsWith('HTTP/1.1 200 ');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

console.log(machine(), `${NODES} nodes of one thread; milliseconds`);
const bed = await startFleetBed();
const backends = await startBackends(1);
let nodes: RealNode[] = [];
try {
  const { revision } = await bed.apply(gateway({ url: backends[0]?.url ?? '' }));
  nodes = await startRealNodes({ nats: bed.nats.url, fleet: bed.fleet, count: NODES });
  await Promise.all(nodes.map((node) => node.servingAt(revision)));
  // Until it is on disk, which is after it is served.
  await bed.apply(gateway({ url: backends[0]?.url ?? '', loadfactor: 2 }), true);

  await bed.nats.kill();
  await bed.redis.kill();
  for (const replica of bed.replicas) await replica.kill();
  for (const node of nodes) await node.kill();
  const alone: Start[] = [];
  for (const node of nodes) {
    alone.push(await startAndServe(node));
    // In good order: two deaths without a word would be put down to the configuration.
    await node.stop();
  }
  const together = await Promise.all(nodes.map(startAndServe));
  const times = (starts: readonly Start[]) => spread(starts.map(({ tookMs }) => tookMs));
  const figures = {
    'one by one': times(alone),
    'CPU of each': spread(alone.map((start) => start.cpuMs)),
    'all at once': times(together),
  };
  console.log(`aim for the slowest of those started one by one: < ${AIM_MS} ms`);
  printTable(figures);
  if (values.save) saveFigures(`restart of ${NODES} nodes from disk, ms`, { aimMs: AIM_MS, ...figures });
  if (figures['one by one'].max >= AIM_MS) process.exitCode = 1;
} finally {
  for (const node of nodes) await node.close();
  await bed.close();
  await closeBackends(backends);
}
