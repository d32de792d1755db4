import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { Bus } from '#shared/bus.ts';
import { subjects } from '#shared/bus.ts';
import { pauseMs } from '#shared/nats-bus/link.ts';
import { listenOnFreePort } from '#test/support/ports.ts';
import { eventually } from '#test/support/wait.ts';
import { bytes, natsParties, textOf } from './parties.ts';

const { head, ack, allAcks, allDeltas, delta, allCommits, commit } = subjects('f');
const { server: natsServer, party, controlPlane, node } = natsParties();

const connected = (bus: Bus) => eventually('the bus to be connected', () => bus.status().connected);
const disconnected = (bus: Bus) => eventually('the bus to be disconnected', () => !bus.status().connected);
const isDisconnected = expect.objectContaining({ name: 'BusError', code: 'disconnected' });

async function watched(bus: Bus, key: string = head): Promise<string[]> {
  const seen: string[] = [];
  await bus.watchLatest(key, (payload) => seen.push(Buffer.from(payload).toString()));
  return seen;
}

async function heard(bus: Bus, subject: string): Promise<string[]> {
  const seen: string[] = [];
  await bus.subscribe(subject, (payload) => seen.push(Buffer.from(payload).toString()));
  return seen;
}

describe('the NATS bus without a server', () => {
  it('is there at once, refuses calls at once, and comes alive with the server', async () => {
    const server = await natsServer({ started: false });
    const n1 = await party(server, 'n1');
    expect(n1.status().connected).toBe(false);
    const calls = [n1.publish('a', bytes('x')), n1.putLatest(head, bytes('x')), n1.getLatest(head), n1.getObject('o')];
    const results = await Promise.allSettled(calls);
    expect(results).toEqual(calls.map(() => ({ status: 'rejected', reason: isDisconnected })));
    const seen = await watched(n1);
    const acks = await heard(n1, allAcks);
    await eventually('a failed attempt', () => n1.faults().connect);
    expect(n1.status().detail).toContain(`cannot connect to 127.0.0.1:${server.port}`);

    await server.start();
    const cp = await controlPlane(server);
    await connected(n1);
    await cp.putLatest(head, bytes('1'));
    await cp.publish(ack('n2'), bytes('ack'));
    await vi.waitFor(() => expect(seen).toEqual(['1']));
    await vi.waitFor(() => expect(acks).toEqual(['ack']));
  });

  it('can be closed while it tries to connect', async () => {
    const server = await natsServer({ started: false });
    const n1 = await party(server, 'n1');
    await n1.close();
    expect(n1.status()).toEqual({ connected: false, detail: 'closed' });
  });

  it('pauses longer and longer between attempts, never twice alike', () => {
    const pauses = Array.from({ length: 12 }, (_, i) => pauseMs(i + 1, { min: 100, max: 5000 }));
    expect(pauses[0]).toBeLessThanOrEqual(100);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5000);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(2500);
    expect(new Set(pauses).size).toBe(12);
  });

  it('connects to whichever of several servers is there', async () => {
    const [away, there] = [await natsServer({ started: false }), await natsServer()];
    const n1 = await party(away, 'n1', { servers: `${away.url},${there.url}` });
    await n1.ready();
    expect(n1.status().detail).toContain(`${there.port}`);
  });
});

describe('the NATS bus and a node without a stream', () => {
  it('watches what is put once the control plane has made the stream', async () => {
    const server = await natsServer();
    const n1 = await node(server, { requestTimeoutMs: 200 });
    const seen = await watched(n1);
    await expect(n1.getLatest(head)).rejects.toEqual(isDisconnected);
    await expect(n1.putLatest(head, bytes('x'))).rejects.toEqual(isDisconnected);
    const cp = await controlPlane(server);
    await cp.putLatest(head, bytes('1'));
    await vi.waitFor(() => expect(seen).toEqual(['1']));
  });

  it('works for a node on a server without JetStream, as far as nothing is kept', async () => {
    const server = await natsServer({ jetStream: false });
    const [n1, n2] = [await node(server), await node(server, { name: 'n2' })];
    const seen = await heard(n2, allAcks);
    await n1.publish(ack('n1'), bytes('1'));
    await vi.waitFor(() => expect(seen).toEqual(['1']));
    await expect(n1.getLatest(head)).rejects.toEqual(isDisconnected);
  });
});

