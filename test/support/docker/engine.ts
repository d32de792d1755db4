import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programOf } from '../program.ts';
import { eventually } from '../wait.ts';

const run = promisify(execFile);

const STATE = join(tmpdir(), 'penstock-docker');

/**
 * Sees to it that a Docker engine answers. Where none does, on Debian as root, the engine is installed from Debian's packages and
 * started with its data in a temporary folder; it outlives this process, so that the next run finds it.
 *
 * @throws saying what to do where that is not possible
 */
export async function ensureDockerEngine(): Promise<void> {
  // testcontainers' own cleaner is one more image to pull; what our tests start they end themselves.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  if (await engineAnswers()) return;
  if (process.env.DOCKER_HOST !== undefined) throw new Error(`no Docker engine answers at ${process.env.DOCKER_HOST}`);
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    throw new Error(
      'no Docker engine answers: start one, or set DOCKER_HOST (only on Debian as root it is installed here)',
    );
  }
  await installEngine();
  await startEngine();
}

async function engineAnswers(): Promise<boolean> {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}']);
    return true;
  } catch {
    return false;
  }
}

async function installEngine(): Promise<void> {
  const wanted = Object.entries({ dockerd: 'docker.io', iptables: 'iptables', docker: 'docker.io' });
  const missing = new Set(wanted.flatMap(([program, debianPackage]) => (isInstalled(program) ? [] : [debianPackage])));
  if (missing.size === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // The package would start its service, which needs an init system.
  const policy = '/usr/sbin/policy-rc.d';
  const hadPolicy = existsSync(policy);
  if (!hadPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env });
  } finally {
    if (!hadPolicy) rmSync(policy, { force: true });
  }
}

async function startEngine(): Promise<void> {
  mkdirSync(STATE, { recursive: true });
  const log = join(STATE, 'log');
  const out = openSync(log, 'a');
  const socket = 'unix:///var/run/docker.sock';
  const folders = ['--data-root', join(STATE, 'data'), '--exec-root', join(STATE, 'exec')];
  const daemon = spawn(programOf('dockerd', 'docker.io'), [...folders, '-H', socket, '--pidfile', join(STATE, 'pid')], {
    detached: true,
    stdio: ['ignore', out, out],
  });
  daemon.unref();
  closeSync(out);
  try {
    await eventually('the Docker engine', async () => (await engineAnswers()) || undefined);
  } catch (err) {
    throw new Error(`${(err as Error).message}; its log: ${readFileSync(log, 'utf8').slice(-2_000)}`);
  }
}

function isInstalled(program: string): boolean {
  try {
    programOf(program, '');
    return true;
  } catch {
    return false;
  }
}
