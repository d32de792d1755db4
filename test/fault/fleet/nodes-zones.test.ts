import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countedBy, totalsAt } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import { ownHostsEnv } from '#test/support/fleet/own-hosts.ts';
import { answeredOf, startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { type Forwarder, startForwarder } from '#test/support/forwarder.ts';
import { type NatsServer, startNats } from '#test/support/nats.ts';
import { eventually } from '#test/support/wait.ts';

/** Both zones call the second backend by this name, and each has a way there of its own. */
const FAR = 'far.example.test';
const CLIENTS = 2;

describe('a zone that is cut off', () => {
  let fleet: Fleet;
  let nats: NatsServer;
  let toNats: Forwarder;
  let toFar: { readonly a: Forwarder; readonly b: Forwarder };
  let farUrl: string;
  let zoneA: readonly FleetNode[];
  let zoneB: readonly FleetNode[];
  let traffic: VerifiedTraffic;

  beforeAll(async () => {
    nats = await startNats();
    toNats = await startForwarder(nats.port);
    fleet = await startFleet({
      replicas: 1,
      nodes: 4,
      backends: 2,
      nats: nats.url,
      balancer: 'verdict=majority',
      nodeEnv: (index) => ownHostsEnv({ [FAR]: isInA(index) ? '127.0.0.2' : '127.0.0.3' }),
      nodeArgs: (index) =>
        isInA(index) ? ['--label', 'zone=a', '--nats', `nats://127.0.0.1:${toNats.port}`] : ['--label', 'zone=b'],
    });
    [zoneA, zoneB] = [fleet.nodes.slice(0, 2), fleet.nodes.slice(2)];
    const [near, far] = fleet.backends;
    const a = await startForwarder(far?.port ?? 0, '127.0.0.2');
    toFar = { a, b: await startForwarder(far?.port ?? 0, '127.0.0.3', a.port) };
    farUrl = `http://${FAR}:${a.port}`;
    const lines = fleet.lines().map((line) => line.replace(far?.url ?? '', farUrl));
    expect(lines.join()).toContain(near?.url);
    const revision = await fleet.operator.apply(lines);
    await Promise.all(fleet.nodes.map((node) => node.serving(revision)));
    traffic = startVerifiedTraffic(fleet.nodes, { clients: CLIENTS, pauseMs: 10 });
    await eventually('the far backend to be used by all', async () =>
      (await usesOfFar(fleet.nodes)).every((uses) => uses > 0),
    );
  });

  afterAll(async () => {
    await traffic?.stop();
    await fleet?.close();
    await Promise.all([toNats?.close(), toFar?.a.close(), toFar?.b.close(), nats?.close()]);
  });

  const isInA = (index: number) => index < 2;
  const names = (nodes: readonly FleetNode[]) => nodes.map(({ name }) => name);
  const replica = () => fleet.replicas[0] as Fleet['replicas'][number];

  /** How often each node has elected the far backend in this run. */
  const usesOfFar = (nodes: readonly FleetNode[]) =>
    Promise.all(nodes.map(async (node) => Number((await farAt(node))?.elected ?? 0)));

  async function farAt(node: FleetNode) {
    const { workers } = (await node.status()) ?? { workers: [] };
    return workers.find(({ url }: { url: string }) => url === farUrl);
  }

  async function isUsed(nodes: readonly FleetNode[]): Promise<boolean[]> {
    const before = await usesOfFar(nodes);
    await traffic.more(20, ...names(nodes));
    return (await usesOfFar(nodes)).map((uses, index) => uses > (before[index] ?? 0));
  }

  async function zonesWithVerdict(): Promise<readonly string[] | undefined> {
    const { workers } = await replica().get('/v1/health');
    const far = workers.find(({ worker }: { worker: string }) => worker === farUrl);
    return far?.verdict === 'unavailable' ? far.zones : undefined;
  }

  /** What clients of a zone see from now on. */
  function fresh(nodes: readonly FleetNode[]): () => readonly string[] {
    const before = traffic.faults(...names(nodes)).length;
    return () => traffic.faults(...names(nodes)).slice(before);
  }

  test('from a backend leaves it out, and the other zone uses it', async () => {
    const seenInA = fresh(zoneA);
    await toFar.a.block();
    await eventually('a verdict for zone a', async () => (await zonesWithVerdict())?.join() === 'a');
    // What was under way broke; nothing that came after did.
    expect(seenInA().length).toBeLessThanOrEqual(zoneA.length * CLIENTS);
    await eventually('zone a to hear of it', async () =>
      (await Promise.all(zoneA.map(farAt))).every((far) => far?.verdict !== undefined),
    );
    const later = fresh(zoneA);
    expect(await isUsed(zoneB)).toEqual([true, true]);
    expect(await isUsed(zoneA)).toEqual([false, false]);
    expect(later()).toEqual([]);
    expect(await zonesWithVerdict()).toEqual(['a']);
  });

  test('from it no longer uses it again', async () => {
    const seenInA = fresh(zoneA);
    await toFar.a.open();
    await eventually('no verdict', async () => (await zonesWithVerdict()) === undefined);
    await eventually('zone a to use it', async () => (await isUsed(zoneA)).every((used) => used));
    expect(seenInA()).toEqual([]);
  });

  test('from everything goes on by its own experience, and the other zone has no part in it', async () => {
    await toNats.block();
    await toFar.a.block();
    await traffic.more(20, ...names(zoneA));
    const seenInA = fresh(zoneA);
    const body = { balancer: 'app', worker: fleet.backends[0]?.url, parameters: { loadfactor: 2 } };
    const revision = await fleet.operator.commit({ method: 'PUT', path: '/v1/overrides', body });
    await Promise.all(zoneB.map((node) => node.serving(revision)));
    for (const node of zoneA) {
      await eventually(`${node.name} to go by itself`, async () => (await node.status())?.health.frames === 'stale');
      expect(await node.status()).toMatchObject({ serving: { revision: revision - 1 }, bus: { connected: false } });
    }
    expect(await isUsed(zoneB)).toEqual([true, true]);
    expect([undefined, 'a']).toContain((await zonesWithVerdict())?.join());

    await toFar.a.open();
    await eventually('zone a to use what it can reach again', async () => (await isUsed(zoneA)).every((used) => used));
    expect(seenInA()).toEqual([]);
    await toNats.open();
    await converged(fleet);
  });

  test('and back has lost no count', async () => {
    await traffic.stop();
    expect(traffic.faults(...names(zoneB))).toEqual([]);
    const [near, far] = fleet.backends;
    const known = { backends: [near, { ...far, url: farUrl }] } as Pick<Fleet, 'backends'>;
    const broken = traffic.faults(...names(zoneA)).length;
    const whole = fleet.nodes.reduce((sum, { name }) => sum + answeredOf(traffic.of(name)), 0);
    await eventually('all that was counted', async () => {
      const told = await totalsAt(known, replica());
      const counted = countedBy(known);
      const [nearTold, farTold] = told;
      const [, farCounted] = counted;
      if (nearTold === undefined || farTold === undefined || farCounted === undefined) return false;
      // What broke on its way may have been seen by one side only.
      const unseen = farTold.requests - farCounted.requests;
      return (
        JSON.stringify(nearTold) === JSON.stringify(counted[0]) &&
        nearTold.responses + farTold.responses === whole &&
        Math.abs(unseen) <= broken &&
        farCounted.responses - farTold.responses <= broken
      );
    });
  });
});