describe('the NATS bus when the server restarts', () => {
  it.each(['stop', 'kill'] as const)(
    'goes on after %s: subscriptions live, watches are given again what is kept',
    async (how) => {
      const server = await natsServer();
      const [cp, n1] = [await controlPlane(server), await node(server)];
      const seen = await watched(n1);
      const deltas = await heard(n1, allDeltas);
      await cp.putLatest(head, bytes('1'));
      await vi.waitFor(() => expect(seen).toEqual(['1']));
      const statuses: boolean[] = [];
      n1.onStatus((status) => statuses.push(status.connected));

      await server[how]();
      await Promise.all([disconnected(cp), disconnected(n1)]);
      await expect(n1.publish(ack('n1'), bytes('x'))).rejects.toEqual(isDisconnected);
      await expect(cp.putLatest(head, bytes('x'))).rejects.toEqual(isDisconnected);
      await server.start();
      await Promise.all([connected(cp), connected(n1)]);
      await vi.waitFor(() => expect(seen).toEqual(['1', '1']));

      const version = (await cp.getLatest(head))?.version ?? 0;
      expect(await cp.putLatest(head, bytes('2'), { ifVersion: version })).toBeGreaterThan(version);
      await cp.putLatest(delta(2), bytes('delta'));
      await vi.waitFor(() => expect(seen).toEqual(['1', '1', '2']));
      await vi.waitFor(() => expect(deltas).toEqual(['delta']));
      expect(statuses).toEqual([false, true]);
      expect(n1.faults().disconnect).toBe(1);
      expect(n1.servers).toHaveLength(2);
    },
  );

  it('gives a watcher what was put while it could not hear it', async () => {
    const server = await natsServer();
    const [cp, n1] = [await controlPlane(server), await node(server, { reconnectMs: { min: 300, max: 300 } })];
    const all = await watched(cp, allCommits);
    const seen = await watched(n1);
    await cp.putLatest(head, bytes('1'));
    await cp.putLatest(commit(1), bytes('c1'));
    await vi.waitFor(() => expect(seen).toEqual(['1']));
    await server.kill();
    await disconnected(n1);
    await server.start();
    await connected(cp);
    await cp.putLatest(head, bytes('2'));
    await cp.putLatest(commit(2), bytes('c2'));
    await vi.waitFor(() => expect(seen.at(-1)).toBe('2'));
    await vi.waitFor(() => expect(all.slice(1).toSorted()).toEqual(['c1', 'c2']));
  });

  it('makes the stream again when it is lost, with versions that go on growing', async () => {
    const server = await natsServer();
    const [cp, n1] = [await controlPlane(server), await node(server)];
    const seen = await watched(n1);
    let version = 0;
    for (let i = 1; i <= 100; i++) version = await cp.putLatest(head, bytes(`${i}`), { ifVersion: version });
    await vi.waitFor(() => expect(seen.at(-1)).toBe('100'));
    await server.kill();
    await server.wipe();
    await server.start();
    await connected(cp);
    await eventually('the node to be back', () => n1.servers.length === 2);
    expect(await cp.getLatest(head)).toBeUndefined();
    expect(await cp.putLatest(head, bytes('again'), { ifVersion: 0 })).toBeGreaterThan(version);
    await vi.waitFor(() => expect(seen.at(-1)).toBe('again'));
  });

  it('gives up a server that no longer answers, and comes back', async () => {
    const server = await natsServer();
    const n1 = await node(server, { pingIntervalMs: 50, requestTimeoutMs: 300 });
    server.pause();
    try {
      await expect(n1.getLatest(head)).rejects.toEqual(isDisconnected);
      await disconnected(n1);
      expect(n1.faults().disconnect).toBe(1);
    } finally {
      server.resume();
    }
    await connected(n1);
  });

  it('refuses to send more than a server that does not read has taken', async () => {
    const server = await natsServer();
    const n1 = await node(server, { maxUnconfirmedBytes: 3_000_000 });
    server.pause();
    try {
      for (let i = 0; i < 3; i++) await n1.publish('a', Buffer.alloc(1_000_000));
      await expect(n1.publish('a', Buffer.alloc(1_000_000))).rejects.toThrow(/has not read 3000000 bytes/);
    } finally {
      server.resume();
    }
    await eventually('the server to have read', () =>
      n1.publish('a', Buffer.alloc(1_000_000)).then(
        () => true,
        () => false,
      ),
    );
  });

  it('rejects what is under way when the connection is lost', async () => {
    const server = await natsServer();
    const n1 = await node(server, { requestTimeoutMs: 60_000 });
    server.pause();
    const asked = n1.getLatest(head);
    asked.catch(() => {});
    await server.kill();
    await expect(asked).rejects.toEqual(isDisconnected);
  });
});

