import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.ts';
import { type Program, startProgram } from './program.ts';
import { eventually } from './wait.ts';

const CLI = fileURLToPath(new URL('../../control-plane/cli/penstock.ts', import.meta.url));

/** A gateway node as a process: `penstock node`. */
export type PenstockNode = {
  readonly name: string;
  /** Of the status pages. */
  readonly url: string;
  readonly dataDir: string;
  pid(): number;
  /** What this run has written so far. */
  output(): string;
  /** What `/status` says; undefined if nobody answers. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  status(): Promise<any>;
  isReady(): Promise<boolean>;
  /** Waits until it serves this revision. */
  serving(revision: number): Promise<void>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<number | string>;
  /** Nobody reads its output any more. */
  deafen(): void;
  /** SIGSTOP, SIGCONT. */
  pause(): void;
  resume(): void;
  /** Again, on the same data and addresses; resolves when it answers. */
  start(): Promise<void>;
  /** Kills it and removes its data, if that was made here. */
  close(): Promise<void>;
};

export type PenstockNodeOptions = {
  readonly nats: string;
  readonly fleet: string;
  readonly name: string;
  /** `--listen` mappings. */
  readonly listen?: readonly string[];
  readonly threads?: number;
  /** Default a new folder. */
  readonly dataDir?: string;
  /** More arguments. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its disk takes nothing any more. */
  readonly fullDisk?: boolean;
};

/** Every write to a file fails with EFBIG, instead of a signal; the rest of the machine has room. */
const FULL_DISK = ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f 0; exec "$@"`, 'sh'] as const;

/** Starts a node; resolves when its status pages answer, whether or not it serves anything yet. */
export async function startPenstockNode(options: PenstockNodeOptions): Promise<PenstockNode> {
  const { nats, fleet, name, listen = [], threads = 1, args = [], env = {} } = options;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), `penstock-${name}-`));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let program: Program | undefined;

  async function start(): Promise<void> {
    const [path, ...before] = [...(options.fullDisk === true ? FULL_DISK : []), process.execPath];
    const starting = startProgram(
      path ?? '',
      [
        ...[...before, CLI, 'node', '--nats', nats, '--fleet', fleet, '--name', name, '--data-dir', dataDir],
        ...['--status', `127.0.0.1:${port}`, '--threads', String(threads), '--log-level', 'info'],
        ...listen.flatMap((mapping) => ['--listen', mapping]),
        ...args,
      ],
      { env: { ...process.env, ...env } },
    );
    program = starting;
    await eventually(`node ${name}`, async () => {
      if (starting.child.exitCode !== null || starting.child.signalCode !== null) {
        throw new Error(`node ${name} ended: ${starting.output()}`);
      }
      return (await status()) !== undefined;
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  async function status(): Promise<any> {
    try {
      const answer = await fetch(`${url}/status`, { signal: AbortSignal.timeout(2_000) });
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined;
    }
  }

  await start();
  const node: PenstockNode = {
    name,
    url,
    dataDir,
    pid() {
      if (program === undefined) throw new Error(`node ${name} was not started`);
      return program.pid;
    },
    output: () => program?.output() ?? '',
    status,
    async isReady() {
      try {
        return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
      } catch {
        return false;
      }
    },
    async serving(revision) {
      await eventually(`node ${name} at revision ${revision}`, async () => {
        const now = await status();
        return now?.serving?.revision >= revision;
      }).catch((err: Error) => {
        throw new Error(`${err.message}; output: ${node.output().slice(-4_000)}`);
      });
    },
    async kill() {
      await program?.stop('SIGKILL');
    },
    stop: async (signal) => (await program?.stop(signal)) ?? 0,
    deafen() {
      program?.child.stdout?.destroy();
      program?.child.stderr?.destroy();
    },
    pause: () => void program?.child.kill('SIGSTOP'),
    resume: () => void program?.child.kill('SIGCONT'),
    start,
    async close() {
      await program?.stop('SIGKILL');
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return node;
}
