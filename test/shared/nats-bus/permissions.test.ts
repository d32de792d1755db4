import { readFile } from 'node:fs/promises';
import { connect } from '@nats-io/transport-node';
import { describe, expect, it, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import type { NatsServer } from '#test/support/nats.ts';
import { bytes, natsParties, textOf } from './parties.ts';

const of = subjects('f');
const { server: natsServer, controlPlane, node } = natsParties();
const refused = expect.objectContaining({ name: 'BusError', code: 'refused' });

/** A server as docs/nats.md says, and its control plane. */
async function documented() {
  const page = await readFile(new URL('../../../docs/nats.md', import.meta.url), 'utf8');
  const [, block = ''] = /```\n(accounts[\s\S]*?)```/.exec(page) ?? [];
  const config = block
    .replaceAll('CONTROL_PLANE_PASSWORD', 'cp-secret')
    .replaceAll('NODE_PASSWORD', 'n1-secret')
    .replaceAll('FLEET', 'f')
    .replaceAll('NODE', 'n1');
  const server = await natsServer({ config });
  const credentials = { user: 'control-plane', password: 'cp-secret' };
  return { server, cp: await controlPlane(server, { credentials }) };
}

const asNode = (server: NatsServer, name = 'n1') =>
  node(server, { name, credentials: { user: 'n1', password: 'n1-secret' }, requestTimeoutMs: 500 });

describe('the permissions of docs/nats.md', () => {
  it('let the control plane do all it does', async () => {
    const { cp } = await documented();
    const acks: string[] = [];
    const heads: (string | undefined)[] = [];
    await cp.subscribe(of.allAcks, (_, subject) => acks.push(subject));
    await cp.watchLatest(of.head, (payload) => heads.push(textOf(payload)));
    await cp.watchLatest(of.allFinalReports, () => {});
    const version = await cp.putLatest(of.head, bytes('1'), { ifVersion: 0 });
    await cp.putLatest(of.head, bytes('2'), { ifVersion: version });
    await vi.waitFor(() => expect(heads).toEqual(['1', '2']));
    await cp.putObject(of.snapshot(1, 'a'.repeat(64)), Buffer.alloc(600_000));
    expect(await cp.objects(of.allSnapshots)).toHaveLength(1);
    await cp.removeObject(of.snapshot(1, 'a'.repeat(64)));
    await cp.remove(of.head);
    expect(await cp.keys(of.kept)).toEqual([]);
    await cp.publish(of.traffic, bytes('x'));
    expect(cp.told).toEqual([]);
  });

  it('let a node do all it needs', async () => {
    const { server, cp } = await documented();
    const name = of.snapshot(1, 'a'.repeat(64));
    const payload = Buffer.alloc(600_000, 'x');
    await cp.putObject(name, payload);
    await cp.putLatest(of.delta(1), bytes('d1'));
    const n1 = await asNode(server);
    const heard: string[] = [];
    const hear = (from: Uint8Array, subject: string) => heard.push(`${subject}=${textOf(from)}`);
    for (const key of [of.head, of.health, of.members]) await n1.watchLatest(key, hear);
    for (const subject of [of.allDeltas, of.traffic]) await n1.subscribe(subject, hear);
    expect(textOf((await n1.getLatest(of.delta(1)))?.payload)).toBe('d1');
    expect(Buffer.compare((await n1.getObject(name)) ?? Buffer.of(), payload)).toBe(0);
    for (const key of [of.head, of.health, of.members, of.delta(2)]) await cp.putLatest(key, bytes('x'));
    await cp.publish(of.traffic, bytes('x'));
    await vi.waitFor(() => expect(heard).toHaveLength(5));

    const finals: string[] = [];
    const sent: string[] = [];
    await cp.watchLatest(of.allFinalReports, (_, key) => finals.push(key));
    for (const all of [of.allAcks, of.allReports, of.allObservations])
      await cp.subscribe(all, (_, at) => sent.push(at));
    await n1.putLatest(of.finalReport('n1', 'boot'), bytes('x'));
    for (const subject of [of.ack('n1'), of.report('n1'), of.observation('n1')]) await n1.publish(subject, bytes('x'));
    await vi.waitFor(() => expect(finals).toEqual([of.finalReport('n1', 'boot')]));
    await vi.waitFor(() => expect(sent).toEqual([of.ack('n1'), of.report('n1'), of.observation('n1')]));
    expect(n1.told).toEqual([]);
  });

  it('keep a node from speaking for another, and from what is kept for others', async () => {
    const { server, cp } = await documented();
    await cp.putLatest(of.head, bytes('true'));
    await cp.putLatest(of.commit(1), bytes('secret'));
    await cp.putLatest(of.finalReport('n2', 'boot'), bytes('secret'));
    await cp.putObject('other', bytes('secret'));
    const acks: string[] = [];
    await cp.subscribe(of.allAcks, (_, subject) => acks.push(subject));
    const n1 = await asNode(server);

    await expect(n1.putLatest(of.head, bytes('false'))).rejects.toEqual(refused);
    await expect(n1.putLatest(of.finalReport('n2', 'boot'), bytes('false'))).rejects.toEqual(refused);
    await expect(n1.getLatest(of.commit(1))).rejects.toEqual(refused);
    await expect(n1.getLatest(of.finalReport('n2', 'boot'))).rejects.toEqual(refused);
    await expect(n1.getObject('other')).rejects.toEqual(refused);
    await expect(n1.keys(of.kept)).rejects.toEqual(refused);
    await expect(n1.remove(of.head)).rejects.toEqual(refused);
    await expect(n1.objects('>')).rejects.toEqual(refused);
    for (const subject of [of.allCommits, of.allFinalReports, of.allAcks, of.kept, 'penstock.v1.f.>', '>']) {
      await expect(n1.subscribe(subject, () => {})).rejects.toEqual(refused);
    }
    const told = n1.faults().permission ?? 0;
    await n1.publish(of.ack('n2'), bytes('false'));
    await vi.waitFor(() => expect(n1.faults().permission).toBe(told + 1));
    expect(n1.told.at(-1)).toMatchObject({ kind: 'permission', message: expect.stringContaining(of.ack('n2')) });
    await n1.publish(of.ack('n1'), bytes('true'));
    await vi.waitFor(() => expect(acks).toEqual([of.ack('n1')]));
    expect(textOf((await cp.getLatest(of.head))?.payload)).toBe('true');
  });

  it('keep a node with a client of its own from all else of JetStream, and from the answers of others', async () => {
    const { server } = await documented();
    const nc = await connect({
      servers: `127.0.0.1:${server.port}`,
      user: 'n1',
      pass: 'n1-secret',
      inboxPrefix: '_INBOX.penstock.f.n1',
    });
    try {
      for (const api of [
        'INFO',
        'STREAM.INFO.PENSTOCK_f',
        'STREAM.DELETE.PENSTOCK_f',
        'STREAM.PURGE.PENSTOCK_f',
        'STREAM.MSG.GET.PENSTOCK_f',
        'STREAM.NAMES',
        'CONSUMER.CREATE.PENSTOCK_f',
        'CONSUMER.DURABLE.CREATE.PENSTOCK_f.spy',
        'DIRECT.GET.PENSTOCK_f',
        `DIRECT.GET.PENSTOCK_f.${of.kept}`,
        `DIRECT.GET.PENSTOCK_f.${of.allCommits}`,
      ]) {
        await expect(nc.request(`$JS.API.${api}`, '{"seq":1}'), api).rejects.toThrow(/Permissions Violation/);
      }
      for (const subject of ['_INBOX.>', '_INBOX.penstock.f.n2.>', 'penstock.v1.f.live.>', '$JS.>']) {
        const { promise, resolve } = Promise.withResolvers<Error | null>();
        nc.subscribe(subject, { callback: resolve });
        expect(await promise).toMatchObject({ name: 'PermissionViolationError' });
      }
    } finally {
      await nc.close();
    }
  });

  it('keep a node from taking the name, and so the inbox, of another', async () => {
    const { server } = await documented();
    const n2 = await asNode(server, 'n2');
    await expect(n2.getLatest(of.head)).rejects.toEqual(refused);
  });
});
