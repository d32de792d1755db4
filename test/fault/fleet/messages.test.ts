import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countsAgree, historyFaults } from '#test/support/fleet/audit.ts';
import { MARK } from '#test/support/fleet/faulty-bus.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { type NodeWatch, watchNodes } from '#test/support/fleet/node-watch.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { badMessages } from '#test/support/fleet/preload.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { hasNoVerdict, hasVerdict } from './verdicts.ts';

/** Failure matrix, "duplicate / reordered messages", and lost ones: a fifth of all, both ways. */
describe('a bus that loses, doubles and disorders messages', () => {
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  let watch: NodeWatch;
  let edits = 0;

  beforeAll(async () => {
    fleet = await startFleet({ replicaEnv: () => badMessages(0.2), nodeEnv: () => badMessages(0.2) });
    watch = watchNodes(fleet.nodes);
    traffic = startVerifiedTraffic(fleet.nodes);
  });

  afterAll(async () => {
    await traffic?.stop();
    await watch?.stop();
    await fleet?.close();
  });

  const edit = (at: number) => fleet.operator.apply(fleet.lines(`ProxyPass "/edit/${++edits}" "!"`), { at });

  test('brings every edit to every node, and no node back', async () => {
    for (const each of [...fleet.replicas, ...fleet.nodes]) expect(each.output()).toContain(`${MARK} 0.2`);
    for (let n = 0; n < 25; n++) await edit(n);
    const content = await converged(fleet);
    expect(await historyFaults(fleet, content)).toEqual([]);
    expect(watch.faults()).toEqual([]);
  });

  test('takes a dead backend out everywhere, and back in', async () => {
    await fleet.backends[2]?.kill();
    await patiently('the verdict everywhere', () => hasVerdict(fleet, 2));
    await fleet.backends[2]?.revive();
    await patiently('no verdict left', () => hasNoVerdict(fleet, 2));
  });

  test('changes no count', async () => {
    await traffic.stop();
    expect(traffic.faults().length).toBeLessThanOrEqual(2 * fleet.nodes.length);
    await countsAgree(fleet, 'W3');
  });
});
