import { afterEach, describe, expect, test } from 'vitest';
import type { Backend } from '#test/support/backend.ts';
import { closeBackends, startBackends } from '#test/support/backend.ts';
import { RawClient } from '#test/support/client.ts';
import { headerValue } from '#test/support/http-message.ts';

import { startTestNode } from '#test/support/penstock.ts';
import { connects } from '#test/support/program.ts';
import { eventually, within } from '#test/support/wait.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
});

async function start(workers: number, config: (backends: readonly Backend[]) => string[], threads = 1) {
  const backends = await startBackends(workers);
  running.push({ stop: () => closeBackends(backends) });
  const node = await startTestNode(config(backends), { threads });
  running.push(node);
  return { backends, node };
}

function balancer(backends: readonly Backend[], extra: readonly string[] = []): string[] {
  return [
    '<Proxy "balancer://c">',
    ...backends.map(({ url }) => `  BalancerMember "${url}"`),
    ...extra,
    '</Proxy>',
    'ProxyPass "/" "balancer://c/"',
  ];
}

describe('a change of configuration', () => {
  test('under keep-alive traffic drops no connection and no request', async () => {
    const { backends, node } = await start(3, (all) => balancer(all.slice(0, 1)));
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(node.port)));
    let stopped = false;
    const traffic = clients.map(async (client) => {
      let answered = 0;
      for (; !stopped; answered++) {
        const response = await client.get(`/${answered}`);
        expect(response.status).toBe(200);
        expect(response.complete).toBe(true);
      }
      return answered;
    });
    // MaxKeepAliveRequests would end connections by itself.
    const unlimited = ['MaxKeepAliveRequests 0'];
    for (let i = 0; i < 20; i++) {
      const members = backends.filter((_, index) => (i >> index) % 2 === 0 || index === i % 3);
      await node.apply([...unlimited, ...balancer(members)]);
    }
    stopped = true;
    const answered = await within('the end of the traffic', Promise.all(traffic));
    for (const client of clients) client.destroy();
    expect(Math.min(...answered)).toBeGreaterThan(0);
  });

  test('lets a request in flight finish on the worker it was on, though that is gone', async () => {
    const { backends, node } = await start(2, (all) => balancer(all.slice(0, 1)));
    const [first, second] = backends as [Backend, Backend];
    await first.set('hold');
    const client = await RawClient.connect(node.port);
    await client.send('GET /held HTTP/1.1\r\nHost: a.test\r\n\r\n');
    const [held] = await eventually('a held request', () => (first.held.length > 0 ? first.held : undefined));
    await node.apply(balancer([second]));
    expect(headerValue((await node.get('/new')).headers, 'x-worker')).toBe('W2');
    if (held !== undefined) first.release(held);
    const response = await within('the held answer', client.response());
    expect(response?.status).toBe(200);
    expect(headerValue(response?.headers ?? [], 'x-worker')).toBe('W1');
    // The same client connection goes on under the new configuration.
    expect(headerValue((await client.get('/next')).headers, 'x-worker')).toBe('W2');
    client.destroy();
    await eventually('no connection to the removed worker', () => first.open() === 0 || undefined);
  });

  test('keeps counters and states of the workers that stay', async () => {
    const { backends, node } = await start(2, balancer);
    for (let i = 0; i < 6; i++) await node.get('/x');
    const before = node.node.workers().map(({ url, elected }) => [url, elected]);
    await node.apply([...balancer(backends), 'ProxyVia On']);
    expect(node.node.workers().map(({ url, elected }) => [url, elected])).toEqual(before);
  });
});

describe('stopping', () => {
  test('finishes what is in flight, accepts nothing new, and closes idle connections', async () => {
    const { backends, node } = await start(1, balancer);
    const [backend] = backends as [Backend];
    const idle = await RawClient.connect(node.port);
    await idle.get('/warm');
    await backend.set('hold');
    const busy = await RawClient.connect(node.port);
    await busy.send('GET /held HTTP/1.1\r\nHost: a.test\r\n\r\n');
    const [held] = await eventually('a held request', () => (backend.held.length > 0 ? backend.held : undefined));
    const stopped = node.node.stop();
    expect(await within('the end of the idle connection', idle.reader.more())).toBe(false);
    await eventually('no listener', async () => !(await connects(node.port)) || undefined);
    if (held !== undefined) backend.release(held);
    const response = await within('the answer in flight', busy.response());
    expect(response?.status).toBe(200);
    expect(headerValue(response?.headers ?? [], 'connection')?.toLowerCase()).toBe('close');
    await within('the end of the node', stopped);
    idle.destroy();
    busy.destroy();
  });
});

describe('two threads', () => {
  test('make one sequence of elections: shares are exact whoever served', async () => {
    const { backends, node } = await start(
      3,
      ([a, b, c]) => [
        'MaxKeepAliveRequests 0',
        '<Proxy "balancer://c">',
        `  BalancerMember "${a?.url}"`,
        `  BalancerMember "${b?.url}" loadfactor=2`,
        `  BalancerMember "${c?.url}" loadfactor=3`,
        '</Proxy>',
        'ProxyPass "/" "balancer://c/"',
      ],
      2,
    );
    const each = 75;
    const clients = await Promise.all(Array.from({ length: 16 }, () => RawClient.connect(node.port)));
    await Promise.all(
      clients.map(async (client) => {
        for (let i = 0; i < each; i++) expect((await client.get('/x')).status).toBe(200);
        client.destroy();
      }),
    );
    // 1200 requests, factors 1:2:3. Were there a sequence per thread, shares would still differ by which thread served how many.
    expect(backends.map(({ traffic }) => traffic.length)).toEqual([200, 400, 600]);
    const rows = await eventually('idle workers', () => {
      const rows = node.node.workers();
      return rows.every(({ busy }) => busy === 0) ? rows : undefined;
    });
    expect(rows.map(({ elected }) => Number(elected))).toEqual([200, 400, 600]);
    expect(rows.map(({ lbstatus }) => lbstatus)).toEqual([0, 0, 0]);
  });
});
