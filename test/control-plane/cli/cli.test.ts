import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { encodeAck, encodeReport } from '#shared/codec/node-codec.ts';
import { reportOf, routeRow, workerRow } from '#test/support/reports.ts';
import { freePort, listenOnFreePort } from '../../support/ports.ts';
import { type ControlPlaneFixture, controlPlaneFixture } from '../support/control-plane.ts';
import { CLI, runPenstock } from '../support/run-cli.ts';

const GATEWAY = `Listen 127.0.0.1:8080
<Proxy "balancer://shop">
  BalancerMember "http://10.0.0.11:8080"
  BalancerMember "http://10.0.0.12:8080" loadfactor=3 timeout=1
</Proxy>
ProxyPass "/" "balancer://shop/"
`;

const TEN_MISTAKES = `Lisen 8080
Listen 127.0.0.1:99999
<Proxy "balancer://shop">
  BalancerMember "http://10.0.0.11:8080" loadfacter=3
  BalancerMember "http://10.0.0.12:8080" loadfactor=0
  BalancerMember "http://10.0.0.13:8080" status=+Q
  BalancerMember "ajp://10.0.0.14:8009"
  ProxySet lbmethod=byrequest
</Proxy>
ProxyPas "/" "balancer://shop/"
ProxyTimeout soon
SSLEngine on
`;

/** Waits for other processes, which may be slow to start. */
const eventuallyHolds = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

