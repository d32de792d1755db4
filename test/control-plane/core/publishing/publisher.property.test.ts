import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { snapshotOf } from '#shared/snapshot/from-state.ts';
import { isRefusal } from '#shared/snapshot/open.ts';
import { loadFromBus } from '../../../../control-plane/bus-configuration.ts';
import { publicationStatus } from '../../../../control-plane/core/publishing/publication.ts';
import { createWorld, FLEET, RULES, type World } from './world.ts';

type Act =
  | { readonly type: 'commit'; readonly n: number }
  | { readonly type: 'tail' | 'crash'; readonly replica: number }
  | { readonly type: 'carry-out'; readonly replica: number; readonly outcome: 'done' | 'refused' | 'lost' }
  | { readonly type: 'deliver'; readonly replica: number; readonly skip: number }
  | { readonly type: 'restart'; readonly replica: number; readonly lag: number }
  | { readonly type: 'connection'; readonly replica: number; readonly connected: boolean }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'lose-bus' };

const replica = fc.nat(1);
const happens: fc.Arbitrary<Act>[] = [
  fc.record({ type: fc.constant('commit' as const), n: fc.nat(30) }),
  fc.record({ type: fc.constant('tail' as const), replica }),
  fc.record({ type: fc.constant('carry-out' as const), replica, outcome: fc.constant('done' as const) }),
  fc.record({ type: fc.constant('carry-out' as const), replica, outcome: fc.constant('done' as const) }),
  fc.record({ type: fc.constant('deliver' as const), replica, skip: fc.nat(2) }),
  fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(1, 150, 2_500, 40_000) }),
];
const faults: fc.Arbitrary<Act>[] = [
  fc.record({
    type: fc.constant('carry-out' as const),
    replica,
    outcome: fc.constantFrom('refused' as const, 'lost' as const),
  }),
  fc.record({ type: fc.constant('crash' as const), replica }),
  fc.record({ type: fc.constant('restart' as const), replica, lag: fc.nat(3) }),
  fc.record({ type: fc.constant('connection' as const), replica, connected: fc.boolean() }),
];
const losses: fc.Arbitrary<Act>[] = [fc.constant({ type: 'lose-bus' as const })];

const acts = (...kinds: readonly fc.Arbitrary<Act>[]) => fc.array(fc.oneof(...kinds), { maxLength: 120, size: 'max' });

async function act(world: World, one: Act): Promise<void> {
  const at = (index: number) => {
    const found = world.replicas[index];
    if (found === undefined) throw new Error(`no replica ${index}`);
    return found;
  };
  switch (one.type) {
    case 'commit':
      return world.commit(one.n);
    case 'tail':
      world.tail(at(one.replica));
      return;
    case 'carry-out':
      await world.carryOut(at(one.replica), one.outcome);
      return;
    case 'deliver':
      world.deliver(at(one.replica), one.skip);
      return;
    case 'crash':
      return world.crash(at(one.replica));
    case 'restart':
      return world.restart(at(one.replica), one.lag);
    case 'connection':
      return world.connection(at(one.replica), one.connected);
    case 'pass':
      return world.pass(one.ms);
    case 'lose-bus':
      return world.loseBus();
  }
}

/** What a node that has nothing but the bus comes to is what the store holds. */
async function expectStoreOnBus(world: World): Promise<void> {
  const state = world.head();
  const opened = await loadFromBus(world.bus, { fleet: FLEET, trustedKeys: [] });
  if (state.revision === 0) return;
  if (opened === undefined || isRefusal(opened)) throw new Error(opened?.text ?? 'nothing is published');
  const { epoch, revision, chainHash } = state;
  expect(opened.head).toMatchObject({ epoch, revision, chainHash });
  expect(opened.snapshot).toEqual(snapshotOf(FLEET, state));
  for (const one of world.replicas) {
    expect(publicationStatus(RULES, one.state)).toMatchObject({ publishedRevision: revision, warnings: [] });
  }
}

