import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createNetwork,
  type FaultyContainer,
  startNatsContainer,
  startRedisContainer,
} from '#test/support/docker/containers.ts';
import { converged, countsAgree, historyFaults } from '#test/support/fleet/audit.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { type NodeWatch, watchNodes } from '#test/support/fleet/node-watch.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';

/** Failure matrix, Redis and NATS down, as a network that is cut: what is sent is lost, and nobody is told. */
describe('a fleet cut off from containers', () => {
  let network: Awaited<ReturnType<typeof createNetwork>>;
  let redis: FaultyContainer;
  let nats: FaultyContainer;
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  let watch: NodeWatch;
  let edits = 0;

  beforeAll(async () => {
    network = await createNetwork();
    [redis, nats] = await Promise.all([startRedisContainer(network), startNatsContainer(network)]);
    fleet = await startFleet({
      redis: `redis://${redis.host}:${redis.port}`,
      nats: `nats://${nats.host}:${nats.port}`,
    });
    watch = watchNodes(fleet.nodes);
    traffic = startVerifiedTraffic(fleet.nodes);
  });

  afterAll(async () => {
    await traffic?.stop();
    await watch?.stop();
    await fleet?.close();
    await Promise.all([redis, nats].map((container) => container?.remove()));
    await network?.stop();
  });

  const lines = () => fleet.lines(`ProxyPass "/edit/${++edits}" "!"`);

  async function expectSound(): Promise<void> {
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    expect(traffic.faults()).toEqual([]);
    expect(watch.faults()).toEqual([]);
  }

  /** A command that takes no longer than it may, and is refused. */
  async function expectRefused(at: number): Promise<void> {
    const body = { balancer: 'balancer://app', worker: fleet.backends[0]?.url, parameters: { loadfactor: '7' } };
    const refused = await fleet.operator.ask({ method: 'PUT', path: '/v1/overrides', body }, { at, timeoutMs: 5_000 });
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    const { status, headers } = await fleet.operator.get('/v1/definition', at);
    expect(status).toBe(200);
    expect(headers['penstock-stale']).toBeDefined();
  }

  test('its replicas from Redis: commands are refused in time, reads go on, and what was given meanwhile is done once', async () => {
    await redis.disconnect();
    for (const at of [0, 1]) await expectRefused(at);
    await traffic.more(10);
    const waiting = fleet.operator.apply(lines());
    await redis.connect();
    await waiting;
    await expectSound();
  });

  test('all of it from NATS: edits are accepted, and reach the nodes when it is back', async () => {
    await nats.disconnect();
    const revision = await fleet.operator.apply(lines(), { at: 1 });
    const { publication } = (await fleet.operator.get('/v1/store', 1)).body;
    expect(publication.publishedRevision).toBeLessThan(revision);
    await patiently('the cut to be noticed', async () => {
      const { body } = await fleet.operator.get('/readyz', 1);
      return body.status === 'degraded';
    });
    await traffic.more(10);
    await nats.connect();
    await expectSound();
  });

  test('from both at once, and back in the other order', async () => {
    await Promise.all([redis.disconnect(), nats.disconnect()]);
    await expectRefused(0);
    await traffic.more(10);
    await redis.connect();
    await fleet.operator.apply(lines(), { at: 0 });
    await nats.connect();
    await expectSound();
  });

  test('keeps exact counts', async () => {
    await traffic.stop();
    await countsAgree(fleet);
  });
});
