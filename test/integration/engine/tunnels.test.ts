import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawClient } from '#test/support/client.ts';
import { requestHead } from '#test/support/client.ts';
import type { EngineBed } from '#test/support/engine-bed.ts';
import { pattern, startEngineBed } from '#test/support/engine-bed.ts';
import type { Exchange } from '#test/support/raw-server.ts';
import { eventually, within } from '#test/support/wait.ts';

let bed: EngineBed;
beforeAll(async () => {
  bed = await startEngineBed(({ url }) => [
    '<Proxy "balancer://c">',
    `  BalancerMember "${url}" upgrade=websocket`,
    '</Proxy>',
    'ProxyPass "/" "balancer://c/"',
  ]);
});
afterAll(() => bed.stop());

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** A client and a backend with a tunnel between them. */
async function open(first = ''): Promise<{ client: RawClient; exchange: Exchange }> {
  const arrived = Promise.withResolvers<Exchange>();
  bed.answering(async (exchange) => {
    exchange.finish();
    await exchange.write(SWITCH + first);
    arrived.resolve(exchange);
  });
  const client = await bed.connect();
  await client.send(
    requestHead('GET', '/ws', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ]),
  );
  const head = await client.finalHead('GET');
  expect(head?.status).toBe(101);
  return { client, exchange: await arrived.promise };
}

/** Ends both sides; the backend has to be told of the client's end. */
async function close({ client, exchange }: { client: RawClient; exchange: Exchange }): Promise<void> {
  client.destroy();
  expect(await within('the end at the backend', exchange.reader.more())).toBe(false);
  exchange.socket.destroy();
}

describe('tunnels', () => {
  test('carry bytes both ways, whatever they are', async () => {
    const { client, exchange } = await open();
    const there = pattern(300_000);
    const back = pattern(500_000);
    void client.send(there);
    void exchange.write(back);
    const [gotThere, gotBack] = await within(
      'the bytes',
      Promise.all([exchange.reader.exactly(there.length, 'tunnel'), client.reader.exactly(back.length, 'tunnel')]),
    );
    expect(gotThere.equals(there)).toBe(true);
    expect(gotBack.equals(back)).toBe(true);
    await close({ client, exchange });
  });

  test('pass on what came with the 101', async () => {
    const { client, exchange } = await open('first words');
    expect((await client.reader.exactly(11, 'tunnel')).toString()).toBe('first words');
    await close({ client, exchange });
  });

  test('pass on a half-close: the other direction goes on', async () => {
    const { client, exchange } = await open();
    await client.send('question');
    client.end();
    expect((await exchange.reader.exactly(8, 'tunnel')).toString()).toBe('question');
    expect(await within('the half-close', exchange.reader.more())).toBe(false);
    await exchange.write('answer');
    exchange.socket.end();
    expect((await client.reader.exactly(6, 'tunnel')).toString()).toBe('answer');
    expect(await within('the end', client.reader.more())).toBe(false);
    client.destroy();
  });

  test('end at the client when the backend breaks off', async () => {
    const { client, exchange } = await open();
    exchange.socket.resetAndDestroy();
    expect(await within('the end', client.reader.more())).toBe(false);
    client.destroy();
  });

  test('keep their worker busy until they end, and their connection out of the pool', async () => {
    const busy = () => bed.node.node.workers().reduce((sum, row) => sum + row.busy, 0);
    await eventually('an idle worker', () => busy() === 0 || undefined);
    const { client, exchange } = await open();
    expect(busy()).toBe(1);
    await close({ client, exchange });
    await eventually('an idle worker', () => busy() === 0 || undefined);
    const before = bed.backend.accepted();
    bed.answeringWith('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await bed.ask(requestHead('GET', '/after'));
    expect(bed.backend.accepted()).toBe(before + 1);
  });
});
