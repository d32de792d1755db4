import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Backend, BackendState } from '#test/support/backend.ts';
import { closeBackends, startBackends } from '#test/support/backend.ts';
import type { ClientResponse } from '#test/support/client.ts';
import { fetchOnce } from '#test/support/client.ts';
import type { HeaderLines } from '#test/support/http-message.ts';
import { headerValue } from '#test/support/http-message.ts';
import type { PenstockUp } from '#test/support/penstock-up.ts';
import { penstockUpFile } from '#test/support/penstock-up.ts';
import { eventually } from '#test/support/wait.ts';

/** A configuration of httpd's reverse-proxy guide, started as an operator would, in front of backends W1..W7. */
type Guide = {
  get(path: string, headers?: HeaderLines): Promise<ClientResponse>;
  /** Names of the backends that answered so many requests, in order; statuses where none did. */
  served(count: number, path?: string): Promise<string[]>;
  set(changes: Readonly<Record<string, BackendState>>): Promise<void>;
  backend(name: string): Backend;
};

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0).reverse()) await each.stop();
});

/**
 * @param name file of `fixtures/guide/`, used as it is but for the ports
 * @param retrySeconds put on every member where a test awaits the way back; the guide leaves it at 60
 */
async function start(name: string, retrySeconds?: number): Promise<Guide> {
  const backends = await startBackends(7);
  running.push({ stop: () => closeBackends(backends) });
  const fixture = readFileSync(new URL(`../fixtures/guide/${name}.conf`, import.meta.url), 'utf8');
  const up: PenstockUp = await penstockUpFile((port) =>
    fixture
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replace(/127\.0\.0\.1:900(\d)/g, (_, number: string) => backends[Number(number) - 1]?.hostport ?? '')
      .replace(/^(\s*BalancerMember .*)$/gm, retrySeconds === undefined ? '$1' : `$1 retry=${retrySeconds}`),
  );
  running.push({
    stop: async () => {
      expect(await up.stop()).toBe(0);
    },
  });
  const backend = (name: string) => {
    const found = backends.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no backend ${name}`);
    return found;
  };
  const get = (path: string, headers?: HeaderLines) => fetchOnce(up.port, path, headers);
  return {
    get,
    backend,
    async served(count, path = '/images/a.png') {
      const names: string[] = [];
      for (let i = 0; i < count; i++) {
        const response = await get(path);
        names.push(headerValue(response.headers, 'x-worker') ?? String(response.status));
      }
      return names;
    },
    async set(changes) {
      for (const [name, state] of Object.entries(changes)) await backend(name).set(state);
    },
  };
}

function times(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe('simple reverse proxying', () => {
  test('a single backend at / gets every path as it is', async () => {
    const guide = await start('01-single-backend');
    for (const path of ['/', '/a/b.html', '/search?q=1&r=%20']) {
      expect((await guide.get(path)).status).toBe(200);
      expect(guide.backend('W1').traffic.at(-1)?.target).toBe(path);
    }
  });

  test('only /images is proxied, anything else is 404', async () => {
    const guide = await start('02-images-only');
    expect((await guide.get('/images/a.png')).status).toBe(200);
    for (const path of ['/', '/other', '/imagesx', '/Images/a.png']) expect((await guide.get(path)).status).toBe(404);
    expect(guide.backend('W1').traffic).toHaveLength(1);
  });

  test('a redirect of the backend points to the gateway', async () => {
    const guide = await start('03-location-header');
    await guide.set({ W1: { status: 302, headers: [['Location', '{W1}/new/place?x=1']] } });
    const response = await guide.get('/old', [['Host', 'www.example.test']]);
    expect(headerValue(response.headers, 'location')).toBe('http://www.example.test/new/place?x=1');
  });
});

describe('clusters and balancers', () => {
  test('bytraffic gives both members the same number of bytes, not of requests', async () => {
    const guide = await start('04-simple-balancer');
    await guide.set({ W1: { bodyBytes: 90_000 }, W2: { bodyBytes: 10_000 } });
    const served = times(await guide.served(40));
    expect(served).toEqual({ W1: 4, W2: 36 });
  });

  test('loadfactor=3 with bytraffic gives three times the bytes', async () => {
    const guide = await start('05-weighted-bytraffic');
    await guide.set({ W1: { bodyBytes: 20_000 }, W2: { bodyBytes: 20_000 } });
    expect(times(await guide.served(40))).toEqual({ W1: 10, W2: 30 });
  });

  test('loadfactor=3 with byrequests gives three times the requests', async () => {
    const guide = await start('06-loadfactor');
    expect(times(await guide.served(40))).toEqual({ W1: 10, W2: 30 });
  });

  test('timeout=1 gives up a member that is silent for a second, and only that one', async () => {
    const guide = await start('06-loadfactor');
    await guide.set({ W2: 'hang', W1: { delayMs: 1_500 } });
    const started = performance.now();
    expect(await guide.served(1)).toEqual(['502']);
    const elapsedMs = performance.now() - started;
    expect(elapsedMs).toBeGreaterThan(900);
    // It has no other member tried: the request had been sent. Nor is the member in error: the next one takes its turn.
    expect(await guide.served(1)).toEqual(['W1']);
    await guide.set({ W2: 'up' });
    expect(await guide.served(2)).toEqual(['W2', 'W2']);
  });
});

describe('failover', () => {
  test('the hot standby serves only when all others are out of order, and not a moment longer', async () => {
    const guide = await start('07-hot-standby', 1);
    expect(times(await guide.served(8))).toEqual({ W1: 2, W2: 6 });
    await guide.set({ W2: 'refuse' });
    expect(times(await guide.served(8))).toEqual({ W1: 8 });
    await guide.set({ W1: 'refuse' });
    expect(times(await guide.served(8))).toEqual({ W3: 8 });
    await guide.set({ W1: 'up' });
    await eventually('W1 back', async () => (await guide.served(1))[0] === 'W1' || undefined);
    expect(times(await guide.served(8))).toEqual({ W1: 8 });
    await guide.set({ W2: 'up' });
    await eventually('W2 back', async () => (await guide.served(1))[0] === 'W2' || undefined);
    expect(times(await guide.served(8))).toEqual({ W1: 2, W2: 6 });
  });

  test('set 1 serves only when nobody of set 0 can', async () => {
    const guide = await start('08-lbset', 1);
    await guide.set({ W1: 'refuse' });
    expect(times(await guide.served(6))).toEqual({ W2: 6 });
    await guide.set({ W2: 'refuse' });
    expect(times(await guide.served(6))).toEqual({ W4: 3, W5: 3 });
    await guide.set({ W2: 'up' });
    await eventually('W2 back', async () => (await guide.served(1))[0] === 'W2' || undefined);
    expect(times(await guide.served(6))).toEqual({ W2: 6 });
  });

  test('members, then the standby, then set 1, then 503, and the way back', async () => {
    const guide = await start('09-failover', 1);
    expect(times(await guide.served(8))).toEqual({ W1: 2, W2: 6 });
    await guide.set({ W1: 'refuse', W2: 'refuse' });
    expect(times(await guide.served(4))).toEqual({ W3: 4 });
    await guide.set({ W3: 'refuse' });
    expect(times(await guide.served(4))).toEqual({ W4: 2, W5: 2 });
    await guide.set({ W4: 'refuse', W5: 'refuse' });
    expect(await guide.served(2)).toEqual(['503', '503']);
    // The first of them that comes back serves at once: with everybody in error nobody waits for `retry`.
    await guide.set({ W5: 'up' });
    expect(await guide.served(1)).toEqual(['W5']);
    await guide.set({ W1: 'up', W2: 'up', W3: 'up', W4: 'up' });
    await eventually('set 0 back', async () => {
      const served = times(await guide.served(4));
      return (served.W1 === 1 && served.W2 === 3) || undefined;
    });
  });

  test('hot spares stand in one for one before the hot standby does', async () => {
    const guide = await start('10-hot-spares');
    expect(times(await guide.served(8))).toEqual({ W1: 2, W2: 6 });
    await guide.set({ W2: 'refuse' });
    // The request that finds W2 gone is served by another: from then on one spare is in.
    await guide.served(4);
    expect(times(await guide.served(8))).toEqual({ W1: 4, W6: 4 });
    await guide.set({ W1: 'refuse' });
    await guide.served(4);
    expect(times(await guide.served(8))).toEqual({ W6: 4, W7: 4 });
    await guide.set({ W6: 'refuse', W7: 'refuse' });
    await guide.served(4);
    expect(times(await guide.served(4))).toEqual({ W3: 4 });
    await guide.set({ W3: 'refuse' });
    expect(times(await guide.served(4))).toEqual({ W4: 2, W5: 2 });
  });
});
