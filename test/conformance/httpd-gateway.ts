import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RawClient, requestHead } from '#test/support/client.ts';
import type { Program } from '#test/support/program.ts';
import { accepting, programOf, startProgram } from '#test/support/program.ts';
import { eventually } from '#test/support/wait.ts';
import type { Gateway } from './bed.ts';
import { SERVER_NAME } from './bed.ts';
import type { MemberState, Step } from './vector.ts';

const MODULES = [
  ...['mpm_event', 'authz_core', 'mime', 'dir', 'alias', 'env', 'setenvif', 'headers', 'rewrite', 'reqtimeout'],
  ...['slotmem_shm', 'proxy', 'proxy_http', 'proxy_wstunnel', 'proxy_balancer', 'proxy_hcheck'],
  ...['lbmethod_byrequests', 'lbmethod_bytraffic', 'lbmethod_bybusyness'],
];

/** Starts Debian's apache2 as the recordings were made: one process of 25 threads, its manager at /balancer-manager. */
export async function startHttpd(config: readonly string[], port: number): Promise<Gateway> {
  const apache2 = programOf('apache2', 'apache2');
  const folder = mkdtempSync(join(tmpdir(), 'penstock-httpd-'));
  // httpd's processes run as another user and read the local files.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'docs/local'), { recursive: true });
  mkdirSync(join(folder, 'docs/images'));
  writeFileSync(join(folder, 'docs/index.html'), 'local index');
  writeFileSync(join(folder, 'docs/local/file.txt'), 'local file');
  writeFileSync(join(folder, 'docs/images/local.txt'), 'local image');
  const log = join(folder, 'error.log');
  const file = join(folder, 'httpd.conf');
  writeFileSync(file, [...preamble(folder, log), ...config].join('\n'));

  const start = async (): Promise<Program> => {
    const program = startProgram(apache2, ['-f', file, '-DFOREGROUND']);
    try {
      await accepting(program, port);
    } catch (err) {
      throw new Error(`${(err as Error).message}\n${readFileSync(log, 'utf8')}`);
    }
    return program;
  };
  let program = await start();
  let mark = 0;

  return {
    port,
    async state() {
      const { body } = await get(port, '/balancer-manager?xml=1');
      return readState(body);
    },
    async markAttempts() {
      mark = readFileSync(log).length;
    },
    async attempts() {
      const text = readFileSync(log).subarray(mark).toString();
      const urls = [...text.matchAll(/AH01172: [^ ]+: worker \(([^)]+)\) rewritten/g)].map(([, url]) => url ?? '');
      return { urls, ordered: true };
    },
    manage: (step, params) => manage(port, step, params),
    async restart(graceful) {
      if (graceful) {
        const generation = readFileSync(log, 'utf8').split('resuming normal operations').length;
        program.child.kill('SIGUSR1');
        await eventually(
          'the next generation',
          () => readFileSync(log, 'utf8').split('resuming normal operations').length > generation,
        );
      } else {
        await program.stop();
        program = await start();
      }
    },
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function preamble(folder: string, log: string): string[] {
  return [
    `ServerRoot "${folder}"`,
    `PidFile "${folder}/httpd.pid"`,
    `DefaultRuntimeDir "${folder}"`,
    `ErrorLog "${log}"`,
    'LogLevel warn proxy_balancer:debug mpm_event:notice',
    ...MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    'StartServers 1',
    'ServerLimit 1',
    'ThreadsPerChild 25',
    'ThreadLimit 25',
    'MaxRequestWorkers 25',
    `DocumentRoot "${folder}/docs"`,
    '<Directory "/">',
    '  AllowOverride None',
    '</Directory>',
    'TypesConfig /etc/mime.types',
    'DirectoryIndex index.html',
    '<Location "/balancer-manager">',
    '  SetHandler balancer-manager',
    '</Location>',
  ];
}

const REFERER: readonly [string, string] = ['Referer', `http://${SERVER_NAME}/balancer-manager`];

async function get(port: number, path: string): Promise<{ status: number; body: string }> {
  const client = await RawClient.connect(port);
  const response = await client.get(path, [REFERER, ['Connection', 'close']]);
  client.destroy();
  return { status: response.status, body: response.body.toString() };
}

/** A form as the manager's own pages send it: values are encoded twice. */
async function manage(port: number, step: Step, params: Readonly<Record<string, string>>): Promise<number> {
  const { body } = await get(port, '/balancer-manager?xml=1');
  const found = new RegExp(`<httpd:name>balancer://${params.b}</httpd:name>\\s*<httpd:nonce>([^<]+)`).exec(body)?.[1];
  const nonce = step.nonce === undefined ? found : step.nonce;
  const fields = { ...params, ...(nonce === null || nonce === undefined ? {} : { nonce }) };
  const form = Object.entries(fields)
    .map(([key, value]) => `${key}=${encodeURIComponent(encodeURIComponent(value))}`)
    .join('&');
  const headers: [string, string][] = [['Connection', 'close']];
  if (step.referer === undefined) headers.push([...REFERER]);
  else if (step.referer !== null) headers.push(['Referer', step.referer]);
  const client = await RawClient.connect(port);
  if (step.method === 'GET') {
    const response = await client.get(`/balancer-manager?${form}`, headers);
    client.destroy();
    return response.status;
  }
  headers.push(['Content-Type', 'application/x-www-form-urlencoded'], ['Content-Length', String(form.length)]);
  const response = await client.exchange(`${requestHead('POST', '/balancer-manager', headers)}${form}`);
  client.destroy();
  return response.status;
}

/** Members in the manager's XML. */
function readState(xml: string): Map<string, MemberState> {
  const rows = new Map<string, MemberState>();
  for (const [, worker = ''] of xml.matchAll(/<httpd:worker>([\s\S]*?)<\/httpd:worker>/g)) {
    const field = (name: string) => new RegExp(`<httpd:${name}>([^<]*)</httpd:${name}>`).exec(worker)?.[1] ?? '';
    const route = field('route');
    rows.set(field('name'), {
      status: field('status').trim(),
      loadfactor: Number(field('loadfactor')),
      lbstatus: Number(field('lbstatus')),
      lbset: Number(field('lbset')),
      elected: Number(field('elected')),
      busy: Number(field('busy')),
      transferred: Number(field('transferred')),
      read: Number(field('read')),
      retries: Number(field('retries')),
      ...(route === '' ? {} : { route }),
    });
  }
  return rows;
}
