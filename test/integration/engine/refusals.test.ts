import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { startEngineBed } from '#test/support/engine-bed.ts';
import { within } from '#test/support/wait.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed(({ url }) => ['LimitRequestBody 1000', `ProxyPass "/" "${url}/"`]);
});
afterAll(() => bed.stop());

const HOST = 'Host: a.test\r\n';

/** Sends bytes that must not be served; nothing of them may reach the backend. */
async function refused(bytes: string): Promise<number | undefined> {
  const before = bed.backend.requests.length;
  const client = await bed.connect();
  await client.send(bytes);
  const response = await within('a refusal', client.response());
  // The connection ends: what follows could be anything.
  expect(await within('the end of the connection', client.reader.more())).toBe(false);
  client.destroy();
  expect(bed.backend.requests.slice(before)).toEqual([]);
  return response?.status;
}

describe('requests that can be read two ways, or none, are refused with 400', () => {
  test.each([
    ['two lengths that differ', `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['two equal lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    ['a list of lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 3, 3\r\n\r\nabc`],
    [
      'a length and a coding',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a signed length', `POST / HTTP/1.1\r\n${HOST}Content-Length: +3\r\n\r\nabc`],
    ['a length in hex', `POST / HTTP/1.1\r\n${HOST}Content-Length: 0x3\r\n\r\nabc`],
    ['an empty length', `POST / HTTP/1.1\r\n${HOST}Content-Length: \r\n\r\n`],
    ['a length beyond all numbers', `POST / HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999\r\n\r\n`],
    ['chunked not last', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    [
      'chunked twice',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a coding with HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['space before the colon', `GET / HTTP/1.1\r\n${HOST}X-A : 1\r\n\r\n`],
    ['a folded line', `GET / HTTP/1.1\r\n${HOST}X-A: 1\r\n 2\r\n\r\n`],
    ['a header without colon', `GET / HTTP/1.1\r\n${HOST}X-A\r\n\r\n`],
    ['a header without name', `GET / HTTP/1.1\r\n${HOST}: 1\r\n\r\n`],
    ['a bare LF', `GET / HTTP/1.1\n${HOST}\r\n`],
    ['a bare LF in the headers', `GET / HTTP/1.1\r\nHost: a.test\nX: 1\r\n\r\n`],
    ['a bare CR', `GET / HTTP/1.1\r\n${HOST}X-A: 1\rX-B: 2\r\n\r\n`],
    ['a NUL', `GET / HTTP/1.1\r\n${HOST}X-A: 1\0\r\n\r\n`],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
    ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
    ['two spaces in the request line', `GET  / HTTP/1.1\r\n${HOST}\r\n`],
    ['a space in the target', `GET /a b HTTP/1.1\r\n${HOST}\r\n`],
    ['no version', `GET /\r\n${HOST}\r\n`],
    ['a method that is none', `G(T / HTTP/1.1\r\n${HOST}\r\n`],
    ['a fragment', `GET /a#b HTTP/1.1\r\n${HOST}\r\n`],
    ['a path above the root', `GET /../a HTTP/1.1\r\n${HOST}\r\n`],
    ['a bad escape', `GET /%zz HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s', async (_, bytes) => {
    expect(await refused(bytes)).toBe(400);
  });

  test.each([
    ['a coding not known', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
    ['a version not known', `GET / HTTP/2.0\r\n${HOST}\r\n`, [400, 505]],
  ])('%s', async (_, bytes, statuses) => {
    expect(statuses).toContain(await refused(bytes));
  });
});

describe('chunked bodies that cannot be read are cut off', () => {
  test.each([
    ['no size', 'xyz\r\n'],
    ['a signed size', '-1\r\n'],
    ['a prefixed size', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a size beyond all numbers', 'fffffffffffffffff\r\n'],
    ['a bare LF after the size', '3\nabc\r\n0\r\n\r\n'],
    ['a chunk longer than its size', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a chunk ended by a bare LF', '3\r\nabc\n0\r\n\r\n'],
  ])('%s', async (_, body) => {
    const before = bed.backend.requests.length;
    const client = await bed.connect();
    await client.send(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${body}`);
    const response = await within('a refusal', client.response());
    client.destroy();
    expect(response?.status).toBe(400);
    expect(bed.backend.requests.slice(before).every(({ complete }) => !complete)).toBe(true);
  });
});

describe('sizes are bounded', () => {
  test('a request line too long: 414', async () => {
    expect(await refused(`GET /${'a'.repeat(9_000)} HTTP/1.1\r\n${HOST}\r\n`)).toBe(414);
  });

  test('a request line too long is refused before its end is there', async () => {
    expect(await refused(`GET /${'a'.repeat(9_000)}`)).toBe(414);
  });

  test('a header line too long: 431', async () => {
    expect(await refused(`GET / HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(9_000)}\r\n\r\n`)).toBe(431);
  });

  test('too many headers: 431', async () => {
    expect(await refused(`GET / HTTP/1.1\r\n${HOST}${'X-A: 1\r\n'.repeat(101)}\r\n`)).toBe(431);
  });

  test('a body announced too long: 413, and not a byte of it is awaited', async () => {
    expect(await refused(`POST / HTTP/1.1\r\n${HOST}Content-Length: 1001\r\n\r\n`)).toBe(413);
  });

  test('a chunked body that grows too long: 413', async () => {
    const client = await bed.connect();
    const chunk = `1f4\r\n${'a'.repeat(500)}\r\n`;
    await client.send(`POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`);
    const response = await within('a refusal', client.response());
    client.destroy();
    expect(response?.status).toBe(413);
  });
});

describe('paths that hide something are not found', () => {
  test.each(['/a%2Fb', '/a%00b'])('%s: 404', async (path) => {
    const response = await bed.ask(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
    expect(response.status).toBe(404);
  });
});