async function expectTidyBus({ bus, commits }: World): Promise<void> {
  const names = subjects(FLEET);
  // Three, and one that each replica may be about to name.
  expect((await bus.objects(names.allSnapshots)).length).toBeLessThanOrEqual(3 + 2);
  expect((await bus.keys(names.allCommits)).length).toBe(Math.min(4, commits.length));
  expect((await bus.keys(names.allDeltas)).length).toBeLessThanOrEqual(2 + 3 + 1);
}

describe('two replicas that publish at once', () => {
  it('never take the kept head back, and come to rest at the head of the store', async () => {
    await fc.assert(
      fc.asyncProperty(acts(...happens), async (sequence) => {
        const world = await createWorld(2);
        for (const one of sequence) await act(world, one);
        await world.rest();
        await expectStoreOnBus(world);
        await expectTidyBus(world);
      }),
      { numRuns: 150 },
    );
  });

  it('do so whatever fails or dies between any two steps', async () => {
    await fc.assert(
      fc.asyncProperty(acts(...happens, ...faults), async (sequence) => {
        const world = await createWorld(2);
        for (const one of sequence) await act(world, one);
        await world.rest();
        await expectStoreOnBus(world);
        await expectTidyBus(world);
      }),
      { numRuns: 200 },
    );
  });

  it('put everything again when the bus has lost it, even in the middle of publishing', async () => {
    await fc.assert(
      fc.asyncProperty(acts(...happens, ...happens, ...faults, ...losses), async (sequence) => {
        const world = await createWorld(2);
        for (const one of sequence) await act(world, one);
        await world.rest();
        await expectStoreOnBus(world);
      }),
      { numRuns: 200 },
    );
  });

  it('have nothing more to do once they rest, but to say the head again', async () => {
    const world = await createWorld(2);
    for (let n = 0; n < 10; n++) world.commit(n);
    await world.rest();
    const before = await world.bus.getLatest(subjects(FLEET).head);
    const listed = [await world.bus.keys(subjects(FLEET).kept), await world.bus.objects('>')];
    await world.rest();
    expect((await world.bus.getLatest(subjects(FLEET).head))?.payload).toEqual(before?.payload);
    expect([await world.bus.keys(subjects(FLEET).kept), await world.bus.objects('>')]).toEqual(listed);
  });
});

describe('a store that goes back', () => {
  const history = acts(...happens, ...faults);

  it('is never followed, whatever is committed on top of it; a new epoch is', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 4 }), history, async (before, lost, after) => {
        const world = await createWorld(2);
        for (const one of before) await act(world, one);
        world.loseCommits(lost);
        // A replica begins anew, as after any failover; the other may remember.
        for (const one of world.replicas.slice(0, 1)) {
          world.crash(one);
          world.restart(one, 0);
        }
        for (const one of after) await act(world, one);
        await world.rest();

        world.commit(1, 1);
        for (const one of world.replicas) {
          world.crash(one);
          world.restart(one, 0);
        }
        await world.rest();
        await expectStoreOnBus(world);
      }),
      { numRuns: 150 },
    );
  });

  it('is followed again when what it lost is put back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 4 }), async (length, count) => {
        const world = await createWorld(2);
        for (let n = 0; n < length; n++) world.commit(n);
        await world.rest();
        const lost = world.loseCommits(Math.min(count, length - 1));
        for (const one of world.replicas.slice(0, 1)) {
          world.crash(one);
          world.restart(one, 0);
        }
        await world.rest();
        const [first] = world.replicas;
        expect(first && publicationStatus(RULES, first.state).regression).toMatchObject({
          kind: 'behind',
          missing: { from: world.commits.length + 1, to: length },
        });
        world.putBack(lost);
        world.commit(20);
        await world.rest();
        await expectStoreOnBus(world);
      }),
      { numRuns: 60 },
    );
  });
});
