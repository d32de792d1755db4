import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type CheckTarget, createCheckRunner } from '../../../../data-plane/agent/health/check-runner.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const runner = createCheckRunner();

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

async function listening(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function targetOf(server: Server, request: string | undefined, timeoutMs = 5_000): CheckTarget {
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, connectTimeoutMs: 5_000, timeoutMs, request };
}

/** A backend that says this, whatever it is asked. */
const answering = (answer: string) =>
  listening((socket) => {
    socket.on('data', () => void socket.end(answer));
  });

describe('a TCP check', () => {
  test('passes when it can connect, and closes the connection', async () => {
    let closed: Promise<unknown> | undefined;
    const server = await listening((socket) => {
      closed = once(socket, 'close');
      socket.resume();
    });
    expect(await runner.run(targetOf(server, undefined))).toEqual({ passed: true, detail: 'connected' });
    await closed;
  });

  test('fails when it can not', async () => {
    const server = await listening(() => {});
    const target = targetOf(server, undefined);
    server.close();
    await once(server, 'close');
    expect(await runner.run(target)).toEqual({ passed: false, detail: 'connect-failed ECONNREFUSED' });
  });
});

describe('an HTTP check', () => {
  test.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', true, 'status 200'],
    ['HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n', true, 'status 302'],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', true, 'status 204'],
    ['HTTP/1.1 404 Not Found\r\n\r\n', false, 'status 404'],
    ['HTTP/1.1 503 Unavailable\r\n\r\n', false, 'status 503'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', false, 'status 101'],
    ['hello\r\n', false, 'malformed-answer not-http'],
    ['HTTP/1.1 200 OK\r\nContent', false, 'no-answer'],
    ['', false, 'no-answer'],
  ])('judges %j: passed %s', async (answer, passed, detail) => {
    const server = await answering(answer);
    expect(await runner.run(targetOf(server, 'GET / HTTP/1.0\r\nHost: x:1\r\n\r\n'))).toEqual({ passed, detail });
  });

  test('sends its request byte for byte', async () => {
    let received = '';
    const server = await listening((socket) => {
      socket.on('data', (chunk) => {
        received += chunk;
        socket.end('HTTP/1.0 200 OK\r\n\r\n');
      });
    });
    await runner.run(targetOf(server, 'HEAD /h HTTP/1.1\r\nHost: x:1\r\n\r\n'));
    expect(received).toBe('HEAD /h HTTP/1.1\r\nHost: x:1\r\n\r\n');
  });

  test('fails when no answer comes in time', async () => {
    const server = await listening((socket) => socket.resume());
    expect(await runner.run(targetOf(server, 'GET / HTTP/1.0\r\n\r\n', 30))).toEqual({
      passed: false,
      detail: 'timeout',
    });
  });

  test('fails when the answer has no end of head', async () => {
    const server = await listening((socket) => {
      socket.on('data', () => void socket.write(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(20_000)}`));
    });
    const result = await runner.run(targetOf(server, 'GET / HTTP/1.0\r\n\r\n'));
    expect(result.passed).toBe(false);
    expect(result.detail).toContain('malformed-answer');
  });

  test('ends with the runner', async () => {
    const own = createCheckRunner();
    let asked: (() => void) | undefined;
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const server = await listening((socket) => socket.on('data', () => asked?.()));
    const result = own.run(targetOf(server, 'GET / HTTP/1.0\r\n\r\n'));
    await asking;
    own.close();
    expect(await result).toEqual({ passed: false, detail: 'cancelled' });
  });
});
