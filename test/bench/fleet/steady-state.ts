/**
 * What a fleet at rest costs: memory and CPU of each control-plane replica, of NATS and of Redis, and messages per second, with many
 * nodes (agents only) at their default intervals.
 *
 *   node test/bench/fleet/steady-state.ts [--agents 1000] [--processes 4] [--seconds 30] [--save]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '#test/support/ports.ts';
import { type AgentHosts, startAgentHosts } from './agent-hosts.ts';
import { gateway, startFleetBed } from './bed.ts';
import { cpuOf, machine, printTable, residentMiB, rounded, saveFigures } from './figures.ts';

const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '30' },
    save: { type: 'boolean', default: false },
  },
});
const AGENTS = Number(values.agents);
const SECONDS = Number(values.seconds);
/** Until what the start of so many nodes left behind is done. */
const SETTLE_MS = 20_000;

console.log(machine(), `${AGENTS} agents, ${SECONDS} s`);
const bed = await startFleetBed();
let hosts: AgentHosts | undefined;
try {
  await bed.apply(gateway({ url: `http://127.0.0.1:${await freePort()}` }));
  hosts = await startAgentHosts({
    nats: bed.nats.url,
    fleet: bed.fleet,
    nodes: AGENTS,
    processes: Number(values.processes),
  });
  await bed.knowsNodes(AGENTS);
  await delay(SETTLE_MS);

  const [cpuBefore, trafficBefore, sinceMs] = [cpuOf(bed.processes()), await bed.natsTraffic(), performance.now()];
  const hostsBefore = cpuOf({ hosts: hosts.pids });
  await delay(SECONDS * 1_000);
  const [cpu, traffic, seconds] = [
    cpuOf(bed.processes(), cpuBefore),
    await bed.natsTraffic(),
    (performance.now() - sinceMs) / 1_000,
  ];
  const hostsCpu = cpuOf({ hosts: hosts.pids }, hostsBefore);
  const memory = residentMiB(bed.processes());
  await hosts.take();

  const perSecond = (value: number) => rounded(value / seconds);
  const costs = Object.fromEntries(
    Object.entries(cpu).map(([name, ms]) => [
      name,
      { 'CPU %': rounded(ms / seconds / 10), 'RSS MiB': memory[name] ?? 0 },
    ]),
  );
  const agent = {
    'CPU ms/s': perSecond((hostsCpu.hosts ?? 0) / AGENTS),
    'RSS MiB': rounded(hosts.rssMiB() / AGENTS),
  };
  const bus = {
    connections: traffic.connections,
    'messages/s in': perSecond(traffic.in_msgs - trafficBefore.in_msgs),
    'messages/s out': perSecond(traffic.out_msgs - trafficBefore.out_msgs),
    'KiB/s in': perSecond((traffic.in_bytes - trafficBefore.in_bytes) / 1_024),
    'KiB/s out': perSecond((traffic.out_bytes - trafficBefore.out_bytes) / 1_024),
  };
  printTable({ ...costs });
  printTable({ NATS: bus, 'one agent': agent });
  console.log('warnings and errors of agents:', [...hosts.troubles()]);
  if (values.save) saveFigures(`steady state, ${AGENTS} agents`, { seconds: SECONDS, costs, bus, agent });
} finally {
  await hosts?.stop();
  await bed.close();
}
