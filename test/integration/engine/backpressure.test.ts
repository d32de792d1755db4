import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { pattern, startEngineBed } from '#test/support/engine-bed.ts';
import { eventually } from '#test/support/wait.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed();
});
afterAll(() => bed.stop());

const PIECE = pattern(65_536);
const TOTAL = 256 * 1024 * 1024;
/** Kernel buffers of two connections and the node's own: far less than the body, far more than they should hold. */
const BOUND = 48 * 1024 * 1024;

/** Waits until `bytes()` has stood still over 20 looks in a row. @returns where it stands */
async function standsStill(bytes: () => number): Promise<number> {
  let last = -1;
  let still = 0;
  await eventually('the flow to stop', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    still = bytes() === last ? still + 1 : 0;
    last = bytes();
    return still >= 20 || undefined;
  });
  return last;
}

describe('backpressure', () => {
  test('a client that does not read stops the backend, and gets everything once it reads', async () => {
    let written = 0;
    bed.answering(async (exchange) => {
      await exchange.write(`HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`);
      while (written < TOTAL && (await exchange.write(PIECE))) written += PIECE.length;
    });
    const client = await bed.connect();
    await client.send(requestHead('GET', '/large'));
    const head = await client.finalHead('GET');
    expect(head?.status).toBe(200);
    const stopped = await standsStill(() => written);
    expect(stopped).toBeLessThan(BOUND);

    let read = 0;
    while (read < TOTAL) {
      const piece = await client.reader.some(TOTAL - read);
      if (piece === undefined) break;
      read += piece.length;
    }
    client.destroy();
    expect(read).toBe(TOTAL);
  });

  test('a backend that does not read stops the client, and gets everything once it reads', async () => {
    const gate = Promise.withResolvers<void>();
    bed.answering(async (exchange) => {
      await gate.promise;
      await exchange.readBody();
      await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const client = await bed.connect();
    await client.send(requestHead('POST', '/upload', [['Content-Length', String(TOTAL)]]));
    let sent = 0;
    const sending = (async () => {
      while (sent < TOTAL) {
        await client.send(PIECE);
        sent += PIECE.length;
      }
    })();
    const stopped = await standsStill(() => sent);
    expect(stopped).toBeLessThan(BOUND);

    gate.resolve();
    await sending;
    const response = await client.response('POST');
    client.destroy();
    expect(response?.status).toBe(200);
    expect(bed.backend.requests.at(-1)?.bodyBytes).toBe(TOTAL);
  });

  test('one client that does not read holds up nobody else', async () => {
    bed.answering(async (exchange) => {
      if (exchange.request.target === '/small') {
        await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        return;
      }
      exchange.finish();
      await exchange.write('HTTP/1.1 200 OK\r\n\r\n');
      while (await exchange.write(PIECE));
    });
    const lazy = await bed.connect();
    await lazy.send(requestHead('GET', '/endless'));
    await lazy.finalHead('GET');
    for (let i = 0; i < 20; i++) expect((await bed.ask(requestHead('GET', '/small'))).body.toString()).toBe('ok');
    lazy.destroy();
  });
});
