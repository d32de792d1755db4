import { afterEach, describe, expect, it } from 'vitest';
import { RawClient, requestHead } from '#test/support/client.ts';
import { headerValue } from '#test/support/http-message.ts';
import { freePort } from '#test/support/ports.ts';
import { type Exchange, type RawServer, startRawServer } from '#test/support/raw-server.ts';
import { type SwapBed, startSwapBed } from '#test/support/swap-bed.ts';
import { within } from '#test/support/wait.ts';

const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

async function backend(answer: (exchange: Exchange) => Promise<unknown>): Promise<RawServer> {
  const server = await startRawServer(async (exchange) => {
    await answer(exchange);
  });
  closes.push(() => server.close());
  return server;
}

async function client(port: number, host?: string): Promise<RawClient> {
  const connected = await RawClient.connect(port, host);
  closes.push(async () => connected.destroy());
  return connected;
}

const says = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
const get = requestHead('GET', '/');

/** Two servers on ports of their own. */
async function start(answer: (exchange: Exchange) => Promise<unknown> = (exchange) => exchange.write(says('own'))) {
  const bed: SwapBed = await startSwapBed();
  closes.push(() => bed.close());
  const [own, other] = [await backend(answer), await backend((exchange) => exchange.write(says('other')))];
  const [ownPort, otherPort] = [await freePort(), await freePort()];
  const server = (port: number, { url }: RawServer) => [
    `<VirtualHost *:${port}>`,
    `ProxyPass / ${url}/ upgrade=websocket`,
    '</VirtualHost>',
  ];
  const others = [`Listen ${otherPort}`, ...server(otherPort, other)];
  const withOwn = (listen = `Listen ${ownPort}`) => [...others, listen, ...server(ownPort, own)];
  await bed.configure(withOwn());
  return {
    ownPort,
    otherPort,
    removeOwn: () => bed.configure(others),
    listenOwn: (listen: string) => bed.configure(withOwn(listen)),
  };
}

describe('a listener that was removed', () => {
  it('ends idle connections, unused ones and those in the middle of a request head, and those of no other listener', async () => {
    const bed = await start();
    const [idle, unused, begun] = [await client(bed.ownPort), await client(bed.ownPort), await client(bed.ownPort)];
    // More than are ended in one go.
    const many = await Promise.all(Array.from({ length: 250 }, () => client(bed.ownPort)));
    const other = await client(bed.otherPort);
    expect((await idle.exchange(get)).body.toString()).toBe('own');
    expect((await other.exchange(get)).body.toString()).toBe('other');
    await begun.send('GET / HTTP/1.1\r\nHo');
    await bed.removeOwn();
    for (const ended of [idle, unused, begun, ...many])
      expect(await within('the end', ended.reader.more())).toBe(false);
    expect((await other.exchange(get)).body.toString()).toBe('other');
  });

  it('ends busy connections after their response, and says so if that has not begun; what was pipelined is not answered', async () => {
    const finish = Promise.withResolvers<void>();
    const arrived = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const bed = await start(async (exchange) => {
      const isBegun = exchange.request.target === '/begun';
      if (isBegun) await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
      arrived[isBegun ? 0 : 1]?.resolve();
      await finish.promise;
      await exchange.write(isBegun ? 'lf' : says('own'));
    });
    const [begun, waiting] = [await client(bed.ownPort), await client(bed.ownPort)];
    await begun.send(requestHead('GET', '/begun') + get);
    await waiting.send(requestHead('GET', '/waiting') + get);
    await Promise.all(arrived.map(({ promise }) => promise));
    const begunHead = await begun.finalHead('GET');
    if (begunHead === undefined) throw new Error('no answer');
    await bed.removeOwn();
    finish.resolve();
    expect((await begun.body(begunHead)).body.toString()).toBe('half');
    const last = await waiting.response();
    expect(last?.body.toString()).toBe('own');
    expect(headerValue(last?.headers ?? [], 'connection')).toBe('close');
    for (const ended of [begun, waiting]) expect(await within('the end', ended.reader.more())).toBe(false);
  });

  it('lets tunnels go on to their end', async () => {
    const bed = await start(async (exchange) => {
      exchange.finish();
      await exchange.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      const question = await exchange.reader.exactly(8, 'tunnel');
      await exchange.write(`${question}: answer`);
      exchange.socket.end();
    });
    const tunnel = await client(bed.ownPort);
    const upgrade = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ] as const;
    await tunnel.send(requestHead('GET', '/', upgrade));
    expect((await tunnel.finalHead('GET'))?.status).toBe(101);
    await bed.removeOwn();
    await tunnel.send('question');
    expect((await tunnel.reader.exactly(16, 'tunnel')).toString()).toBe('question: answer');
    expect(await within('the end', tunnel.reader.more())).toBe(false);
  });

  it('keeps connections that the listener in its place would have taken in, and only those', async () => {
    const bed = await start();
    const [one, two] = [await client(bed.ownPort, '127.0.0.1'), await client(bed.ownPort, '127.0.0.2')];
    for (const each of [one, two]) expect((await each.exchange(get)).body.toString()).toBe('own');
    await bed.listenOwn(`Listen 127.0.0.1:${bed.ownPort}`);
    expect(await within('the end', two.reader.more())).toBe(false);
    expect((await one.exchange(get)).body.toString()).toBe('own');
    await bed.listenOwn(`Listen ${bed.ownPort}`);
    expect((await one.exchange(get)).body.toString()).toBe('own');
    await bed.removeOwn();
    expect(await within('the end', one.reader.more())).toBe(false);
  });
});
