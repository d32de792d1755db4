import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { pattern, startEngineBed, withBody } from '#test/support/engine-bed.ts';
import { headerValue } from '#test/support/http-message.ts';
import { within } from '#test/support/wait.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed(({ url }) => ['MaxKeepAliveRequests 50', 'KeepAliveTimeout 1', `ProxyPass "/" "${url}/"`]);
});
afterAll(() => bed.stop());

/** Answers with the request's target as body. */
function echoTargets(): void {
  bed.answering(async (exchange) => {
    await exchange.readBody();
    const { target } = exchange.request;
    await exchange.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`);
  });
}

describe('client connections', () => {
  test('carry many requests, one after the other', async () => {
    echoTargets();
    const client = await bed.connect();
    for (let i = 0; i < 20; i++) expect((await client.get(`/${i}`)).body.toString()).toBe(`/${i}`);
    client.destroy();
  });

  test('answer pipelined requests in their order', async () => {
    bed.answering(async (exchange) => {
      await exchange.readBody();
      const { target } = exchange.request;
      if (target === '/0') await new Promise((resolve) => setTimeout(resolve, 50));
      await exchange.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`);
    });
    const client = await bed.connect();
    const body = pattern(20_000);
    const requests = Array.from({ length: 8 }, (_, i) =>
      i % 2 === 0 ? Buffer.from(requestHead('GET', `/${i}`)) : withBody('POST', `/${i}`, body),
    );
    await client.send(Buffer.concat(requests));
    for (let i = 0; i < 8; i++) expect((await client.response())?.body.toString()).toBe(`/${i}`);
    client.destroy();
    const posts = bed.backend.requests.slice(-8).filter(({ method }) => method === 'POST');
    expect(posts.every((request) => request.body.equals(body))).toBe(true);
  });

  test.each([
    { name: 'Connection: close', headers: [['Connection', 'close']] as const, version: 'HTTP/1.1' },
    { name: 'HTTP/1.0', headers: [['Host', 'a.test']] as const, version: 'HTTP/1.0' },
  ])('end after a request with $name', async ({ headers, version }) => {
    echoTargets();
    const client = await bed.connect();
    const response = await client.exchange(requestHead('GET', '/last', headers, version));
    expect(headerValue(response.headers, 'connection')?.toLowerCase()).toBe('close');
    expect(await within('the end of the connection', client.reader.more())).toBe(false);
    client.destroy();
  });

  test('of HTTP/1.0 are kept when asked for', async () => {
    echoTargets();
    const client = await bed.connect();
    const headers = [
      ['Host', 'a.test'],
      ['Connection', 'keep-alive'],
    ] as const;
    const first = await client.exchange(requestHead('GET', '/1', headers, 'HTTP/1.0'));
    expect(headerValue(first.headers, 'connection')?.toLowerCase()).toBe('keep-alive');
    expect((await client.exchange(requestHead('GET', '/2', headers, 'HTTP/1.0'))).body.toString()).toBe('/2');
    client.destroy();
  });

  test('end after MaxKeepAliveRequests', async () => {
    echoTargets();
    const client = await bed.connect();
    let served = 0;
    for (; served < 60; served++) {
      const response = await client.get('/x');
      if (headerValue(response.headers, 'connection')?.toLowerCase() === 'close') break;
    }
    client.destroy();
    // As httpd counts: it keeps the connection after each of the first 50.
    expect(served + 1).toBe(51);
  });

  test('end after KeepAliveTimeout without a request', async () => {
    echoTargets();
    const client = await bed.connect();
    await client.get('/x');
    expect(await within('the end of the connection', client.reader.more(), 10_000)).toBe(false);
    client.destroy();
  });
});

describe('backend connections', () => {
  test('are used again, also by other clients', async () => {
    echoTargets();
    await bed.ask(requestHead('GET', '/warm'));
    const before = bed.backend.accepted();
    for (let i = 0; i < 10; i++) await bed.ask(requestHead('GET', `/${i}`));
    expect(bed.backend.accepted()).toBe(before);
  });

  test.each([
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
  ])('are not used again after %j', async (answer) => {
    bed.answeringWith(answer);
    const client = await bed.connect();
    await client.get('/1');
    const before = bed.backend.accepted();
    await client.get('/2');
    client.destroy();
    expect(bed.backend.accepted()).toBe(before + 1);
  });

  test('are not used again when bytes beyond the answer came', async () => {
    bed.answeringWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
    expect((await bed.ask(requestHead('GET', '/1'))).body.toString()).toBe('ok');
    echoTargets();
    for (let i = 0; i < 5; i++) expect((await bed.ask(requestHead('GET', `/${i}`))).body.toString()).toBe(`/${i}`);
  });
});

describe('early answers', () => {
  test('reach the client before its body is sent, and the connection stays in step', async () => {
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
      exchange.finish();
      exchange.socket.end();
    });
    const client = await bed.connect();
    const body = pattern(400_000);
    const bytes = withBody('POST', '/early', body);
    await client.send(bytes.subarray(0, 50_000));
    const response = await within('an early answer', client.response('POST'));
    expect(response?.status).toBe(403);
    expect(response?.body.toString()).toBe('no');
    // Whatever becomes of the rest: no byte of it may be taken for a request.
    const before = bed.backend.requests.length;
    await client.send(bytes.subarray(50_000));
    await client.send(requestHead('GET', '/next'));
    echoTargets();
    const next = await within('the next answer or the end', client.response());
    client.destroy();
    if (next !== undefined) expect(next.body.toString()).toBe('/next');
    const later = bed.backend.requests.slice(before).map(({ target }) => target);
    expect(later.every((target) => target === '/next')).toBe(true);
  });
});
