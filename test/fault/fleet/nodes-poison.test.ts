import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { converged } from '#test/support/fleet/audit.ts';
import { type Fleet, type FleetNode, startFleet } from '#test/support/fleet/fleet.ts';
import { poisonEnv, writePoison } from '#test/support/fleet/poison.ts';
import { runPenstock } from '#test/support/fleet/replica.ts';
import { type Supervisor, supervise } from '#test/support/fleet/supervisor.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';
import { freePort } from '#test/support/ports.ts';
import { eventually } from '#test/support/wait.ts';

describe('a configuration that a node cannot serve', () => {
  let fleet: Fleet;
  let healthy: readonly FleetNode[];
  let node: FleetNode;
  let taken: number;
  let traffic: VerifiedTraffic;
  let supervisor: Supervisor;
  const dir = mkdtempSync(join(tmpdir(), 'penstock-poison-'));
  const poisoned = join(dir, 'poison.json');

  beforeAll(async () => {
    taken = await freePort();
    fleet = await startFleet({
      replicas: 1,
      nodes: 3,
      backends: 2,
      nodeArgs: (index) => ['--probation', '60000', '--listen', `9090=127.0.0.1:${index === 0 ? taken : 0}`],
      nodeEnv: (index) => (index === 0 ? poisonEnv(poisoned) : {}),
    });
    const [first, ...others] = fleet.nodes;
    node = first as FleetNode;
    healthy = others;
    supervisor = supervise(node);
    traffic = startVerifiedTraffic(fleet.nodes, { pauseMs: 5 });
  });

  afterAll(async () => {
    await supervisor?.stop();
    await traffic?.stop();
    await fleet?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const names = (nodes: readonly FleetNode[]) => nodes.map(({ name }) => name);
  const revisionOf = async (of: FleetNode) => (await of.status())?.serving?.revision as number | undefined;

  /** `penstock apply --wait` */
  async function apply(...lines: readonly string[]) {
    const file = join(dir, 'gateway.conf');
    writeFileSync(file, fleet.lines(...lines).join('\n'));
    const [replica] = fleet.replicas;
    const { code, output } = await runPenstock(
      'apply',
      '-f',
      file,
      '--wait',
      '20s',
      '--allow-shrink',
      '--server',
      replica?.url ?? '',
    );
    const revision = Number(/revision (\d+)/.exec(output)?.[1]);
    return { code, output, revision };
  }

  /** What the node says of a revision, as the control plane shows it. */
  async function rejection(code: string, of = node): Promise<string> {
    return eventually(`a rejection of ${of.name} with ${code}`, async () => {
      const { nodes } = await (fleet.replicas[0] as Fleet['replicas'][number]).get('/v1/nodes');
      const { errors } = nodes.find(({ name }: { name: string }) => name === of.name);
      return errors.find((error: { code: string }) => error.code === code)?.text as string | undefined;
    });
  }

  async function keepsServing(revision: number, ...nodes: readonly FleetNode[]): Promise<void> {
    for (const each of nodes) expect(await revisionOf(each)).toBe(revision);
    await traffic.more(10, ...names(nodes));
  }

  test('because its address is taken is served by the others, and by it when the address is free', async () => {
    const before = (await revisionOf(node)) as number;
    const squatter = await listening(taken);
    const { code, output, revision } = await apply('Listen 9090');
    expect(code).not.toBe(0);
    expect(output).toContain(`revision ${revision} is committed, but not served by ${node.name}:`);
    expect(output).toMatch(new RegExp(`${node.name}: listener \\S*9090: .*${taken}`));
    await keepsServing(before, node);
    await Promise.all(healthy.map((each) => each.serving(revision)));
    expect(await rejection('listen')).toContain(String(taken));
    await new Promise((resolve) => squatter.close(resolve));
    await node.serving(revision);
    expect((await node.status()).errors).toEqual([]);
  });

  test('because it has no room for it is served by nobody, and everybody goes on', async () => {
    const before = (await revisionOf(node)) as number;
    const many = Array.from({ length: 4_100 }, (_, index) => [
      `<Proxy "balancer://many-${index}">`,
      `  BalancerMember "http://127.0.0.1:1"`,
      '</Proxy>',
    ]);
    const { code, output } = await apply(...many.flat());
    expect(code).not.toBe(0);
    // Whoever is first to say so; the others say the same.
    expect(output).toMatch(/not served by node-\d/);
    for (const each of fleet.nodes) expect(await rejection('capacity', each)).toMatch(/4101 .*room for 4096/);
    await keepsServing(before, ...fleet.nodes);
    const { revision } = await apply();
    await Promise.all(fleet.nodes.map((each) => each.serving(revision)));
  });

  test('because its threads die of it is refused with that reason, and the node serves what it served', async () => {
    const before = (await revisionOf(node)) as number;
    writePoison(poisoned, { [before + 1]: 'thread' });
    const { code, output, revision } = await apply('Listen 9090');
    expect(code).not.toBe(0);
    expect(output).toMatch(new RegExp(`not served by ${node.name}:\\n.*proxy thread 0 stopped`));
    await Promise.all(healthy.map((each) => each.serving(revision)));
    await keepsServing(before, node);
    expect(supervisor.restarts()).toBe(0);
    const next = await apply();
    expect(next).toMatchObject({ code: 0 });
    await keepsServing(next.revision, ...fleet.nodes);
  });

  test('because it dies of it makes it go back, again and again, and take the next good one', async () => {
    const good = (await revisionOf(node)) as number;
    // A death without a word may have had another reason: such a configuration is tried once more.
    const fates = ['exit', 'kill', 'exit', 'exit'] as const;
    const restarts = 5;
    for (const [index, fate] of fates.entries()) {
      const crash = index + 1;
      writePoison(poisoned, { [good + crash]: fate });
      const { code, output, revision } = await apply(crash % 2 === 1 ? 'Listen 9090' : '# as it was');
      expect(revision).toBe(good + crash);
      expect(code).not.toBe(0);
      expect(output).toMatch(
        new RegExp(`not served by ${node.name}:\\n.*died soon after it swapped to revision ${revision}`),
      );
      expect(await rejection('crash')).toContain(`revision ${revision}`);
      await Promise.all(healthy.map((each) => each.serving(revision)));
      await keepsServing(good, node);
    }
    expect(supervisor.restarts()).toBe(restarts);
    expect(node.output()).toContain('DP1108');

    // Alone with its disk, it is still there.
    await fleet.nats.stop();
    await node.stop();
    await eventually('the supervisor', () => supervisor.restarts() === restarts + 1);
    await node.serving(good);
    expect(await revisionOf(node)).toBe(good);
    expect(readdirSync(join(node.dataDir, 'configurations')).filter((name) => name.endsWith('.unfinished'))).toEqual(
      [],
    );
    await fleet.nats.start();

    const { code, revision } = await apply('Listen 9090');
    expect(code).toBe(0);
    await keepsServing(revision, ...fleet.nodes);
  });

  test('is no trouble for clients of the others', async () => {
    await supervisor.stop();
    await traffic.stop();
    expect(traffic.faults(...names(healthy))).toEqual([]);
    expect(traffic.of(node.name).wrong).toEqual([]);
    await converged(fleet);
  });
});

async function listening(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1' }, resolve));
  return server;
}
