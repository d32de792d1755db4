import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, it, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import type { StreamMaker } from '#shared/nats-bus/stream.ts';
import { ensureStream, streamConfig } from '#shared/nats-bus/stream.ts';
import type { NatsServer } from '#test/support/nats.ts';
import { eventually } from '#test/support/wait.ts';
import { bytes, natsParties, textOf } from './parties.ts';

const { head, snapshot, allSnapshots } = subjects('f');
const { server: natsServer, party, controlPlane, node } = natsParties();
const ours = streamConfig({ fleet: 'f', storage: 'file', replicas: 1, maxStreamBytes: 64e6 });

/** As an operator with all rights. */
async function asOperator<T>(
  server: NatsServer,
  act: (jsm: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>,
): Promise<T> {
  const nc = await connect({ servers: `127.0.0.1:${server.port}` });
  try {
    return await act(await jetstreamManager(nc));
  } finally {
    await nc.close();
  }
}

describe('the stream of a fleet', () => {
  it('is made with nothing that nats-server 2.9 does not know', async () => {
    const server = await natsServer();
    await controlPlane(server);
    const { config } = await asOperator(server, (jsm) => jsm.streams.info('PENSTOCK_f'));
    // What a server ignores it does not give back.
    expect(config).toMatchObject(ours);
  });

  it('is one stream however many replicas start at once, and loses nothing by that', async () => {
    const server = await natsServer();
    for (const fleet of ['f', 'g', 'h', 'i', 'j']) {
      const replicas = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map(async (name) => {
          const replica = await party(server, name, { role: 'control-plane', fleet });
          await replica.ready();
          const version = await replica.putLatest(subjects(fleet).kept.replace('>', name), bytes(name));
          expect(version).toBeGreaterThan(1e15);
          return replica;
        }),
      );
      expect(await replicas[0]?.keys(subjects(fleet).kept)).toHaveLength(5);
    }
  });

  it('is taken over, and set right, when it is ours with other settings', async () => {
    const server = await natsServer();
    const others = { max_msgs_per_subject: 5, allow_direct: false, max_bytes: 1e6, max_age: 60e9 };
    await asOperator(server, (jsm) => jsm.streams.add({ ...ours, ...others }));
    const cp = await controlPlane(server);
    await cp.putLatest(head, bytes('1'));
    const { config } = await asOperator(server, (jsm) => jsm.streams.info('PENSTOCK_f'));
    expect(config).toMatchObject({ ...ours, max_age: 0 });
  });

  it('is waited for while another replica makes it, and finished when that one died', async () => {
    const server = await natsServer();
    const unready = { description: `${ours.description}; being made by another`, max_msg_size: 1 };
    await asOperator(server, async (jsm) => {
      await jsm.streams.add({ ...ours, ...unready });
      const maker: StreamMaker = { id: 'me', unready: undefined };
      const settings = { fleet: 'f', storage: 'file', replicas: 1, maxStreamBytes: 64e6 } as const;
      const ensured = (nowMs: number) => ensureStream(jsm, settings, maker, nowMs);
      await expect(ensured(1000)).rejects.toThrow('being made by another replica');
      await expect(ensured(10_999)).rejects.toMatchObject({ code: 'disconnected' });
      const n1 = await node(server);
      await expect(n1.putLatest(head, bytes('report'))).rejects.toThrow('the stream is still being made');
      await ensured(11_000);
      expect((await jsm.streams.info('PENSTOCK_f')).config).toMatchObject(ours);
      await ensured(11_001);
    });
  });

  it.each([
    [{ republish: { src: 'penstock.v1.f.keep.>', dest: 'elsewhere.>' } }, 'republish is {'],
    [{ description: 'mine' }, 'description is "mine"'],
    [{ subjects: ['penstock.v1.f.keep.>', 'more.>'] }, 'subjects is ["penstock.v1.f.keep.>","more.>"]'],
    [{ storage: 'memory' as typeof ours.storage }, 'storage is "memory", want "file"'],
    [{ retention: 'interest' as typeof ours.retention }, 'retention is "interest", want "limits"'],
  ])('is refused when its settings cannot be right: %j', async (settings, message) => {
    const server = await natsServer();
    await asOperator(server, (jsm) => jsm.streams.add({ ...ours, ...settings }));
    const cp = await party(server, 'cp', { role: 'control-plane' });
    await expect(cp.ready()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining(message) });
    await expect(cp.putLatest(head, bytes('x'))).rejects.toMatchObject({ code: 'refused' });
    expect(cp.status()).toMatchObject({ connected: false, detail: expect.stringContaining(message) });
    expect(cp.told[0]).toMatchObject({ kind: 'stream', message: expect.stringContaining(message) });
    // Mended by the operator: no restart is needed.
    await asOperator(server, (jsm) => jsm.streams.delete('PENSTOCK_f'));
    await eventually('the bus to be ready', () => cp.status().connected);
    await cp.putLatest(head, bytes('x'));
  });

  it('cannot be made where JetStream is off, and that is what the control plane is told', async () => {
    const server = await natsServer({ jetStream: false });
    const cp = await party(server, 'cp', { role: 'control-plane' });
    await expect(cp.ready()).rejects.toThrow(/JetStream is not enabled.* start nats-server with -js/);
    expect(cp.status().detail).toContain('JetStream is not enabled');
  });

  it('is made again when it vanishes while the server goes on', async () => {
    const server = await natsServer();
    const [cp, n1] = [await controlPlane(server, { requestTimeoutMs: 500 }), await node(server)];
    const seen: (string | undefined)[] = [];
    await n1.watchLatest(head, (payload) => seen.push(textOf(payload)));
    const version = await cp.putLatest(head, bytes('1'));
    for (const act of [() => cp.getLatest(head), () => cp.keys(head), () => cp.remove(head)]) {
      await asOperator(server, (jsm) => jsm.streams.delete('PENSTOCK_f'));
      await act();
      await asOperator(server, (jsm) => jsm.streams.info('PENSTOCK_f'));
    }
    await asOperator(server, (jsm) => jsm.streams.delete('PENSTOCK_f'));
    expect(await cp.putLatest(head, bytes('2'), { ifVersion: 0 })).toBeGreaterThan(version);
    await vi.waitFor(() => expect(seen).toEqual(['1', '2']));
  });

  it('keeps fleets apart', async () => {
    const server = await natsServer();
    const [cp, other] = [await controlPlane(server), await controlPlane(server, { fleet: 'g' })];
    await cp.putLatest(head, bytes('f'));
    expect(await other.getLatest(subjects('g').head)).toBeUndefined();
    await expect(other.getLatest(head)).rejects.toThrow(/bad key/);
  });
});

