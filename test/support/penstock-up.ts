import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.ts';
import type { Program } from './program.ts';
import { startProgram } from './program.ts';
import { eventually } from './wait.ts';

const CLI = fileURLToPath(new URL('../../control-plane/cli/penstock.ts', import.meta.url));

/** A gateway started as an operator does: `penstock up -f FILE`. */
export type PenstockUp = {
  readonly port: number;
  /** Base URL of the control plane. */
  readonly server: string;
  readonly folder: string;
  readonly program: Program;
  /** What `penstock workers` shows. */
  workers(): Promise<WorkerRow[]>;
  /** Runs another penstock command against it. */
  command(...args: string[]): Promise<{ code: number | string; output: string }>;
  stop(): Promise<number | string>;
  /** Stops it and leaves its folder for another run. */
  leave(): Promise<number | string>;
};

export type WorkerRow = {
  readonly balancer: string;
  readonly url: string;
  readonly status: string;
  readonly elected: number;
  readonly busy: number;
  readonly requests: number;
  readonly responses: number;
  readonly errors: number;
  readonly transferred: number;
  readonly read: number;
};

export type UpOptions = {
  readonly threads?: number;
  readonly nodeFlags?: readonly string[];
  /** Folder of a run before this one: its data directory is used again. */
  readonly folder?: string;
};

/** @param config lines after `Listen` on a free port and `ServerName` */
export function penstockUp(config: readonly string[], options: UpOptions = {}): Promise<PenstockUp> {
  return penstockUpFile(
    (port) => [`Listen 127.0.0.1:${port}`, 'ServerName proxy.example.test', ...config, ''].join('\n'),
    options,
  );
}

/** @param text a whole configuration file that listens on the port given */
export async function penstockUpFile(text: (port: number) => string, options: UpOptions = {}): Promise<PenstockUp> {
  const port = await freePort();
  const admin = await freePort();
  const server = `http://127.0.0.1:${admin}`;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'penstock-up-'));
  const file = join(folder, 'gateway.conf');
  writeFileSync(file, text(port));
  const program = startProgram(process.execPath, [
    ...(options.nodeFlags ?? []),
    CLI,
    ...['up', '-f', file, '--data-dir', join(folder, 'data'), '--admin', `127.0.0.1:${admin}`],
    ...(options.threads === undefined ? [] : ['--threads', String(options.threads)]),
  ]);
  let exit: number | string | undefined;
  void program.exited.then((code) => {
    exit = code;
  });
  try {
    await eventually('penstock up', async () => {
      if (exit !== undefined) throw new Error(`penstock up exited with ${exit}`);
      return (await ready(server)) || undefined;
    });
  } catch (err) {
    await program.stop('SIGKILL');
    throw new Error(`${(err as Error).message}; output: ${program.output()}`);
  }
  return {
    port,
    server,
    folder,
    program,
    async workers() {
      const { code, output } = await runCli(['workers', '--json', '--server', server]);
      if (code !== 0) throw new Error(`penstock workers: ${output}`);
      return (JSON.parse(output) as { workers: ShownWorker[] }).workers.map(numbersOf);
    },
    command: (...args) => runCli([...args, '--server', server]),
    leave: () => program.stop(),
    async stop() {
      const code = await program.stop();
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** Counters are text in JSON, for they may outgrow its numbers. */
type ShownWorker = { readonly [Field in keyof WorkerRow]: WorkerRow[Field] | string };

function numbersOf(row: ShownWorker): WorkerRow {
  return {
    balancer: row.balancer,
    url: row.url,
    status: row.status,
    busy: Number(row.busy),
    elected: Number(row.elected),
    requests: Number(row.requests),
    responses: Number(row.responses),
    errors: Number(row.errors),
    transferred: Number(row.transferred),
    read: Number(row.read),
  };
}

async function runCli(args: readonly string[]): Promise<{ code: number | string; output: string }> {
  const program = startProgram(process.execPath, [CLI, ...args]);
  const code = await program.exited;
  return { code, output: program.output() };
}

async function ready(server: string): Promise<boolean> {
  try {
    return (await fetch(`${server}/readyz`)).ok;
  } catch {
    return false;
  }
}
