import { afterEach, describe, expect, it } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { isUsable, statusWords } from '#shared/definition/worker-status.ts';
import { type Backend, startBackends } from '#test/support/backend.ts';
import { fetchOnce, RawClient, requestHead } from '#test/support/client.ts';
import { freePort } from '#test/support/ports.ts';
import { startRawServer } from '#test/support/raw-server.ts';
import { type SwapBed, type SwapBedOptions, startSwapBed } from '#test/support/swap-bed.ts';
import { eventually } from '#test/support/wait.ts';
import { parseListenMapping } from '../../../data-plane/agent/listen-map.ts';
import { PART_ITEMS } from '../../../data-plane/proxy/generation-change.ts';

const beds: SwapBed[] = [];
const backends: Backend[] = [];
afterEach(async () => {
  await Promise.all(beds.splice(0).map((bed) => bed.close()));
  await Promise.all(backends.splice(0).map((backend) => backend.close()));
});

async function start(options: SwapBedOptions = {}): Promise<SwapBed> {
  const bed = await startSwapBed(options);
  beds.push(bed);
  return bed;
}

async function backend(): Promise<Backend> {
  const [one] = await startBackends(1);
  if (one === undefined) throw new Error('no backend');
  backends.push(one);
  return one;
}

const get = (port: number, path: string) => fetchOnce(port, path, [['Host', 'x.test']]);

async function openTunnel(port: number, path: string): Promise<RawClient> {
  const client = await RawClient.connect(port);
  await client.send(
    requestHead('GET', path, [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ]),
  );
  expect((await client.finalHead('GET'))?.status).toBe(101);
  return client;
}

/** How many parts before the last went to a thread. */
function partsTo(posted: SwapBed['posted'], to: number): number {
  return posted.filter(({ thread, message }) => thread === to && message.type === 'generation-part').length;
}

/** `name requests responses errors bytesIn bytesOut` of each route. */
function counts({ swap }: SwapBed): string[] {
  return swap
    .routeRows()
    .map(({ virtualHost, route, requests, responses, errors, bytesIn, bytesOut }) =>
      [virtualHost, route, requests, responses, errors, bytesIn, bytesOut].join(' '),
    );
}

