import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countedBy, historyFaults, totalsAt } from '#test/support/fleet/audit.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { type Kill, nodeCountFaults } from '#test/support/fleet/node-counts.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import type { BackendProcess } from '../backend-process.ts';
import { seeded } from '../kill-run.ts';

/** A power cut: everything but backends and clients is gone at once, and comes back in any order. */
describe('a fleet of which everything dies at once', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const random = seeded(seed);
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  const kills: Kill[] = [];
  let edits = 0;

  beforeAll(async () => {
    console.log(`everything: SEED=${seed}`);
    fleet = await startFleet();
    traffic = startVerifiedTraffic(fleet.nodes, { seed });
  });

  afterAll(async () => {
    await traffic?.stop();
    await fleet?.close();
  });

  /** Each of another worker, so that those given at once do not touch the same object. */
  const edit = (backend: BackendProcess, at: number) => {
    const parameters = { loadfactor: String(1 + (++edits % 100)) };
    const body = { balancer: 'balancer://app', worker: backend.url, parameters };
    return fleet.operator.commit({ method: 'PUT', path: '/v1/overrides', body }, { at });
  };

  /** Starts everything in random order, one soon after the other; what ends because something is missing is started again. */
  async function startAll(): Promise<void> {
    const starts = [
      () => fleet.redis.start(),
      () => fleet.nats.start(),
      ...fleet.replicas.map((replica) => () => replica.start()),
      ...fleet.nodes.map((node) => () => node.start()),
    ].toSorted(() => random() - 0.5);
    const running: Promise<void>[] = [];
    for (const start of starts) {
      running.push(untilStarted(start));
      await delay(random() * 300);
    }
    await Promise.all(running);
  }

  async function untilStarted(start: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await start();
      } catch {
        await delay(100);
      }
    }
  }

  test('comes back with every acknowledged commit, as often as it happens', async () => {
    for (let round = 0; round < 2; round++) {
      await traffic.more(10);
      // Given when the cut comes: answered or not, and done once at most.
      const editing = fleet.backends.map(edit);
      await delay(random() * 150);
      const atMs = performance.now();
      const { redis, nats, replicas, nodes } = fleet;
      kills.push(...nodes.map(({ name }) => ({ node: name, atMs })));
      await Promise.all([redis, nats, ...replicas, ...nodes].map((each) => each.kill()));
      await startAll();
      await Promise.all(editing);
      expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    }
    expect(fleet.operator.acknowledged).toHaveLength(1 + 2 * fleet.backends.length);
    for (const { name } of fleet.nodes) expect(traffic.of(name).wrong).toEqual([]);
  });

  test('counts no more than there was, and less only by what nobody could write down', async () => {
    await traffic.stop();
    expect(await nodeCountFaults(fleet, traffic, kills)).toEqual([]);
    for (const replica of fleet.replicas) {
      const totals = await totalsAt(fleet, replica);
      for (const [index, { requests }] of countedBy(fleet).entries()) {
        expect(totals[index]?.requests).toBeLessThanOrEqual(requests + underWay());
      }
    }
  });

  /** Requests handed to a backend that did not come to read them: one per client and kill. */
  function underWay(): number {
    return 2 * kills.length;
  }
});
