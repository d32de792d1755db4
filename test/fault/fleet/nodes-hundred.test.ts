import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countedBy, countsAgree } from '#test/support/fleet/audit.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import type { HostedNode, NodeHostTask } from '#test/support/fleet/node-host.ts';
import { answeredOf, startVerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { type Program, startProgram } from '#test/support/program.ts';
import { eventually } from '#test/support/wait.ts';

const HOST = fileURLToPath(new URL('../../support/fleet/node-host.ts', import.meta.url));
const NODES = 100;
/** A process each would take 9 GB and a minute and a half of processor time; a proxy thread each they have all the same. */
const PER_PROCESS = Number(process.env.PENSTOCK_TEST_NODES_PER_PROCESS ?? 10);

describe('a hundred nodes with nothing but their disks', () => {
  let fleet: Fleet;
  let hosts: readonly Program[] = [];
  let nodes: readonly HostedNode[];
  const dir = mkdtempSync(join(tmpdir(), 'penstock-hundred-'));

  beforeAll(async () => {
    fleet = await startFleet({ replicas: 1, nodes: 1, backends: 2 });
    const [seed] = fleet.nodes;
    await seed?.stop();
    await Promise.all([fleet.replicas[0]?.kill(), fleet.redis.kill(), fleet.nats.kill()]);
    for (let node = 0; node < NODES; node++) {
      cpSync(join(seed?.dataDir ?? '', 'configurations'), join(dir, String(node), 'configurations'), {
        recursive: true,
      });
    }
  });

  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await fleet?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  function startHost(first: number): Program {
    const task: NodeHostTask = {
      fleet: fleet.name,
      nats: fleet.nats.url,
      nodes: Array.from({ length: Math.min(PER_PROCESS, NODES - first) }, (_, index) => ({
        name: `hundred-${first + index}`,
        dataDir: join(dir, String(first + index)),
      })),
    };
    return startProgram(process.execPath, [HOST, JSON.stringify(task)]);
  }

  function hostedBy(host: Program): HostedNode[] {
    if (host.child.exitCode !== null) throw new Error(`a host of nodes ended: ${host.output()}`);
    const lines = host.output().split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{"name"')).map((line) => JSON.parse(line) as HostedNode);
  }

  test('all serve', async () => {
    hosts = Array.from({ length: Math.ceil(NODES / PER_PROCESS) }, (_, index) => startHost(index * PER_PROCESS));
    nodes = await eventually(
      `${NODES} nodes to serve`,
      () => {
        const all = hosts.flatMap(hostedBy);
        return all.length === NODES && all;
      },
      100_000,
    );
    expect(new Set(nodes.map(({ revision }) => revision))).toEqual(new Set([1]));

    const before = countedBy(fleet).reduce((sum, { requests }) => sum + requests, 0);
    const traffic = startVerifiedTraffic(nodes, { clients: 1, pauseMs: 200 });
    await traffic.more(3);
    await traffic.stop();
    expect(traffic.faults()).toEqual([]);
    const answered = nodes.reduce((sum, { name }) => sum + answeredOf(traffic.of(name)), 0);
    const counted = countedBy(fleet).reduce((sum, { requests }) => sum + requests, 0);
    expect(counted - before).toBe(answered);
    const boots = nodes.map(({ bootMs }) => bootMs).toSorted((a, b) => a - b);
    console.log(`${NODES} nodes, ${PER_PROCESS} in a process: boot p50 ${boots[NODES / 2]} ms, max ${boots.at(-1)} ms`);
  });

  test('and are a fleet again, with every request counted, when all is back', async () => {
    await Promise.all([fleet.redis.start(), fleet.nats.start()]);
    await fleet.replicas[0]?.start();
    await eventually(
      'all nodes to be known',
      async () => {
        const known = (await fleet.replicas[0]?.get('/v1/nodes'))?.nodes as { name: string; current: boolean }[];
        return known.filter(({ name, current }) => name.startsWith('hundred-') && current).length === NODES;
      },
      60_000,
    );
    await countsAgree(fleet);
  });
});
