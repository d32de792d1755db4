import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cpuMs } from '#test/support/process-usage.ts';

/** How a measured time, or anything else, spreads over its repetitions. */
export type Spread = {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

/** Nearest-rank percentiles: each is a value that was measured. Unit as given, one decimal. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Prints one row per name. */
export function printTable(rows: Readonly<Record<string, Spread | Readonly<Record<string, string | number>>>>): void {
  console.table(rows);
}

/** What the figures were measured on, and how busy it was: without that they say little. */
export function machine(): Readonly<Record<string, string | number>> {
  const [load1 = 0] = loadavg();
  return {
    node: process.version,
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    load1: rounded(load1),
  };
}

const FOLDER = fileURLToPath(new URL('../../../docs/benchmarks/', import.meta.url));

/** Adds a bench's figures to `docs/benchmarks/fleet.json`, in the place of its earlier ones. */
export function saveFigures(bench: string, figures: object): void {
  mkdirSync(FOLDER, { recursive: true });
  const file = `${FOLDER}fleet.json`;
  let all: Record<string, object> = {};
  try {
    all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, object>;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err;
  }
  all[bench] = { date: new Date().toISOString().slice(0, 10), machine: machine(), ...figures };
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

/** Processes by what they are. */
export type Processes = Readonly<Record<string, readonly number[]>>;

/** User and system time by process, milliseconds, since `before` if that is given. */
export function cpuOf(processes: Processes, before: Readonly<Record<string, number>> = {}): Record<string, number> {
  return summed(processes, (pid) => cpuMs(pid), before);
}

/** Resident memory by process, MiB. */
export function residentMiB(processes: Processes): Record<string, number> {
  return summed(processes, (pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
  });
}

function summed(
  processes: Processes,
  measure: (pid: number) => number,
  before: Readonly<Record<string, number>> = {},
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(processes).map(([name, pids]) => {
      const sum = pids.reduce((total, pid) => total + measure(pid), 0);
      return [name, rounded(sum - (before[name] ?? 0))];
    }),
  );
}