describe('objects on NATS', () => {
  const large = Buffer.alloc(8 * 1024 ** 2, 'penstock');
  const name = snapshot(7, 'a'.repeat(64));
  const under = (kind: string) => subjects('f').kept.replace('>', `${kind}.>`);

  it('keeps 8 MiB whole, in chunks of 256 KiB', async () => {
    const server = await natsServer();
    const [cp, n1] = [await controlPlane(server), await node(server)];
    await cp.putObject(name, large);
    expect(Buffer.compare((await n1.getObject(name)) ?? Buffer.of(), large)).toBe(0);
    expect(await cp.keys(under('object'))).toHaveLength(32);
    expect(await cp.objects(allSnapshots)).toEqual([name]);
    await cp.removeObject(name);
    expect(await cp.keys(subjects('f').kept)).toEqual([]);
  });

  it('makes smaller chunks where the server takes only those', async () => {
    const server = await natsServer({ config: 'max_payload: 32KB' });
    const cp = await controlPlane(server);
    const payload = large.subarray(0, 200_000);
    await cp.putObject(name, payload);
    expect(Buffer.compare((await cp.getObject(name)) ?? Buffer.of(), payload)).toBe(0);
    expect(await cp.keys(under('object'))).toHaveLength(Math.ceil(200_000 / (31 * 1024)));
  });

  it('does not send again what is there whole, and mends what is not', async () => {
    const server = await natsServer();
    const cp = await controlPlane(server);
    const payload = large.subarray(0, 600_000);
    await cp.putObject(name, payload);
    const chunks = await cp.keys(under('object'));
    const versions = () => Promise.all(chunks.map(async (key) => (await cp.getLatest(key))?.version));
    const before = await versions();
    await cp.putObject(name, payload);
    expect(await versions()).toEqual(before);

    await cp.remove(chunks[1] ?? '');
    expect(await cp.getObject(name)).toBeUndefined();
    await cp.putObject(name, payload);
    expect(Buffer.compare((await cp.getObject(name)) ?? Buffer.of(), payload)).toBe(0);
  });

  it('is not there while a chunk has other bytes, or the manifest is unreadable', async () => {
    const server = await natsServer();
    const cp = await controlPlane(server);
    await cp.putObject(name, bytes('whole'));
    const [chunk = ''] = await cp.keys(under('object'));
    await cp.putLatest(chunk, bytes('whale'));
    expect(await cp.getObject(name)).toBeUndefined();
    await cp.putLatest(chunk, bytes('longer'));
    expect(await cp.getObject(name)).toBeUndefined();
    await cp.putLatest(chunk, bytes('whole'));
    const [manifest = ''] = await cp.keys(under('manifest'));
    for (const wrong of ['', '{}', 'null', '{"bytes":-1,"chunkBytes":1,"sha256":"a"}', '{"bytes":5,"chunkBytes":0}']) {
      await cp.putLatest(manifest, bytes(wrong));
      expect(await cp.getObject(name)).toBeUndefined();
    }
    await cp.putObject(name, bytes('whole'));
    expect(textOf(await cp.getObject(name))).toBe('whole');
  });

  it('may be put by several at once', async () => {
    const server = await natsServer();
    const parties = await Promise.all(['a', 'b', 'c'].map((one) => party(server, one, { role: 'control-plane' })));
    await Promise.all(parties.map((one) => one.ready()));
    const payload = large.subarray(0, 1_000_000);
    await Promise.all(parties.map((one) => one.putObject(name, payload)));
    expect(Buffer.compare((await parties[0]?.getObject(name)) ?? Buffer.of(), payload)).toBe(0);
  });
});
