import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Bus, BusError, subjects } from '#shared/bus.ts';
import { decodeHead, decodeSignedHead, encodeKeptConfiguration } from '#shared/codec/head-codec.ts';
import { foldCommit, INITIAL_STATE } from '#shared/event/fold.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { isRefusal, openConfiguration } from '#shared/snapshot/open.ts';
import { generateKeyPair, readSigningKeys, readTrustedKeys } from '#shared/snapshot/signature.ts';
import { loadFromBus } from '../../control-plane/bus-configuration.ts';
import { type CommandHandler, createCommandHandler } from '../../control-plane/command-handler.ts';
import { readCommitCopies } from '../../control-plane/commit-copies.ts';
import type { EventStore } from '../../control-plane/ports.ts';
import { type Publisher, type PublisherOptions, startPublisher } from '../../control-plane/publisher.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';
import { memoryEventStore } from './support/memory-event-store.ts';

const names = subjects('f');
const pair = generateKeyPair();
const signingKeys = readSigningKeys(pair.privatePem, 'key');
const trust = { fleet: 'f', trustedKeys: readTrustedKeys(pair.publicPem, 'key') };

describe('the publisher', () => {
  let store: EventStore;
  let commands: CommandHandler;
  let bus: Bus;
  let publishers: Publisher[];
  let published: number[];
  const errors: unknown[] = [];

  beforeEach(async () => {
    store = memoryEventStore({ fleet: 'f' });
    bus = createInProcessBus();
    errors.length = 0;
    publishers = [];
    published = [];
    commands = await createCommandHandler({
      store,
      maxWaiting: 100,
      checkpointEvery: 100,
      onCheckpointError: () => {},
    });
  });

  afterEach(async () => {
    for (const publisher of publishers) await publisher.stop();
    await store.close();
    await bus.close();
  });

  const apply = (n: number) =>
    commands.apply({ definition: definitionOf(balancer('app', [worker(n)])) }, { actor: 'ann' });

  const start = async (on: Bus = bus, options: Partial<PublisherOptions> = {}) => {
    const publisher = startPublisher({
      store,
      bus: on,
      state: await commands.state(),
      signingKeys,
      onPublished: (revision) => published.push(revision),
      onError: (err) => errors.push(err),
      retryMs: 1,
      rules: { debounce: { minMs: 1, maxMs: 4 } },
      ...options,
    });
    publishers.push(publisher);
    return publisher;
  };

  /** What a node comes to that has nothing but the bus. */
  const onBus = async () => {
    const opened = await loadFromBus(bus, trust);
    if (opened === undefined || isRefusal(opened)) throw new Error(opened?.text ?? 'nothing is published');
    return opened;
  };

  const whenOnBus = async (revision: number) => {
    await vi.waitFor(async () => expect((await onBus()).head.revision).toBe(revision));
    return onBus();
  };

  test('publishes at start what was committed while nobody published', async () => {
    await apply(1);
    await apply(2);
    await start();
    const { snapshot, head } = await whenOnBus(2);
    expect(snapshot).toMatchObject({ fleet: 'f', revision: 2, definition: { balancers: [{ members: [worker(2)] }] } });
    expect(head.chainHash).toBe((await store.head()).chainHash);
  });

  test('publishes nothing for an empty fleet, and then each newest revision', async () => {
    const running = await start();
    expect(running.publishedRevision()).toBe(0);
    for (const n of [1, 2, 3]) await apply(n);
    expect(await running.whenPublished(3, 5_000)).toBe(true);
    expect((await onBus()).snapshot.revision).toBe(3);
    expect(published.at(-1)).toBe(3);
  });

  test('tells nodes that skipped a revision with leave to shrink of that leave', async () => {
    await apply(1);
    await commands.apply({ definition: definitionOf(), allowShrink: true }, { actor: 'ann' });
    await commands.apply({ definition: definitionOf(balancer('app', [worker(3)])) }, { actor: 'ann' });
    await start();
    expect((await whenOnBus(3)).snapshot).toMatchObject({ revision: 3, shrinkAllowedAt: 2 });
  });

  test('sends each change as a delta, and its commit as a copy', async () => {
    await apply(1);
    const running = await start();
    await running.whenPublished(1, 5_000);
    await apply(2);
    await apply(3);
    await running.whenPublished(3, 5_000);
    expect(await bus.keys(names.allDeltas)).toEqual([names.delta(2), names.delta(3)]);
    expect(await bus.objects(names.allSnapshots)).toHaveLength(1);
    await vi.waitFor(async () => expect(await readCommitCopies(bus, 'f', 2)).toEqual(await store.read(2, 10)));
  });

  test('adopts what is published already, byte for byte', async () => {
    await apply(1);
    await apply(2);
    const first = await start();
    await first.whenPublished(2, 5_000);
    await first.stop();
    const before = await bus.getLatest(names.head);
    const second = await start();
    expect(await second.whenPublished(2, 5_000)).toBe(true);
    expect(await bus.getLatest(names.head)).toEqual(before);
    expect(await bus.objects(names.allSnapshots)).toHaveLength(1);
  });

  test('puts everything again after the bus lost it', async () => {
    await apply(1);
    const running = await start(bus, { rules: { auditMs: 5, debounce: { minMs: 1, maxMs: 4 } } });
    await running.whenPublished(1, 5_000);
    await apply(2);
    await running.whenPublished(2, 5_000);
    for (const key of await bus.keys(names.kept)) await bus.remove(key);
    for (const name of await bus.objects('>')) await bus.removeObject(name);
    expect((await whenOnBus(2)).snapshot.definition.balancers).toEqual([balancer('app', [worker(2)])]);
    await vi.waitFor(async () => expect(await readCommitCopies(bus, 'f', 1)).toHaveLength(2));
  });

  test('never puts an older head over a newer one, and says what the store lacks', async () => {
    await apply(1);
    await apply(2);
    const first = await start();
    await first.whenPublished(2, 5_000);
    await first.stop();
    const kept = await bus.getLatest(names.head);

    const lossy = memoryEventStore({ fleet: 'f' });
    const [one] = await store.read(1, 1);
    await lossy.restore(one === undefined ? [] : [one]);
    const regressions: unknown[] = [];
    const state = one === undefined ? INITIAL_STATE : foldCommit(INITIAL_STATE, one);
    const second = await start(bus, {
      store: lossy,
      state,
      onRegressed: (regression) => regressions.push(regression?.missing),
      rules: { lookUpMs: 5 },
    });
    await vi.waitFor(() => expect(regressions).toEqual([{ from: 2, to: 2 }]));
    expect(second.status().regressed).toBe('the bus has revision 2, the store ends at 1: it lost revisions 2 to 2');
    expect(second.configuration()).toBeUndefined();
    expect(await bus.getLatest(names.head)).toEqual(kept);

    await lossy.restore(await store.read(2, 1));
    expect(await second.whenPublished(2, 5_000)).toBe(true);
    expect(regressions).toEqual([{ from: 2, to: 2 }, undefined]);
    await lossy.close();
  });

  test('gives nodes the newest configuration with its proof while the bus is away', async () => {
    await apply(1);
    const away: Bus = { ...bus, status: () => ({ connected: false, detail: 'away' }) };
    const running = await start(away);
    await apply(2);
    await vi.waitFor(() => expect(running.status().foldedRevision).toBe(2));
    expect(running.publishedRevision()).toBe(0);
    const configuration = running.configuration();
    if (configuration === undefined) throw new Error('nothing to serve');
    const opened = openConfiguration(encodeKeptConfiguration(configuration), trust);
    expect(opened).toMatchObject({ head: configuration.head, snapshot: { revision: 2 } });
  });

  test('does not make a new revision wait for the time at which an older one is tried again', async () => {
    let away = true;
    const putLatest: Bus['putLatest'] = async (...args) => {
      if (away) throw new BusError('disconnected', 'bus is away');
      return bus.putLatest(...args);
    };
    await apply(1);
    const running = await start({ ...bus, putLatest }, { retryMs: 3_600_000 });
    await vi.waitFor(() => expect(running.failures()).toBe(1));
    expect(running.status().lastFailure).toBe('bus is away');
    away = false;
    await apply(2);
    expect(await running.whenPublished(2, 5_000)).toBe(true);
  });

  test('tries again when the bus refuses, and comes to the newest revision', async () => {
    let refusals = 3;
    const putLatest: Bus['putLatest'] = async (...args) => {
      if (refusals-- > 0) throw new BusError('refused', 'bus refuses');
      return bus.putLatest(...args);
    };
    const running = await start({ ...bus, putLatest });
    await apply(1);
    await apply(2);
    expect(await running.whenPublished(2, 5_000)).toBe(true);
    expect(running.failures()).toBe(errors.length);
    expect(errors.length).toBe(3);
  });

  test('leaves out a change too large for a message, and gives the snapshot instead', async () => {
    await bus.close();
    bus = createInProcessBus({ maxPayloadBytes: 8_192 });
    await apply(1);
    const running = await start();
    await running.whenPublished(1, 5_000);
    const members = Array.from({ length: 200 }, (_, n) => worker(n));
    await commands.apply({ definition: definitionOf(balancer('app', members)) }, { actor: 'ann' });
    await running.whenPublished(2, 5_000);
    expect(await bus.keys(names.allDeltas)).toEqual([]);
    expect((await onBus()).head).toMatchObject({ revision: 2, snapshotRevision: 2 });
    await vi.waitFor(async () => expect(await bus.objects(names.allCommitObjects)).toHaveLength(1));
    expect(await readCommitCopies(bus, 'f', 2)).toEqual(await store.read(2, 1));
  });

  test('two replicas with different keys come to one head that both have signed', async () => {
    const other = generateKeyPair();
    await apply(1);
    await start();
    await start(bus, { signingKeys: readSigningKeys(other.privatePem, 'other') });
    await vi.waitFor(async () => {
      const kept = await bus.getLatest(names.head);
      const { signatures } = decodeSignedHead(kept?.payload ?? new Uint8Array());
      expect(signatures.map(({ keyId }) => keyId).sort()).toEqual([pair.keyId, other.keyId].sort());
    });
  });

  test('warns when it has no key where others sign', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: string) => void warnings.push(warning);
    await apply(1);
    await start(bus, { onWarning });
    const keyless = await start(bus, { signingKeys: [], onWarning });
    await vi.waitFor(() => expect(keyless.status().warnings).toEqual([expect.stringContaining('this one has no key')]));
    expect(warnings).toEqual(keyless.status().warnings);
  });

  test('makes heads wait under churn, and ends on the newest', async () => {
    await apply(1);
    const heads: number[] = [];
    await bus.subscribe(names.head, (payload) => {
      heads.push(decodeHead(decodeSignedHead(payload).head).revision);
    });
    const running = await start(bus, { rules: { debounce: { minMs: 40, maxMs: 80 } } });
    await running.whenPublished(1, 5_000);
    for (let n = 2; n <= 40; n++) await apply(n);
    expect(await running.whenPublished(40, 5_000)).toBe(true);
    expect(heads.length).toBeLessThan(20);
    expect(heads).toEqual(heads.toSorted((a, b) => a - b));
    expect((await onBus()).snapshot.revision).toBe(40);
  });
});
