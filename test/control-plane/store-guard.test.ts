import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { encodeKeptConfiguration } from '#shared/codec/head-codec.ts';
import { encodeAck } from '#shared/codec/node-codec.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { eventually } from '#test/support/wait.ts';
import { sqliteFleetStore } from '../../control-plane/adapters/sqlite-fleet-store.ts';
import { controlPlaneConfig } from '../../control-plane/config.ts';
import { type RunningControlPlane, startControlPlane } from '../../control-plane/main.ts';
import type { FleetStore } from '../../control-plane/ports.ts';
import { readHeadState } from '../../control-plane/state-reader.ts';
import { silent } from './support/control-plane.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';

const FLEET = 'guarded';

/** Forgets what it stored beyond a revision, as a failover to a lagging replica does. */
async function storeUpTo(full: FleetStore, revision: number): Promise<FleetStore> {
  const store = freshStore();
  const commits = await full.events.read(1, revision);
  const head = await store.events.restore(commits);
  expect(head).toMatchObject({ revision });
  return store;
}

function freshStore(): FleetStore {
  return sqliteFleetStore({
    path: ':memory:',
    fleet: FLEET,
    clock: Date.now,
    commandRetentionMs: 86_400_000,
    onTailError: () => {},
  });
}

describe('a store that lost commits', () => {
  let bus: Bus;
  let plane: RunningControlPlane | undefined;
  /** The store as it was before the loss: never closed by a control plane. */
  let full: FleetStore;

  const start = async (store: FleetStore, storeCheckMs = 10) => {
    const config = { ...controlPlaneConfig({ fleet: FLEET, admin: '127.0.0.1:0', env: {} }), storeCheckMs };
    plane = await startControlPlane({ config, store, bus, log: silent });
    return plane;
  };
  const apply = (n: number) =>
    plane?.commands.apply(
      { definition: definitionOf(balancer('app', [worker(n)])), allowShrink: true },
      { actor: 'ann' },
    );
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  const get = async (path: string): Promise<any> => (await fetch(`${plane?.url}${path}`)).json();
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${plane?.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const history = async () => (await get('/v1/store')).history;

  beforeEach(async () => {
    bus = createInProcessBus();
    full = freshStore();
    await start({ ...full, close: async () => {} });
    for (const n of [1, 2, 3, 4]) await apply(n);
    await eventually('revision 4 on the bus', async () => (await get('/v1/store')).publication.publishedRevision === 4);
    await plane?.stop();
  });

  afterEach(async () => {
    await plane?.stop();
    await bus.close();
    await full.close();
  });

  test('is noticed by what the bus holds; nothing is written, and what there is can be read', async () => {
    await start(await storeUpTo(full, 2));
    await eventually('the loss to be noticed', async () => (await history()).kind === 'behind');
    expect(await history()).toMatchObject({ missing: { from: 3, to: 4 } });
    await expect(apply(9)).rejects.toThrow(/lost revisions 3 to 4/);
    const definition = { definition: definitionOf(), allowShrink: true };
    expect(await post('/v1/apply', definition)).toMatchObject({
      status: 503,
      body: { type: 'urn:penstock:problem:store-regressed' },
    });
    expect((await get('/readyz')).status).toBe('degraded');
    expect((await get('/v1/definition')).revision).toBe(2);
  });

  /** A node's word, which nothing proves. */
  const claim = (node: string, revision: number, epoch = 0) =>
    bus.publish(
      subjects(FLEET).ack(node),
      encodeAck({
        node,
        bootId: '01890000-0000-4000-8000-000000000001',
        fleet: FLEET,
        epoch,
        revision,
        stateHash: '0'.repeat(64),
        phase: 'serving',
        applyMs: 3,
        errors: [],
      }),
    );
  const knowsNodes = (count: number) =>
    eventually('nodes to be known', async () => (await get('/v1/nodes')).nodes.length === count);

  test('is not what one node says that comes with the disk of another fleet, but two nodes that agree', async () => {
    await start({ ...full, close: async () => {} });
    await claim('stray', 500, 7);
    await knowsNodes(1);
    expect(await history()).toEqual({ kind: 'ok' });
    expect(await apply(5)).toMatchObject({ kind: 'committed', revision: 5 });
    await claim('one', 9);
    await claim('two', 9);
    await knowsNodes(3);
    expect(await history()).toMatchObject({ kind: 'behind', missing: { from: 6, to: 9 } });
    await expect(apply(6)).rejects.toThrow(/lost revisions 6 to 9, which node one knows/);
  });

  test('is what any node says when the bus has lost everything, too', async () => {
    await bus.close();
    bus = createInProcessBus();
    await start(await storeUpTo(full, 0), 3_600_000);
    await claim('one', 4);
    await knowsNodes(1);
    expect(await history()).toMatchObject({ kind: 'behind', missing: { from: 1, to: 4 } });
  });

  test('cannot be given back copies when it has another history, and says so', async () => {
    const other = freshStore();
    await other.events.restore(await full.events.read(1, 3));
    const head = await readHeadState(other.events);
    await other.events.append({
      expectedRevision: 3,
      expectedHash: head.chainHash,
      commandId: 'other',
      fingerprint: 'other',
      draft: { actor: 'ben', message: 'another revision 4', command: 'apply', allowShrink: true, events: [] },
    });
    await start(other);
    await eventually('the fork to be noticed', async () => (await history()).kind === 'forked');
    expect(await post('/v1/repair', { from: 'copies' })).toMatchObject({
      status: 200,
      body: { restored: 0, forked: 'from revision 4 on, the bus has another history than the store' },
    });
  });

  test('is repaired from the bus once, also when that is asked for again after the bus has what came of it', async () => {
    await start(await storeUpTo(full, 2));
    await eventually('the loss to be noticed', async () => (await history()).kind === 'behind');
    const key = { 'idempotency-key': 'incident-2' };
    const done = { status: 200, body: { revision: 3, epoch: 1 } };
    expect(await post('/v1/repair', { from: 'bus' }, key)).toMatchObject(done);
    const onTheBus = async () => (await get('/v1/store')).publication.publishedRevision === 3;
    await eventually('the new epoch on the bus', onTheBus);
    expect(await post('/v1/repair', { from: 'bus' }, key)).toMatchObject(done);
  });

  test('is repaired once for each idempotency key, and a key of another command is refused', async () => {
    await start(await storeUpTo(full, 2));
    await eventually('the loss to be noticed', async () => (await history()).kind === 'behind');
    const key = { 'idempotency-key': 'incident-1' };
    expect(await post('/v1/repair', { from: 'store' }, key)).toMatchObject({ body: { revision: 3, epoch: 1 } });
    expect(await post('/v1/repair', { from: 'store' }, key)).toMatchObject({ body: { revision: 3, epoch: 1 } });
    const onTheBus = async () => (await get('/v1/store')).publication.publishedRevision === 3;
    await eventually('the new epoch on the bus', onTheBus);
    expect(await post('/v1/repair', { from: 'bus' }, key)).toMatchObject({
      status: 422,
      body: { type: 'urn:penstock:problem:key-reused' },
    });
  });

  test('takes no command from a replica that has just started on it', async () => {
    await start(await storeUpTo(full, 2), 3_600_000);
    await expect(apply(9)).rejects.toThrow(/lost revisions 3 to 4/);
  });

  test('gets its commits back from the copies on the bus, as they were', async () => {
    await start(await storeUpTo(full, 1));
    await eventually('the loss to be noticed', async () => (await history()).kind === 'behind');
    expect(await post('/v1/repair', { from: 'copies' })).toMatchObject({
      status: 200,
      body: { restored: 3, revision: 4, epoch: 0 },
    });
    await eventually('the store to be in order', async () => (await history()).kind === 'ok');
    expect(await get('/v1/verify')).toMatchObject({
      ok: true,
      revision: 4,
      chainHash: (await full.events.head()).chainHash,
    });
    expect(await apply(5)).toMatchObject({ kind: 'committed', revision: 5 });
  });

  test('goes on in a new epoch with what it has, when an operator says so', async () => {
    await start(await storeUpTo(full, 2));
    await eventually('the loss to be noticed', async () => (await history()).kind === 'behind');
    expect(await post('/v1/repair', { from: 'store', actor: 'ann' })).toMatchObject({
      body: { revision: 3, epoch: 1 },
    });
    await eventually('the store to be in order', async () => (await history()).kind === 'ok');
    await eventually(
      'the new epoch on the bus',
      async () => (await get('/v1/store')).publication.publishedRevision === 3,
    );
    expect(await apply(6)).toMatchObject({ kind: 'committed', revision: 4 });
    const kept = await bus.getLatest(subjects(FLEET).head);
    expect(kept).toBeDefined();
  });

  test('goes on with the content the nodes serve, from the bus or from a file of a node', async () => {
    await start(await storeUpTo(full, 1));
    await eventually('the loss to be noticed', async () => (await history()).kind === 'behind');
    expect(await post('/v1/repair', { from: 'bus' })).toMatchObject({ body: { revision: 2, epoch: 1 } });
    await eventually('the store to be in order', async () => (await history()).kind === 'ok');
    expect((await get('/v1/definition')).definition.balancers[0].members[0].url).toBe(worker(4).url);
    const nonsense = encodeKeptConfiguration({ signedHead: new Uint8Array(), snapshot: new Uint8Array() });
    const configuration = Buffer.from(nonsense).toString('base64');
    expect(await post('/v1/repair', { from: 'configuration', configuration })).toMatchObject({ status: 400 });
  });
});
