import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeReport } from '#shared/codec/node-codec.ts';
import { type NatsBus, natsBus } from '#shared/nats-bus/nats-bus.ts';
import type { Report } from '#shared/node-message.ts';
import type { Backend } from '#test/support/backend.ts';
import { closeBackends, startBackends } from '#test/support/backend.ts';
import { fetchOnce } from '#test/support/client.ts';
import { fleetHistory, publish, type RevisionSource } from '#test/support/fleet-history.ts';
import { headerValue } from '#test/support/http-message.ts';
import { type NatsServer, startNats } from '#test/support/nats.ts';
import { definitionOf } from '#test/support/penstock.ts';
import { type PenstockNode, type PenstockNodeOptions, startPenstockNode } from '#test/support/penstock-node.ts';
import { freePort, listenOnFreePort } from '#test/support/ports.ts';
import { eventually } from '#test/support/wait.ts';

const FLEET = 'f';

describe('penstock node', () => {
  let nats: NatsServer;
  let bus: NatsBus;
  let backends: Backend[];
  let port: number;
  let history: ReturnType<typeof fleetHistory>;
  const nodes: PenstockNode[] = [];

  beforeEach(async () => {
    nats = await startNats();
    bus = await connect();
    backends = await startBackends(2);
    port = await freePort();
    history = fleetHistory(FLEET);
  });

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
    await bus.close();
    await nats.close();
    await closeBackends(backends);
  });

  async function connect(): Promise<NatsBus> {
    const connected = await natsBus({ servers: nats.url, fleet: FLEET, name: 'test', role: 'control-plane' });
    await connected.ready();
    return connected;
  }

  const served = (backend: number) =>
    definitionOf(['Listen 8080', 'ServerName x', `ProxyPass "/" "${backends[backend]?.url}/"`]);

  /** All requests to one of the backends; every node listens on its own port for 8080. */
  async function put(backend: number, source: RevisionSource = {}) {
    const published = history.next({ definition: served(backend), ...source });
    await publish(bus, published, FLEET);
    return published;
  }

  async function start(options: Partial<PenstockNodeOptions> = {}): Promise<PenstockNode> {
    const listen = [`8080=127.0.0.1:${port}`];
    const node = await startPenstockNode({ nats: nats.url, fleet: FLEET, name: 'n1', listen, ...options });
    nodes.push(node);
    return node;
  }

  const servedBy = async () => headerValue((await fetchOnce(port, '/')).headers, 'x-worker');

  async function finals(): Promise<Report[]> {
    const keys = await bus.keys(subjects(FLEET).allFinalReports);
    const kept = await Promise.all(keys.map((key) => bus.getLatest(key)));
    return kept.flatMap((one) => (one === undefined ? [] : [decodeReport(one.payload)]));
  }

  it('serves what the bus keeps, follows it, and says how it is', async () => {
    await put(0);
    const node = await start({ args: ['--label', 'zone=a'] });
    await node.serving(1);
    expect(await servedBy()).toBe('W1');
    await put(1, { deltaOnly: true });
    await node.serving(2);
    expect(await servedBy()).toBe('W2');
    expect(await node.isReady()).toBe(true);
    expect(await node.status()).toMatchObject({
      fleet: FLEET,
      node: 'n1',
      labels: { zone: 'a' },
      lagRevisions: 0,
      confirmed: true,
      errors: [],
      bus: { connected: true },
      threads: { configured: 1, up: 1, deaths: 0 },
      listeners: [{ address: '127.0.0.1', port, configuredPort: 8080 }],
      workers: [{ url: `${backends[1]?.url}/`, requests: '1' }],
    });
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    expect(metrics).toMatch(/^penstock_node_revision 2$/m);
    expect(metrics).toMatch(/^penstock_node_worker_requests_total\{balancer="main!plain",worker="http:\/\/.*"\} 1$/m);
    expect(await node.stop()).toBe(0);
    expect(node.output()).toContain('node n1 of fleet f, 1 proxy thread,');
  });

  it('serves from disk with everything else gone, and follows again when the bus is back', async () => {
    await put(0);
    const node = await start();
    await node.serving(1);
    await nats.kill();
    expect(await servedBy()).toBe('W1');
    await node.kill();
    await node.start();
    await node.serving(1);
    expect(await servedBy()).toBe('W1');
    expect(await node.status()).toMatchObject({ bus: { connected: false }, confirmed: false });
    await nats.start();
    await bus.ready();
    await eventually('the bus', () => bus.status().connected || undefined);
    await put(1);
    await node.serving(2);
    expect(await servedBy()).toBe('W2');
  });

  it('takes an older file when the newest is damaged, and catches up', async () => {
    await put(0);
    const node = await start();
    await node.serving(1);
    await put(1);
    await node.serving(2);
    await node.stop();
    const folder = join(node.dataDir, 'configurations');
    const [newest = ''] = readdirSync(folder).toSorted().toReversed();
    truncateSync(join(folder, newest), 50);
    await nats.stop();
    await node.start();
    await node.serving(1);
    expect(node.output()).toContain('DP1104');
    expect(await servedBy()).toBe('W1');
    await nats.start();
    await node.serving(2);
  });

  it('starts, serves and follows on a disk that takes nothing any more, and says so', async () => {
    await put(0);
    const node = await start();
    await node.serving(1);
    await node.stop();
    const full = await start({ dataDir: node.dataDir, fullDisk: true });
    await full.serving(1);
    expect(await servedBy()).toBe('W1');
    await put(1);
    await full.serving(2);
    expect(await servedBy()).toBe('W2');
    expect(full.output()).toMatch(/DP1105/);
    expect(await full.stop()).toBe(0);
  });

  it('finishes requests in flight at SIGTERM though nobody reads its output any more', async () => {
    let answer: (() => void) | undefined;
    const slow = createServer((_, response) => {
      answer = () => response.end('late');
    });
    const slowPort = await listenOnFreePort(slow);
    const conf = ['Listen 8080', 'ServerName x', `ProxyPass "/" "http://127.0.0.1:${slowPort}/"`];
    await put(0, { definition: definitionOf(conf) });
    const node = await start();
    await node.serving(1);
    const response = fetchOnce(port, '/');
    await eventually('the request', () => answer);
    node.deafen();
    const stopped = node.stop();
    await eventually('no more requests', async () => !(await node.isReady()));
    answer?.();
    expect((await response).body.toString()).toBe('late');
    expect(await stopped).toBe(0);
    await eventually('its last report', async () => (await finals())[0]?.workers[0]?.responses === 1n);
    await new Promise((resolve) => slow.close(resolve));
  });

  it('goes back after an error of its own soon after a swap, refuses that one, and takes the next', async () => {
    await put(0);
    const node = await start({ args: ['--probation', '500'] });
    await node.serving(1);
    await eventually('proof', async () => JSON.stringify(await probationOf(node)).includes('"revision":1'));
    await node.stop();

    const deaths = `--import=data:text/javascript,${encodeURIComponent(`
      process.on('SIGUSR2', () => { throw new Error('thrown'); });
      process.on('SIGWINCH', () => { Promise.reject(new Error('rejected')); });
      process.on('SIGPWR', () => process.exit(0));
    `)}`;
    const careful = await start({
      dataDir: node.dataDir,
      name: 'n1',
      args: ['--probation', '60000'],
      env: { NODE_OPTIONS: deaths },
    });
    await careful.serving(1);
    for (const signal of ['SIGUSR2', 'SIGWINCH', 'SIGPWR'] as const) {
      const { head } = await put(1, { overrides: [] });
      await careful.serving(head.revision);
      await careful.stop(signal);
      await careful.start();
      await careful.serving(1);
      await eventually('word of the refusal', async () => {
        const error = (await careful.status())?.errors[0];
        return error?.code === 'crash' && error.object === `snapshot ${head.revision}`;
      });
      expect(careful.output()).toMatch(/DP1108.*exit code/);
      expect(await servedBy()).toBe('W1');
    }
    await put(1, { overrides: [] });
    await careful.serving(5);
    expect(await servedBy()).toBe('W2');
  });

  it('is started again, after it was killed, on what it had just swapped to, and goes back the second time', async () => {
    await put(0);
    const node = await start({ args: ['--probation', '60000'] });
    await node.serving(1);
    await node.stop();
    await node.start();
    await put(1);
    await node.serving(2);
    // As when the power fails in the whole fleet, soon after an edit.
    await nats.stop();
    await node.kill();
    await node.start();
    await node.serving(2);
    expect(node.output()).toContain('DP1122');
    expect(await servedBy()).toBe('W2');
    await node.kill();
    await node.start();
    await node.serving(1);
    expect(node.output()).toMatch(/DP1108.*second death/);
    expect(await servedBy()).toBe('W1');
    await nats.start();
    await eventually('word of the refusal', async () => (await node.status())?.errors[0]?.code === 'crash');
  });

  it('hands over what killed runs had counted, each as its last report', async () => {
    await put(0);
    const node = await start();
    await node.serving(1);
    for (let run = 0; run < 2; run++) {
      for (let i = 0; i < 5; i++) await fetchOnce(port, '/');
      const { bootId } = await node.status();
      await eventually('this run on disk', () =>
        onDisk(node).some((one) => one.bootId === bootId && sum([one]) === 5n),
      );
      await nats.stop();
      await node.kill();
      await node.start();
      await nats.start();
      await node.serving(1);
    }
    await eventually('the bus', () => bus.status().connected || undefined);
    await eventually('two last reports', async () => (await finals()).length === 2);
    expect((await finals()).map((report) => sum([report]))).toEqual([5n, 5n]);
    await eventually('nothing left on disk', async () => (await node.status())?.earlierRunsToReport === 0);
    await node.stop();
    expect((await finals()).every((report) => report.final)).toBe(true);
    expect(await finals()).toHaveLength(3);
  });

  it('asks the control plane itself while the bus is away, and goes on by the bus when that is back', async () => {
    await put(0);
    let kept: Uint8Array | undefined;
    const asked: (string | undefined)[] = [];
    const admin = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization} ${request.headers['if-none-match']}`);
      if (kept === undefined) response.writeHead(503).end();
      else response.writeHead(200, { etag: '"2"' }).end(kept);
    });
    const adminPort = await listenOnFreePort(admin);
    const tokenFile = join(nats.dir, 'token');
    writeFileSync(tokenFile, 'a-secret-token');
    const poll = ['--poll', `http://127.0.0.1:${adminPort}`, '--poll-token-file', tokenFile];
    const node = await start({ args: [...poll, '--poll-after', '100', '--poll-every', '50'] });
    await node.serving(1);
    expect(asked).toEqual([]);
    await nats.stop();
    await eventually('a poll', () => asked.length > 0);
    const { kept: second } = history.next({ definition: served(1) });
    kept = second;
    await node.serving(2);
    expect(await servedBy()).toBe('W2');
    expect(asked).toContain('/v1/configuration Bearer a-secret-token undefined');
    await eventually('a poll that knows', () => asked.includes('/v1/configuration Bearer a-secret-token "2"'));
    await nats.start();
    await bus.ready();
    await eventually('the bus', () => bus.status().connected || undefined);
    await put(0);
    await node.serving(3);
    expect(await servedBy()).toBe('W1');
    admin.closeAllConnections();
    await new Promise((resolve) => admin.close(resolve));
  });

  it('lets no second process use its data, and says what is wrong with its settings', async () => {
    await put(0);
    const node = await start();
    await expect(start({ dataDir: node.dataDir })).rejects.toThrow(/in use by process/);
    await expect(start({ args: ['--label', 'nothing', '--trust-key', '/nowhere'] })).rejects.toThrow(
      /--label "nothing": want NAME=VALUE[\s\S]*\/nowhere|\/nowhere[\s\S]*--label/,
    );
  });

  it('takes its settings from the environment, too', async () => {
    await put(0);
    const node = await start({
      listen: [],
      env: { PENSTOCK_LISTEN: `8080=127.0.0.1:${port}`, PENSTOCK_LABELS: 'a=1,b=2' },
    });
    await node.serving(1);
    expect(await servedBy()).toBe('W1');
    expect((await node.status()).labels).toEqual({ a: '1', b: '2' });
  });
});

function onDisk(node: PenstockNode): Report[] {
  const folder = join(node.dataDir, 'counters');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.report'))
    .flatMap((name) => {
      try {
        return [decodeReport(readFileSync(join(folder, name)))];
      } catch {
        return []; // It was just handed over.
      }
    });
}

function sum(reports: readonly Report[]): bigint {
  return reports.flatMap(({ workers }) => workers).reduce((total, { requests }) => total + requests, 0n);
}

async function probationOf(node: PenstockNode): Promise<unknown> {
  try {
    return (JSON.parse(readFileSync(join(node.dataDir, 'probation.json'), 'utf8')) as { proven: unknown }).proven;
  } catch {
    return [];
  }
}
