import { describe, expect, it } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeHead, decodeSignedHead } from '#shared/codec/head-codec.ts';
import { publicationStatus } from '../../../../control-plane/core/publishing/publication.ts';
import { createWorld, FLEET, RULES, type World } from './world.ts';

/** One replica that has published a first revision and rests. */
async function resting(): Promise<World & { readonly only: World['replicas'][number] }> {
  const world = await createWorld(1);
  const [only] = world.replicas;
  if (only === undefined) throw new Error('no replica');
  world.commit(1);
  await world.rest();
  return { ...world, only };
}

/** Lets everything happen that needs no time. */
async function settle(world: World): Promise<void> {
  for (const replica of world.replicas) {
    for (let busy = true; busy; ) {
      busy = world.tail(replica) || (await world.carryOut(replica)) || world.deliver(replica, 0);
    }
  }
}

async function keptRevision({ bus }: World): Promise<number> {
  const kept = await bus.getLatest(subjects(FLEET).head);
  return kept === undefined ? 0 : decodeHead(decodeSignedHead(kept.payload).head).revision;
}

describe('heads', () => {
  it('go out at once after a quiet time, and under churn ever further apart, up to half a second', async () => {
    const world = await resting();
    const startMs = world.nowMs();
    const times: number[] = [];
    let last = await keptRevision(world);
    while (world.nowMs() < startMs + 10_000) {
      world.commit(world.commits.length);
      await settle(world);
      const now = await keptRevision(world);
      if (now > last) times.push(world.nowMs() - startMs);
      last = now;
      world.pass(10);
    }
    const gaps = times.slice(1).map((ms, i) => ms - (times[i] ?? 0));
    expect(times[0]).toBe(0);
    expect(gaps.slice(0, 7)).toEqual([50, 100, 200, 400, 500, 500, 500]);

    world.pass(2_000);
    await settle(world);
    expect(await keptRevision(world)).toBe(world.commits.length);
    world.pass(2_000);
    await settle(world);
    world.commit(1);
    await settle(world);
    expect(await keptRevision(world)).toBe(world.commits.length);
  });

  it('wait, but deltas and copies do not', async () => {
    const world = await resting();
    for (let n = 2; n <= 4; n++) {
      world.commit(n);
      await settle(world);
    }
    const names = subjects(FLEET);
    expect(await keptRevision(world)).toBeLessThan(world.commits.length);
    expect(await world.bus.keys(names.allDeltas)).toContain(names.delta(world.commits.length));
    expect(await world.bus.keys(names.allCommits)).toContain(names.commit(world.commits.length));
  });

  it('are said again when nobody has said one for a while, with the same bytes', async () => {
    const world = await resting();
    const key = subjects(FLEET).head;
    await settle(world);
    const before = await world.bus.getLatest(key);
    world.pass(5_000);
    await settle(world);
    expect((await world.bus.getLatest(key))?.version).toBe(before?.version);
    world.pass(1_000);
    await settle(world);
    const after = await world.bus.getLatest(key);
    expect(after?.version).toBeGreaterThan(before?.version ?? 0);
    expect(after?.payload).toEqual(before?.payload);
  });
});

describe('a publisher', () => {
  it('does nothing while the bus is away, and everything when it is back', async () => {
    const world = await resting();
    world.connection(world.only, false);
    for (let n = 0; n < 100; n++) world.commit(n);
    await settle(world);
    expect(publicationStatus(RULES, world.only.state)).toMatchObject({ publishedRevision: 1, foldedRevision: 101 });
    expect(world.only.effect).toBeUndefined();
    // What waits is bounded: beyond it a snapshot and the store stand in.
    expect(world.only.state.line.entries.filter(({ delta }) => delta !== undefined).length).toBeLessThanOrEqual(64);
    expect(world.only.state.line.entries.filter(({ stored }) => stored !== undefined).length).toBeLessThanOrEqual(64);
    world.connection(world.only, true);
    await settle(world);
    world.pass(100);
    await settle(world);
    expect(await keptRevision(world)).toBe(101);
  });

  it('waits longer after each failure, and not at all for the failures once something succeeded', async () => {
    const world = await resting();
    world.pass(40_000);
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      await world.carryOut(world.only, 'refused');
      waits.push(world.only.state.retryAtMs - world.nowMs());
      world.pass(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
    expect(publicationStatus(RULES, world.only.state)).toMatchObject({ failures: 9, lastFailure: 'the bus is busy' });
    await world.carryOut(world.only);
    expect(publicationStatus(RULES, world.only.state)).not.toHaveProperty('lastFailure');
  });
});
