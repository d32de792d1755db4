import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort, listenOnFreePort } from '../../support/ports.ts';
import { type Program, startProgram } from '../../support/program.ts';
import { eventually, within } from '../../support/wait.ts';
import { CLI, runPenstock } from '../support/run-cli.ts';

describe('penstock up', () => {
  let dir: string;
  let file: string;
  let gateway: number;
  let backends: readonly number[];
  const started: Program[] = [];

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'penstock-up-'));
    file = join(dir, 'gateway.conf');
    gateway = await freePort();
    backends = [await freePort(), await freePort()];
    writeConf();
  });

  afterEach(async () => {
    for (const program of started.splice(0)) await program.stop();
    rmSync(dir, { recursive: true });
  });

  function writeConf(...more: readonly string[]): void {
    const members = backends.map((port) => `  BalancerMember "http://127.0.0.1:${port}" retry=1`);
    const lines = [`Listen 127.0.0.1:${gateway}`, '<Proxy "balancer://demo">', ...members, '</Proxy>'];
    writeFileSync(file, [...lines, 'ProxyPass "/" "balancer://demo/"', ...more, ''].join('\n'));
  }

  function start(...args: readonly string[]): Program {
    const program = startProgram(process.execPath, [CLI, 'up', '--admin', '127.0.0.1:0', '--threads', '1', ...args], {
      cwd: dir,
    });
    started.push(program);
    return program;
  }

  const saying = (program: Program, pattern: RegExp) =>
    eventually(`${pattern} in the output`, () => {
      const match = pattern.exec(program.output());
      if (match === null && program.child.exitCode !== null) throw new Error(`ended: ${program.output()}`);
      return match ?? undefined;
    });

  const adminOf = async (program: Program) => (await saying(program, /admin API {2}(\S+)/))[1] ?? '';
  const get = async (path = '/x') => (await fetch(`http://127.0.0.1:${gateway}${path}`)).text();

  test('serves a file, and commits it again only if it changed', async () => {
    const first = start('-f', file);
    await saying(first, /serves revision 1 \(committed\)/);
    expect(await first.stop()).toBe(0);
    const second = start('-f', file);
    await saying(second, /serves revision 1 \(unchanged\)/);
    await second.stop();
    writeConf('Timeout 5', 'LoadModule proxy_module modules/mod_proxy.so');
    const third = start('-f', file);
    await saying(third, /serves revision 2 \(committed\)/);
    expect(third.output()).toContain('1 directive ignored');
    await third.stop();
    const stored = start();
    await saying(stored, /serves revision 2 \(unchanged\)/);
  });

  test('runs demo backends that can be stopped and started from another terminal', async () => {
    const program = start('--demo', '-f', file);
    const admin = await adminOf(program);
    const control = (await saying(program, /curl -X POST (http:\/\/127\.0\.0\.1:\d+)\/backend-1\/stop/))[1] ?? '';
    const answers = await Promise.all([1, 2, 3, 4].map(() => get()));
    expect(new Set(answers)).toEqual(
      new Set(backends.map((port, i) => `backend-${i + 1} on port ${port} answers GET /x\n`)),
    );
    await fetch(`${control}/backend-1/stop`, { method: 'POST' });
    const later = await Promise.all([1, 2, 3, 4].map(() => get()));
    expect(new Set(later)).toEqual(new Set([`backend-2 on port ${backends[1]} answers GET /x\n`]));
    await fetch(`${control}/backend-1/start`, { method: 'POST' });

    const server = ['--server', admin];
    expect((await runPenstock(['set', 'demo', `127.0.0.1:${backends[1]}`, 'status=+D', ...server])).code).toBe(0);
    await eventually('all traffic on backend-1', async () => {
      const seen = await Promise.all([1, 2, 3, 4].map(() => get()));
      return seen.every((text) => text.startsWith('backend-1 '));
    });
    expect((await runPenstock(['nodes', ...server])).out).toMatch(/ live +2 /);
    expect((await fetch(`${control}/backend-1/explode`, { method: 'POST' })).status).toBe(404);
    expect(await program.stop()).toBe(0);
  });

  test('refuses a data directory that another process uses, naming it', async () => {
    const first = start('-f', file);
    await saying(first, /serves revision 1/);
    const second = start('-f', file);
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`data directory ${join(dir, '.penstock')} is in use by process ${first.pid}`);
    expect(second.output()).not.toMatch(/^ {4}at /m);
  });

  test('frees the data directory even when it was killed', async () => {
    const first = start('-f', file);
    await saying(first, /serves revision 1/);
    await first.stop('SIGKILL');
    await saying(start('-f', file), /serves revision 1 \(unchanged\)/);
  });

  test('says why it cannot serve: mistakes in the file, addresses in use, nothing to serve', async () => {
    const wrong = join(dir, 'wrong.conf');
    writeFileSync(wrong, 'Listen 127.0.0.1:8080\nProxyPas / http://x/\n');
    const mistaken = start('-f', wrong);
    expect(await mistaken.exited).toBe(1);
    expect(mistaken.output()).toContain('wrong.conf:2:1: error: ');

    const nothing = start();
    expect(await nothing.exited).toBe(2);
    expect(nothing.output()).toContain('name one with -f FILE');

    const blocker = createServer();
    const taken = await listenOnFreePort(blocker);
    const admin = start('-f', file, '--admin', `127.0.0.1:${taken}`);
    expect(await admin.exited).toBe(1);
    expect(admin.output()).toContain(`admin address 127.0.0.1:${taken}: another process listens there`);

    gateway = taken;
    writeConf();
    const listener = start('-f', file);
    expect(await listener.exited).toBe(1);
    expect(listener.output()).toMatch(/revision \d+ cannot be served: .*127\.0\.0\.1:\d+/);
    await new Promise((resolve) => blocker.close(resolve));
  });

  test('finishes requests in flight on SIGTERM, and stops at once on the second', async () => {
    const silent = createServer((socket) => socket.resume());
    backends = [await listenOnFreePort(silent)];
    writeConf();
    const program = start('-f', file);
    await saying(program, /serves revision 1/);
    const reached = new Promise((resolve) => silent.once('connection', resolve));
    const pending = fetch(`http://127.0.0.1:${gateway}/`).catch(() => 'cut off');
    await within('the request at the backend', reached);
    program.child.kill('SIGTERM');
    await saying(program, /requests in flight are finished; again to stop at once/);
    expect((await fetch(`${await adminOf(program)}/readyz`)).status).toBe(503);
    program.child.kill('SIGINT');
    expect(await program.exited).toBe(1);
    await pending;
    await new Promise((resolve) => silent.close(resolve));
  });
});
