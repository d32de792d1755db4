import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Backend } from '#test/support/backend.ts';
import { closeBackends, startBackends } from '#test/support/backend.ts';
import { fetchOnce, RawClient, requestHead } from '#test/support/client.ts';
import { headerValue } from '#test/support/http-message.ts';
import type { PenstockUp } from '#test/support/penstock-up.ts';
import { penstockUp } from '#test/support/penstock-up.ts';
import { connects } from '#test/support/program.ts';
import { eventually, within } from '#test/support/wait.ts';

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
});

async function backendPair(): Promise<[Backend, Backend]> {
  const backends = await startBackends(2);
  running.push({ stop: () => closeBackends(backends) });
  return backends as [Backend, Backend];
}

function config(members: readonly Backend[], extra: readonly string[] = []): string[] {
  return [
    '<Proxy "balancer://c">',
    ...members.map(({ url }) => `  BalancerMember "${url}"`),
    '</Proxy>',
    'ProxyPass "/" "balancer://c/"',
    ...extra,
  ];
}

async function start(lines: readonly string[]): Promise<PenstockUp> {
  const up = await penstockUp(lines);
  running.push(up);
  return up;
}

async function servedBy(up: PenstockUp, requests: number): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < requests; i++) {
    names.push(headerValue((await fetchOnce(up.port, '/x')).headers, 'x-worker') ?? 'nobody');
  }
  return names.sort();
}

/** Applies another configuration on the same listener and waits until it is served. */
async function apply(up: PenstockUp, lines: readonly string[], ...flags: string[]) {
  const file = join(up.folder, 'next.conf');
  writeFileSync(file, [`Listen 127.0.0.1:${up.port}`, 'ServerName proxy.example.test', ...lines].join('\n'));
  return up.command('apply', '-f', file, ...flags);
}

async function revisions(up: PenstockUp): Promise<number> {
  const { output } = await up.command('history', '--json');
  return (JSON.parse(output) as { commits: unknown[] }).commits.length;
}

describe('penstock up', () => {
  test('stops on SIGTERM: accepts nothing new, finishes what is in flight, and exits with 0', async () => {
    const [backend] = await backendPair();
    const up = await start(config([backend]));
    await backend.set('hold');
    const client = await RawClient.connect(up.port);
    await client.send(requestHead('GET', '/held'));
    const [held] = await eventually('a held request', () => (backend.held.length > 0 ? backend.held : undefined));
    up.program.child.kill('SIGTERM');
    await eventually('no listener', async () => !(await connects(up.port)) || undefined);
    if (held !== undefined) backend.release(held);
    const response = await within('the answer in flight', client.response());
    expect(response?.status).toBe(200);
    expect(response?.complete).toBe(true);
    expect(await within('the exit', up.program.exited)).toBe(0);
    client.destroy();
  });

  test('takes changes while it runs, shows them, and goes back', async () => {
    const [first, second] = await backendPair();
    const up = await start(config([first]));
    expect(await servedBy(up, 4)).toEqual(['W1', 'W1', 'W1', 'W1']);
    const applied = await apply(up, config([first, second]), '--wait', '-m', 'a second worker');
    expect(applied.code, applied.output).toBe(0);
    expect(await servedBy(up, 4)).toEqual(['W1', 'W1', 'W2', 'W2']);
    expect((await up.command('show')).output).toContain(second.url);
    expect((await up.command('history')).output).toContain('a second worker');
    expect((await up.command('rollback', '1')).code).toBe(0);
    await eventually('the way back', async () => !(await servedBy(up, 4)).includes('W2') || undefined);
  });

  test('drains a worker on request, and takes it back', async () => {
    const [first, second] = await backendPair();
    const up = await start(config([first, second]));
    expect(await servedBy(up, 4)).toEqual(['W1', 'W1', 'W2', 'W2']);
    const set = await up.command('set', 'c', first.url, 'status=+N', '--reason', 'new disk');
    expect(set.code, set.output).toBe(0);
    await eventually('W1 drained', async () => !(await servedBy(up, 4)).includes('W1') || undefined);
    const cleared = await up.command('set', 'c', first.url, '--clear');
    expect(cleared.code, cleared.output).toBe(0);
    await eventually('W1 back', async () => (await servedBy(up, 4)).includes('W1') || undefined);
  });

  test('started again on its data, commits only a real change', async () => {
    const [first, second] = await backendPair();
    const one = await penstockUp(config([first]));
    expect(await one.leave()).toBe(0);
    // The listener's port is another one each time: a real change.
    const two = await penstockUp(config([first]), { folder: one.folder });
    running.push(two);
    expect(await revisions(two)).toBe(2);
    const same = await apply(two, config([first]));
    expect(same.code, same.output).toBe(0);
    expect(await revisions(two)).toBe(2);
    await apply(two, config([first, second]), '--dry-run');
    expect(await revisions(two)).toBe(2);
    expect(await servedBy(two, 2)).toEqual(['W1', 'W1']);
  });

  test('refuses a configuration with ten mistakes, names them all, and changes nothing', async () => {
    const [backend] = await backendPair();
    const up = await start(config([backend]));
    const mistakes = [
      'ProxyPas "/a" "http://127.0.0.1:1/"',
      'ProxyPass "/b" "htp://127.0.0.1:1/"',
      'ProxyPass "/c"',
      'ProxyTimeout soon',
      'KeepAlive maybe',
      '<Proxy "balancer://d">',
      '  BalancerMember "http://127.0.0.1:1" loadfactor=1000',
      '  BalancerMember "http://127.0.0.1:2" loadfacto=2',
      '  BalancerMember "http://127.0.0.1:3" status=+Q',
      '  ProxySet lbmethod=byrequest',
      '  ProxySet nofailover=perhaps',
      '</Proxy>',
    ];
    const refused = await apply(up, [...config([backend]), ...mistakes]);
    expect(refused.code).toBe(1);
    // Lines of the file: two before the lines above, and the configuration itself.
    const offset = 2 + config([backend]).length;
    const wrong = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11].map((line) => line + offset);
    const named = [...refused.output.matchAll(/next\.conf:(\d+):\d+: error/g)].map(([, line]) => Number(line));
    expect(named, refused.output).toEqual(wrong);
    expect(refused.output).toContain('did you mean ProxyPass');
    expect(refused.output).toContain('did you mean loadfactor');
    expect(refused.output).toContain('did you mean byrequests');
    expect(await revisions(up)).toBe(1);
    expect(await servedBy(up, 2)).toEqual(['W1', 'W1']);
  });
});
