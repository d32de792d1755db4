import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientResponse, RawClient } from '#test/support/client.ts';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { pattern, startEngineBed } from '#test/support/engine-bed.ts';
import type { TestNodeOptions } from '#test/support/penstock.ts';
import { eventually, within } from '#test/support/wait.ts';

const HTTP10 = requestHead('GET', '/', [['Host', 'a.test']], 'HTTP/1.0');
const beds: EngineBed[] = [];
afterAll(async () => {
  for (const each of beds) await each.stop();
});

async function open(lines: readonly string[], options: TestNodeOptions = {}): Promise<EngineBed> {
  const bed = await startEngineBed(({ url }) => [...lines, `ProxyPass "/" "${url}/"`], options);
  beds.push(bed);
  return bed;
}

/** Sends a request of an old client, to which only the end of the connection ends the answer, and reads its head. */
async function ask(bed: EngineBed): Promise<RawClient> {
  const client = await bed.connect();
  await client.send(HTTP10);
  return client;
}

async function read(client: RawClient): Promise<ClientResponse> {
  const response = await within('the answer', client.response());
  client.destroy();
  if (response === undefined) throw new Error('no answer');
  return response;
}

function chunk(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
}

describe('an answer that only the end of the connection ends is never ended in order before it is whole', () => {
  let bed: EngineBed;
  beforeAll(async () => {
    bed = await open(['Timeout 1', 'ProxyTimeout 20'], { gracefulTimeoutMs: 300 });
  });

  test('when its client is too slow in the middle of it', async () => {
    let stopped = false;
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      while (await exchange.write(chunk(pattern(65_536))));
      stopped = true;
    });
    const client = await ask(bed);
    await eventually('the end of the exchange', () => stopped || undefined);
    expect((await read(client)).complete).toBe(false);
  });

  test('when its client is too slow to take the rest of it', async () => {
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      for (let i = 0; i < 120; i++) await exchange.write(chunk(pattern(65_536)));
      await exchange.write('0\r\n\r\n');
      exchange.socket.end();
    });
    const client = await ask(bed);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const response = await read(client);
    if (response.complete) expect(response.body.length).toBe(120 * 65_536);
  });

  test('when the node stops', async () => {
    const begun = Promise.withResolvers<void>();
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      await exchange.write(chunk(pattern(10_000)));
      begun.resolve();
      await exchange.closed;
    });
    const client = await ask(bed);
    const head = await client.finalHead('GET');
    expect(head?.status).toBe(200);
    await client.reader.exactly(10_000, 'the beginning');
    await begun.promise;
    await bed.node.stop();
    expect(await within('the end', client.reader.more())).toBe(false);
    expect(client.reader.how).toBe('reset');
    client.destroy();
  });
});

describe('an answer that comes to a halt', () => {
  test('is cut off after the timeout, also if it came instead of a 100 Continue and its client was slow', async () => {
    const bed = await open(['Timeout 30', 'ProxyTimeout 1']);
    const total = 20_000_000;
    bed.answering(async (exchange) => {
      exchange.finish();
      await exchange.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      await exchange.write(pattern(total - 1));
      await exchange.closed;
    });
    const client = await bed.connect();
    await client.send(
      requestHead('POST', '/', [
        ['Expect', '100-continue'],
        ['Content-Length', '5'],
      ]),
    );
    const head = await client.finalHead('POST');
    if (head === undefined) throw new Error('no answer');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const response = await within('the end of the answer', client.body(head));
    client.destroy();
    expect(response.complete).toBe(false);
  });
});
