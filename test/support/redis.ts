import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { accepting, type Program, programOf, startProgram } from './program.ts';

const run = promisify(execFile);

export type RedisOptions = {
  /** Settings as in redis.conf, beyond port, folder and `save ""`; by default `appendonly yes`, `appendfsync always`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Listens with TLS only. */
  readonly tls?: TestCertificates;
};

/** A Redis process on a free port and a folder of its own. */
export type RedisServer = {
  readonly port: number;
  readonly dir: string;
  /** Without credentials. */
  readonly url: string;
  pid(): number;
  /** Asks it to end and waits. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same folder and port. */
  start(): Promise<void>;
  /** Removes what it has stored; to be stopped before. */
  wipe(): void;
  /** Copies what it has stored away, or back. */
  backUp(): { putBack(): void };
  /** Runs a command with redis-cli; gives its output. */
  cli(...args: readonly string[]): Promise<string>;
  /** Ends it and removes its folder. */
  dispose(): Promise<void>;
};

/** Starts a Redis. @throws naming the Debian package when it isn't installed */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const path = programOf('redis-server', 'redis-server');
  const base = mkdtempSync(join(tmpdir(), 'penstock-redis-'));
  const dir = join(base, 'data');
  mkdirSync(dir);
  const port = await freePort();
  const { tls } = options;
  const listen = tls
    ? {
        port: '0',
        'tls-port': String(port),
        'tls-cert-file': tls.certFile,
        'tls-key-file': tls.keyFile,
        'tls-ca-cert-file': tls.caFile,
      }
    : { port: String(port) };
  const settings: Readonly<Record<string, string>> = {
    ...listen,
    bind: '127.0.0.1',
    dir,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'repl-diskless-sync-delay': '0',
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  let program: Program;

  async function start(): Promise<void> {
    program = startProgram(path, args);
    await accepting(program, port);
  }
  await start();

  const cliArgs = [
    ...['-h', '127.0.0.1', '-p', String(port)],
    ...(tls ? ['--tls', '--cacert', tls.caFile, '--cert', tls.certFile, '--key', tls.keyFile] : []),
    ...(settings.requirepass === undefined ? [] : ['-a', settings.requirepass, '--no-auth-warning']),
  ];

  return {
    port,
    dir,
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    pid: () => program.pid,
    async stop() {
      await program.stop();
    },
    async kill() {
      await program.stop('SIGKILL');
    },
    pause() {
      process.kill(program.pid, 'SIGSTOP');
    },
    resume() {
      process.kill(program.pid, 'SIGCONT');
    },
    start,
    wipe() {
      rmSync(dir, { recursive: true });
      mkdirSync(dir);
    },
    backUp() {
      const copy = mkdtempSync(join(base, 'backup-'));
      cpSync(dir, copy, { recursive: true });
      return {
        putBack() {
          rmSync(dir, { recursive: true });
          cpSync(copy, dir, { recursive: true });
        },
      };
    },
    async cli(...command) {
      const { stdout } = await run(programOf('redis-cli', 'redis-tools'), [...cliArgs, ...command]);
      return stdout.trim();
    },
    async dispose() {
      await program.stop('SIGKILL');
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** A Sentinel that watches one primary and may fail over alone. */
export async function startSentinel(
  primary: RedisServer,
  master: string,
): Promise<{ readonly port: number; cli(...args: readonly string[]): Promise<string>; dispose(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'penstock-sentinel-'));
  const port = await freePort();
  const config = join(dir, 'sentinel.conf');
  writeFileSync(
    config,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor ${master} 127.0.0.1 ${primary.port} 1`,
      `sentinel down-after-milliseconds ${master} 500`,
      `sentinel failover-timeout ${master} 3000`,
      '',
    ].join('\n'),
  );
  const program = startProgram(programOf('redis-server', 'redis-server'), [config, '--sentinel']);
  await accepting(program, port);
  return {
    port,
    async cli(...args) {
      const { stdout } = await run(programOf('redis-cli', 'redis-tools'), ['-p', String(port), ...args]);
      return stdout.trim();
    },
    async dispose() {
      await program.stop('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export type TestCertificates = { readonly caFile: string; readonly certFile: string; readonly keyFile: string };

/** One self-signed certificate for 127.0.0.1, its own authority, made by openssl in a folder. */
export async function makeCertificates(dir: string): Promise<TestCertificates> {
  const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  await run(programOf('openssl', 'openssl'), [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=redis.test', '-addext', 'subjectAltName=DNS:redis.test,IP:127.0.0.1'],
    ...['-keyout', keyFile, '-out', certFile],
  ]);
  return { caFile: certFile, certFile, keyFile };
}