describe('configuration swap', () => {
  it('counts every request for the route that was chosen for it, and by how it ended', async () => {
    const bed = await start();
    const port = await freePort();
    const up = await backend();
    const down = await freePort();
    await bed.configure([
      `Listen 127.0.0.1:${port}`,
      'ProxyPass /none !',
      `ProxyPass /up ${up.url}`,
      `ProxyPass /down http://127.0.0.1:${down}`,
      '<Location /in>',
      `ProxyPass ${up.url}`,
      '</Location>',
      `ProxyPass /up ${up.url}`,
    ]);
    await up.set({ body: 'hello' });
    for (const path of ['/up/a', '/up/b', '/none', '/in/x', '/elsewhere']) await get(port, path);
    expect((await get(port, '/down')).status).toBe(503);
    const client = await RawClient.connect(port);
    const head = requestHead('POST', '/up/post', [
      ['Host', 'x.test'],
      ['Content-Length', '7'],
    ]);
    await client.exchange(`${head}1234567`);
    client.destroy();
    await up.set({ body: 'too short', truncateAt: 3 });
    await expect(get(port, '/up/cut')).resolves.toMatchObject({ complete: false });
    await up.set({ status: 502, body: '' });
    await get(port, '/up/theirs');

    await eventually('all are over', () =>
      bed.swap.routeRows().every((row) => row.requests === row.responses + row.errors),
    );
    expect(counts(bed)).toEqual([
      'main ProxyPass /up 5 4 1 7 15',
      'main ProxyPass /down 1 0 1 0 0',
      'main ProxyPass /up (2) 0 0 0 0 0',
      'main Location /in 1 1 0 0 5',
    ]);
    const workers = bed.swap.rows().map(({ slot }) => bed.scoreboard.bytesOut[slot] ?? 0n);
    expect(workers.reduce((sum, bytes) => sum + bytes, 0n)).toBe(20n);
  });

  it('keeps the counters of a route while it is configured, whatever else changes, and its last counts when it goes', async () => {
    const bed = await start({ threads: 1 });
    const port = await freePort();
    const up = await backend();
    const listen = `Listen 127.0.0.1:${port}`;
    await bed.configure([listen, `ProxyPass /a ${up.url}`]);
    await get(port, '/a');
    await bed.configure([listen, `ProxyPass /new ${up.url}`, `ProxyPass /a ${up.url}/other`]);
    await get(port, '/a');
    await get(port, '/new');
    const heads = () => counts(bed).map((line) => line.split(' ').slice(0, 5).join(' '));
    // The client has its answer a moment before it is counted.
    await eventually('the last one is counted', () => heads()[0] === 'main ProxyPass /new 1 1');
    expect(heads()[1]).toBe('main ProxyPass /a 2 2');
    await bed.configure([listen, `ProxyPass /new ${up.url}`]);
    await eventually('the row is given back', () => bed.swap.departedRoutes().length === 1);
    expect(bed.swap.departedRoutes()).toMatchObject([{ virtualHost: 'main', route: 'ProxyPass /a', requests: 2n }]);
    await bed.configure([listen, `ProxyPass /new ${up.url}`, `ProxyPass /a ${up.url}`]);
    expect(bed.swap.routeRows()[1]).toMatchObject({ route: 'ProxyPass /a', requests: 0n, incarnation: 4 });
  });

  it('serves routes there is no room to count', async () => {
    const bed = await start({ threads: 1, capacity: { routes: 1 } });
    const port = await freePort();
    const up = await backend();
    await bed.configure([`Listen 127.0.0.1:${port}`, `ProxyPass /a ${up.url}`, `ProxyPass /b ${up.url}`]);
    expect((await get(port, '/b')).status).toBe(200);
    expect(counts(bed)).toEqual(['main ProxyPass /a 0 0 0 0 0']);
    expect(bed.lines).toContainEqual(expect.objectContaining({ code: 'DP1403', uncounted: 1 }));
  });

  it('sends an edit of one worker to threads as that worker, and all of it in parts to a thread that starts again', async () => {
    const bed = await start();
    const port = await freePort();
    const members = Array.from({ length: 1000 }, (_, i) => ({ url: `http://127.0.0.1:9/${i}`, parameters: {} }));
    const balancer = { name: 'b', parameters: {}, members };
    const definition = { ...EMPTY_DEFINITION, listeners: [{ address: '127.0.0.1', port }], balancers: [balancer] };
    await bed.serve({ definition, overrides: [] });
    const first = bed.posted.splice(0);
    expect(partsTo(first, 0)).toBeGreaterThanOrEqual(1000 / PART_ITEMS);
    expect(partsTo(first, 1)).toBe(partsTo(first, 0));

    // Decoded from bytes: every object is another one.
    const edited = members.with(500, { url: 'http://127.0.0.1:9/500', parameters: { loadfactor: 2 } });
    await bed.serve(
      structuredClone({ definition: { ...definition, balancers: [{ ...balancer, members: edited }] }, overrides: [] }),
    );
    const parts = bed.posted.splice(0).flatMap(({ message }) => (message.type === 'generation' ? [message.part] : []));
    expect(parts).toHaveLength(2);
    expect(parts[0]).toMatchObject([
      { step: { from: 0, count: 500 } },
      { step: { items: [{ url: 'http://127.0.0.1:9/500', parameters: { loadfactor: 2 } }] } },
      { step: { from: 501, count: 499 } },
    ]);

    bed.threads.get(0)?.terminate();
    await eventually('the thread has caught up', () =>
      bed.posted.some(({ thread, message }) => thread === 0 && message.type === 'generation-commit'),
    );
    expect(partsTo(bed.posted, 0)).toBe(partsTo(first, 0));
    expect(partsTo(bed.posted, 1)).toBe(0);
    expect((await get(port, '/')).status).toBe(404);
  });

  it('keeps serving what it has when threads refuse, and serves the next change after it', async () => {
    const bed = await start();
    const port = await freePort();
    const up = await backend();
    const listen = `Listen 127.0.0.1:${port}`;
    await bed.configure([listen, `ProxyPass /a ${up.url}`]);
    const { definition } = { definition: bed.swap.definition() ?? EMPTY_DEFINITION };
    const { mainServer } = definition;
    const bad = { match: { kind: 'regex' as const, pattern: '(' }, target: { kind: 'local' as const } };
    const refused = { ...definition, mainServer: { ...mainServer, routes: [...mainServer.routes, bad] } };
    await expect(bed.serve({ definition: refused, overrides: [] })).rejects.toThrow();
    expect((await get(port, '/a')).status).toBe(200);
    await bed.configure([listen, `ProxyPass /b ${up.url}`, `ProxyPass /a ${up.url}`]);
    expect((await get(port, '/b')).status).toBe(200);
    await eventually('it is counted where it was', () => counts(bed)[1]?.startsWith('main ProxyPass /a 1 1') === true);
  });

  it('keeps of what was removed under a tunnel only the rows of its worker and its route, until it ends', async () => {
    const bed = await start({ capacity: { slots: 3, routes: 3 } });
    const port = await freePort();
    const up = await backend();
    await up.set({ mode: 'ws' });
    const listen = `Listen 127.0.0.1:${port}`;
    const other = (i: number) => `ProxyPass /other${i} http://127.0.0.1:9/${i}`;
    await bed.configure([listen, `ProxyPass /ws ${up.url} upgrade=websocket`, other(0)]);
    const client = await openTunnel(port, '/ws');
    // Each takes another row: without those of the one before there is room for none.
    for (let i = 1; i <= 3; i++) {
      await eventually('the row before is given back', () => bed.swap.rows().length === 2);
      await bed.configure([listen, other(i)]);
    }
    await eventually('the last row is given back', () => bed.swap.rows().length === 2);
    expect(bed.swap.rows().map(({ worker, retired }) => [worker.url, retired])).toEqual([
      ['http://127.0.0.1:9/3', false],
      [up.url, true],
    ]);
    expect(counts(bed)).toEqual(['main ProxyPass /other3 0 0 0 0 0', 'main ProxyPass /ws 1 0 0 0 0']);
    await client.send('through it');
    expect((await client.reader.exactly(15, 'tunnel')).toString()).toBe('echo:through it');
    client.destroy();
    await eventually('its rows are given back', () => bed.swap.rows().length === 1);
    expect(bed.swap.departed()).toMatchObject([{ url: up.url, requests: 1n, busy: 0 }]);
    await eventually('its route, too', () => bed.swap.departedRoutes().length === 1);
    const [route] = bed.swap.departedRoutes();
    expect(route).toMatchObject({ route: 'ProxyPass /ws', requests: 1n });
    expect((route?.responses ?? 0n) + (route?.errors ?? 0n)).toBe(1n);
  });

  it('keeps likewise only the rows of a response that has begun, however long it takes', async () => {
    const bed = await start({ threads: 1, capacity: { slots: 3 } });
    const port = await freePort();
    const up = await startRawServer(async (exchange) => {
      await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
      await finish.promise;
      await exchange.write('lf');
    });
    const finish = Promise.withResolvers<void>();
    const listen = `Listen 127.0.0.1:${port}`;
    const conf = (other: number) => [listen, `ProxyPass /a ${up.url}`, `ProxyPass /b http://127.0.0.1:9/${other}`];
    await bed.configure(conf(0));
    const client = await RawClient.connect(port);
    await client.send(requestHead('GET', '/a'));
    const head = await client.finalHead('GET');
    if (head === undefined) throw new Error('no answer');
    for (let i = 1; i <= 3; i++) {
      await bed.configure(conf(i));
      await eventually('the row before is given back', () => bed.swap.rows().length === 2);
    }
    finish.resolve();
    expect((await client.body(head)).body.toString()).toBe('half');
    await eventually(
      'it is counted where it began',
      () => counts(bed)[0]?.startsWith('main ProxyPass /a 1 1') === true,
    );
    client.destroy();
    await up.close();
  });

  it("takes members out by the fleet's verdict until it is lifted, and keeps that across changes", async () => {
    const bed = await start({ threads: 1 });
    const port = await freePort();
    const [one, two] = [await backend(), await backend()];
    const conf = (...more: string[]) => [
      `Listen 127.0.0.1:${port}`,
      'ProxyPass / balancer://b/',
      '<Proxy balancer://b>',
      `BalancerMember ${one.url}`,
      `BalancerMember ${two.url}`,
      '</Proxy>',
      ...more,
    ];
    await bed.configure(conf());
    const words = () => bed.swap.rows().map(({ slot }) => statusWords(bed.scoreboard.status[slot] ?? 0));
    await bed.swap.setFleetDown(
      [
        { balancer: 'b', url: one.url },
        { balancer: 'b', url: 'http://nobody' },
      ],
      true,
    );
    await bed.configure(conf(`ProxyPass /other ${two.url}`));
    expect(words().slice(0, 2)).toEqual(['Init Down', 'Init Ok']);
    for (let i = 0; i < 4; i++) await get(port, '/');
    expect([one.traffic.length, two.traffic.length]).toEqual([0, 4]);
    await bed.swap.setFleetDown([{ balancer: 'b', url: one.url }], false);
    expect(isUsable(bed.scoreboard.status[bed.swap.rows()[0]?.slot ?? -1] ?? 0)).toBe(true);
  });

  it('binds a listener where it is mapped to and finds virtual hosts by what is configured', async () => {
    const local = await freePort();
    const mapping = parseListenMapping(`192.0.2.7:80=127.0.0.1:${local}`);
    const unused = parseListenMapping('81=127.0.0.1:1');
    if ('error' in mapping || 'error' in unused) throw new Error('no mapping');
    const bed = await start({ listenMap: [mapping, unused] });
    const up = await backend();
    await bed.configure([
      'Listen 192.0.2.7:80',
      '<VirtualHost 192.0.2.7:80>',
      'ServerName x.test',
      `ProxyPass / ${up.url}/`,
      '</VirtualHost>',
    ]);
    expect((await get(local, '/')).status).toBe(200);
    expect(bed.swap.listeners()).toEqual([
      { address: '127.0.0.1', port: local, configuredPort: 80, configuredAddress: '192.0.2.7' },
    ]);
    expect(bed.swap.unmatchedMappings()).toEqual(['81=127.0.0.1:1']);
  });
});
