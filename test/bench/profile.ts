import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWrk } from '#test/support/wrk.ts';
import type { Cell } from './cells.ts';
import { startBenchBackend, startPenstockGateway } from './gateways.ts';

/** V8's CPU profile, as far as it is used here. */
type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
};

/** Runs one load against Penstock under V8's profiler and prints the functions with the most time of their own. */
export async function profileCell(
  cell: Cell,
  load: { readonly seconds: number; readonly threads: number; readonly connections: number },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-profile-'));
  const backend = await startBenchBackend();
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const gateway = await startPenstockGateway(backend.hostport, load.threads, flags);
  const result = await runWrk({
    url: `http://127.0.0.1:${gateway.port}${cell.path}`,
    connections: load.connections,
    seconds: load.seconds,
    headers: cell.headers,
    ...(cell.script === undefined ? {} : { script: cell.script }),
  });
  await gateway.stop();
  await backend.stop();
  console.log(`${cell.name}: ${result.requests} requests; profiles in ${folder}`);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
    const top = topFunctions(profile);
    const busyMs = top.reduce((sum, { selfMs }) => sum + selfMs, 0);
    console.log(`\n${file}: ${busyMs.toFixed(0)} ms busy`);
    for (const { name, selfMs } of top.slice(0, 35)) {
      const perRequestUs = (selfMs * 1000) / result.requests;
      console.log(
        `${((100 * selfMs) / busyMs).toFixed(1).padStart(5)} % ${perRequestUs.toFixed(2).padStart(7)} us  ${name}`,
      );
    }
  }
}

/** Self time by function, most first, idle time left out. */
export function topFunctions(profile: CpuProfile): { name: string; selfMs: number }[] {
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName === '' ? '(anonymous)' : functionName} ${url.replace(/^.*\/(?=[^/]+\/[^/]+$)/, '')}:${lineNumber + 1}`,
    ]),
  );
  const selfUs = new Map<string, number>();
  for (const [index, sample] of profile.samples.entries()) {
    const name = names.get(sample) ?? 'unknown';
    if (name.startsWith('(idle)')) continue;
    selfUs.set(name, (selfUs.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  return [...selfUs].map(([name, us]) => ({ name, selfMs: us / 1000 })).sort((a, b) => b.selfMs - a.selfMs);
}
