import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bus, subjects } from '#shared/bus.ts';
import { encodeHead, encodeSignedHead } from '#shared/codec/head-codec.ts';
import type { FleetState } from '#shared/event/fold.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { eventually } from '#test/support/wait.ts';
import type { NodeRegistry } from '../../control-plane/node-registry.ts';
import type { CommitDraft, EventStore } from '../../control-plane/ports.ts';
import { readHeadState } from '../../control-plane/state-reader.ts';
import { type StoreGuard, startStoreGuard } from '../../control-plane/store-guard.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

const draft: CommitDraft = { actor: 'ann', message: '', command: 'apply', events: [] };

const nobody: NodeRegistry = {
  nodes: () => [],
  liveNodes: () => [],
  onReport: () => () => {},
  dropped: () => 0,
  onChange: () => () => {},
  async stop() {},
};

async function append(store: EventStore, epoch?: number): Promise<void> {
  const { revision } = await store.head();
  await store.append({
    expectedRevision: revision,
    commandId: crypto.randomUUID(),
    fingerprint: '',
    draft: { ...draft, ...(epoch === undefined ? {} : { epoch }) },
  });
}

describe('the guard over a store whose history an operator made another', () => {
  let bus: Bus;
  let guard: StoreGuard;
  let current: EventStore;
  let own: FleetState;
  /** Where whoever follows the store's tail is, if that is elsewhere. */
  let tailed: FleetState | undefined;
  let followed: number;
  let begun: string[];
  let beginning: number;
  let atOnce: number;

  /** The store behind one address: a failover puts another in its place. */
  const store: EventStore = {
    fleet: 'default',
    append: (request) => current.append(request),
    findCommand: (id) => current.findCommand(id),
    read: (from, limit) => current.read(from, limit),
    head: () => current.head(),
    now: () => current.now(),
    tail: (after, listener) =>
      current.tail(after, async (stored) => {
        await listener(stored);
        followed = stored.commit.revision;
      }),
    firstRevision: () => current.firstRevision(),
    trim: (before) => current.trim(before),
    restore: (commits) => current.restore(commits),
    saveCheckpoint: (state) => current.saveCheckpoint(state),
    loadCheckpoint: (at) => current.loadCheckpoint(at),
    verify: () => current.verify(),
    close: () => current.close(),
  };

  const start = async () => {
    own = await readHeadState(store);
    guard = await startStoreGuard({
      store,
      bus,
      registry: nobody,
      own: () => own,
      followed: () => tailed ?? own,
      trustedKeys: [],
      checkMs: 3_600_000,
      async beginAnew(why) {
        begun.push(why);
        atOnce = Math.max(atOnce, ++beginning);
        own = await readHeadState(store);
        tailed = undefined;
        beginning--;
      },
      onChange: () => {},
      onError: () => {},
    });
  };

  beforeEach(async () => {
    bus = createInProcessBus();
    current = memoryEventStore();
    [followed, begun, beginning, atOnce] = [0, [], 0, 0];
    tailed = undefined;
    for (let n = 1; n <= 4; n++) await append(current);
  });

  afterEach(async () => {
    await guard.stop();
    await bus.close();
  });

  /** A failover to a server that has only the first two commits, and another replica's new epoch there. */
  async function failOver(): Promise<void> {
    await eventually('the guard to remember all', () => followed === 4);
    const commits = await current.read(1, 2);
    current = memoryEventStore();
    await current.restore(commits);
    followed = 0;
  }

  test('follows a new epoch that another replica began, and takes its commits for what they are', async () => {
    await start();
    await failOver();
    expect(await guard.check()).toMatchObject({ kind: 'behind', missing: { from: 3, to: 4 } });
    await append(current, 1);
    expect(await guard.check()).toEqual({ kind: 'ok' });
    expect(begun).toEqual(['epoch']);
    expect(own).toMatchObject({ epoch: 1, revision: 3 });
    // Ahead of what is folded here, at a revision that had another commit in the epoch before.
    await append(current);
    expect(await guard.check()).toEqual({ kind: 'ok' });
  });

  test('can put back what is lost after that, too', async () => {
    await start();
    await failOver();
    await append(current, 1);
    await guard.check();
    await append(current);
    await eventually('the guard to remember the new history', () => followed === 4);
    own = await readHeadState(store);
    const { chainHash } = own;
    const commits = await current.read(1, 2);
    current = memoryEventStore();
    await current.restore(commits);
    // The bus has no copies: they come from memory.
    expect(await guard.restore()).toMatchObject({ restored: 2, revision: 4, epoch: 1 });
    expect(await current.head()).toEqual({ revision: 4, chainHash });
    expect(guard.verdict()).toEqual({ kind: 'ok' });
  });

  test('tells a store that went on another way, however far', async () => {
    await start();
    await failOver();
    for (let n = 3; n <= 6; n++) await append(current);
    // What it remembers of the lost commits says nothing of those that took their place.
    expect(await guard.check()).toMatchObject({ kind: 'forked', at: 4, known: { source: 'this replica' } });
  });

  test('tells so by the head of the bus, too, when its own history is the new one', async () => {
    const { revision, chainHash } = await current.head();
    const head: Head = {
      fleet: 'default',
      epoch: 0,
      revision,
      chainHash,
      stateHash: 'a'.repeat(64),
      snapshotRevision: revision,
      snapshotHash: 'b'.repeat(64),
      requiredFeatures: [],
    };
    const encoded = encodeSignedHead({ head: encodeHead(head), signatures: [] });
    await bus.putLatest(subjects('default').head, encoded);
    current = memoryEventStore();
    for (let n = 1; n <= 6; n++) await append(current);
    await start();
    expect(guard.verdict()).toMatchObject({ kind: 'forked', at: 4, known: { source: 'the bus' } });
  });

  test('begins anew for the sake of who follows the tail, too', async () => {
    await start();
    tailed = own;
    await failOver();
    // Commands have gone on from what both histories have.
    own = await readHeadState(store);
    expect(await guard.check()).toMatchObject({ kind: 'behind', missing: { from: 3, to: 4 } });
    await append(current, 1);
    own = await readHeadState(store);
    expect(await guard.check()).toEqual({ kind: 'ok' });
    expect(begun).toEqual(['epoch']);
  });

  test('begins anew once at a time, however many find that it must', async () => {
    await start();
    await failOver();
    await append(current, 1);
    await Promise.all([guard.check(), guard.beginEpoch({ actor: 'ann', request: 'store' }), guard.check()]);
    expect(atOnce).toBe(1);
    expect(await guard.check()).toEqual({ kind: 'ok' });
  });

  test('begins one epoch for one idempotency key', async () => {
    await start();
    const by = { actor: 'ann', commandId: 'restore-1', request: 'store' };
    expect(await guard.beginEpoch(by)).toMatchObject({ epoch: 1, revision: 5 });
    expect(await guard.beginEpoch(by)).toMatchObject({ epoch: 1, revision: 5 });
  });

  test('begins anew when commits were trimmed before this replica read them', async () => {
    await start();
    own = { ...own, revision: 1, chainHash: (await current.read(1, 1))[0]?.hash ?? '' };
    await current.saveCheckpoint(await readHeadState(current));
    await current.trim(4);
    expect(await guard.check()).toEqual({ kind: 'ok' });
    expect(begun).toEqual(['trimmed']);
    expect(own.revision).toBe(4);
  });
});
