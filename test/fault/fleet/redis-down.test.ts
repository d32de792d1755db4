import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countedBy, countsAgree, historyFaults } from '#test/support/fleet/audit.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { followHealthFrames, type HealthFrames } from '#test/support/fleet/health-frames.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { runPenstock } from '#test/support/fleet/replica.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { hasVerdict } from './verdicts.ts';

/** Failure matrix, "Redis down". */
describe('Redis', () => {
  let fleet: Fleet;
  let frames: HealthFrames;
  let traffic: VerifiedTraffic;

  beforeAll(async () => {
    fleet = await startFleet();
    frames = await followHealthFrames(fleet, fleet.nats);
    // A verdict that must outlive what comes. Nobody is under way to it when it dies.
    await fleet.backends[2]?.kill();
    traffic = startVerifiedTraffic(fleet.nodes);
    await patiently('the verdict everywhere', () => hasVerdict(fleet, 2));
  });

  afterAll(async () => {
    await traffic?.stop();
    await frames?.close();
    await fleet?.close();
  });

  const faults: readonly { readonly name: string; fail(): Promise<void>; mend(): Promise<void> }[] = [
    { name: 'killed', fail: () => fleet.redis.kill(), mend: () => fleet.redis.start() },
    { name: 'hanging', fail: async () => fleet.redis.pause(), mend: async () => fleet.redis.resume() },
  ];

  test.each(faults)(
    '$name costs no request; commands fail fast, reads go on, and nothing acknowledged is lost',
    async ({ name, fail, mend }) => {
      const edit = (n: number) => fleet.lines(`ProxyPass "/${name}/${n}" "!"`);
      await fleet.operator.apply(edit(0), { at: 1 });
      await fail();

      // The limit is that of the request: the answer has to come well before.
      const override = {
        ...{ balancer: 'balancer://app', worker: fleet.backends[0]?.url },
        parameters: { loadfactor: '7' },
      };
      for (const at of [0, 1]) {
        const refused = await fleet.operator.ask(
          { method: 'PUT', path: '/v1/overrides', body: override },
          { at, timeoutMs: 5_000 },
        );
        expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
        expect(refused.body.type).toMatch(/store-unavailable|outcome-unknown/);
      }
      const [{ commits }] = await Promise.all([
        fleet.operator.get('/v1/definition').then(({ headers, status }) => {
          expect(status).toBe(200);
          expect(headers['penstock-stale']).toContain('redis');
          return { commits: fleet.operator.acknowledged.length };
        }),
        ...['/v1/workers', '/v1/nodes', '/v1/balancers', '/v1/routes', '/v1/health'].map(async (path) => {
          expect(await fleet.operator.get(path, 1)).toMatchObject({ status: 200 });
        }),
      ]);
      expect((await fleet.operator.get('/readyz')).body).toMatchObject({ status: 'degraded' });
      const metrics = await (await fetch(`${fleet.replicas[0]?.url}/metrics`)).text();
      expect(metrics).toMatch(/^penstock_store_reachable 0$/m);
      expect(metrics).toMatch(/^penstock_revision [1-9]/m);
      const server = ['--server', fleet.replicas[0]?.url ?? ''];
      const [store, nodes] = [await runPenstock('store', ...server), await runPenstock('nodes', ...server)];
      expect(store.output).toContain('cannot be reached');
      expect(nodes).toMatchObject({ code: 0 });
      expect(nodes.output).toContain('warning: this may be out of date: redis');

      // Frames go on with the verdicts there are, and nodes go by them.
      expect((await frames.more(8)).unavailable.map(({ worker }) => worker)).toEqual([fleet.backends[2]?.url]);
      expect(await hasVerdict(fleet, 2)).toBe(true);
      await traffic.more(20);

      // Given before it is back, and asked for again until it is.
      const waiting = fleet.operator.apply(edit(1));
      await mend();
      await waiting;
      await fleet.operator.apply(edit(2), { at: 1 });
      expect(fleet.operator.acknowledged).toHaveLength(commits + 2);
      expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
      expect(traffic.faults()).toEqual([]);
    },
  );

  test('leaves counts exact', async () => {
    await traffic.stop();
    expect(traffic.faults()).toEqual([]);
    await countsAgree(fleet);
    expect(countedBy(fleet)[0]?.requests).toBeGreaterThan(0);
  });
});
