import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { type NatsBus, natsBus } from '#shared/nats-bus/nats-bus.ts';
import { fetchOnce } from '#test/support/client.ts';
import { converged } from '#test/support/fleet/audit.ts';
import { type Fleet, HEALTH_PERIOD_MS, startFleet } from '#test/support/fleet/fleet.ts';
import { answeredOf, startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { eventually } from '#test/support/wait.ts';

/** Every backend is a member under so many addresses. */
const ALIASES = 10;

describe('a balancer all of whose backends die at once', () => {
  let fleet: Fleet;
  let bus: NatsBus;
  let traffic: VerifiedTraffic;
  let members: readonly string[];
  const frames = { count: 0, largestBytes: 0 };

  beforeAll(async () => {
    fleet = await startFleet({ replicas: 1, nodes: 3, backends: 3, backendHost: '0.0.0.0' });
    members = fleet.backends.flatMap(({ port }) =>
      Array.from({ length: ALIASES }, (_, index) => `http://127.0.0.${index + 1}:${port}`),
    );
    const [first, ...rest] = fleet.lines();
    const others = rest.filter((line) => !line.includes('BalancerMember'));
    const lines = [first ?? '', ...others].flatMap((line) =>
      line.startsWith('<Proxy') ? [line, ...members.map((url) => `BalancerMember "${url}" retry=1`)] : [line],
    );
    const revision = await fleet.operator.apply(lines);
    await Promise.all(fleet.nodes.map((node) => node.serving(revision)));
    bus = await natsBus({ servers: fleet.nats.url, fleet: fleet.name, name: 'test', role: 'node' });
    await bus.ready();
    await bus.subscribe(subjects(fleet.name).health, ({ length }) => {
      frames.count++;
      frames.largestBytes = Math.max(frames.largestBytes, length);
    });
    traffic = startVerifiedTraffic(fleet.nodes, { clients: 3, pauseMs: 10 });
    await traffic.more(40);
  });

  afterAll(async () => {
    await traffic?.stop();
    await bus?.close();
    await fleet?.close();
  });

  const replica = () => fleet.replicas[0] as Fleet['replicas'][number];
  const killAll = () => Promise.all(fleet.backends.map((backend) => backend.kill()));
  const reviveAll = () => Promise.all(fleet.backends.map((backend) => backend.revive()));

  async function log(): Promise<readonly { events: readonly { type: string }[] }[]> {
    return (await replica().get('/v1/health/log?limit=500')).entries;
  }

  async function verdicts(): Promise<number> {
    const { workers } = await replica().get('/v1/health');
    return workers.filter(({ verdict }: { verdict: string }) => verdict === 'unavailable').length;
  }

  test('answers 503 at once, in panic, with one verdict each and frames that stay as they are', async () => {
    await killAll();
    await eventually('a verdict on each', async () => (await verdicts()) === members.length);
    for (const node of fleet.nodes) {
      await eventually(`panic on ${node.name}`, async () => {
        const { workers } = (await node.status()) ?? { workers: [] };
        return workers.every(({ ignored }: { ignored?: string }) => ignored === 'panic');
      });
      for (let requests = 0; requests < 20; requests++) {
        const beganMs = performance.now();
        expect((await fetchOnce(node.port, '/1')).status).toBe(503);
        expect(performance.now() - beganMs).toBeLessThan(2_000);
      }
    }
    // It goes on for a while: every worker is tried, and fails, again and again.
    const [before, beganMs] = [frames.count, performance.now()];
    await eventually('some periods to pass', () => frames.count >= before + 8);
    const periods = (performance.now() - beganMs) / HEALTH_PERIOD_MS;
    expect(frames.count - before).toBeLessThanOrEqual(2 * periods + 8);
    expect(frames.largestBytes).toBeLessThan(256 * members.length);

    const entries = await log();
    expect(entries.flatMap(({ events }) => events).map(({ type }) => type)).toEqual(
      members.map(() => 'worker-unavailable'),
    );
    expect(entries.length).toBeLessThanOrEqual(members.length / 2);
  });

  test('serves again as soon as they are back, and every verdict ends once', async () => {
    await reviveAll();
    await traffic.more(30);
    await eventually('no verdicts', async () => (await verdicts()) === 0);
    const faults = traffic.faults().length;
    await traffic.more(30);
    expect(traffic.faults().length).toBe(faults);
    const events = (await log()).flatMap(({ events }) => events);
    expect(events.length).toBeLessThanOrEqual(3 * members.length);
    expect(events.filter(({ type }) => type === 'worker-available')).toHaveLength(
      events.filter(({ type }) => type === 'worker-unavailable').length,
    );
  });

  test('has answered or refused every request, and counted what it handed on', async () => {
    await traffic.stop();
    for (const { name } of fleet.nodes) expect(traffic.of(name).wrong).toEqual([]);
    await converged(fleet);
    const whole = fleet.nodes.reduce((sum, { name }) => sum + answeredOf(traffic.of(name)), 0);
    const broken = traffic.faults().filter((fault) => !fault.endsWith('503')).length;
    const received = fleet.backends.reduce((sum, backend) => sum + backend.counts().received, 0);
    await eventually('counts', async () => {
      const { counters } = await replica().get('/v1/counters?by=balancer');
      const { requests, responses } = counters[0];
      return Number(responses) === whole && Number(requests) >= received && Number(requests) - received <= broken;
    });
  });
});
