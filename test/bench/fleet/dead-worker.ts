/**
 * How long it takes until a fleet leaves out a worker that one node could not connect to, under the policy `verdict=any`: from the
 * start of the request whose connection failed, on one real node, to the verdict in the scoreboard of the last of the other nodes,
 * which are agents only. Then the way back: from the worker accepting connections again to the last node using it; how long that
 * takes is up to the observers' probes, 1 to 5 s apart. Real Redis and NATS, two replicas.
 *
 *   node test/bench/fleet/dead-worker.ts [--agents 1000] [--processes 4] [--rounds 100] [--save]
 *
 * Ends with status 1 if the last node's p99 is beyond the aim of 250 ms.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { closeBackends, startBackends } from '#test/support/backend.ts';
import { eventually } from '#test/support/wait.ts';
import { type AgentHosts, startAgentHosts } from './agent-hosts.ts';
import { type FleetBed, gateway, startFleetBed } from './bed.ts';
import { cpuOf, machine, printTable, saveFigures, spread } from './figures.ts';
import { loggedAfter, type RealNode, startRealNodes } from './real-nodes.ts';

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '100' },
    save: { type: 'boolean', default: false },
  },
});
const AGENTS = Number(values.agents);
const ROUNDS = Number(values.rounds);
const AIM_MS = 250;
/** Longer than the worker's `retry`. */
const REST_MS = 2_000;

/**
 * Sends requests until the node says that the worker is in error (DP1401), or back (DP1402).
 *
 * @returns when the request began that it learnt this from, and when it knew, epoch milliseconds
 */
async function requestUntil(node: RealNode, code: string): Promise<{ startMs: number; knownMs: number }> {
  const sinceMs = Date.now();
  const starts: number[] = [];
  const knownMs = await eventually(`a line ${code}`, async () => {
    starts.push(Date.now());
    await (await fetch(`http://127.0.0.1:${node.port}/app0/x`)).arrayBuffer();
    return loggedAfter(node.output(), code, sinceMs);
  });
  const startMs = starts.findLast((each) => each <= knownMs) ?? sinceMs;
  return { startMs, knownMs };
}

async function measure(
  { replicas }: FleetBed,
  node: RealNode,
  hosts: AgentHosts,
  worker: { set(mode: 'up' | 'refuse'): Promise<void> },
) {
  const every: number[] = [];
  const last: number[] = [];
  const local: number[] = [];
  const recorded: number[] = [];
  const back: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await delay(REST_MS);
    await hosts.take();
    await worker.set('refuse');
    const { startMs, knownMs } = await requestUntil(node, 'DP1401');
    local.push(knownMs - startMs);
    const down = await hosts.each('the verdict', ({ kind }) => kind === 'down');
    const took = [...down.values()].map((atMs) => atMs - startMs);
    every.push(...took);
    last.push(Math.max(...took));
    const told = replicas.flatMap((replica) => loggedAfter(replica.output(), 'CP2701', startMs) ?? []);
    recorded.push(Math.min(...told) - startMs);
    const upMs = Date.now();
    await worker.set('up');
    const up = await hosts.each('the end of the verdict', ({ kind }) => kind === 'up');
    back.push(Math.max(...up.values()) - upMs);
    await requestUntil(node, 'DP1402');
  }
  return {
    'the node itself': spread(local),
    'verdict recorded': spread(recorded),
    'every other node': spread(every),
    'last node': spread(last),
    'back on the last node': spread(back),
  };
}

console.log(machine(), `${ROUNDS} rounds; milliseconds`);
const bed = await startFleetBed();
const backends = await startBackends(2);
const [dying, other] = backends;
if (dying === undefined || other === undefined) throw new Error('no backends');
let nodes: RealNode[] = [];
let hosts: AgentHosts | undefined;
try {
  await bed.apply(gateway({ url: other.url, firstUrl: dying.url, verdict: { kind: 'any' } }));
  nodes = await startRealNodes({ nats: bed.nats.url, fleet: bed.fleet, count: 1 });
  hosts = await startAgentHosts({
    nats: bed.nats.url,
    fleet: bed.fleet,
    nodes: AGENTS,
    processes: Number(values.processes),
  });
  await bed.knowsNodes(AGENTS + 1);
  await delay(5_000);
  const [node] = nodes;
  if (node === undefined) throw new Error('no node');
  await node.servingAt(1);
  const before = cpuOf(bed.processes());
  const figures = await measure(bed, node, hosts, dying);
  console.log(`1 node and ${AGENTS} agents; aim for the last node: p99 < ${AIM_MS} ms`);
  printTable(figures);
  console.log('CPU since the first round, ms:', cpuOf(bed.processes(), before));
  console.log('warnings and errors of replicas and agents:', [...bed.troubles()], [...hosts.troubles()]);
  if (values.save) saveFigures(`dead worker, ${AGENTS} agents, ms`, { rounds: ROUNDS, aimMs: AIM_MS, ...figures });
  if (figures['last node'].p99 >= AIM_MS) process.exitCode = 1;
} finally {
  await hosts?.stop();
  for (const node of nodes) await node.close();
  await bed.close();
  await closeBackends(backends);
}
