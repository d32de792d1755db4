import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeFleetTraffic, encodeFleetTraffic } from '#shared/codec/health-codec.ts';
import type { FleetTraffic } from '#shared/health/health-frame.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { type CounterTotals, counterKey, ZERO_TOTALS } from '../../control-plane/core/projection/counters.ts';
import { balancedTraffic, messagesOf, startFleetTraffic } from '../../control-plane/fleet-traffic.ts';
import { silent } from './support/control-plane.ts';
import { balancer, definitionOf, worker } from './support/definitions.ts';

const shared = { ...balancer('app', [worker(1), worker(2)]), parameters: { fleetbalance: true } };
const definition = definitionOf(shared, balancer('other', [worker(3)]));
const totals = new Map<string, CounterTotals>([
  [counterKey({ balancer: 'app', url: worker(1).url }), { ...ZERO_TOTALS, elected: 7n, bytesIn: 2n, bytesOut: 3n }],
  [counterKey({ balancer: 'other', url: worker(3).url }), { ...ZERO_TOTALS, elected: 9n }],
]);

describe('fleet traffic', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    vi.useRealTimers();
  });

  test('has all members of the balancers that want it, and no others', () => {
    expect(balancedTraffic(definition, totals)).toEqual([
      [
        { balancer: 'app', worker: worker(1).url, elected: 7n, bytes: 5n },
        { balancer: 'app', worker: worker(2).url, elected: 0n, bytes: 0n },
      ],
    ]);
  });

  test('goes in as few messages as the bus can carry, each balancer whole', () => {
    const groups = Array.from({ length: 100 }, (_, b) =>
      Array.from({ length: 10 }, (_, w) => ({
        balancer: `b${b}`,
        worker: `http://10.0.${b}.${w}`,
        elected: 2n ** 63n,
        bytes: 2n ** 63n,
      })),
    );
    const messages = messagesOf(groups, 4_096);
    expect(messages.flat()).toEqual(groups.flat());
    for (const workers of messages) {
      expect(encodeFleetTraffic({ fleet: 'f', periodMs: 2_000, workers }).length).toBeLessThanOrEqual(4_096);
      for (const { balancer } of workers) expect(workers.filter((one) => one.balancer === balancer)).toHaveLength(10);
    }
    expect(messages.length).toBeLessThan(40);
    expect(messagesOf([], 4_096)).toEqual([]);
  });

  test('is not told while some workers are not counted', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const bus = createInProcessBus();
    let told = 0;
    let counted = false;
    await bus.subscribe(subjects('f').traffic, () => void told++);
    const running = await startFleetTraffic({
      fleet: 'f',
      bus,
      totals: () => (counted ? totals : undefined),
      state: async () => ({ definition }),
      periodMs: 2_000,
      log: silent,
    });
    stops.push(() => running.stop());
    for (counted of [false, true]) {
      vi.advanceTimersByTime(2_000);
      await turn();
      await turn();
      expect(told).toBe(counted ? 1 : 0);
    }
  });

  test('is told by one of several replicas', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const bus = createInProcessBus();
    const told: FleetTraffic[] = [];
    await bus.subscribe(subjects('f').traffic, (payload) => told.push(decodeFleetTraffic(payload)));
    const running = await startFleetTraffic({
      fleet: 'f',
      bus,
      totals: () => totals,
      state: async () => ({ definition }),
      periodMs: 2_000,
      log: silent,
    });
    stops.push(() => running.stop());
    const pass = async (ms: number) => {
      vi.advanceTimersByTime(ms);
      await turn();
      await turn();
    };
    const ours = () => told.filter(({ periodMs }) => periodMs === 2_000).length;
    await pass(2_000);
    expect(told).toMatchObject([
      {
        fleet: 'f',
        workers: [
          { elected: 7n, bytes: 5n },
          { elected: 0n, bytes: 0n },
        ],
      },
    ]);
    await pass(2_000);
    expect(ours()).toBe(2);
    for (let i = 0; i < 5; i++) {
      await pass(1_000);
      await bus.publish(subjects('f').traffic, encodeFleetTraffic({ fleet: 'f', periodMs: 1_999, workers: [] }));
      await turn();
      await pass(1_000);
    }
    expect(ours()).toBe(2);
    await pass(2_000);
    expect(ours()).toBe(3);
  });
});
