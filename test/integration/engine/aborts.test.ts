import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { pattern, startEngineBed, withBody } from '#test/support/engine-bed.ts';
import type { Exchange } from '#test/support/raw-server.ts';
import { eventually, within } from '#test/support/wait.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed();
});
afterAll(() => bed.stop());

/** The next exchange the backend gets; it answers nothing by itself. */
function nextExchange(): Promise<Exchange> {
  return new Promise((resolve) => {
    bed.answering(async (exchange) => {
      exchange.finish();
      resolve(exchange);
      // Reading on is what notices the end of the connection.
      await exchange.readBody();
      await exchange.reader.more();
      exchange.socket.destroy();
    });
  });
}

describe('a client that goes away', () => {
  test('while it waits for the answer: the backend connection is closed', async () => {
    const arrived = nextExchange();
    const client = await bed.connect();
    await client.send(requestHead('GET', '/slow'));
    const exchange = await within('the request', arrived);
    client.destroy();
    await within('the end of the backend connection', exchange.closed);
  });

  test('in the middle of its body: the backend sees an incomplete request, never a whole one', async () => {
    const arrived = nextExchange();
    const client = await bed.connect();
    await client.send(withBody('POST', '/half', pattern(200_000)).subarray(0, 100_000));
    const exchange = await within('the request', arrived);
    client.destroy();
    await within('the end of the backend connection', exchange.closed);
    expect(exchange.request.complete).toBe(false);
    expect(exchange.request.bodyBytes).toBeLessThan(200_000);
  });

  test('in the middle of a chunked body: the backend never sees the last chunk', async () => {
    const arrived = nextExchange();
    const client = await bed.connect();
    const piece = pattern(40_000);
    await client.send(requestHead('POST', '/half', [['Transfer-Encoding', 'chunked']]));
    await client.send(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
    const exchange = await within('the request', arrived);
    client.end();
    client.destroy();
    await within('the end of the backend connection', exchange.closed);
    expect(exchange.request.complete).toBe(false);
  });

  test('in the middle of the answer: the backend connection is closed', async () => {
    let exchange: Exchange | undefined;
    bed.answering(async (each) => {
      exchange = each;
      each.finish();
      const piece = pattern(65_536);
      await each.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      while (await each.write(Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')])));
    });
    const client = await bed.connect();
    await client.send(requestHead('GET', '/endless'));
    await client.reader.exactly(300_000, 'the answer');
    client.destroy();
    await within('the end of the backend connection', (exchange as Exchange | undefined)?.closed ?? Promise.reject());
    // Nothing is left in use at the node.
    await eventually('an idle node', () => bed.backend.open() === 0 || undefined);
  });
});

describe('a backend that breaks off', () => {
  const cases = [
    { name: 'a body with a length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf of it' },
    { name: 'a chunk', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf' },
    { name: 'the chunks', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n' },
    { name: 'the last chunk', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n' },
    {
      name: 'the trailers',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nX-A: 1\r\n',
    },
  ];
  const hows = [
    { how: 'closing', stop: (exchange: Exchange) => exchange.socket.end() },
    { how: 'a reset', stop: (exchange: Exchange) => exchange.socket.resetAndDestroy() },
  ];
  const table = cases.flatMap((each) => hows.map((how) => ({ ...each, ...how })));

  test.each(table)('by $how in the middle of $name: the client never takes the answer for complete', async (each) => {
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write(each.bytes);
      each.stop(exchange);
    });
    const response = await bed.ask(requestHead('GET', '/'));
    // Answered before the failure was noticed: cut off. Noticed before: an error, whole.
    if (response.status === 200) expect(response.complete).toBe(false);
    else expect(response.status).toBe(502);
  });

  test.each(table)(
    'by $how in the middle of $name: an HTTP/1.0 client is not told it is complete either',
    async (each) => {
      bed.answering(async (exchange) => {
        exchange.finish();
        await exchange.write(each.bytes);
        each.stop(exchange);
      });
      const client = await bed.connect();
      await client.send(requestHead('GET', '/', [['Host', 'a.test']], 'HTTP/1.0'));
      const response = await client.response();
      client.destroy();
      // Without a length only a reset tells a cut-off body from a whole one.
      if (response?.status === 200) expect(response.complete).toBe(false);
    },
  );

  test.each([
    { name: 'before a byte of the answer', bytes: '' },
    { name: 'in the status line', bytes: 'HTTP/1.1 20' },
    { name: 'in the headers', bytes: 'HTTP/1.1 200 OK\r\nContent-Le' },
    { name: 'at the end of the headers', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n' },
  ])('$name: 502', async ({ bytes }) => {
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write(bytes);
      exchange.socket.end();
    });
    const response = await bed.ask(requestHead('GET', '/'));
    expect(response.status).toBe(502);
    expect(response.complete).toBe(true);
  });

  test('by a reset in the middle of a body delimited by close: the client never takes it for complete', async () => {
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write('HTTP/1.1 200 OK\r\n\r\nhalf of it');
      exchange.socket.resetAndDestroy();
    });
    const response = await bed.ask(requestHead('GET', '/'));
    if (response.status === 200) expect(response.complete).toBe(false);
    else expect(response.status).toBe(502);
  });
});
