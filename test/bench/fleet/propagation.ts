/**
 * How long one edit takes until every node serves it: from the start of the API call to the swap on each node (by the machine's
 * clock, which all share), and to the answer of a call that waits for all nodes. Real Redis and NATS, two replicas.
 *
 *   node test/bench/fleet/propagation.ts [--nodes 20] [--agents 1000] [--processes 4] [--edits 100] [--save]
 *
 * First so many `penstock node` processes of one thread, then so many nodes that are agents only; 0 leaves one out. Ends with status 1
 * if the last node's p99 is beyond the aim: 150 ms for real nodes, 1 s for agents.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '#test/support/ports.ts';
import { startAgentHosts } from './agent-hosts.ts';
import { type FleetBed, gateway, startFleetBed } from './bed.ts';
import { cpuOf, machine, type Processes, printTable, rounded, type Spread, saveFigures, spread } from './figures.ts';
import { startRealNodes } from './real-nodes.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '20' },
    agents: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '4' },
    edits: { type: 'string', default: '100' },
    save: { type: 'boolean', default: false },
  },
});
const NODES = Number(values.nodes);
const AGENTS = Number(values.agents);
const EDITS = Number(values.edits);
/** Longer than the publisher's debounce: each edit is one after a rest. */
const REST_MS = 1_500;
const AIM_MS = { nodes: 150, agents: 1_000 };

/** Nodes as this bench sees them: when each swapped to a revision. */
type Fleet = {
  readonly nodes: number;
  servingAt(revision: number): Promise<readonly number[]>;
  readonly pids: readonly number[];
  stop(): Promise<void>;
};

type Figures = Readonly<
  Record<'first node' | 'every node' | 'last node' | 'answer of apply --wait', Spread> & {
    /** User and system time from the call to its answer, milliseconds per edit: hardly depends on what else the machine does. */
    cpuPerEdit: Readonly<Record<string, number>>;
  }
>;

async function measure(bed: FleetBed, fleet: Fleet, url: string): Promise<Figures> {
  const every: number[] = [];
  const first: number[] = [];
  const last: number[] = [];
  const answers: number[] = [];
  const processes: Processes = { ...bed.processes(), nodes: fleet.pids };
  const cpu: Record<string, number> = {};
  for (let edit = 0; edit < EDITS; edit++) {
    await delay(REST_MS);
    const before = cpuOf(processes);
    const { revision, startMs, answerMs } = await bed.apply(gateway({ url, loadfactor: 2 + (edit % 90) }), true);
    for (const [name, ms] of Object.entries(cpuOf(processes, before))) cpu[name] = (cpu[name] ?? 0) + ms;
    const took = (await fleet.servingAt(revision)).map((atMs) => atMs - startMs);
    every.push(...took);
    first.push(Math.min(...took));
    last.push(Math.max(...took));
    answers.push(answerMs);
  }
  return {
    'first node': spread(first),
    'every node': spread(every),
    'last node': spread(last),
    'answer of apply --wait': spread(answers),
    cpuPerEdit: Object.fromEntries(Object.entries(cpu).map(([name, ms]) => [name, rounded(ms / EDITS)])),
  };
}

async function run(start: (bed: FleetBed) => Promise<Fleet>): Promise<Figures> {
  const bed = await startFleetBed();
  const url = `http://127.0.0.1:${await freePort()}`;
  let fleet: Fleet | undefined;
  try {
    const { revision } = await bed.apply(gateway({ url }));
    const sinceMs = performance.now();
    fleet = await start(bed);
    await fleet.servingAt(revision);
    await bed.knowsNodes(fleet.nodes);
    console.log(`${fleet.nodes} nodes serve after ${rounded((performance.now() - sinceMs) / 1_000)} s`);
    // What a start leaves behind is not an edit's.
    await delay(5_000);
    const figures = await measure(bed, fleet, url);
    console.log('warnings and errors of replicas:', [...bed.troubles()]);
    return figures;
  } finally {
    await fleet?.stop();
    await bed.close();
  }
}

async function realFleet({ nats, fleet }: FleetBed): Promise<Fleet> {
  const nodes = await startRealNodes({ nats: nats.url, fleet, count: NODES });
  return {
    nodes: NODES,
    pids: nodes.map((node) => node.pid()),
    servingAt: (revision) => Promise.all(nodes.map((node) => node.servingAt(revision))),
    async stop() {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

async function agentFleet({ nats, fleet }: FleetBed): Promise<Fleet> {
  const hosts = await startAgentHosts({ nats: nats.url, fleet, nodes: AGENTS, processes: Number(values.processes) });
  return {
    nodes: AGENTS,
    pids: hosts.pids,
    async servingAt(revision) {
      const at = await hosts.each(`revision ${revision}`, (event) => {
        return event.kind === 'serving' && event.revision === revision;
      });
      return [...at.values()];
    },
    async stop() {
      await hosts.take();
      if (hosts.troubles().size > 0) console.log('warnings and errors of agents:', [...hosts.troubles()]);
      await hosts.stop();
    },
  };
}

console.log(machine(), `${EDITS} edits; milliseconds`);
for (const [name, count, start, aimMs] of [
  ['real nodes', NODES, realFleet, AIM_MS.nodes],
  ['agents', AGENTS, agentFleet, AIM_MS.agents],
] as const) {
  if (count === 0) continue;
  const figures = await run(start);
  console.log(`${count} ${name}; aim for the last node: p99 < ${aimMs} ms`);
  const { cpuPerEdit, ...times } = figures;
  printTable(times);
  console.log('CPU per edit, ms:', cpuPerEdit);
  if (values.save) saveFigures(`propagation to ${count} ${name}, ms`, { edits: EDITS, aimMs, ...figures });
  if (figures['last node'].p99 >= aimMs) process.exitCode = 1;
}
