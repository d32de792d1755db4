import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, historyFaults } from '#test/support/fleet/audit.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { type Kill, nodeCountFaults } from '#test/support/fleet/node-counts.ts';
import { type NodeWatch, watchNodes } from '#test/support/fleet/node-watch.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { hasNoVerdict, hasVerdict } from './verdicts.ts';

/** Failure matrix, "all CP replicas down", "Redis + NATS down", and both together. */
describe('a fleet of which only nodes are left', () => {
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  let watch: NodeWatch;
  const kills: Kill[] = [];
  let edits = 0;

  beforeAll(async () => {
    fleet = await startFleet();
    watch = watchNodes(fleet.nodes);
    // Dead before anybody is under way to it, and never back.
    await fleet.backends[2]?.kill();
    traffic = startVerifiedTraffic(fleet.nodes);
    await patiently('the verdict everywhere', () => hasVerdict(fleet, 2));
  });

  afterAll(async () => {
    await traffic?.stop();
    await watch?.stop();
    await fleet?.close();
  });

  const edit = (at?: number) =>
    fleet.operator.apply(fleet.lines(`ProxyPass "/edit/${++edits}" "!"`), at === undefined ? {} : { at });
  const untouched = () => fleet.nodes.filter(({ name }) => !kills.some(({ node }) => node === name));

  /** Kills a node and starts it again: it has nothing but its disk. */
  async function restartFromDisk(index: number): Promise<void> {
    const node = fleet.nodes[index];
    if (node === undefined) throw new Error(`no node ${index}`);
    const revision = (await node.status())?.serving.revision;
    kills.push({ node: node.name, atMs: performance.now() });
    await node.kill();
    await node.start();
    await traffic.more(10, node.name);
    expect(await node.status()).toMatchObject({
      serving: { revision },
      bus: { connected: false },
      confirmed: false,
    });
  }

  test('drops verdicts when frames stop, goes by what each node sees, and hears again when replicas are back', async () => {
    await edit();
    await converged(fleet);
    await Promise.all(fleet.replicas.map((replica) => replica.kill()));
    await patiently('verdicts dropped', () => hasNoVerdict(fleet, 2));
    for (const node of fleet.nodes) expect((await node.status())?.health.frames).toBe('stale');
    await traffic.more(20);
    await Promise.all(fleet.replicas.map((replica) => replica.start()));
    await edit(1);
    await patiently('the verdict again', () => hasVerdict(fleet, 2));
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    expect(traffic.faults()).toEqual([]);
  });

  test('without Redis and NATS: replicas can be read, nodes serve, and start from their disks', async () => {
    const revision = await edit();
    await converged(fleet);
    // What a replica did not take itself it knows a second later, or when it is asked.
    for (const at of [0, 1]) expect((await fleet.operator.get('/v1/definition', at)).body.revision).toBe(revision);
    await Promise.all([fleet.redis.kill(), fleet.nats.kill()]);
    for (const at of [0, 1]) {
      const { status, headers, body } = await fleet.operator.get('/v1/definition', at);
      expect({ status, revision: body.revision }).toEqual({ status: 200, revision });
      expect(headers['penstock-stale']).toBeDefined();
      const refused = await fleet.operator.ask({ method: 'POST', path: '/v1/rollback', body: { revision: 1 } }, { at });
      expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    }
    await restartFromDisk(0);
    expect(traffic.faults(...untouched().map(({ name }) => name))).toEqual([]);
  });

  test('without anything at all: the same; when all are back, they agree', async () => {
    await Promise.all(fleet.replicas.map((replica) => replica.kill()));
    await restartFromDisk(1);
    const [last] = untouched();
    await traffic.more(20);
    // Servers first, as any supervisor would have it in the end.
    await Promise.all([fleet.redis.start(), fleet.nats.start()]);
    await Promise.all(fleet.replicas.map((replica) => replica.start()));
    await edit();
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    await patiently('the verdict again', () => hasVerdict(fleet, 2));
    expect(traffic.faults(last?.name ?? '')).toEqual([]);
    for (const { name } of fleet.nodes) expect(traffic.of(name).wrong).toEqual([]);
  });

  test('counts what clients saw, but what a killed node had not written down yet', async () => {
    await traffic.stop();
    expect(await nodeCountFaults(fleet, traffic, kills)).toEqual([]);
    expect(watch.faults()).toEqual([]);
  });
});
