import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { type FaultyContainer, startNatsContainer } from '#test/support/docker/containers.ts';
import { converged, countsAgree } from '#test/support/fleet/audit.ts';
import { openBus } from '#test/support/fleet/bus-reader.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import {
  createBusNetwork,
  hostForContainers,
  type NodeContainer,
  startNodeContainer,
} from '#test/support/fleet/node-container.ts';
import { runPenstock } from '#test/support/fleet/replica.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { eventually } from '#test/support/wait.ts';

describe('a node in a container', () => {
  let network: Awaited<ReturnType<typeof createBusNetwork>>;
  let nats: FaultyContainer;
  let natsUrl: string;
  let fleet: Fleet;
  let other: FleetNode;
  let cut: NodeContainer;
  let full: NodeContainer;
  let spy: NatsConnection;
  let traffic: VerifiedTraffic;
  /** What each node has asked NATS for: `delta.7`, `object.snapshot…`. */
  const asked = new Map<string, string[]>();

  beforeAll(async () => {
    network = await createBusNetwork();
    nats = await startNatsContainer(network);
    natsUrl = `nats://127.0.0.1:${nats.port}`;
    fleet = await startFleet({
      replicas: 1,
      nodes: 1,
      backends: 2,
      nats: natsUrl,
      backendHost: await hostForContainers(),
    });
    [other] = fleet.nodes as [FleetNode];
    const inContainer = { fleet: fleet.name, network, nats: `nats://${nats.alias}:4222` };
    const args = ['--report-interval', '200', '--probation', '0'];
    // One after the other: whichever fails, those before it are ended.
    cut = await startNodeContainer({ ...inContainer, name: 'cut', args });
    full = await startNodeContainer({ ...inContainer, name: 'full', args, dataBytes: 256 * 1024 });
    await Promise.all([cut.serving(1), full.serving(1)]);
    await spyOnRequests();
    traffic = startVerifiedTraffic([other, cut, full], { pauseMs: 10 });
    await traffic.more(10);
  });

  afterAll(async () => {
    await traffic?.stop();
    await spy?.close();
    await Promise.allSettled([cut?.remove(), full?.remove()]);
    await fleet?.close();
    await nats?.remove();
    await network?.stop();
  });

  async function spyOnRequests(): Promise<void> {
    spy = await connect({ servers: natsUrl });
    const direct = `$JS.API.DIRECT.GET.PENSTOCK_${fleet.name}.penstock.v1.${fleet.name}.keep.`;
    spy.subscribe(`${direct}>`, {
      callback(_, { subject, reply = '' }) {
        const [, node = ''] = /^_INBOX\.penstock\.[^.]+\.([^.]+)\./.exec(reply) ?? [];
        asked.set(node, [...(asked.get(node) ?? []), subject.slice(direct.length)]);
      },
    });
    await spy.flush();
  }

  const replica = () => fleet.replicas[0] as Fleet['replicas'][number];

  /** So many commits, a few under way at a time. @returns the last one's revision */
  async function edit(count: number, atOnce = 10): Promise<number> {
    const revisions: number[] = [];
    for (let edits = 0; edits < count; edits += atOnce) {
      const commits = Array.from({ length: Math.min(atOnce, count - edits) }, (_, index) => {
        const parameters = { loadfactor: 1 + ((edits + index) % 50) };
        const body = { balancer: 'app', worker: fleet.backends[index % 2]?.url, parameters };
        return fleet.operator.commit({ method: 'PUT', path: '/v1/overrides', body });
      });
      revisions.push(...(await Promise.all(commits)));
    }
    return Math.max(...revisions);
  }

  async function metric({ url }: NodeContainer, name: string): Promise<number> {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
    return Number(lines.find((line) => line.startsWith(`penstock_node_${name} `))?.split(' ')[1]);
  }

  describe('that is cut off', () => {
    let before: number;

    test('serves, and says for how long it has heard of nothing', async () => {
      before = (await cut.status()).serving.revision;
      await cut.cutOff();
      const revision = await edit(20);
      await other.serving(revision);
      // Nobody has closed the connection: it is found to be dead.
      await eventually('the node to find out', async () => (await cut.status())?.bus.connected === false, 60_000);
      const { serving, newest, bus } = await cut.status();
      expect(serving.revision).toBe(before);
      expect(newest.seenForMs).toBeGreaterThan(5_000);
      expect(bus.detail).toMatch(/lost|cannot connect/);
      expect(await metric(cut, 'bus_connected')).toBe(0);
      expect(await metric(cut, 'head_age_seconds')).toBeGreaterThan(5);
      expect(await metric(cut, 'revision')).toBe(before);
      await traffic.more(20);
      expect(traffic.faults()).toEqual([]);
    });

    test('comes back by deltas after a few revisions', async () => {
      asked.clear();
      await cut.putBack();
      const { state } = await converged(fleet);
      await cut.serving(state.revision);
      const keys = asked.get(cut.name) ?? [];
      expect(keys).toContain(`delta.${before + 1}`);
      expect(keys.filter((key) => /snapshot/.test(key))).toEqual([]);
    });

    test('comes back by the snapshot after many, when old deltas are gone', async () => {
      before = (await cut.status()).serving.revision;
      await cut.cutOff();
      const revision = await edit(140, 35);
      // What is 64 deltas behind a snapshot is let go of now and then, and when a replica starts.
      await replica().stop();
      await replica().start();
      const bus = await openBus(fleet, { url: natsUrl });
      await eventually('old deltas to be gone', async () => {
        const deltas = await bus.keys(subjects(fleet.name).allDeltas);
        return !deltas.includes(subjects(fleet.name).delta(before + 1));
      });
      await bus.close();
      asked.clear();
      await cut.putBack();
      await cut.serving(revision);
      await eventually('word of what it asked for', () =>
        (asked.get(cut.name) ?? []).some((key) => /snapshot/.test(key)),
      );
      expect(asked.get(cut.name)).not.toContain(`delta.${before + 1}`);
      expect(traffic.faults()).toEqual([]);
    });
  });

  describe('whose disk is full', () => {
    test('serves from memory and says so', async () => {
      await full.run('node', '-e', FILL);
      const revision = await edit(1);
      await full.serving(revision);
      expect(full.output()).toContain('DP1105');
      const { nodes } = await replica().get('/v1/nodes');
      expect(nodes.find(({ name }: { name: string }) => name === full.name).lastAck).toMatchObject({
        phase: 'serving',
        revision,
        errors: [{ code: 'storage', text: expect.stringContaining('ENOSPC') }],
      });
      await eventually('penstock nodes to show it', async () => {
        const { output } = await runPenstock('nodes', '--server', replica().url);
        return new RegExp(`${full.name}: snapshot ${revision}: could not be kept on disk: .*ENOSPC`).test(output);
      });
      expect((await full.status()).errors).toMatchObject([{ code: 'storage' }]);
      await traffic.more(20);
    });

    test('keeps what it serves as soon as there is room, without being asked', async () => {
      const { revision } = (await full.status()).serving;
      await full.run('rm', '/var/lib/penstock/filler');
      await eventually('nothing to be wrong', async () => (await full.status())?.errors.length === 0, 60_000);
      await eventually('the control plane to hear of it', async () => {
        const { nodes } = await replica().get('/v1/nodes');
        return nodes.find(({ name }: { name: string }) => name === full.name).errors.length === 0;
      });
      expect(await full.run('ls', '/var/lib/penstock/configurations')).toContain(String(revision).padStart(16, '0'));
    });
  });

  test('is no trouble for anybody, and lost no count', async () => {
    await traffic.more(10);
    await traffic.stop();
    expect(traffic.faults()).toEqual([]);
    const { state, stateHash } = await converged(fleet);
    for (const node of [cut, full]) {
      expect((await node.status()).serving).toMatchObject({ revision: state.revision, stateHash });
    }
    await countsAgree(fleet);
  });
});

/** Writes until there is no room for a byte more. */
const FILL = `
  const fs = require('node:fs');
  const fd = fs.openSync('/var/lib/penstock/filler', 'w');
  try { for (;;) fs.writeSync(fd, Buffer.alloc(4096)); } catch (err) { if (err.code !== 'ENOSPC') throw err; }
`;
