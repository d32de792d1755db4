import { createServer, type Server } from 'node:http';
import type { Definition } from '#shared/definition/definition.ts';
import { parseWorkerUrl } from '#shared/definition/worker-url.ts';
import { isLoopback } from '../address.ts';
import { OperatingError } from '../operating-error.ts';

/** A backend of the demo; `stop` closes its port as a crash would. */
export type DemoBackend = {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  isRunning(): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type Demo = {
  readonly backends: readonly DemoBackend[];
  /** `POST <controlUrl>/NAME/stop` and `/start`, from any terminal. */
  readonly controlUrl: string;
  stop(): Promise<void>;
};

/** Where the control is, unless something else listens there. */
const CONTROL_PORT = 7401;

/**
 * Starts one small web server for every member of a balancer with a loopback address, each answering with its name, and a
 * control by which they can be stopped and started.
 *
 * @throws OperatingError `in-use` when a port is taken
 */
export async function startDemo(definition: Definition): Promise<Demo> {
  const backends = membersOf(definition).map(({ host, port }, i) => demoBackend(`backend-${i + 1}`, host, port));
  const stopAll = async () => {
    await Promise.all(backends.map((backend) => backend.stop()));
  };
  try {
    for (const backend of backends) await backend.start();
    const control = controlServer(backends);
    const controlPort = await listen(control, '127.0.0.1', CONTROL_PORT).catch(() => listen(control, '127.0.0.1', 0));
    return {
      backends,
      controlUrl: `http://127.0.0.1:${controlPort}`,
      async stop() {
        await close(control);
        await stopAll();
      },
    };
  } catch (err) {
    await stopAll();
    throw err;
  }
}

function membersOf({ balancers }: Definition): readonly { readonly host: string; readonly port: number }[] {
  const addresses = new Map<string, { readonly host: string; readonly port: number }>();
  for (const { url } of balancers.flatMap(({ members }) => members)) {
    const parsed = parseWorkerUrl(url);
    if (parsed !== undefined && isLoopback(parsed.host)) addresses.set(`${parsed.host} ${parsed.port}`, parsed);
  }
  return [...addresses.values()];
}

/** A small web server that answers with its name; not started yet. */
export function demoBackend(name: string, host: string, port: number): DemoBackend {
  let server: Server | undefined;
  return {
    name,
    host,
    port,
    isRunning: () => server !== undefined,
    async start() {
      if (server !== undefined) return;
      const starting = createServer((request, response) => {
        request.resume();
        response.setHeader('content-type', 'text/plain; charset=utf-8');
        response.setHeader('x-backend', name);
        response.end(`${name} on port ${port} answers ${request.method} ${request.url}\n`);
      });
      try {
        await listen(starting, host, port);
      } catch (err) {
        const reason =
          (err as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is in use by another process' : String(err);
        throw new OperatingError('in-use', `backend ${name} needs port ${port} of ${host}, which ${reason}`, {
          cause: err,
        });
      }
      server = starting;
    },
    async stop() {
      const stopping = server;
      server = undefined;
      if (stopping !== undefined) await close(stopping);
    },
  };
}

function controlServer(backends: readonly DemoBackend[]): Server {
  const list = () =>
    backends.map((one) => `${one.name} on port ${one.port}: ${one.isRunning() ? 'runs' : 'is stopped'}\n`).join('');
  return createServer(async (request, response) => {
    request.resume();
    const [, name = '', act = ''] = (request.url ?? '').split('/');
    const backend = backends.find((one) => one.name === name || String(one.port) === name);
    const answer = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
    };
    const host = request.headers.host?.replace(/:\d+$/, '') ?? '';
    if (!isLoopback(host)) return answer(403, 'call it by its address, 127.0.0.1\n');
    if (request.method === 'GET' && name === '') return answer(200, list());
    if (request.method !== 'POST' || backend === undefined || (act !== 'stop' && act !== 'start')) {
      return answer(404, 'POST /NAME/stop or /NAME/start; GET / lists the backends\n');
    }
    try {
      await backend[act]();
      answer(200, list());
    } catch (err) {
      answer(500, `${err instanceof Error ? err.message : err}\n`);
    }
  });
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Connections as well: a stopped backend answers nothing any more. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
