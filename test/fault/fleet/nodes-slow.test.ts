import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged, countsAgree } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import { runPenstock } from '#test/support/fleet/replica.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { type NatsServer, startNats } from '#test/support/nats.ts';
import { freePort } from '#test/support/ports.ts';
import { eventually } from '#test/support/wait.ts';

/** NATS gives up on who does not answer for three seconds, or does not read. It asks only those it has just sent nothing to. */
const impatient = (monitor: number) =>
  `ping_interval: "100ms"\nping_max: 30\nwrite_deadline: "1s"\nhttp: "127.0.0.1:${monitor}"`;
const EDITS = 150;
const ATONCE = 25;

describe('a node that is slow', () => {
  let fleet: Fleet;
  let nats: NatsServer;
  let monitor: number;
  let quick: FleetNode;
  let slow: FleetNode;
  let traffic: VerifiedTraffic;
  const dir = mkdtempSync(join(tmpdir(), 'penstock-slow-'));

  beforeAll(async () => {
    monitor = await freePort();
    nats = await startNats({ config: impatient(monitor) });
    fleet = await startFleet({ replicas: 1, nodes: 2, backends: 2, nats: nats.url });
    [quick, slow] = fleet.nodes as [FleetNode, FleetNode];
    traffic = startVerifiedTraffic(fleet.nodes, { pauseMs: 5 });
    await traffic.more(10);
  });

  afterAll(async () => {
    slow?.resume();
    await traffic?.stop();
    await fleet?.close();
    await nats?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const replica = () => fleet.replicas[0] as Fleet['replicas'][number];

  /** So many commits, a few under way at a time: each is answered when it is published. @returns the last one's revision */
  async function edit(count: number): Promise<number> {
    const revisions: number[] = [];
    for (let edits = 0; edits < count; edits += ATONCE) {
      const parameters = (index: number) => ({ loadfactor: 1 + ((edits + index) % 50) });
      const body = (index: number) => ({
        balancer: 'app',
        worker: fleet.backends[index % 2]?.url,
        parameters: parameters(index),
      });
      const commits = Array.from({ length: ATONCE }, (_, index) =>
        fleet.operator.commit({ method: 'PUT', path: '/v1/overrides', body: body(index) }),
      );
      revisions.push(...(await Promise.all(commits)));
    }
    return Math.max(...revisions);
  }

  const swapsOf = (node: FleetNode) => node.output().split('DP1101').length - 1;

  test('is dropped by NATS, named by those who wait for it, and hinders nobody', async () => {
    slow.pause();
    const revision = await edit(EDITS);
    await quick.serving(revision);
    await eventually('NATS to give up on it', async () => {
      const answer = await fetch(`http://127.0.0.1:${monitor}/connz?state=closed`);
      const { connections } = (await answer.json()) as { connections: { name?: string; reason: string }[] };
      return connections.some(
        ({ name, reason }) => name?.endsWith(`/${slow.name}`) && /Stale Connection|Slow Consumer/.test(reason),
      );
    });
    await traffic.more(20, quick.name);

    const file = join(dir, 'gateway.conf');
    writeFileSync(file, fleet.lines('ProxyPass "/none" "!"').join('\n'));
    const { code, output } = await runPenstock('apply', '-f', file, '--wait', '1s', '--server', replica().url);
    expect(code).not.toBe(0);
    expect(output).toContain(`served by 1 node; still waiting for ${slow.name}`);
    expect(traffic.faults()).toEqual([]);
  });

  test('goes to the newest configuration at once when it goes on', async () => {
    const before = swapsOf(slow);
    slow.resume();
    await converged(fleet);
    expect(swapsOf(slow) - before).toBeLessThan(EDITS / 5);
    await traffic.more(20);
    await traffic.stop();
    expect(traffic.faults()).toEqual([]);
    await countsAgree(fleet);
  });
});