describe('the NATS bus about its server', () => {
  it('tells its version, and that production needs a newer one', async () => {
    const server = await natsServer();
    const n1 = await node(server);
    const version = /Version:\s+(\S+)/.exec(server.output())?.[1];
    expect(n1.servers).toEqual([
      expect.objectContaining({
        address: `127.0.0.1:${server.port}`,
        version,
        warning: expect.stringContaining('2.11.16'),
      }),
    ]);
    expect(n1.status().detail).toBe(`127.0.0.1:${server.port} (${version})`);
  });

  it('takes its bound of payloads from the server', async () => {
    const server = await natsServer({ config: 'max_payload: 64KB' });
    const cp = await controlPlane(server);
    expect(cp.maxPayloadBytes).toBe(64 * 1024 - 1024);
    await expect(cp.publish('a', Buffer.alloc(cp.maxPayloadBytes + 1))).rejects.toMatchObject({ code: 'too-large' });
    await cp.putLatest(head, Buffer.alloc(cp.maxPayloadBytes), { ifVersion: 0 });
    expect((await cp.getLatest(head))?.payload).toHaveLength(cp.maxPayloadBytes);
  });

  it('tells and counts that the server gave up on it as a slow consumer', async () => {
    // A server that says what a real one says then: greeting, answer to the first ping, and later complaint and end.
    const server = createServer((socket) => {
      socket.write('INFO {"server_id":"x","version":"2.9.10","proto":1,"headers":true,"max_payload":1048576}\r\n');
      socket.once('data', () => {
        socket.write('PONG\r\n');
        socket.once('data', () => socket.end("-ERR 'Slow Consumer'\r\n"));
      });
      socket.on('error', () => {});
    });
    const servers = `nats://127.0.0.1:${await listenOnFreePort(server)}`;
    try {
      const n1 = await party(await natsServer({ started: false }), 'n1', { servers });
      await n1.subscribe('a', () => {});
      await eventually('the complaint', () => (n1.faults()['slow-consumer'] ?? 0) >= 2);
      expect(n1.told.find(({ kind }) => kind === 'slow-consumer')).toMatchObject({
        count: 1,
        message: 'Slow Consumer',
      });
      expect(n1.faults().disconnect).toBeGreaterThan(0);
    } finally {
      server.close();
    }
  });

  it('survives a handler that throws, and tells whose it was', async () => {
    const server = await natsServer();
    const onHandlerError = vi.fn();
    const n1 = await node(server, { hooks: { onHandlerError } });
    await n1.subscribe('a', () => {
      throw new Error('mine');
    });
    const seen = await heard(n1, 'a');
    await n1.publish('a', bytes('1'));
    await n1.publish('a', bytes('2'));
    await vi.waitFor(() => expect(seen).toEqual(['1', '2']));
    expect(onHandlerError).toHaveBeenCalledTimes(2);
    expect(onHandlerError).toHaveBeenCalledWith(new Error('mine'), 'a');
  });

  it('hears a wider pattern than the kept keys once per put', async () => {
    const server = await natsServer();
    const cp = await controlPlane(server);
    const seen: string[] = [];
    await cp.subscribe('penstock.v1.f.>', (payload, subject) => seen.push(`${subject}=${textOf(payload)}`));
    const exact = await heard(cp, head);
    await cp.putLatest(head, bytes('1'));
    await vi.waitFor(() => expect(exact).toEqual(['1']));
    await cp.publish(ack('n1'), bytes('2'));
    await vi.waitFor(() => expect(seen).toEqual([`${head}=1`, `${ack('n1')}=2`]));
  });
});
