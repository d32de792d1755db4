import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countsAgree, historyFaults } from '#test/support/fleet/audit.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { type NodeWatch, watchNodes } from '#test/support/fleet/node-watch.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { wrongClock } from '#test/support/fleet/preload.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { hasNoVerdict, hasVerdict } from './verdicts.ts';

const HOUR_MS = 3_600_000;

/** Failure matrix, "clock skew": no decision compares the clocks of two hosts. */
describe('a fleet whose clocks are wrong', () => {
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  let watch: NodeWatch;
  let edits = 0;

  beforeAll(async () => {
    fleet = await startFleet({
      // The second one is ahead, and is set back by two days later.
      replicaEnv: (index) => (index === 0 ? wrongClock(-HOUR_MS) : wrongClock(24 * HOUR_MS, -48 * HOUR_MS)),
      nodeEnv: (index) => (index === 0 ? wrongClock(-365 * 24 * HOUR_MS) : index === 1 ? wrongClock(30 * HOUR_MS) : {}),
    });
    watch = watchNodes(fleet.nodes);
    traffic = startVerifiedTraffic(fleet.nodes);
  });

  afterAll(async () => {
    await traffic?.stop();
    await watch?.stop();
    await fleet?.close();
  });

  const edit = (at: number) => fleet.operator.apply(fleet.lines(`ProxyPass "/edit/${++edits}" "!"`), { at });
  const overridden = async (at: number): Promise<readonly string[]> =>
    (await fleet.operator.get('/v1/overrides', at)).body.overrides.map(({ worker }: { worker: string }) => worker);
  const override = (backend: number, lasting: string, at: number) =>
    fleet.operator.commit(
      {
        method: 'PUT',
        path: '/v1/overrides',
        body: {
          ...{ balancer: 'balancer://app', worker: fleet.backends[backend]?.url, for: lasting },
          parameters: { loadfactor: '2' },
        },
      },
      { at },
    );

  test('takes edits at every replica, in one order, at the times of the store', async () => {
    for (let n = 0; n < 6; n++) await edit(n);
    const content = await converged(fleet);
    expect(await historyFaults(fleet, content)).toEqual([]);
    const timesMs = content.commits.map(({ commit }) => commit.timeMs);
    expect(timesMs).toEqual(timesMs.toSorted((a, b) => a - b));
    for (const timeMs of timesMs) expect(Math.abs(timeMs - Date.now())).toBeLessThan(60_000);
  });

  test('sees every node alive, and says which clock is wrong', async () => {
    for (const at of [0, 1]) {
      const { nodes } = (await fleet.operator.get('/v1/nodes', at)).body;
      expect(nodes.map(({ state, current }: { state: string; current: boolean }) => ({ state, current }))).toEqual(
        fleet.nodes.map(() => ({ state: 'live', current: true })),
      );
      expect((await fleet.operator.get('/v1/store', at)).body.warnings.join()).toContain('clock');
    }
  });

  test('ends an override when its time is up, and not when some clock says so', async () => {
    await override(0, '1h', 0);
    await override(1, '1h', 1);
    await override(2, '1s', 0);
    await patiently(
      'the end of the short one',
      async () => !(await overridden(0)).includes(fleet.backends[2]?.url ?? ''),
    );
    for (const at of [0, 1])
      expect((await overridden(at)).toSorted()).toEqual([0, 1].map((n) => fleet.backends[n]?.url).toSorted());
  });

  test('agrees on verdicts', async () => {
    await fleet.backends[2]?.kill();
    await patiently('the verdict everywhere', () => hasVerdict(fleet, 2));
    await fleet.backends[2]?.revive();
    await patiently('no verdict left', () => hasNoVerdict(fleet, 2));
  });

  test('goes on when a clock is set back by days', async () => {
    const replica = fleet.replicas[1];
    if (replica !== undefined) process.kill(replica.pid(), 'SIGUSR2');
    // It is alone: nobody else publishes for it.
    await fleet.replicas[0]?.kill();
    for (let n = 0; n < 3; n++) await edit(1);
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    await fleet.replicas[0]?.start();
    for (const at of [0, 1]) {
      await patiently('all nodes alive', async () => {
        const { nodes } = (await fleet.operator.get('/v1/nodes', at)).body;
        return nodes.length === 3 && nodes.every(({ live }: { live: boolean }) => live);
      });
    }
    await traffic.stop();
    // Requests under way to the backend when it was killed.
    expect(traffic.faults().length).toBeLessThanOrEqual(2 * fleet.nodes.length);
    await countsAgree(fleet, 'W3');
    expect(watch.faults()).toEqual([]);
  });
});
