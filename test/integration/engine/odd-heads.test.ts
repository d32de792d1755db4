import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { pattern, startEngineBed, withBody } from '#test/support/engine-bed.ts';
import { headerValue } from '#test/support/http-message.ts';
import { within } from '#test/support/wait.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed(({ url }) => [
    '<Proxy "balancer://c">',
    `  BalancerMember "${url}" timeout=1`,
    '</Proxy>',
    'ProxyPass "/" "balancer://c/"',
  ]);
});
afterAll(() => bed.stop());

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('a Connection header', () => {
  test('of a backend cannot take away the length the client reads the body by', async () => {
    bed.answeringWith('HTTP/1.1 200 OK\r\nConnection: content-length, x-a\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok');
    const client = await bed.connect();
    for (let i = 0; i < 2; i++) {
      const response = await within('the answer', client.get('/'));
      expect(response.body.toString()).toBe('ok');
      expect(headerValue(response.headers, 'x-a')).toBeUndefined();
    }
    client.destroy();
  });

  test('of a client cannot take away the Expect its body waits for', async () => {
    bed.answering(async (exchange) => {
      if (headerValue(exchange.request.headers, 'expect') !== undefined)
        await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
      await exchange.readBody();
      await exchange.write(OK);
    });
    const response = await bed.ask(
      withBody('POST', '/', Buffer.from('hello'), [
        ['Connection', 'expect'],
        ['Expect', '100-continue'],
      ]),
      'POST',
    );
    expect(response.status).toBe(200);
    expect(bed.node.node.workers().every(({ status }) => !String(status).includes('Err'))).toBe(true);
  });
});

describe('fields that must stand once', () => {
  test('two Expects are refused, and put no worker in error', async () => {
    bed.answeringWith(OK);
    const twice = [
      ['Expect', '100-continue'],
      ['Expect', '100-continue'],
    ] as const;
    expect((await bed.ask(withBody('POST', '/', Buffer.from('hello'), twice), 'POST')).status).toBe(417);
    expect((await bed.ask(requestHead('GET', '/'))).status).toBe(200);
  });

  test('two Max-Forwards are refused', async () => {
    const twice = [
      ['Max-Forwards', '5'],
      ['Max-Forwards', '6'],
    ] as const;
    expect((await bed.ask(requestHead('GET', '/', twice))).status).toBe(400);
  });
});

describe('interim answers without end', () => {
  test('are cut off for a client that does not see them, too', async () => {
    bed.answering(async (exchange) => {
      exchange.finish();
      while (await exchange.write('HTTP/1.1 103 Early Hints\r\n\r\n'));
    });
    const client = await bed.connect();
    await client.send(requestHead('GET', '/', [['Host', 'a.test']], 'HTTP/1.0'));
    expect((await within('an answer', client.response()))?.status).toBe(502);
    client.destroy();
  });
});

describe('a body still under way when its request is answered with 502', () => {
  test('is swallowed, and the connection kept as the answer said', async () => {
    bed.answering(async (exchange) => {
      exchange.finish();
      exchange.socket.destroy();
    });
    const client = await bed.connect();
    const bytes = withBody('POST', '/', pattern(150_000));
    await client.send(bytes.subarray(0, 100_000));
    const response = await within('the answer', client.response('POST'));
    expect(response?.status).toBe(502);
    expect(headerValue(response?.headers ?? [], 'connection')).toBeUndefined();
    bed.answeringWith(OK);
    await client.send(Buffer.concat([bytes.subarray(100_000), Buffer.from(requestHead('GET', '/next'))]));
    expect((await within('the next answer', client.response()))?.body.toString()).toBe('ok');
    client.destroy();
  });
});

describe('a body that goes wrong after its request was answered', () => {
  test('does not take the answer back', async () => {
    const none = await startEngineBed(({ url }) => [`ProxyPass "/known" "${url}/"`]);
    const client = await none.connect();
    await client.send(requestHead('POST', '/unknown', [['Transfer-Encoding', 'chunked']]));
    const response = await client.response('POST');
    expect(response?.status).toBe(404);
    await client.send('zz\r\n');
    expect(await within('the end', client.reader.more())).toBe(false);
    expect(client.reader.how).toBe('end');
    client.destroy();
    await none.stop();
  });
});
