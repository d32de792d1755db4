import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StatusAddress } from '../config.ts';
import { runInSlices } from '../run-in-slices.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';
import { type StatusView, statusJson } from './status-view.ts';

export type StatusPages = {
  /** Why the node is not to be sent requests; undefined: it is. Asked for every few seconds: no work. */
  readonly unready: () => string | undefined;
  readonly view: () => StatusView;
};

export type StatusServer = { readonly url: string; close(): Promise<void> };

type Page = { readonly status: number; readonly type: string; readonly text: string };

/** Requests kept waiting or in progress at most; who looks at a node is a load balancer and a person. */
const MAX_CONNECTIONS = 64;

/**
 * Serves what a node says of itself: `/livez`, `/readyz` (a configuration is served, and it is not stopping), `/status` (JSON),
 * `/metrics` (Prometheus). Reads only.
 *
 * @throws Error naming the address if it cannot be listened on
 */
export async function startStatusServer({ host, port }: StatusAddress, pages: StatusPages): Promise<StatusServer> {
  // Not imported: that would load an HTTP client with it, at the start of each node.
  const { createServer } = process.getBuiltinModule('node:http');
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    void pageFor(request.method ?? '', request.url ?? '', pages)
      .catch((err: Error): Page => ({ status: 500, type: TEXT, text: `${err.message}\n` }))
      .then(({ status, type, text }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : text);
      });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const TEXT = 'text/plain; charset=utf-8';

async function pageFor(method: string, url: string, { unready, view }: StatusPages): Promise<Page> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: TEXT, text: 'want GET\n' };
  switch (url.split('?')[0]) {
    case '/livez':
      return { status: 200, type: TEXT, text: 'live\n' };
    case '/readyz': {
      const problem = unready();
      return problem === undefined
        ? { status: 200, type: TEXT, text: 'ready\n' }
        : { status: 503, type: TEXT, text: `${problem}\n` };
    }
    case '/status':
      return { status: 200, type: 'application/json; charset=utf-8', text: await runInSlices(statusJson(view())) };
    case '/metrics':
      return { status: 200, type: METRICS_TYPE, text: await runInSlices(metricsText(view())) };
    default:
      return { status: 404, type: TEXT, text: 'want /livez, /readyz, /status or /metrics\n' };
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (err: NodeJS.ErrnoException) =>
      reject(new Error(`status address ${host}:${port} cannot be listened on: ${reasonOf(err)}`, { cause: err })),
    );
    server.listen({ host, port }, resolve);
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there',
    EADDRNOTAVAIL: 'this machine has no such address',
    EACCES: 'this user may not listen there',
  };
  return reasons[code ?? ''] ?? message;
}
