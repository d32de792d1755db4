import { describe, expect, test } from 'vitest';
import type { Definition } from '#shared/definition/definition.ts';
import {
  type CommandHandler,
  type CommandHandlerOptions,
  createCommandHandler,
} from '../../control-plane/command-handler.ts';
import type { AppendRequest, EventStore } from '../../control-plane/ports.ts';
import { readHeadState, readStateAt } from '../../control-plane/state-reader.ts';
import { INITIAL_STATE } from '../../shared/event/fold.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

const ann = { actor: 'ann' };
const two = definitionOf(balancer('app', [worker(1)]), balancer('images', [worker(2)]));

function handlerOn(store: EventStore, options: Partial<CommandHandlerOptions> = {}) {
  return createCommandHandler({
    store,
    maxWaiting: 100,
    checkpointEvery: 500,
    onCheckpointError: (err) => {
      throw err;
    },
    ...options,
  });
}

/** A store into which another replica commits just before the next append of this one, and right after its first read from then on. */
function overtaken(store: EventStore) {
  let other: (() => Promise<unknown>) | undefined;
  let next: (() => Promise<unknown>) | undefined;
  let later: (() => Promise<unknown>) | undefined;
  return {
    store: {
      ...store,
      async append(request: AppendRequest) {
        const commit = other;
        other = undefined;
        await commit?.();
        later = next;
        next = undefined;
        return store.append(request);
      },
      async read(fromRevision: number, limit: number) {
        const commits = await store.read(fromRevision, limit);
        const commit = later;
        later = undefined;
        await commit?.();
        return commits;
      },
    } satisfies EventStore,
    before(commit: () => Promise<unknown>, andThen?: () => Promise<unknown>) {
      other = commit;
      next = andThen;
    },
  };
}

function withBalancer(definition: Definition, ...changed: readonly Definition['balancers'][number][]): Definition {
  const names = new Map(changed.map((one) => [one.name, one]));
  return { ...definition, balancers: definition.balancers.map((one) => names.get(one.name) ?? one) };
}

/** Two replicas on one store, the first of which can be overtaken. */
async function replicas(): Promise<{
  mine: CommandHandler;
  theirs: CommandHandler;
  before(commit: () => Promise<unknown>, andThen?: () => Promise<unknown>): void;
  store: EventStore;
}> {
  const store = memoryEventStore();
  const { store: slow, before } = overtaken(store);
  const theirs = await handlerOn(store);
  await theirs.apply({ definition: two }, ann);
  return { mine: await handlerOn(slow), theirs, before, store };
}

test('a store that lacks what this process has followed of it takes no command', async () => {
  const store = memoryEventStore();
  const theirs = await handlerOn(store);
  await theirs.apply({ definition: two }, ann);
  const { revision, epoch, chainHash } = await readHeadState(store);
  for (const followed of [
    { revision: revision + 1, epoch, chainHash: 'ab'.repeat(32) },
    { revision, epoch, chainHash: 'ab'.repeat(32) },
    { revision: 1, epoch: epoch + 1, chainHash },
  ]) {
    const handler = await handlerOn(store, { followed: () => followed });
    await expect(handler.apply({ definition: definitionOf() }, ann)).rejects.toMatchObject({ code: 'store-regressed' });
  }
  for (const followed of [{ revision, epoch, chainHash }, INITIAL_STATE, undefined]) {
    const handler = await handlerOn(store, { followed: () => followed });
    expect(await handler.apply({ definition: two }, ann)).toMatchObject({ kind: 'unchanged' });
  }
});

describe('a command whose commit was stored', () => {
  test('is answered as committed even if the store is gone right after', async () => {
    const store = memoryEventStore();
    const handler = await handlerOn({
      ...store,
      async append(request) {
        const result = await store.append(request);
        await store.close();
        return result;
      },
    });
    expect(await handler.apply({ definition: two }, ann)).toMatchObject({ kind: 'committed', revision: 1 });
    expect(handler.folded()).toMatchObject({ revision: 1, definition: two });
  });
});

test('a command whose commit was lost and put back is not done again', async () => {
  const full = memoryEventStore();
  const first = await handlerOn(full);
  const terms = { ...ann, commandId: 'once' };
  await first.apply({ definition: two }, terms);
  const store = memoryEventStore();
  await store.restore(await full.read(1, 1));
  const handler = await handlerOn(store);
  expect(await handler.apply({ definition: two }, terms)).toMatchObject({
    kind: 'committed',
    revision: 1,
    replayed: true,
  });
  expect(await store.head()).toMatchObject({ revision: 1 });
});

