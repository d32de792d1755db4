import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { penstockUp } from '#test/support/penstock-up.ts';
import { freePort } from '#test/support/ports.ts';
import type { Program } from '#test/support/program.ts';
import { accepting, programOf, startProgram } from '#test/support/program.ts';

/** A gateway being measured: everything it gets goes to one backend over kept connections, nothing is logged. */
export type BenchGateway = {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<unknown>;
};

export type GatewayName = 'penstock' | 'httpd' | 'nginx' | 'haproxy' | 'caddy';

/**
 * Starts a gateway with as many workers as Penstock has threads. All forward the client's address and host, as Penstock
 * and httpd do by default.
 *
 * @param backend HOST:PORT
 */
export async function startGateway(name: GatewayName, backend: string, threads: number): Promise<BenchGateway> {
  switch (name) {
    case 'penstock':
      return startPenstockGateway(backend, threads, []);
    case 'httpd':
      return startHttpd(backend, threads);
    case 'nginx':
      return startNginx(backend, threads);
    case 'haproxy':
      return startHaproxy(backend, threads);
    case 'caddy':
      return startCaddy(backend, threads);
  }
}

/** @param nodeFlags for the profile: flags of the Node process */
export async function startPenstockGateway(
  backend: string,
  threads: number,
  nodeFlags: readonly string[],
): Promise<BenchGateway> {
  const config = [
    'MaxKeepAliveRequests 0',
    '<Proxy "balancer://bench">',
    `  BalancerMember "http://${backend}"`,
    '</Proxy>',
    'ProxyPass "/" "balancer://bench/"',
  ];
  const up = await penstockUp(config, { threads, nodeFlags });
  return { name: 'penstock', version: `Node ${process.version}`, port: up.port, pid: up.program.pid, stop: up.stop };
}

async function startHttpd(backend: string, threads: number): Promise<BenchGateway> {
  const path = programOf('apache2', 'apache2');
  const modules = [
    'mpm_event',
    'authz_core',
    'slotmem_shm',
    'proxy',
    'proxy_http',
    'proxy_balancer',
    'lbmethod_byrequests',
  ];
  const { folder, port, file } = await workplace('httpd.conf');
  writeFileSync(
    file,
    [
      `ServerRoot "${folder}"`,
      `PidFile "${folder}/httpd.pid"`,
      `DefaultRuntimeDir "${folder}"`,
      'ErrorLog /dev/null',
      ...modules.map((module) => `LoadModule ${module}_module /usr/lib/apache2/modules/mod_${module}.so`),
      ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
      `StartServers ${threads}`,
      `ServerLimit ${threads}`,
      'ThreadsPerChild 192',
      'ThreadLimit 192',
      `MaxRequestWorkers ${threads * 192}`,
      `Listen 127.0.0.1:${port}`,
      'ServerName proxy.example.test',
      'KeepAlive On',
      'MaxKeepAliveRequests 0',
      '<Proxy "balancer://bench">',
      `  BalancerMember "http://${backend}"`,
      '</Proxy>',
      'ProxyPass "/" "balancer://bench/"',
    ].join('\n'),
  );
  const version = versionOf(path, ['-v'], /Apache\/[\d.]+/);
  return started('httpd', version, port, folder, startProgram(path, ['-f', file, '-DFOREGROUND']));
}

async function startNginx(backend: string, threads: number): Promise<BenchGateway> {
  const path = programOf('nginx', 'nginx-light');
  const { folder, port, file } = await workplace('nginx.conf');
  writeFileSync(
    file,
    nginxConf(
      folder,
      threads,
      `
  upstream bench { server ${backend}; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} reuseport;
    server_name proxy.example.test;
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Server $server_name;
    }
  }`,
    ),
  );
  const version = versionOf(path, ['-v'], /nginx\/[\d.]+/);
  return started('nginx', version, port, folder, startProgram(path, ['-c', file, '-p', folder, '-g', 'daemon off;']));
}

/** The backend all are measured with: nginx answering from memory and from the page cache. */
export async function startBenchBackend(): Promise<{ hostport: string; version: string; stop(): Promise<unknown> }> {
  const path = programOf('nginx', 'nginx-light');
  const { folder, port, file } = await workplace('nginx.conf');
  mkdirSync(join(folder, 'docs'));
  writeFileSync(join(folder, 'docs/100k'), 'x'.repeat(100 * 1024));
  writeFileSync(
    file,
    nginxConf(
      folder,
      1,
      `
  open_file_cache max=16;
  sendfile on;
  client_body_buffer_size 64k;
  server {
    listen 127.0.0.1:${port} reuseport;
    default_type text/plain;
    location = /1k { return 200 "${'x'.repeat(1024)}"; }
    location = /100k { root ${folder}/docs; }
  }`,
    ),
  );
  const program = startProgram(path, ['-c', file, '-p', folder, '-g', 'daemon off;']);
  const version = versionOf(path, ['-v'], /nginx\/[\d.]+/);
  const gateway = await started('backend', version, port, folder, program);
  return { hostport: `127.0.0.1:${port}`, version, stop: gateway.stop };
}

function nginxConf(folder: string, workers: number, http: string): string {
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes ${workers};
pid ${folder}/nginx.pid;
error_log /dev/null crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
${http}
}
`;
}

async function startHaproxy(backend: string, threads: number): Promise<BenchGateway> {
  const path = programOf('haproxy', 'haproxy');
  const { folder, port, file } = await workplace('haproxy.cfg');
  writeFileSync(
    file,
    `
global
  nbthread ${threads}
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend front
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Server proxy.example.test
  default_backend bench
backend bench
  server w1 ${backend}
`,
  );
  const version = versionOf(path, ['-v'], /version [\d.]+/).replace('version ', 'HAProxy/');
  return started('haproxy', version, port, folder, startProgram(path, ['-db', '-f', file]));
}

async function startCaddy(backend: string, threads: number): Promise<BenchGateway> {
  const path = programOf('caddy', 'caddy');
  const { folder, port, file } = await workplace('Caddyfile');
  writeFileSync(
    file,
    `
{
  admin off
  auto_https off
  storage file_system ${folder}
  log default {
    output discard
  }
}
http://127.0.0.1:${port} {
  reverse_proxy ${backend} {
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
}
`,
  );
  const env = {
    ...process.env,
    GOMAXPROCS: String(threads),
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_HOME: folder,
  };
  const program = startProgram(path, ['run', '--config', file, '--adapter', 'caddyfile'], { env });
  return started('caddy', `Caddy/${versionOf(path, ['version'], /[\d.]+/)}`, port, folder, program);
}

async function workplace(name: string): Promise<{ folder: string; port: number; file: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-bench-'));
  chmodSync(folder, 0o755);
  return { folder, port: await freePort(), file: join(folder, name) };
}

async function started(
  name: string,
  version: string,
  port: number,
  folder: string,
  program: Program,
): Promise<BenchGateway> {
  await accepting(program, port);
  return {
    name,
    version,
    port,
    pid: program.pid,
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function versionOf(path: string, args: readonly string[], pattern: RegExp): string {
  const output = execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1', path, ...args], { encoding: 'utf8' });
  return pattern.exec(output)?.[0] ?? 'unknown version';
}
