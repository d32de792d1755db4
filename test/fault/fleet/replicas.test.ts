import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countsAgree, historyFaults } from '#test/support/fleet/audit.ts';
import { keptHead, openBus } from '#test/support/fleet/bus-reader.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { type NodeWatch, watchNodes } from '#test/support/fleet/node-watch.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import type { ReplicaProcess } from '#test/support/fleet/replica.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { seeded } from '../kill-run.ts';
import { hasNoVerdict, hasVerdict } from './verdicts.ts';

/** How long a replica is stopped: nodes it does not hear meanwhile would be suspects, if their silence counted. */
const STALL_MS = 16_000;
/** Failure matrix, "a replica dies while publishing", "CP restart", "slow or stalled CP". */
describe('replicas', () => {
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  let watch: NodeWatch;
  let edits = 0;
  /** Requests that were under way to a backend that died. */
  let lost: readonly string[] = [];
  const random = seeded(Number(process.env.SEED ?? 7));

  beforeAll(async () => {
    fleet = await startFleet();
    watch = watchNodes(fleet.nodes);
    traffic = startVerifiedTraffic(fleet.nodes);
  });

  afterAll(async () => {
    await traffic?.stop();
    await watch?.stop();
    await fleet?.close();
  });

  const replica = (index: number) => fleet.replicas[index] as ReplicaProcess;
  const edit = (at: number) => fleet.operator.apply(fleet.lines(`ProxyPass "/edit/${++edits}" "!"`), { at });

  /** Kills and starts replicas until `over`, each at a random moment of its life. @returns how many were killed */
  async function killInTurn(turns: readonly number[], over: () => boolean): Promise<number> {
    let kills = 0;
    while (!over()) {
      const victim = replica(turns[kills % turns.length] ?? 0);
      await delay(random() * 300);
      await victim.kill();
      kills++;
      // Sometimes it does not even come to be ready.
      if (random() < 0.3) {
        victim.launch();
        await delay(random() * 1_000);
      } else await victim.start();
    }
    for (const each of fleet.replicas) if (!each.isRunning()) each.launch();
    await Promise.all(fleet.replicas.map((each) => each.ready()));
    return kills;
  }

  async function expectSound(): Promise<void> {
    const content = await converged(fleet);
    expect(await historyFaults(fleet, content)).toEqual([]);
    const bus = await openBus(fleet, fleet.nats);
    const { epoch, revision, chainHash } = content.state;
    await patiently('the head of it kept', async () => (await keptHead(fleet, bus)).revision >= revision);
    expect(await keptHead(fleet, bus)).toMatchObject({ epoch, revision, chainHash, stateHash: content.stateHash });
    await bus.close();
    expect(traffic.faults()).toEqual(lost);
    expect(watch.faults()).toEqual([]);
  }

  test('one stands still for a while: the other goes on alone, and nothing is pushed back when it wakes', async () => {
    replica(0).pause();
    const stalled = delay(STALL_MS);
    await edit(1);
    await fleet.backends[2]?.kill();
    await patiently('the verdict everywhere', () => hasVerdict(fleet, 2));
    await traffic.round();
    lost = traffic.faults();
    expect(lost.length).toBeLessThanOrEqual(2 * fleet.nodes.length);
    await fleet.backends[2]?.revive();
    await patiently('no verdict left', () => hasNoVerdict(fleet, 2));
    for (let n = 0; n < 5; n++) await edit(1);
    await converged({ ...fleet, replicas: [replica(1)] });
    await stalled;
    replica(0).resume();
    await replica(0).ready();

    // What it did not hear is nobody's silence.
    await edit(0);
    const content = await converged(fleet);
    expect(await historyFaults(fleet, content)).toEqual([]);
    for (const at of [0, 1]) {
      const { body } = await fleet.operator.get('/v1/health', at);
      expect(body.members).toHaveLength(3);
      expect(body.frozen).toBeUndefined();
      const { entries } = (await fleet.operator.get('/v1/health/log', at)).body;
      expect(JSON.stringify(entries)).not.toMatch(/frozen|freez/i);
    }
    expect(traffic.faults()).toEqual(lost);
    expect(watch.faults()).toEqual([]);
  });

  test('one is killed again and again while 200 edits are made at the other: all reach all nodes', async () => {
    const acknowledged = fleet.operator.acknowledged.length;
    let over = false;
    const killing = killInTurn([0], () => over);
    // Several at once: an answer waits a moment for its commit to be published, and many share a publication.
    const lane = async (count: number) => {
      for (let n = 0; n < count; n++) await edit(1);
    };
    await Promise.all(Array.from({ length: 10 }, () => lane(20)));
    over = true;
    expect(await killing).toBeGreaterThan(0);
    expect(fleet.operator.acknowledged).toHaveLength(acknowledged + 200);
    await expectSound();
  });

  test('both are killed in turn while edits are made wherever one answers: none is lost, none made twice', async () => {
    let over = false;
    const killing = killInTurn([0, 1], () => over);
    const acknowledged = fleet.operator.acknowledged.length;
    for (let n = 0; n < 30; n++) {
      await edit(n);
      await delay(random() * 50);
    }
    over = true;
    expect(await killing).toBeGreaterThan(1);
    expect(fleet.operator.acknowledged.length - acknowledged).toBeGreaterThan(0);
    await expectSound();
  });

  test('leave counts exact', async () => {
    await traffic.stop();
    await countsAgree(fleet, 'W3');
  });
});
