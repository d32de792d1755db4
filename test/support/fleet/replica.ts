import { fileURLToPath } from 'node:url';
import { freePort } from '../ports.ts';
import { type Program, startProgram } from '../program.ts';
import { patiently } from './patiently.ts';

export const CLI = fileURLToPath(new URL('../../../control-plane/cli/penstock.ts', import.meta.url));

/** A control-plane replica as a process: `penstock control-plane`. */
export type ReplicaProcess = {
  readonly name: string;
  /** Of the admin API. */
  readonly url: string;
  pid(): number;
  /** What this run has written so far. */
  output(): string;
  isRunning(): boolean;
  /** GET of the admin API, as JSON. @throws with the answer when it isn't 2xx */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  get(path: string): Promise<any>;
  kill(): Promise<void>;
  stop(): Promise<number | string>;
  /** SIGSTOP, SIGCONT. */
  pause(): void;
  resume(): void;
  /** Again, under the same name and address; resolves when it is ready. */
  start(): Promise<void>;
  /** As `start`, without waiting for anything. */
  launch(): void;
  /** Waits until it is ready. @throws with its output when it has ended */
  ready(): Promise<void>;
};

export type ReplicaOptions = {
  readonly name: string;
  readonly fleet: string;
  readonly redis: string;
  readonly nats: string;
  /** Of the admin API; default a free one. */
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts a replica; resolves when it is ready. */
export async function startReplicaProcess(options: ReplicaOptions): Promise<ReplicaProcess> {
  const { name, fleet, redis, nats, args = [], env = {} } = options;
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  let program: Program | undefined;

  function launch(): void {
    program = startProgram(
      process.execPath,
      [
        ...[CLI, 'control-plane', '--name', name, '--fleet', fleet, '--redis', redis, '--nats', nats],
        ...['--admin', `127.0.0.1:${port}`, '--log-level', 'info', ...args],
      ],
      { env: { ...process.env, ...env } },
    );
  }

  async function ready(): Promise<void> {
    await patiently(`replica ${name}`, async () => {
      if (!replica.isRunning()) throw new Error(`replica ${name} ended: ${replica.output()}`);
      return (await isReady(url)) || undefined;
    }).catch((err: Error) => {
      throw new Error(`${err.message}; output: ${replica.output().slice(-4_000)}`);
    });
  }

  const replica: ReplicaProcess = {
    name,
    url,
    pid() {
      if (program === undefined) throw new Error(`replica ${name} was not started`);
      return program.pid;
    },
    output: () => program?.output() ?? '',
    isRunning: () => program !== undefined && program.child.exitCode === null && program.child.signalCode === null,
    async get(path) {
      const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) });
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    async kill() {
      await program?.stop('SIGKILL');
    },
    stop: async () => (await program?.stop()) ?? 0,
    pause: () => void program?.child.kill('SIGSTOP'),
    resume: () => void program?.child.kill('SIGCONT'),
    async start() {
      launch();
      await ready();
    },
    launch,
    ready,
  };
  try {
    await replica.start();
  } catch (err) {
    await replica.kill();
    throw err;
  }
  return replica;
}

/** Whether `/readyz` says so. */
export async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Runs a penstock command to its end. */
export async function runPenstock(
  ...args: readonly string[]
): Promise<{ readonly code: number | string; readonly output: string }> {
  const program = startProgram(process.execPath, [CLI, ...args]);
  const code = await program.exited;
  return { code, output: program.output() };
}
