import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { startEngineBed } from '#test/support/engine-bed.ts';
import type { HeaderLines } from '#test/support/http-message.ts';
import { headerValue, headerValues } from '#test/support/http-message.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed(({ url }) => [
    'ProxyVia On',
    '<Location "/keep-host">',
    '  ProxyPreserveHost On',
    '</Location>',
    '<Location "/no-forwarded">',
    '  ProxyAddHeaders Off',
    '</Location>',
    `ProxyPass "/" "${url}/"`,
    `ProxyPassReverse "/" "${url}/"`,
  ]);
});
afterAll(() => bed.stop());

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What the backend got for a GET with these headers. */
async function forwarded(path: string, headers: HeaderLines): Promise<HeaderLines> {
  bed.answeringWith(OK);
  await bed.ask(requestHead('GET', path, headers));
  return bed.backend.requests.at(-1)?.headers ?? [];
}

/** What the client got for these response header lines. */
async function returned(lines: string, host = 'proxy.example.test'): Promise<HeaderLines> {
  bed.answeringWith(`HTTP/1.1 200 OK\r\n${lines}\r\nContent-Length: 2\r\n\r\nok`);
  return (await bed.ask(requestHead('GET', '/', [['Host', host]]))).headers;
}

describe('hop-by-hop headers of requests', () => {
  test.each([
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Connection', 'keep-alive'],
    ['TE', 'trailers'],
    ['Trailer', 'X-T'],
    ['Upgrade', 'h2c'],
  ])('%s stays here', async (name, value) => {
    expect(headerValue(await forwarded('/', [[name, value]]), name)).toBeUndefined();
  });

  test('what Connection lists stays here, in any case and anywhere in the list', async () => {
    const headers = await forwarded('/', [
      ['Connection', 'X-One ,keep-alive'],
      ['connection', 'x-TWO'],
      ['X-One', '1'],
      ['X-Two', '2'],
      ['X-Three', '3'],
    ]);
    expect(headerValue(headers, 'x-one')).toBeUndefined();
    expect(headerValue(headers, 'x-two')).toBeUndefined();
    expect(headerValue(headers, 'x-three')).toBe('3');
  });

  test('Connection cannot take away Host or the length of a body', async () => {
    bed.answeringWith(OK);
    const head = requestHead('POST', '/', [
      ['Connection', 'Host, Content-Length, close'],
      ['Content-Length', '3'],
    ]);
    const response = await bed.ask(`${head}abc`);
    expect([200, 400]).toContain(response.status);
    if (response.status === 200) {
      const request = bed.backend.requests.at(-1);
      expect(headerValues(request?.headers ?? [], 'host')).toHaveLength(1);
      expect(request?.body.toString()).toBe('abc');
    }
  });
});

describe('headers added to requests', () => {
  test('X-Forwarded-For, -Host and -Server say where it came from, after what was there', async () => {
    const headers = await forwarded('/', [
      ['Host', 'shop.example.test:8443'],
      ['X-Forwarded-For', '203.0.113.9'],
    ]);
    expect(headerValue(headers, 'x-forwarded-for')).toBe('203.0.113.9, 127.0.0.1');
    expect(headerValue(headers, 'x-forwarded-host')).toBe('shop.example.test:8443');
    expect(headerValue(headers, 'x-forwarded-server')).toBe('proxy.example.test');
    expect(headerValues(headers, 'x-forwarded-for')).toHaveLength(1);
  });

  test('ProxyAddHeaders Off adds none', async () => {
    const headers = await forwarded('/no-forwarded', []);
    expect(headers.filter(([name]) => name.toLowerCase().startsWith('x-forwarded-'))).toEqual([]);
  });

  test('Via names the version received and this server, after those before', async () => {
    const headers = await forwarded('/', [['Via', '1.0 earlier']]);
    expect(headerValue(headers, 'via')).toBe('1.0 earlier, 1.1 proxy.example.test');
  });

  test('Host is the backend, or the client with ProxyPreserveHost', async () => {
    const host: HeaderLines = [['Host', 'shop.example.test']];
    expect(headerValue(await forwarded('/', host), 'host')).toBe(bed.backend.hostport);
    expect(headerValue(await forwarded('/keep-host', host), 'host')).toBe('shop.example.test');
  });

  test('everything else passes in its order, with its spelling', async () => {
    const sent: HeaderLines = [
      ['aCCept', '*/*'],
      ['X-Empty', ''],
      ['X-Latin', 'caf\u00e9'],
      ['Authorization', 'Basic eDp5'],
    ];
    const headers = await forwarded('/', sent);
    const names = sent.map(([name]) => name);
    expect(headers.filter(([name]) => names.includes(name))).toEqual(sent);
  });
});

describe('headers of responses', () => {
  test.each(['Keep-Alive: timeout=5', 'Proxy-Authenticate: Basic', 'TE: x', 'Trailer: X', 'Upgrade: h2c'])(
    '%s stays here',
    async (line) => {
      expect(headerValue(await returned(line), line.split(':')[0] ?? '')).toBeUndefined();
    },
  );

  test('what Connection lists stays here', async () => {
    const headers = await returned('Connection: X-Drop, keep-alive\r\nX-Drop: 1\r\nX-Keep: 1');
    expect(headerValue(headers, 'x-drop')).toBeUndefined();
    expect(headerValue(headers, 'x-keep')).toBe('1');
  });

  test('repeated headers stay separate lines', async () => {
    const headers = await returned('Set-Cookie: a=1\r\nSet-Cookie: b=2');
    expect(headerValues(headers, 'set-cookie')).toEqual(['a=1', 'b=2']);
  });

  test('Via is added after the one of the backend', async () => {
    expect(headerValue(await returned('Via: 1.1 origin'), 'via')).toBe('1.1 origin, 1.1 proxy.example.test');
  });

  test('a redirect to the backend becomes one to this server', async () => {
    const headers = await returned(`Location: ${bed.backend.url}/login?next=/x`, 'shop.example.test:8443');
    expect(headerValue(headers, 'location')).toBe('http://shop.example.test:8443/login?next=/x');
  });
});
