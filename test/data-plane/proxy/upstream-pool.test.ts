import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { effectiveWorker } from '#shared/definition/defaults.ts';
import type { WorkerParameters } from '#shared/definition/worker.ts';
import { freePort, listenOnFreePort } from '#test/support/ports.ts';
import { eventually } from '#test/support/wait.ts';
import { TimerWheel } from '../../../data-plane/proxy/timers.ts';
import type { UpstreamConnection } from '../../../data-plane/proxy/upstream-connection.ts';
import { type AcquireFailure, UpstreamPool } from '../../../data-plane/proxy/upstream-pool.ts';

const servers: Server[] = [];
const accepted: Socket[] = [];

afterEach(() => {
  for (const socket of accepted.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function backend(): Promise<number> {
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => {});
  });
  servers.push(server);
  return listenOnFreePort(server);
}

function poolFor(port: number, parameters: WorkerParameters = {}): UpstreamPool {
  const worker = effectiveWorker({ url: `http://127.0.0.1:${port}`, parameters });
  return new UpstreamPool(worker, worker.max, new TimerWheel());
}

type Taken = { connection: UpstreamConnection; reused: boolean };

function take(pool: UpstreamPool, connectTimeoutMs = 5000): Promise<Taken | AcquireFailure> {
  return new Promise((resolve) => {
    pool.acquire(
      { onConnection: (connection, reused) => resolve({ connection, reused }), onAcquireFailed: resolve },
      connectTimeoutMs,
    );
  });
}

async function taken(pool: UpstreamPool): Promise<Taken> {
  const result = await take(pool);
  if ('kind' in result) throw new Error(result.detail);
  return result;
}

describe('UpstreamPool', () => {
  it('reuses the connection returned last', async () => {
    const pool = poolFor(await backend());
    const [first, second] = [await taken(pool), await taken(pool)];
    pool.release(first.connection);
    pool.release(second.connection);
    const again = await taken(pool);
    expect(again.reused).toBe(true);
    expect(again.connection).toBe(second.connection);
    expect(pool.open).toBe(2);
    pool.discard(again.connection);
    pool.retire();
    expect(pool.open).toBe(0);
  });

  it('notices that the worker ended an idle connection, and opens another', async () => {
    const pool = poolFor(await backend());
    const first = await taken(pool);
    await eventually('accepted', () => accepted[0]);
    pool.release(first.connection);
    accepted[0]?.end();
    await eventually('dropped from the pool', () => pool.open === 0);
    const second = await taken(pool);
    expect(second.reused).toBe(false);
    pool.discard(second.connection);
  });

  it('drops a connection on which the worker speaks unasked', async () => {
    const pool = poolFor(await backend());
    const first = await taken(pool);
    await eventually('accepted', () => accepted[0]);
    pool.release(first.connection);
    accepted[0]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
    await eventually('dropped from the pool', () => pool.open === 0);
  });

  it('tells a refused connection from none in time', async () => {
    const pool = poolFor(await freePort());
    expect(await take(pool)).toMatchObject({ kind: 'connect-failed' });
    expect(pool.open).toBe(0);
  });

  it('reports a name that does not resolve', async () => {
    const worker = effectiveWorker({ url: 'http://no-such-host.invalid', parameters: {} });
    const pool = new UpstreamPool(worker, worker.max, new TimerWheel());
    expect(await take(pool)).toMatchObject({ kind: 'dns-failure' });
  });

  it('makes requests above max wait, and gives up after acquire', async () => {
    const pool = poolFor(await backend(), { max: 1, acquireMs: 40 });
    const first = await taken(pool);
    expect(await take(pool)).toMatchObject({ kind: 'acquire-timeout' });
    const waiting = take(pool);
    pool.release(first.connection);
    expect(await waiting).toMatchObject({ connection: first.connection, reused: true });
    pool.discard(first.connection);
  });

  it('counts only those who still wait against the bound of its queue', async () => {
    const pool = poolFor(await backend(), { max: 1 });
    const first = await taken(pool);
    const never = {
      onConnection: () => expect.unreachable('gave up before'),
      onAcquireFailed: () => expect.unreachable('gave up before'),
    };
    for (let i = 0; i < 20_000; i++) pool.acquire(never, 5000)?.cancel();
    const waiting = take(pool);
    pool.release(first.connection);
    expect(await waiting).toMatchObject({ connection: first.connection, reused: true });
    pool.discard(first.connection);
    expect(pool.open).toBe(0);
  });

  it('serves those who wait in the order they came, also around one who gave up', async () => {
    const pool = poolFor(await backend(), { max: 1 });
    const first = await taken(pool);
    const order: string[] = [];
    const queue = (name: string) =>
      pool.acquire(
        {
          onConnection(connection) {
            order.push(name);
            pool.release(connection);
          },
          onAcquireFailed: () => expect.unreachable('the connection comes back'),
        },
        5000,
      );
    queue('a');
    const given = queue('b');
    queue('c');
    queue('d');
    given?.cancel();
    pool.release(first.connection);
    expect(order).toEqual(['a', 'c', 'd']);
    expect(pool.open).toBe(1);
    pool.retire();
    expect(pool.open).toBe(0);
  });

  it('opens a connection for who waits when one is lost', async () => {
    const pool = poolFor(await backend(), { max: 1 });
    const first = await taken(pool);
    const waiting = take(pool);
    pool.discard(first.connection);
    expect(await waiting).toMatchObject({ reused: false });
    expect(pool.open).toBe(1);
  });

  it('closes connections idle for ttl', async () => {
    const pool = poolFor(await backend(), { ttlMs: 40 });
    const first = await taken(pool);
    pool.release(first.connection);
    await eventually('closed', () => pool.open === 0);
  });

  it('keeps no connection with disablereuse', async () => {
    const pool = poolFor(await backend(), { disablereuse: true });
    const first = await taken(pool);
    pool.release(first.connection);
    expect(pool.open).toBe(0);
  });

  it('closes connections that come back after the worker left the configuration', async () => {
    const pool = poolFor(await backend());
    const first = await taken(pool);
    pool.retire();
    pool.release(first.connection);
    expect(pool.open).toBe(0);
  });
});
