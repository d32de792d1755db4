import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { encodeKeptConfiguration } from '#shared/codec/head-codec.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { eventually } from '#test/support/wait.ts';
import { sqliteFleetStore } from '../../control-plane/adapters/sqlite-fleet-store.ts';
import { controlPlaneConfig } from '../../control-plane/config.ts';
import { type RunningControlPlane, startControlPlane } from '../../control-plane/main.ts';
import type { FleetStore } from '../../control-plane/ports.ts';
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
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${plane?.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
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