describe('the command line by itself', () => {
  test.each([
    [[]],
    [['nothing']],
    [['apply']],
    [['apply', '-f', 'gateway.conf', '--expect', 'latest']],
    [['diff']],
    [['diff', 'one']],
    [['rollback', '1', '2']],
    [['rollback', '0']],
    [['history', '--before', '0']],
    [['set', 'shop', '10.0.0.11']],
    [['set', 'shop', '10.0.0.11', 'status']],
    [['set', 'shop', '10.0.0.11', 'lbset=1', '--for', 'long']],
    [['set', 'shop', '10.0.0.11', 'lbset=1', '--clear']],
    [['show', '--format', 'yaml']],
    [['workers', '--colour']],
    [['up', '--threads', '0']],
    [['up', '--demo', '--node-name', 'two words']],
    [['up', '--admin', 'nowhere']],
    [['up', '--admin', '0.0.0.0:7400']],
  ])('exits with 2 on the wrong call %j and says how it is meant', async (args) => {
    const { code, out, err } = await runPenstock(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
    expect(err).not.toMatch(/^ {4}at /m);
  });

  test.each([[['--help']], [['--version']], [['set', '--help']]])('exits with 0 on %j', async (args) => {
    const { code, out, err } = await runPenstock(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toBe('');
  });

  test('is executable under the name that package.json gives it', () => {
    const root = new URL('../../../', import.meta.url);
    const { bin } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    const program = new URL(bin.penstock, root);
    expect(readFileSync(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(program).mode & 0o111).toBe(0o111);
  });
});

describe('the command line', () => {
  let dir: string;
  let plane: ControlPlaneFixture;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'penstock-cli-'));
    writeFileSync(join(dir, 'gateway.conf'), GATEWAY);
    writeFileSync(join(dir, 'more.conf'), GATEWAY.replace('loadfactor=3', 'loadfactor=5'));
    writeFileSync(join(dir, 'wrong.conf'), TEN_MISTAKES);
  });

  afterAll(() => rmSync(dir, { recursive: true }));

  const run = (...args: string[]) => runPenstock(args, { cwd: dir, env: { PENSTOCK_SERVER: plane.plane.url } });

  const json = async (...args: string[]) => {
    const { code, out, err } = await run(...args, '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out);
  };

  beforeEach(async () => {
    plane = await controlPlaneFixture();
  });

  afterEach(() => plane.dispose());

  test('reports all ten mistakes of a file with line and suggestion, and changes nothing', async () => {
    for (const command of ['validate', 'apply']) {
      const { code, out, err } = await run(command, '-f', 'wrong.conf');
      expect({ code, out }).toEqual({ code: 1, out: '' });
      const lines = err.split('\n').filter((line) => line.includes(': error: '));
      expect(lines.map((line) => /^wrong\.conf:(\d+):\d+: error: /.exec(line)?.[1])).toEqual([
        '1',
        '2',
        '4',
        '5',
        '6',
        '7',
        '8',
        '10',
        '11',
        '12',
      ]);
      expect(err).toContain('did you mean Listen?');
      expect(err).toContain('did you mean ProxyPass?');
      expect(err).toContain('did you mean loadfactor?');
      expect(err).toContain('did you mean byrequests?');
    }
    expect((await plane.call('GET', '/v1/history')).body.commits).toEqual([]);
  });

  test('validates without a control plane, as text and as JSON', async () => {
    const { code, out } = await runPenstock(['validate', '-f', 'gateway.conf'], { cwd: dir });
    expect({ code, out }).toEqual({
      code: 0,
      out: 'gateway.conf is valid: 1 listener, 0 virtual hosts, 1 route, 1 balancer, 2 workers\n',
    });
    expect(await json('validate', '-f', 'gateway.conf')).toEqual({
      valid: true,
      diagnostics: [],
      warnings: [],
      ignored: [],
    });
    const wrong = await run('validate', '-f', 'wrong.conf', '--json');
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out)).toMatchObject({
      valid: false,
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ file: 'wrong.conf', line: 1, suggestion: 'Listen' }),
      ]),
    });
    expect((await run('validate', '-f', 'missing.conf')).err).toContain('missing.conf');
  });

  test('reads included files, by pattern and relative to the including file, and defines', async () => {
    writeFileSync(join(dir, 'site-b.conf'), 'ProxyPass "/b" "http://10.0.0.2/"\n');
    writeFileSync(join(dir, 'site-a.conf'), 'ProxyPass "/a" "http://10.0.0.1/"\n');
    writeFileSync(join(dir, 'main.conf'), 'Listen 127.0.0.1:${PORT}\nInclude site-[ab].conf\n');
    const { code, out } = await run('validate', '-f', 'main.conf', '-D', 'PORT=8081');
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('2 routes') });
  });

  test('applies, shows, compares, rolls back and lists what happened', async () => {
    const applied = await run('apply', '-f', 'gateway.conf', '-m', 'begin');
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(applied.out).toContain('revision 1 committed');
    const planned = await run('apply', '-f', 'more.conf', '--dry-run');
    expect(planned.out).toContain('would be committed after revision 1');
    expect(planned.out).toContain('worker http://10.0.0.12:8080: loadfactor 3 -> 5');
    expect((await run('apply', '-f', 'gateway.conf')).out).toBe('nothing to change: revision 1 is so already\n');
    expect((await run('apply', '-f', 'more.conf', '--expect', '7')).code).toBe(1);
    expect(await json('apply', '-f', 'more.conf', '--expect', '1')).toMatchObject({
      outcome: 'committed',
      revision: 2,
    });

    expect((await run('show')).out).toContain('loadfactor=5');
    expect((await run('show', '--at', '1')).out).toContain('loadfactor=3');
    const shown = (await run('show', '--format', 'json', '--at', '1')).out;
    expect(JSON.parse(shown)).toMatchObject({ revision: 1, definition: { balancers: [{ name: 'shop' }] } });
    expect((await run('show', '--at', '9')).err).toBe('refused: there is no revision 9; the newest is 2\n');

    const diff = await run('diff', '1');
    expect(diff.out).toContain('loadfactor 3 -> 5');
    expect(diff.out).toMatch(/^\+.*loadfactor=5/m);
    expect((await run('diff', '1', '1')).out).toBe('revisions 1 and 1 are equal\n');
    expect((await run('diff', '1', '--unified')).out).toMatch(/^--- revision 1\n\+\+\+ revision 2\n@@/);

    expect((await run('rollback', '1')).out).toContain('revision 3 committed');
    expect((await run('show')).out).toContain('loadfactor=3');
    const history = await json('history');
    expect(history.commits).toMatchObject([
      { revision: 3, command: 'rollback', restores: 1 },
      { revision: 2, message: 'Apply more.conf' },
      { revision: 1, message: 'begin', actor: expect.stringContaining('@') },
    ]);
    expect((await run('history', '--limit', '1')).out).toContain('penstock history --before 3');
  });

  test('prints what it shows so that it reads back as the same configuration', async () => {
    await run('apply', '-f', 'gateway.conf');
    writeFileSync(join(dir, 'printed.conf'), (await run('show')).out);
    expect((await run('apply', '-f', 'printed.conf')).out).toContain('nothing to change');
  });

  test('sets, shows and clears overrides', async () => {
    await run('apply', '-f', 'gateway.conf');
    const set = await run(
      'set',
      'shop',
      '10.0.0.12:8080',
      'status=+N-H',
      'loadfactor=9',
      '--reason',
      'kernel',
      '--for',
      '10m',
    );
    expect(set).toMatchObject({ code: 0, out: expect.stringContaining('added (status=+N-H loadfactor=9)') });
    const { workers } = await json('workers');
    expect(workers[1]).toMatchObject({ url: 'http://10.0.0.12:8080', loadfactor: 9, override: { reason: 'kernel' } });
    const text = (await run('workers')).out;
    expect(text).toMatch(/^BALANCER +WORKER +SET +FACTOR/);
    expect(text).toMatch(/shop http:\/\/10\.0\.0\.12:8080: status=\+N-H loadfactor=9 by .* until .*: kernel/);
    expect((await run('set', 'shop', '10.0.0.12:8080', '--clear')).code).toBe(0);
    expect((await run('set', 'shop', '10.0.0.12:8080', '--clear')).err).toContain('has no override');
    const wrong = await run('set', 'shpo', '10.0.0.12:8080', 'lbset=1');
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('did you mean shop?') });
  });

  test('waits for nodes: exits with 1 and the reasons when one rejects', async () => {
    await run('apply', '-f', 'gateway.conf');
    expect((await run('apply', '-f', 'gateway.conf', '--wait')).out).toContain('no node is live: nobody serves it yet');
    const ack = (revision: number, change: object) =>
      plane.bus.publish(
        subjects('default').ack('n1'),
        encodeAck({
          node: 'n1',
          bootId: '01890000-0000-4000-8000-000000000001',
          fleet: 'default',
          epoch: 0,
          revision,
          stateHash: '0'.repeat(64),
          phase: 'serving',
          applyMs: 3,
          errors: [],
          ...change,
        }),
      );
    await ack(1, {});
    await eventuallyHolds(async () =>
      expect((await json('nodes')).nodes).toMatchObject([{ name: 'n1', live: true, current: true }]),
    );
    expect((await run('nodes')).out).toMatch(/^n1 +live +1 +00000000 +serving 1 in 3 ms +never +0 +0 +0$/m);
    const waiting = run('apply', '-f', 'more.conf', '--wait', '30s');
    await eventuallyHolds(async () => expect((await plane.call('GET', '/v1/definition')).body.revision).toBe(2));
    await ack(2, { phase: 'rejected', errors: [{ object: 'listener *:80', code: 'listen', text: 'in use' }] });
    expect(await waiting).toMatchObject({
      code: 1,
      err: 'revision 2 is committed, but not served by n1:\n  n1: listener *:80: in use\n',
    });
    for (const [revision, ...command] of [
      [3, 'set', 'shop', '10.0.0.12:8080', 'status=+N'],
      [4, 'set', 'shop', '10.0.0.12:8080', '--clear'],
      [5, 'rollback', '1'],
    ] as const) {
      const serving = run(...command, '--wait');
      await eventuallyHolds(async () =>
        expect((await plane.call('GET', '/v1/definition')).body.revision).toBe(revision),
      );
      await ack(revision, {});
      expect(await serving).toMatchObject({ code: 0, out: expect.stringContaining('served by 1 node') });
    }
  });

  test('shows totals by worker, balancer, route and node, and of one worker all that is known', async () => {
    await run('apply', '-f', 'gateway.conf');
    const url = 'http://10.0.0.11:8080';
    const counts = { elected: 6n, requests: 5n, errors: 1n, bytesOut: 2_048n };
    for (const [node, status] of [
      ['n1', 0x1],
      ['n2', 0x81],
    ] as const) {
      const report = reportOf({
        node,
        fleet: 'default',
        labels: { zone: 'west' },
        workers: [workerRow({ balancer: 'shop', url, status, ...counts })],
        routes: [routeRow({ requests: 5n, responses: 4n })],
      });
      await plane.bus.publish(subjects('default').report(node), encodeReport(report));
    }
    await eventuallyHolds(async () => expect((await json('nodes')).nodes).toHaveLength(2));
    const all = (await run('workers')).out;
    expect(all).toMatch(/ +VERDICT$/m);
    expect(all).toMatch(/^shop +http:\/\/10\.0\.0\.11:8080 +0 +1 +Mixed +10 +2 +0 +0 +4\.0K +available$/m);
    expect(all).toContain('\n  http://10.0.0.11:8080: Init Ok on n1; Init Err on n2\n');
    const one = (await run('workers', '10.0.0.11:8080')).out;
    expect(one).not.toContain('10.0.0.12');
    expect(one).toMatch(/^ {2}verdict available$/m);
    expect(one).toMatch(/^ {2}policy majority: 0 nodes against it, /m);
    expect(one).toMatch(/^ {2}n1 +Init Ok +5 +1 +0 +0 +2\.0K$/m);
    expect((await run('workers', '-v')).out).toMatch(/^shop http:\/\/10\.0\.0\.12:8080$/m);
    expect((await json('workers', 'shop')).workers).toHaveLength(2);
    expect(await run('workers', 'nobody')).toMatchObject({
      code: 1,
      err: 'there is no worker or balancer "nobody"; penstock workers shows all\n',
    });
    expect((await run('balancers')).out).toMatch(/^shop +byrequests +2 +12 +10 +2 +0 +0 +4\.0K$/m);
    const routes = (await run('routes', '-v')).out;
    expect(routes).toMatch(/^main +ProxyPass \/ +balancer:\/\/shop\/ +10 +8 +0 +0 +0$/m);
    expect(routes).toMatch(/^ +on n2 +5 +4 +0 +0 +0$/m);
    expect((await run('nodes')).out).toMatch(/^n1 +live +nothing +\S+ ago +0 +5 +1 +1\.0\.0 +zone=west$/m);
  });

  test('says so when no control plane is there, or something else', async () => {
    const port = await freePort();
    const { code, err } = await runPenstock(['nodes', '--server', `http://127.0.0.1:${port}`]);
    expect(code).toBe(1);
    expect(err).toBe(
      `cannot reach the control plane at http://127.0.0.1:${port}: nobody listens there; is the control plane running?\n`,
    );
    expect((await runPenstock(['nodes', '--server', 'ftp://x'])).code).toBe(2);
    const stranger = createServer((_, response) => response.end('hello'));
    const server = `http://127.0.0.1:${await listenOnFreePort(stranger)}`;
    expect(await runPenstock(['nodes', '--server', server])).toEqual({
      code: 1,
      out: '',
      err: `${server} answered 200, but not as a Penstock control plane does; is --server right?\n`,
    });
    await new Promise((resolve) => stranger.close(resolve));
  });

  test('shows workers of a plain ProxyPass by what they belong to', async () => {
    const virtualHost = '<VirtualHost *:8080>\nServerName a.test\nProxyPass / http://10.0.0.22/\n</VirtualHost>\n';
    writeFileSync(join(dir, 'plain.conf'), `Listen 8080\nProxyPass / http://10.0.0.21/\n${virtualHost}`);
    await run('apply', '-f', 'plain.conf');
    const { out } = await run('workers');
    expect(out).toMatch(/^\(ProxyPass\) +http:\/\/10\.0\.0\.21\/ /m);
    expect(out).toMatch(/^\(ProxyPass of \*:8080\/a\.test\) +http:\/\/10\.0\.0\.22\/ /m);
    expect((await run('set', 'shop', '10.0.0.21', 'status=+D')).err).toBe(
      'refused: there is no balancer "shop"; the configuration has none\n',
    );
  });

  test('says a single mistake once', async () => {
    await run('apply', '-f', 'gateway.conf');
    const { code, err } = await run('set', 'shop', '10.0.0.12:8080', 'loadfactor=1000');
    expect({ code, err }).toEqual({ code: 1, err: 'refused: loadfactor=1000: loadfactor must be a number, 1..100\n' });
  });

  test('points to a comparison only of revisions that exist', async () => {
    await run('apply', '-f', 'gateway.conf');
    await run('apply', '-f', 'more.conf');
    expect((await run('apply', '-f', 'gateway.conf', '--expect', '1')).err).toContain('look at penstock diff 1 2');
    expect((await run('apply', '-f', 'gateway.conf', '--expect', '7')).err).toBe(
      'refused: revision 7 was expected, but the fleet is at 2\n',
    );
    expect((await run('show', '--at', '0')).out).toBe('');
  });

  test('ends quietly when nobody reads its output any more', async () => {
    const child = spawn(process.execPath, [CLI, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    await once(child, 'close');
    expect({ code: child.exitCode, err }).toEqual({ code: 0, err: '' });
  });
});

describe('the command line with a token', () => {
  test('takes it from the environment or a file', async () => {
    const token = 'correct-horse-battery';
    const plane = await controlPlaneFixture({ input: { env: { PENSTOCK_TOKEN: token } } });
    const dir = mkdtempSync(join(tmpdir(), 'penstock-cli-'));
    const file = join(dir, 'token');
    writeFileSync(file, `${token}\n`);
    const server = ['nodes', '--server', plane.plane.url];
    expect((await runPenstock(server)).err).toBe(
      'refused: the access token is wrong or missing; set PENSTOCK_TOKEN, or name its file with --token-file\n',
    );
    expect((await runPenstock(server, { env: { PENSTOCK_TOKEN: token } })).code).toBe(0);
    expect((await runPenstock([...server, '--token-file', file])).code).toBe(0);
    expect((await runPenstock([...server, '--token-file', join(dir, 'none')])).code).toBe(1);
    await plane.dispose();
    rmSync(dir, { recursive: true });
  });
});
