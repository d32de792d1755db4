import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { chunked, pattern, startEngineBed, withBody } from '#test/support/engine-bed.ts';
import { within } from '#test/support/wait.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed(({ url }) => [
    `ProxyPass "/ws" "${url}/ws" upgrade=websocket`,
    `ProxyPass "/fresh" "${url}/fresh" disablereuse=on`,
    `ProxyPass "/" "${url}/"`,
  ]);
});
afterAll(() => bed.stop());

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('a client that ends its sending side', () => {
  test.each([
    { name: 'a length', bytes: withBody('POST', '/fresh', pattern(150_000)) },
    {
      name: 'chunks',
      bytes: Buffer.concat([
        Buffer.from(requestHead('POST', '/fresh', [['Transfer-Encoding', 'chunked']])),
        chunked(pattern(150_000), 9_000),
      ]),
    },
  ])('right after a body of $name is served all the same', async ({ bytes }) => {
    bed.answeringWith(OK);
    const client = await bed.connect();
    // The node takes the body in several reads; the end is there before the connection to the backend is.
    client.socket.end(bytes);
    const response = await within('the answer', client.response('POST'));
    client.destroy();
    expect(response?.status).toBe(200);
    expect(bed.backend.requests.at(-1)?.body.equals(pattern(150_000))).toBe(true);
  });

  test('right after a body it was not asked for yet is served all the same', async () => {
    bed.answering(async (exchange) => {
      await delay(50);
      await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
      await exchange.readBody();
      await exchange.write(OK);
    });
    const client = await bed.connect();
    client.socket.end(withBody('POST', '/', pattern(3_000), [['Expect', '100-continue']]));
    const response = await within('the answer', client.response('POST'));
    client.destroy();
    expect(response?.status).toBe(200);
    expect(bed.backend.requests.at(-1)?.body.equals(pattern(3_000))).toBe(true);
  });

  test('in the middle of a body is given up, and the backend never sees a whole request', async () => {
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.readBody();
    });
    const client = await bed.connect();
    client.socket.end(withBody('POST', '/fresh/half', pattern(150_000)).subarray(0, 140_000));
    expect(await within('the end', client.reader.more())).toBe(false);
    const seen = bed.backend.requests.filter(({ target }) => target === '/fresh/half');
    expect(seen.every(({ complete }) => !complete)).toBe(true);
  });

  test('gets an answer to its end, however long that takes once it has begun', async () => {
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n');
      for (let i = 0; i < 15; i++) {
        await delay(100);
        await exchange.write('x');
      }
    });
    const client = await bed.connect();
    client.socket.end(requestHead('GET', '/'));
    const response = await within('the answer', client.response());
    client.destroy();
    expect(response?.complete).toBe(true);
    expect(response?.body.toString()).toBe('x'.repeat(15));
  });

  test('gets the answers to all requests it sent before', async () => {
    bed.answering(async (exchange) => {
      await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n');
      await exchange.write(pattern(3_000_000));
    });
    const client = await bed.connect();
    client.socket.end(requestHead('GET', '/').repeat(4));
    // The node has to wait for the client to read, with requests left to answer.
    await delay(200);
    for (let i = 0; i < 4; i++) {
      const response = await within('an answer', client.response());
      expect(response?.body.length).toBe(3_000_000);
    }
    expect(await within('the end', client.reader.more())).toBe(false);
    client.destroy();
  });

  test('of a tunnel before the backend has switched: what it said arrives, and then its end', async () => {
    const said = Promise.withResolvers<string>();
    bed.answering(async (exchange) => {
      exchange.finish();
      await delay(50);
      await exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      let text = '';
      for (;;) {
        const piece = await exchange.reader.some();
        if (piece === undefined) break;
        text += piece.toString();
      }
      said.resolve(text);
      exchange.socket.end();
    });
    const client = await bed.connect();
    client.socket.end(
      `${requestHead('GET', '/ws', [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ])}early words`,
    );
    expect((await within('the 101', client.finalHead('GET')))?.status).toBe(101);
    expect(await within('the words', said.promise)).toBe('early words');
    expect(await within('the end', client.reader.more())).toBe(false);
    client.destroy();
  });
});

describe('a backend that ends a tunnel', () => {
  test('leaves the client time to read: the client gets all that was sent before', async () => {
    const bytes = pattern(1_000_000);
    const sent = Promise.withResolvers<void>();
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      await exchange.write(bytes);
      exchange.socket.end();
      sent.resolve();
    });
    const client = await bed.connect();
    await client.send(
      requestHead('GET', '/ws', [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ]),
    );
    expect((await client.finalHead('GET'))?.status).toBe(101);
    await sent.promise;
    const got = await within('the bytes', client.reader.exactly(bytes.length, 'tunnel'));
    expect(got.equals(bytes)).toBe(true);
    expect(await within('the end', client.reader.more())).toBe(false);
    client.destroy();
  });
});
