import type { LookupAddress } from 'node:dns';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort, listenOnFreePort } from '#test/support/ports.ts';
import { type ConnectFailure, Connector, type Opened } from '../../../data-plane/proxy/connector.ts';
import { TimerWheel } from '../../../data-plane/proxy/timers.ts';

type Answer = (error: Error | null, addresses: LookupAddress[]) => void;

/** Look-ups under way, answered by the tests. */
const asked = vi.hoisted(() => [] as ((error: Error | null, addresses: LookupAddress[]) => void)[]);
vi.mock('node:dns', () => ({ lookup: (_host: string, _options: object, answer: Answer) => void asked.push(answer) }));

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
  asked.length = 0;
});

function connectorTo(port: number): Connector<Opened> {
  return new Connector({ host: 'worker.test', port, addressttlMs: -1 }, new TimerWheel(), (host, to) => ({
    socket: connect({ host, port: to }),
  }));
}

function outcome(connector: Connector<Opened>): Promise<'connected' | ConnectFailure['kind']> {
  return new Promise((resolve) => {
    connector.connect(
      5000,
      ({ socket }) => {
        socket.destroy();
        resolve('connected');
      },
      ({ kind }) => resolve(kind),
    );
  });
}

const LOOPBACK: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];

describe('Connector', () => {
  it('looks a name up once for all who need it at the same time', async () => {
    server = createServer((socket) => socket.on('error', () => {}));
    const connector = connectorTo(await listenOnFreePort(server));
    const all = Promise.all([outcome(connector), outcome(connector), outcome(connector)]);
    expect(asked.length).toBe(1);
    asked[0]?.(null, LOOPBACK);
    expect(await all).toEqual(['connected', 'connected', 'connected']);
    expect(await outcome(connector)).toBe('connected');
    expect(asked.length).toBe(1);
  });

  it('tells all of them when the name does not resolve, and asks again for the next', async () => {
    const connector = connectorTo(1);
    const both = Promise.all([outcome(connector), outcome(connector)]);
    asked[0]?.(new Error('no such name'), []);
    expect(await both).toEqual(['dns-failure', 'dns-failure']);
    void outcome(connector);
    expect(asked.length).toBe(2);
  });

  it('reports the refused connection when a name that was known cannot be looked up anew', async () => {
    const connector = connectorTo(await freePort());
    const first = outcome(connector);
    asked[0]?.(null, LOOPBACK);
    expect(await first).toBe('connect-failed');
    const second = outcome(connector);
    await vi.waitFor(() => expect(asked.length).toBe(2));
    asked[1]?.(new Error('the name server is gone, too'), []);
    expect(await second).toBe('connect-failed');
  });
});