describe('commands against another replica', () => {
  const mineChanged = withBalancer(two, balancer('app', [worker(1), worker(3)]));
  const theirsChanged = withBalancer(two, balancer('images', [worker(2), worker(4)]));

  test('that touch other objects are both kept', async () => {
    const { mine, theirs, before } = await replicas();
    before(() => theirs.apply({ definition: theirsChanged }, ann));
    expect(await mine.apply({ definition: mineChanged }, ann)).toMatchObject({ kind: 'committed', revision: 3 });
    expect((await mine.state()).definition).toEqual(
      withBalancer(two, balancer('app', [worker(1), worker(3)]), balancer('images', [worker(2), worker(4)])),
    );
  });

  test('that touch the same object are refused, naming it and the current revision', async () => {
    const { mine, theirs, before } = await replicas();
    before(() => theirs.apply({ definition: withBalancer(two, balancer('app', [])) }, ann));
    expect(await mine.apply({ definition: mineChanged }, ann)).toMatchObject({
      kind: 'rejected',
      rejection: { type: 'conflict', detail: expect.stringContaining('balancer app'), currentRevision: 2 },
    });
  });

  test('that touch the same object are refused, though others came first that did not', async () => {
    const { mine, theirs, before } = await replicas();
    const emptied = withBalancer(theirsChanged, balancer('app', []));
    before(
      () => theirs.apply({ definition: theirsChanged }, ann),
      () => theirs.apply({ definition: emptied, allowShrink: true }, ann),
    );
    expect(await mine.apply({ definition: mineChanged }, ann)).toMatchObject({
      kind: 'rejected',
      rejection: { type: 'conflict', detail: expect.stringContaining('balancer app') },
    });
    expect((await mine.state()).definition).toEqual(emptied);
  });

  test('are refused when the user expected a revision, whatever they touch', async () => {
    const { mine, theirs, before } = await replicas();
    before(() => theirs.apply({ definition: theirsChanged }, ann));
    expect(await mine.apply({ definition: mineChanged }, { ...ann, expectedRevision: 1 })).toMatchObject({
      kind: 'rejected',
      rejection: { type: 'revision-mismatch', currentRevision: 2 },
    });
  });

  test('are decided afresh: a worker that is gone by then cannot be overridden', async () => {
    const { mine, theirs, before } = await replicas();
    before(() => theirs.apply({ definition: withBalancer(two, balancer('images', [])) }, ann));
    const command = { balancer: 'images', worker: worker(2).url, parameters: { lbset: '1' } };
    expect(await mine.setOverride(command, ann)).toMatchObject({
      kind: 'rejected',
      rejection: { type: 'unknown-worker' },
    });
  });

  test('that would make an invalid whole together are refused', async () => {
    const { mine, theirs, before } = await replicas();
    const { routes: _, ...server } = two.mainServer;
    const noApp = { ...two, mainServer: { ...server, routes: [] }, balancers: two.balancers.slice(1) };
    await theirs.apply({ definition: { ...two, mainServer: { ...server, routes: [] } }, allowShrink: true }, ann);
    before(() => theirs.apply({ definition: noApp, allowShrink: true }, ann));
    // Mine routes to the balancer that theirs takes away at the same moment.
    expect(await mine.apply({ definition: two }, ann)).toMatchObject({
      kind: 'rejected',
      rejection: { type: 'invalid-definition' },
    });
  });

  test('have one result when the same command is sent to both', async () => {
    const { mine, theirs, before, store } = await replicas();
    const terms = { ...ann, commandId: 'same' };
    before(() => theirs.apply({ definition: mineChanged }, terms));
    expect(await mine.apply({ definition: mineChanged }, terms)).toMatchObject({
      kind: 'committed',
      revision: 2,
      replayed: true,
    });
    expect((await store.head()).revision).toBe(2);
  });
});

describe('a command handler', () => {
  test('refuses commands beyond those that may wait', async () => {
    const handler = await handlerOn(memoryEventStore(), { maxWaiting: 2 });
    const outcomes = await Promise.all(
      [1, 2, 3].map((n) => handler.apply({ definition: definitionOf(balancer('app', [worker(n)])) }, ann)),
    );
    expect(outcomes).toMatchObject([
      { kind: 'committed' },
      { kind: 'committed' },
      { kind: 'rejected', rejection: { type: 'busy' } },
    ]);
  });

  test('gives leave to shrink even when the definition is as wanted, for nodes that refused it', async () => {
    const handler = await handlerOn(memoryEventStore());
    await handler.apply({ definition: two }, ann);
    expect(await handler.apply({ definition: two, allowShrink: true }, ann)).toMatchObject({
      kind: 'committed',
      revision: 2,
    });
    expect(await handler.apply({ definition: two, allowShrink: true }, ann)).toMatchObject({ kind: 'unchanged' });
  });

  test('saves checkpoints, and starts from the newest', async () => {
    const store = memoryEventStore();
    const handler = await handlerOn(store, { checkpointEvery: 2 });
    for (const n of [1, 2, 3]) await handler.apply({ definition: definitionOf(balancer('app', [worker(n)])) }, ann);
    const checkpoint = await store.loadCheckpoint(3);
    expect(checkpoint?.revision).toBe(2);
    expect(await readHeadState(store)).toEqual(await handler.state());
    expect(await readStateAt(store, 1)).toMatchObject({
      revision: 1,
      definition: definitionOf(balancer('app', [worker(1)])),
    });
    expect(await readStateAt(store, 4)).toBeUndefined();
  });

  test('refuses to start on a checkpoint that the chain does not confirm', async () => {
    const store = memoryEventStore();
    const handler = await handlerOn(store);
    await handler.apply({ definition: two }, ann);
    const forged = { ...(await handler.state()), chainHash: 'f'.repeat(64) };
    await expect(handlerOn({ ...store, loadCheckpoint: async () => forged })).rejects.toThrow(
      /damaged at revision 1: .*history was altered/,
    );
  });

  test('refuses to start on commits that do not verify', async () => {
    const store = memoryEventStore();
    const handler = await handlerOn(store);
    await handler.apply({ definition: two }, ann);
    const read: EventStore['read'] = async (from, limit) =>
      (await store.read(from, limit)).map((stored) => ({
        ...stored,
        bytes: Uint8Array.from(stored.bytes, (b) => b ^ 1),
      }));
    await expect(handlerOn({ ...store, read })).rejects.toThrow(/damaged at revision 1: .*altered/);
  });
});
