/**
 * Measures Penstock beside other gateways: CPU time per request, requests per second, latency and memory.
 *
 *   npm run bench -- [--seconds 5] [--rounds 3] [--threads 1] [--connections 64] [--only penstock,nginx] [--cells 1k-browser]
 *                    [--save] [--profile CELL]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuMs, memoryMiB } from '#test/support/process-usage.ts';
import { runWrk } from '#test/support/wrk.ts';
import type { Cell } from './cells.ts';
import { benchCells } from './cells.ts';
import type { BenchGateway, GatewayName } from './gateways.ts';
import { startBenchBackend, startGateway } from './gateways.ts';
import { profileCell } from './profile.ts';
import type { Measurement } from './report.ts';
import { markdownTable, summarise } from './report.ts';

const ALL: readonly GatewayName[] = ['penstock', 'httpd', 'nginx', 'haproxy', 'caddy'];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    only: { type: 'string', default: ALL.join(',') },
    cells: { type: 'string' },
    save: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const threads = Number(values.threads);
const connections = Number(values.connections);
const cells = benchCells().filter(({ name }) => values.cells === undefined || values.cells.split(',').includes(name));

if (values.profile !== undefined) {
  const cell = benchCells().find(({ name }) => name === values.profile);
  if (cell === undefined)
    throw new Error(`no cell ${values.profile}; cells are ${benchCells().map(({ name }) => name)}`);
  await profileCell(cell, { seconds, threads, connections });
} else {
  await compare();
}

async function compare(): Promise<void> {
  const backend = await startBenchBackend();
  const gateways: BenchGateway[] = [];
  try {
    for (const name of values.only.split(',') as GatewayName[]) {
      gateways.push(await startGateway(name, backend.hostport, threads));
    }
    const measurements: Measurement[] = [];
    for (const gateway of gateways) for (const cell of cells) await measure(gateway, cell, 1);
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const cell of cells) {
        // Each round starts with another gateway, so that none always follows the same neighbour.
        for (const [index] of gateways.entries()) {
          const gateway = gateways[(index + round) % gateways.length];
          if (gateway === undefined) continue;
          const measurement = await measure(gateway, cell, seconds);
          measurements.push(measurement);
          console.log(
            `round ${round} ${cell.name} ${gateway.name}: ${measurement.cpuUs.toFixed(1)} us CPU, ${measurement.requestsPerSecond.toFixed(0)} requests/s`,
          );
        }
      }
    }
    const summary = summarise(measurements);
    const table = markdownTable(summary);
    console.log(`\n${table}`);
    if (values.save) save(gateways, backend.version, measurements, table);
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await backend.stop();
  }
}

async function measure(gateway: BenchGateway, cell: Cell, forSeconds: number): Promise<Measurement> {
  await delay(200);
  const before = cpuMs(gateway.pid);
  const result = await runWrk({
    url: `http://127.0.0.1:${gateway.port}${cell.path}`,
    connections,
    seconds: forSeconds,
    headers: cell.headers,
    ...(cell.script === undefined ? {} : { script: cell.script }),
  });
  const usedMs = cpuMs(gateway.pid) - before;
  const { connect, read, write, timeout } = result.errors;
  if (result.failed + connect + read + write + timeout > 0) {
    throw new Error(`${gateway.name} failed requests of ${cell.name}: ${result.output}`);
  }
  return {
    gateway: gateway.name,
    cell: cell.name,
    cpuUs: (usedMs * 1000) / result.requests,
    requestsPerSecond: result.requestsPerSecond,
    p50Us: result.p50Us,
    p99Us: result.p99Us,
    memoryMiB: memoryMiB(gateway.pid),
  };
}

function save(gateways: readonly BenchGateway[], backend: string, measurements: readonly Measurement[], table: string) {
  const folder = new URL('../../docs/benchmarks/', import.meta.url);
  const date = new Date().toISOString().slice(0, 10);
  const [cpu] = cpus();
  const about = {
    date,
    machine: { cores: cpus().length, cpu: cpu?.model ?? 'unknown' },
    load: { tool: 'wrk', connections, seconds, rounds: Number(values.rounds), threads },
    versions: Object.fromEntries([...gateways.map(({ name, version }) => [name, version]), ['backend', backend]]),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${date}.json`, folder), `${JSON.stringify({ ...about, measurements }, null, 2)}\n`);
  const versions = Object.entries(about.versions).map(([name, version]) => `${name}: ${version}`);
  writeFileSync(
    new URL(`${date}.md`, folder),
    `# Benchmark of ${date}\n\n${cpus().length} cores of ${about.machine.cpu}; wrk with ${connections} connections, ${values.rounds} interleaved rounds of ${seconds} s per cell, ${threads} worker(s) per gateway. ${versions.join('; ')}.\n\nCPU is user and system time of the whole process tree over requests answered. Figures are medians; the ratio is Penstock's CPU over the other's, below 1 is better.\n\n${table}\n`,
  );
}
