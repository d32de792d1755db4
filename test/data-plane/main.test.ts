import { createServer, Agent as HttpAgent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Definition } from '#shared/definition/definition.ts';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { createInProcessBus, type InProcessBus } from '#shared/in-process-bus.ts';
import { type RunningNode, startNode } from '../../data-plane/main.ts';
import { fleetHistory, publish } from '../support/fleet-history.ts';
import { eventually } from '../support/wait.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe('a node with its real proxy threads', () => {
  const backend = createServer((incoming, response) => response.end(`you asked for ${incoming.url}`));
  let backendUrl: string;
  let bus: InProcessBus;
  let node: RunningNode;
  let history: ReturnType<typeof fleetHistory>;

  beforeEach(async () => {
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    backendUrl = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    bus = createInProcessBus();
    history = fleetHistory('f');
    node = await startNode({ fleet: 'f', name: 'n', bus, threads: 2, log: silent, gracefulTimeoutMs: 5000 });
  });

  afterEach(async () => {
    await node.stop();
    await bus.close();
    backend.closeAllConnections();
    await new Promise((resolve) => backend.close(resolve));
  });

  async function apply(revision: number, definition: Definition): Promise<void> {
    await publish(bus, history.next({ revision, definition }), 'f');
    await node.serving(revision);
  }

  /** Everything below `path` to one balancer; port 0, so that the node finds one. */
  function definition(path: string): Definition {
    const route = { match: { kind: 'prefix', path }, target: { kind: 'balancer', name: 'app', path: '/' } } as const;
    return {
      ...EMPTY_DEFINITION,
      listeners: [{ address: '127.0.0.1', port: 0 }],
      mainServer: { ...EMPTY_DEFINITION.mainServer, routes: [route] },
      balancers: [{ name: 'app', parameters: {}, members: [{ url: backendUrl, parameters: {} }] }],
    };
  }

  it('serves a configuration, counts exactly, and swaps to the next on the same port', async () => {
    await apply(1, definition('/one/'));
    const [listener] = node.listeners();
    expect(listener).toMatchObject({ address: '127.0.0.1', configuredPort: 0 });
    const port = listener?.port ?? 0;
    for (let i = 0; i < 20; i++) expect(await get(port, `/one/${i}`)).toEqual([200, `you asked for /${i}`]);
    await eventually('counters', () => node.workers()[0]?.responses === 20n);
    expect(node.workers()).toMatchObject([
      { balancer: 'app', url: backendUrl, requests: 20n, errors: 0n, elected: 20n },
    ]);

    await apply(2, definition('/two/'));
    expect(node.listeners()).toEqual([listener]);
    expect((await get(port, '/one/1'))[0]).toBe(404);
    expect(await get(port, '/two/1')).toEqual([200, 'you asked for /1']);
    await eventually('counters', () => node.workers()[0]?.responses === 21n && node.workers()[0]?.busy === 0);
  });

  it('is gone from its port when it has stopped', async () => {
    await apply(1, definition('/'));
    const port = node.listeners()[0]?.port ?? 0;
    expect(await node.stop()).toEqual({ unfinished: 0 });
    await expect(get(port, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

/** One request on a connection of its own. */
function get(port: number, path: string): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const agent = new HttpAgent({ keepAlive: false });
    const outgoing = request({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve([response.statusCode, body]));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
