import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countsAgree } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { eventually } from '#test/support/wait.ts';

describe('a node whose copies on disk are damaged', () => {
  let fleet: Fleet;
  let node: FleetNode;
  let other: FleetNode;
  let traffic: VerifiedTraffic;
  let loadfactor = 1;

  beforeAll(async () => {
    fleet = await startFleet({ replicas: 1, nodes: 2, backends: 2 });
    [node, other] = fleet.nodes as [FleetNode, FleetNode];
    traffic = startVerifiedTraffic([other], { pauseMs: 5 });
  });

  afterAll(async () => {
    await traffic?.stop();
    await fleet?.close();
  });

  /** @returns its revision */
  async function edit(): Promise<number> {
    const [backend] = fleet.backends;
    const parameters = { loadfactor: ++loadfactor };
    const body = { balancer: 'app', worker: backend?.url, parameters };
    const revision = await fleet.operator.commit({ method: 'PUT', path: '/v1/overrides', body });
    await Promise.all(fleet.nodes.map((each) => each.serving(revision)));
    return revision;
  }

  /** Paths, newest first. */
  function copies(): readonly string[] {
    const folder = join(node.dataDir, 'configurations');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.configuration'))
      .toSorted()
      .toReversed()
      .map((name) => join(folder, name));
  }

  const damage = {
    'a flipped bit': (path: string) => {
      const bytes = readFileSync(path);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
    'half of it': (path: string) => truncateSync(path, readFileSync(path).length >> 1),
    'nothing in it': (path: string) => truncateSync(path, 0),
    'something else in it': (path: string) => writeFileSync(path, 'ein Rohr in einem Damm\n'.repeat(100)),
  } as const;

  /** Stopped, damaged, started again without a bus. */
  async function restartedWith(work: () => void): Promise<void> {
    await node.stop();
    await fleet.nats.stop();
    work();
    await node.start();
  }

  async function catchesUp(revision: number): Promise<void> {
    await fleet.nats.start();
    await node.serving(revision);
    const through = startVerifiedTraffic([node], { pauseMs: 5 });
    await through.more(10);
    await through.stop();
    expect(through.faults()).toEqual([]);
  }

  test.each(Object.entries(damage))(
    '%s: serves the one before, and the newest when the bus is there',
    async (_, spoil) => {
      await edit();
      const before = await edit();
      const revision = await edit();
      await restartedWith(() => spoil(copies()[0] ?? ''));
      await node.serving(before);
      expect((await node.status()).serving.revision).toBe(before);
      expect(node.output()).toContain('DP1104');
      await catchesUp(revision);
    },
  );

  test('odd names among them are left alone', async () => {
    const before = await edit();
    const folder = join(node.dataDir, 'configurations');
    const [newest = ''] = copies();
    await restartedWith(() => {
      writeFileSync(join(folder, 'configuration'), 'not one of ours');
      writeFileSync(join(folder, '9999999999-9999999999999999-0123456789abcdef.configuration'), 'a copy in name only');
      writeFileSync(`${newest}.unfinished`, 'what a crash left');
      mkdirSync(join(folder, '9999999999-9999999999999998-0123456789abcdef.configuration'));
      mkdirSync(join(folder, '..dots and blanks'));
    });
    await node.serving(before);
    await fleet.nats.start();
    const revision = await edit();
    await catchesUpBy(revision);
    // What cannot be used does not count among the copies, which would soon be none else.
    expect(copies()).toHaveLength(3);
    expect(readdirSync(folder).toSorted().slice(0, 2)).toEqual([
      '..dots and blanks',
      copies()[2]?.slice(folder.length + 1),
    ]);
  });

  async function catchesUpBy(revision: number): Promise<void> {
    await node.serving(revision);
    expect((await node.status()).errors).toEqual([]);
  }

  test('all of them: starts empty, says so, and waits for the bus', async () => {
    const spoils = Object.values(damage);
    const revision = await edit();
    await restartedWith(() => {
      expect(copies()).toHaveLength(3);
      for (const [index, path] of copies().entries()) spoils[index % spoils.length]?.(path);
    });
    await eventually('word of it', () => node.output().includes('DP1121'));
    expect(await node.isReady()).toBe(false);
    expect(await node.status()).toMatchObject({ confirmed: false, bus: { connected: false } });
    expect((await node.status()).serving).toBeUndefined();
    await catchesUp(revision);
    expect(await node.isReady()).toBe(true);
  });

  test('meanwhile no client of another node has noticed, and all is counted', async () => {
    await traffic.more(10);
    await traffic.stop();
    expect(traffic.faults()).toEqual([]);
    await converged(fleet);
    await countsAgree(fleet);
  });
});
