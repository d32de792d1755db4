import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countsAgree, historyFaults } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import { type NodeWatch, watchNodes } from '#test/support/fleet/node-watch.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { hasNoVerdict } from './verdicts.ts';

/** Failure matrix, "NATS down". */
describe('NATS', () => {
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  let watch: NodeWatch;
  let edits = 0;
  /** Asks the control plane itself when NATS is of no use; the others do not. */
  let polling: FleetNode;

  beforeAll(async () => {
    fleet = await startFleet({
      nodeArgs: (index, replicas) =>
        index < 2 ? [] : [...replicas.flatMap((url) => ['--poll', url]), '--poll-after', '300', '--poll-every', '300'],
    });
    polling = fleet.nodes[2] as FleetNode;
    watch = watchNodes(fleet.nodes);
    traffic = startVerifiedTraffic(fleet.nodes);
  });

  afterAll(async () => {
    await traffic?.stop();
    await watch?.stop();
    await fleet?.close();
  });

  const nextEdit = () => fleet.lines(`ProxyPass "/edit/${++edits}" "!"`);

  /** An edit while NATS is away: accepted, and said not to be with the nodes. */
  async function editUnpublished(at: number): Promise<number> {
    const before = fleet.operator.acknowledged.length;
    const revision = await fleet.operator.apply(nextEdit(), { at });
    expect(fleet.operator.acknowledged).toHaveLength(before + 1);
    const { body } = await fleet.operator.get('/v1/store', at);
    expect(body).toMatchObject({ revision });
    expect(body.publication.publishedRevision).toBeLessThan(revision);
    return revision;
  }

  test('killed: nodes serve and fail over by themselves, edits are accepted and polled, and all is made good', async () => {
    await traffic.more(10);
    await fleet.nats.kill();
    const ask = { method: 'POST', path: '/v1/apply', body: { definition: {}, allowShrink: true } } as const;
    expect((await fleet.operator.ask(ask)).status).toBe(400);
    const answer = await fleet.operator.ask({
      method: 'PUT',
      path: '/v1/overrides',
      body: { balancer: 'balancer://app', worker: fleet.backends[0]?.url, parameters: { loadfactor: '3' } },
    });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'committed', propagation: { published: false } } });
    const revision = await editUnpublished(1);
    await polling.serving(revision);
    const others = await Promise.all(fleet.nodes.slice(0, 2).map((node) => node.status()));
    for (const { serving } of others) expect(serving.revision).toBeLessThan(revision);
    expect((await fleet.operator.get('/readyz')).body).toMatchObject({ status: 'degraded' });
    expect(traffic.faults()).toEqual([]);

    // What is under way to a backend when it dies is lost with it: at most one request of each client. Then nothing more.
    await fleet.backends[2]?.kill();
    await traffic.more(20);
    await traffic.round();
    const lost = traffic.faults();
    expect(lost.length).toBeLessThanOrEqual(2 * fleet.nodes.length);
    await traffic.more(20);
    expect(traffic.faults()).toEqual(lost);
    await fleet.backends[2]?.revive();

    await fleet.nats.start();
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    await patiently('no verdict left', () => hasNoVerdict(fleet, 2));
    expect(traffic.faults()).toEqual(lost);
  });

  test('hanging: the same', async () => {
    const before = traffic.faults();
    await traffic.more(5);
    fleet.nats.pause();
    const revision = await editUnpublished(0);
    await patiently('it by polling', async () => (await polling.status())?.serving.revision === revision);
    expect((await fleet.nodes[0]?.status())?.serving.revision).toBeLessThan(revision);
    await traffic.more(5);
    fleet.nats.resume();
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    expect(traffic.faults()).toEqual(before);
  });

  test('back without anything it had kept: everything is published again, for nodes that have nothing either', async () => {
    const before = traffic.faults(fleet.nodes[1]?.name ?? '', polling.name);
    await fleet.nats.kill();
    await fleet.nats.wipe();
    await editUnpublished(0);
    await fleet.nats.start();
    await fleet.operator.apply(nextEdit(), { at: 1 });
    const { state } = await converged(fleet);
    const [empty] = fleet.nodes;
    await empty?.stop();
    rmSync(empty?.dataDir ?? '', { recursive: true });
    await empty?.start();
    await empty?.serving(state.revision);
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    expect(traffic.faults(fleet.nodes[1]?.name ?? '', polling.name)).toEqual(before);
  });

  test('leaves counts exact, and no node went back', async () => {
    await traffic.stop();
    await countsAgree(fleet, 'W3');
    expect(watch.faults()).toEqual([]);
  });
});
