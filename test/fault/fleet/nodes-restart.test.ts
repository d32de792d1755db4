import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeReport } from '#shared/codec/node-codec.ts';
import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import { converged, countedBy, countsAgree, totalsAt } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, KEPT_WITHIN_MS, startFleet } from '#test/support/fleet/fleet.ts';
import { runPenstock } from '#test/support/fleet/replica.ts';
import { answeredOf, startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { type PenstockNode, startPenstockNode } from '#test/support/penstock-node.ts';
import { eventually } from '#test/support/wait.ts';

describe('a node that is restarted', () => {
  let fleet: Fleet;
  let node: FleetNode;
  let other: FleetNode;
  let traffic: VerifiedTraffic | undefined;
  const closers: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    fleet = await startFleet({ replicas: 1, nodes: 2, backends: 2 });
    [node, other] = fleet.nodes as [FleetNode, FleetNode];
  });

  afterAll(async () => {
    await traffic?.stop();
    await Promise.all(closers.map((close) => close()));
    await fleet?.close();
  });

  const [nobodySaw, mayBeSentAgain] = [[], ['closed']];
  const replica = () => fleet.replicas[0] as Fleet['replicas'][number];
  const bootId = async () => (await node.status())?.bootId as string;
  const requestsOf = (counts: readonly { readonly requests: number }[]) =>
    counts.reduce((sum, { requests }) => sum + requests, 0);
  const finalReports = async () => {
    const bus = await natsBus({ servers: fleet.nats.url, fleet: fleet.name, name: 'test', role: 'control-plane' });
    await bus.ready();
    const keys = await bus.keys(subjects(fleet.name).allFinalReports);
    await bus.close();
    return keys;
  };

  test('in good order answers what it has taken, and has counted all of it', async () => {
    const before = await bootId();
    const through = startVerifiedTraffic(fleet.nodes, { clients: 4, pauseMs: 5 });
    traffic = through;
    for (let stops = 0; stops < 2; stops++) {
      await through.more(20);
      expect(await node.stop()).toBe(0);
      await through.more(20, other.name);
      await node.start();
    }
    await through.more(20);
    await through.stop();

    expect(through.faults(other.name)).toEqual(nobodySaw);
    const { wrong, failures } = through.of(node.name);
    expect(wrong).toEqual([]);
    // A request that crosses the end of its connection is closed unanswered. That no backend has seen it is what the sums say.
    expect(new Set(failures.map(({ kind }) => kind)).difference(new Set(mayBeSentAgain))).toEqual(new Set());
    const answered = fleet.nodes.reduce((sum, { name }) => sum + answeredOf(through.of(name)), 0);
    expect(requestsOf(countedBy(fleet))).toBe(answered);
    await countsAgree(fleet);
    expect(await bootId()).not.toBe(before);
    await eventually('last reports to be stored', async () => (await finalReports()).length === 0);
    await converged(fleet);
  });

  test('by kill -9 with everything else gone serves from disk, and has counted all but its last second', async () => {
    const before = await bootId();
    const told = await totalsAt(fleet, replica());
    const through = startVerifiedTraffic(fleet.nodes, { clients: 4, pauseMs: 5 });
    traffic = through;
    await through.more(50);
    await eventually('counters on disk', () => onDisk(node, before) > 0);
    await Promise.all([fleet.redis.kill(), fleet.nats.kill(), replica().kill()]);
    await through.more(50);

    const killedMs = performance.now();
    await node.kill();
    const kept = onDisk(node, before);
    await node.start();
    expect(await node.status()).toMatchObject({ confirmed: false, bus: { connected: false } });
    await eventually('its counters to wait', async () => (await node.status())?.earlierRunsToReport === 1);
    expect(await node.isReady()).toBe(true);
    expect(await bootId()).not.toBe(before);
    await through.more(50);
    expect(through.faults(other.name)).toEqual(nobodySaw);

    await Promise.all([fleet.redis.start(), fleet.nats.start()]);
    await replica().start();
    await converged(fleet);
    await through.more(20);
    await through.stop();
    // Cut off by the kill, or refused until it was back: nothing else.
    const { wrong, failures } = through.of(node.name);
    expect(wrong).toEqual([]);
    for (const { kind } of failures) expect(['closed', 'cut']).toContain(kind);

    await eventually(
      'the counters of the run that was killed',
      async () => (await node.status())?.earlierRunsToReport === 0,
    );
    const counted = requestsOf(countedBy(fleet));
    const lastSecond = through
      .of(node.name)
      .begunMs.filter((atMs) => atMs > killedMs - KEPT_WITHIN_MS && atMs <= killedMs);
    let total = 0;
    await eventually('all that can be told', async () => {
      total = requestsOf(await totalsAt(fleet, replica()).catch(() => told));
      return counted - total <= lastSecond.length;
    });
    expect(total).toBeLessThanOrEqual(counted);
    expect(kept).toBeGreaterThan(0);
    await eventually('last reports to be stored', async () => (await finalReports()).length === 0);
  });

  test('and another of its name are told apart, and what both count is counted', async () => {
    const rival: PenstockNode = await startPenstockNode({
      nats: fleet.nats.url,
      fleet: fleet.name,
      name: node.name,
      listen: ['8080=127.0.0.1:0'],
      args: ['--report-interval', '200'],
    });
    closers.push(() => rival.close());
    const boots = [await bootId(), (await rival.status())?.bootId as string];
    await eventually('the control plane to say so', async () => {
      const { output } = await runPenstock('nodes', '--server', replica().url);
      return /two processes report as node-1/i.test(output) && boots.every((boot) => output.includes(boot));
    });
    expect(replica().output()).toContain('CP2102');
    await rival.stop();
    await eventually('the control plane to say so no longer', async () => {
      const { output } = await runPenstock('nodes', '--server', replica().url);
      return !/two processes/i.test(output);
    });
  });

  test('lets no other process use its data', async () => {
    const { code, output } = await runPenstock(
      ...['node', '--nats', fleet.nats.url, '--fleet', fleet.name, '--name', 'thief', '--data-dir', node.dataDir],
    );
    expect(code).not.toBe(0);
    expect(output).toMatch(new RegExp(`in use by process ${node.pid()}`));
    expect(await node.isReady()).toBe(true);
  });
});

/** Requests that the counters file of a run holds. */
function onDisk({ dataDir }: FleetNode, bootId: string): number {
  const folder = join(dataDir, 'counters');
  const [name] = readdirSync(folder).filter((each) => each === `${bootId}.report`);
  if (name === undefined) return 0;
  const { workers } = decodeReport(readFileSync(join(folder, name)));
  return workers.reduce((sum, { requests }) => sum + Number(requests), 0);
}
