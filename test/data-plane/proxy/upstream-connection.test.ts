import { createServer, type Server, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { effectiveWorker } from '#shared/definition/defaults.ts';
import { listenOnFreePort } from '#test/support/ports.ts';
import { TimerWheel } from '../../../data-plane/proxy/timers.ts';
import type { UpstreamConnection, UpstreamUser } from '../../../data-plane/proxy/upstream-connection.ts';
import { UpstreamPool } from '../../../data-plane/proxy/upstream-pool.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

/** A client that has not taken all it was sent. */
function unread(): Socket {
  return Object.defineProperty(new Socket(), 'writableLength', { value: 1 });
}

/** Gets one answer of `bytes` bytes on a pool's connection, gives that back, and keeps the body's pieces where they were read to. */
function answer(pool: UpstreamPool, bytes: number, client: Socket): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let connection: UpstreamConnection | undefined;
    let complete = false;
    const failed = () => reject(new Error('the answer failed'));
    const user: UpstreamUser = {
      requestMethod: 'GET',
      responseFieldSize: 8192,
      onInterim: failed,
      onResponse: () => {},
      onResponseBody: (buffer, from, to) => void pieces.push(buffer.subarray(from, to)),
      onResponseEnd: () => {
        complete = true;
      },
      onMalformedResponse: failed,
      onTunnelData: failed,
      onTunnelEnd: failed,
      onUpstreamClosed: failed,
      onUpstreamDrain: () => {},
      afterRead() {
        if (complete && connection !== undefined) {
          pool.release(connection);
          resolve(pieces);
        }
        return true;
      },
    };
    pool.acquire(
      {
        onConnection(got) {
          connection = got;
          got.attach(user, client);
          got.out.text(`${bytes}\n`);
          got.out.flush();
        },
        onAcquireFailed: failed,
      },
      5000,
    );
  });
}

describe('UpstreamConnection', () => {
  it('never reads into memory that the last client it served has still to be sent', async () => {
    let letter = 'a';
    server = createServer((socket) => {
      socket.on('data', (data) => {
        const bytes = Number(data.toString());
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`);
        socket.write(Buffer.alloc(bytes, letter));
        letter = 'b';
      });
    });
    const port = await listenOnFreePort(server);
    const pool = new UpstreamPool(
      effectiveWorker({ url: `http://127.0.0.1:${port}`, parameters: {} }),
      1,
      new TimerWheel(),
    );
    const first = await answer(pool, 1_000_000, unread());
    const second = await answer(pool, 1_000_000, unread());
    expect(Buffer.concat(first).equals(Buffer.alloc(1_000_000, 'a'))).toBe(true);
    expect(Buffer.concat(second).equals(Buffer.alloc(1_000_000, 'b'))).toBe(true);
    pool.retire();
  });
});
