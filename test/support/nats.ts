import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import type { Program } from './program.ts';
import { accepting, programOf, startProgram } from './program.ts';
import { eventually } from './wait.ts';

export type NatsServerOptions = {
  /** Lines of a configuration file: accounts, permissions, TLS, limits. */
  readonly config?: string;
  /** Default true. */
  readonly jetStream?: boolean;
  /** Default true; false: `start` does it later. */
  readonly started?: boolean;
};

/** A real nats-server on a port of this machine, with a folder of its own. */
export type NatsServer = {
  readonly port: number;
  /** `nats://127.0.0.1:port` */
  readonly url: string;
  /** Where its configuration and JetStream's files are. */
  readonly dir: string;
  pid(): number;
  output(): string;
  /** Starts it again on the same port and folder; with another configuration if one is given. */
  start(config?: string): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL, and waits for its end. */
  kill(): Promise<void>;
  /** Stops it from doing anything, its connections staying open, and lets it go on. */
  pause(): void;
  resume(): void;
  /** Forgets all that JetStream has kept; the server must be stopped. */
  wipe(): Promise<void>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
};

/** @throws when nats-server isn't installed or does not start */
export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  const path = programOf('nats-server', 'nats-server');
  const dir = await mkdtemp(join(tmpdir(), 'penstock-nats-'));
  const port = await freePort();
  const store = join(dir, 'jetstream');
  let config = options.config ?? '';
  let program: Program | undefined;

  async function start(newConfig = config): Promise<void> {
    config = newConfig;
    const file = join(dir, 'nats.conf');
    const jetStream =
      options.jetStream === false
        ? ''
        : `jetstream { store_dir: "${store}", max_file_store: 4G, max_memory_store: 1G }\n`;
    await writeFile(file, `listen: "127.0.0.1:${port}"\n${jetStream}${config}\n`);
    program = startProgram(path, ['-c', file]);
    await accepting(program, port);
    // It listens when it is ready but for JetStream, which it has made ready before.
    const { output } = program;
    await eventually('nats-server to be ready', () => output().includes('Server is ready'));
  }

  const server: NatsServer = {
    port,
    url: `nats://127.0.0.1:${port}`,
    dir,
    pid: () => {
      if (program === undefined) throw new Error('nats-server is not started');
      return program.pid;
    },
    output: () => program?.output() ?? '',
    start,
    async stop() {
      await program?.stop();
    },
    async kill() {
      await program?.stop('SIGKILL');
    },
    pause: () => void process.kill(server.pid(), 'SIGSTOP'),
    resume: () => void process.kill(server.pid(), 'SIGCONT'),
    wipe: () => rm(store, { recursive: true, force: true }),
    async close() {
      await program?.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
  if (options.started !== false) await start();
  return server;
}
