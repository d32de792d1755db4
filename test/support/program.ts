import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { eventually } from './wait.ts';

const FOLDERS = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];

/**
 * Path of a program that a Debian package brings.
 *
 * @throws naming the package when it isn't installed: a test that can't run has not passed
 */
export function programOf(name: string, debianPackage: string): string {
  for (const folder of FOLDERS) {
    const path = `${folder}/${name}`;
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`${name} is not installed: apt-get install ${debianPackage}`);
}

export type Program = {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything written to standard output and standard error so far. */
  output(): string;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** Sends SIGTERM, waits, and after ten seconds SIGKILL. @returns exit code or signal */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
};

/** Starts a program; its output is kept for messages. */
export function startProgram(path: string, args: readonly string[], options: SpawnOptions = {}): Program {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-1_000_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    // Not `exit`: output may still be on its way then.
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  // Whoever cares awaits it; nobody else is to be stopped by it.
  exited.catch(() => {});
  return {
    get pid() {
      if (child.pid === undefined) throw new Error(`${path} did not start: ${output}`);
      return child.pid;
    },
    child,
    output: () => output,
    exited,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return exited;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Waits until a program accepts connections. @throws with its output, the program ended, when it doesn't come to that */
export async function accepting(program: Program, port: number, host = '127.0.0.1'): Promise<void> {
  let exit: number | string | undefined;
  program.exited.then(
    (code) => {
      exit = code;
    },
    (err: Error) => {
      exit = err.message;
    },
  );
  try {
    await eventually(`a listener on ${host}:${port}`, () => {
      if (exit !== undefined) throw new Error(`exited with ${exit}`);
      return connects(port, host);
    });
  } catch (err) {
    await program.stop('SIGKILL');
    throw new Error(`${(err as Error).message}; output: ${program.output()}`);
  }
}

/** Whether something accepts connections there. */
export function connects(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
