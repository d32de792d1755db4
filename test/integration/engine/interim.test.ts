import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { pattern, startEngineBed } from '#test/support/engine-bed.ts';
import { headerValue } from '#test/support/http-message.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed();
});
afterAll(() => bed.stop());

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('interim answers', () => {
  test('reach the client as they come, with their headers', async () => {
    const gate = Promise.withResolvers<void>();
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n');
      await gate.promise;
      await exchange.write(OK);
    });
    const client = await bed.connect();
    await client.send(requestHead('GET', '/'));
    const response = await client.response('GET', () => gate.resolve());
    client.destroy();
    expect(response?.interim.map(({ status }) => status)).toEqual([103]);
    expect(headerValue(response?.interim[0]?.headers ?? [], 'link')).toBe('</a.css>');
    expect(response?.body.toString()).toBe('ok');
  });

  test('in the same packet as the final answer are still separate', async () => {
    bed.answeringWith(`HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n${OK}`);
    const response = await bed.ask(requestHead('GET', '/'));
    expect(response.interim.map(({ status }) => status)).toEqual([102, 103]);
    expect(response.status).toBe(200);
  });

  test('are not sent to HTTP/1.0 clients', async () => {
    bed.answeringWith(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}`);
    const response = await bed.ask(requestHead('GET', '/', [['Host', 'a.test']], 'HTTP/1.0'));
    expect(response.interim).toEqual([]);
    expect(response.body.toString()).toBe('ok');
  });

  test('without end are cut off with 502', async () => {
    bed.answeringWith('HTTP/1.1 102 P\r\n\r\n'.repeat(50) + OK);
    const response = await bed.ask(requestHead('GET', '/'));
    expect(response.status).toBe(502);
  });
});

describe('Expect: 100-continue', () => {
  const body = pattern(50_000);
  const head = requestHead('POST', '/upload', [
    ['Expect', '100-continue'],
    ['Content-Length', String(body.length)],
  ]);

  test('the body is sent after the 100 of the backend, and arrives whole', async () => {
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
      await exchange.readBody();
      await exchange.write(OK);
    });
    const client = await bed.connect();
    await client.send(head);
    const response = await client.response('POST', () => void client.send(body));
    client.destroy();
    expect(response?.interim.map(({ status }) => status)).toEqual([100]);
    expect(response?.status).toBe(200);
    const request = bed.backend.requests.at(-1);
    expect(headerValue(request?.headers ?? [], 'expect')?.toLowerCase()).toBe('100-continue');
    expect(request?.body.equals(body)).toBe(true);
  });

  test('a refusal of the backend reaches the client, which need not send the body', async () => {
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
      exchange.finish();
      exchange.socket.end();
    });
    const client = await bed.connect();
    await client.send(head);
    const response = await client.response('POST');
    client.destroy();
    expect(response?.interim).toEqual([]);
    expect(response?.status).toBe(417);
    expect(response?.body.toString()).toBe('no');
    expect(bed.backend.requests.at(-1)?.bodyBytes).toBe(0);
  });

  test('a client that does not wait gets its answer all the same', async () => {
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
      await exchange.readBody();
      await exchange.write(OK);
    });
    const response = await bed.ask(Buffer.concat([Buffer.from(head), body]), 'POST');
    expect(response.status).toBe(200);
    expect(bed.backend.requests.at(-1)?.body.equals(body)).toBe(true);
  });
});
