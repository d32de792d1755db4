import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { chunked, pattern, startEngineBed, withBody } from '#test/support/engine-bed.ts';
import { headerValue } from '#test/support/http-message.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed();
});
afterAll(() => bed.stop());

const lastRequest = () => {
  const request = bed.backend.requests.at(-1);
  if (request === undefined) throw new Error('the backend got no request');
  return request;
};

describe('request bodies', () => {
  test.each([0, 1, 100, 16_383, 16_384, 16_385, 300_000])('of %i bytes with a length arrive whole', async (bytes) => {
    const body = pattern(bytes);
    bed.answeringWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const response = await bed.ask(withBody('POST', '/upload', body));
    expect(response.status).toBe(200);
    expect(lastRequest().bodyBytes).toBe(bytes);
    expect(lastRequest().body.equals(body)).toBe(true);
    expect(lastRequest().framing).toEqual({ kind: 'length', bytes });
  });

  test.each([
    { bytes: 10, chunk: 3 },
    { bytes: 16_384, chunk: 5_000 },
    { bytes: 300_000, chunk: 8_000 },
    { bytes: 300_000, chunk: 300_000 },
  ])('of $bytes bytes in chunks of $chunk arrive whole', async ({ bytes, chunk }) => {
    const body = pattern(bytes);
    const head = Buffer.from(requestHead('POST', '/upload', [['Transfer-Encoding', 'chunked']]));
    const response = await bed.ask(Buffer.concat([head, chunked(body, chunk)]));
    expect(response.status).toBe(200);
    expect(lastRequest().bodyBytes).toBe(bytes);
    expect(lastRequest().body.equals(body)).toBe(true);
    // Read whole before it is sent on, a body gets a length; a longer one stays chunked, as in httpd.
    expect(lastRequest().framing.kind).toBe(bytes <= 16_384 ? 'length' : 'chunked');
  });

  test('that come byte by byte arrive whole', async () => {
    const client = await bed.connect();
    const bytes = Buffer.concat([
      Buffer.from(requestHead('PUT', '/slow', [['Transfer-Encoding', 'chunked']])),
      chunked(pattern(40), 7),
    ]);
    for (const byte of bytes) await client.send(Buffer.of(byte));
    const response = await client.response();
    client.destroy();
    expect(response?.status).toBe(200);
    expect(lastRequest().body.equals(pattern(40))).toBe(true);
  });

  test('of a request that is answered by a 404 do not disturb the next request', async () => {
    const client = await bed.connect();
    await client.send(withBody('POST', '/a%2Fb', pattern(5_000)));
    const refused = await client.response();
    expect(refused?.status).toBe(404);
    await client.send(requestHead('GET', '/next'));
    const next = await client.response();
    client.destroy();
    expect(next?.status).toBe(200);
    expect(lastRequest().target).toBe('/next');
  });
});

describe('response bodies', () => {
  test.each([0, 1, 1_000, 65_536, 2_000_000])('of %i bytes with a length arrive whole', async (bytes) => {
    const body = pattern(bytes);
    bed.answeringWith(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`), body]));
    const response = await bed.ask(requestHead('GET', '/'));
    expect(response.framing).toEqual({ kind: 'length', bytes });
    expect(response.complete).toBe(true);
    expect(response.body.equals(body)).toBe(true);
  });

  test.each([1, 1_000, 2_000_000])('of %i bytes in chunks arrive whole and chunked', async (bytes) => {
    const body = pattern(bytes);
    const head = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    bed.answeringWith(Buffer.concat([head, chunked(body, 10_000)]));
    const response = await bed.ask(requestHead('GET', '/'));
    expect(response.framing.kind).toBe('chunked');
    expect(response.complete).toBe(true);
    expect(response.body.equals(body)).toBe(true);
  });

  test('delimited by the end of the connection arrive whole, and the client connection can go on', async () => {
    const body = pattern(200_000);
    bed.answering(async (exchange) => {
      await exchange.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), body]));
      exchange.finish();
      exchange.socket.end();
    });
    const client = await bed.connect();
    const response = await client.get('/');
    expect(response.complete).toBe(true);
    expect(response.body.equals(body)).toBe(true);
    expect(response.framing.kind).toBe('chunked');
    bed.answeringWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect((await client.get('/')).status).toBe(200);
    client.destroy();
  });

  test('go to HTTP/1.0 clients without chunks', async () => {
    const body = pattern(50_000);
    const head = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    bed.answeringWith(Buffer.concat([head, chunked(body, 1_000)]));
    const response = await bed.ask(requestHead('GET', '/', [['Host', 'a.test']], 'HTTP/1.0'));
    expect(response.framing.kind).toBe('until-close');
    expect(headerValue(response.headers, 'transfer-encoding')).toBeUndefined();
    expect(response.body.equals(body)).toBe(true);
    expect(response.complete).toBe(true);
  });

  test('of HTTP/1.0 backends arrive whole', async () => {
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello');
      exchange.finish();
      exchange.socket.end();
    });
    const response = await bed.ask(requestHead('GET', '/'));
    expect(response.version).toBe('HTTP/1.1');
    expect(response.body.toString()).toBe('hello');
    expect(lastRequest().version).toBe('HTTP/1.1');
  });

  test.each([
    { method: 'HEAD', status: '200 OK', header: 'Content-Length: 1000' },
    { method: 'HEAD', status: '200 OK', header: 'Transfer-Encoding: chunked' },
    { method: 'GET', status: '204 No Content', header: 'X-A: 1' },
    { method: 'GET', status: '304 Not Modified', header: 'Content-Length: 1000' },
  ])('are absent from the answer $status to $method with $header', async ({ method, status, header }) => {
    bed.answeringWith(`HTTP/1.1 ${status}\r\n${header}\r\n\r\n`);
    const client = await bed.connect();
    const response = await client.exchange(requestHead(method, '/'), method);
    expect(response.status).toBe(Number(status.slice(0, 3)));
    expect(response.body.length).toBe(0);
    // The same connection goes on: not a byte of a body came.
    bed.answeringWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect((await client.get('/after')).body.toString()).toBe('ok');
    client.destroy();
  });

  test('keep their Content-Length in the answer to HEAD', async () => {
    bed.answeringWith('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n');
    const response = await bed.ask(requestHead('HEAD', '/'), 'HEAD');
    expect(headerValue(response.headers, 'content-length')).toBe('1234');
  });
});

describe('trailers', () => {
  test('of a response go to the client', async () => {
    const head = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    bed.answeringWith(Buffer.concat([head, chunked(pattern(10), 4, [['X-Checksum', 'abc']])]));
    const response = await bed.ask(requestHead('GET', '/'));
    expect(response.complete).toBe(true);
    expect(response.trailers).toEqual([['X-Checksum', 'abc']]);
  });

  test('of a streamed request never become headers', async () => {
    bed.answeringWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const head = Buffer.from(requestHead('POST', '/t', [['Transfer-Encoding', 'chunked']]));
    const body = chunked(pattern(100_000), 9_000, [['X-Admin', 'yes']]);
    const response = await bed.ask(Buffer.concat([head, body]));
    expect(response.status).toBe(200);
    expect(lastRequest().bodyBytes).toBe(100_000);
    expect(headerValue(lastRequest().headers, 'x-admin')).toBeUndefined();
  });
});
