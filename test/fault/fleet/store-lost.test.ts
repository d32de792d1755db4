import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { natsBus } from '#shared/nats-bus/nats-bus.ts';
import { converged, historyFaults } from '#test/support/fleet/audit.ts';
import { openBus } from '#test/support/fleet/bus-reader.ts';
import { type Fleet, startFleet } from '#test/support/fleet/fleet.ts';
import { type NodeWatch, watchNodes } from '#test/support/fleet/node-watch.ts';
import { patiently } from '#test/support/fleet/patiently.ts';
import { runPenstock } from '#test/support/fleet/replica.ts';
import { startVerifiedTraffic, type VerifiedTraffic } from '#test/support/fleet/verified-traffic.ts';

/** Failure matrix, "Redis failover with loss": nodes never go backwards, and the operator gets a clear state and a way out. */
describe('a store that comes back without what it had', () => {
  let fleet: Fleet;
  let traffic: VerifiedTraffic;
  let watch: NodeWatch;
  let edits = 0;

  beforeEach(async () => {
    fleet = await startFleet();
    watch = watchNodes(fleet.nodes);
    traffic = startVerifiedTraffic(fleet.nodes);
    await edit(4);
  });

  afterEach(async () => {
    await traffic?.stop();
    await watch?.stop();
    await fleet?.close();
  });

  async function edit(times: number): Promise<void> {
    for (let n = 0; n < times; n++)
      await fleet.operator.apply(fleet.lines(`ProxyPass "/edit/${++edits}" "!"`), { at: n });
  }

  const penstock = (...args: readonly string[]) =>
    runPenstock(...args, '--server', fleet.replicas[edits % 2]?.url ?? '');
  const exported = async () => (await fetch(`${fleet.replicas[0]?.url}/v1/export`)).text();
  const served = async () =>
    Promise.all(
      fleet.nodes.map(async (node) => {
        const { epoch, revision, chainHash } = (await node.status()).serving;
        return `${epoch}/${revision} ${chainHash}`;
      }),
    );

  /** Puts the store back to how it was, while replicas and nodes have gone on. @returns its content before */
  async function loseCommits(): Promise<{ readonly text: string; readonly served: readonly string[] }> {
    await fleet.redis.stop();
    const copy = fleet.redis.backUp();
    await fleet.redis.start();
    await edit(5);
    await converged(fleet);
    const before = { text: await exported(), served: await served() };
    await fleet.redis.kill();
    copy.putBack();
    return before;
  }

  async function expectRegressed(range: string): Promise<void> {
    for (const at of [0, 1]) {
      await patiently('the loss to be noticed', async () => {
        const { status, body } = await fleet.operator.get('/readyz', at);
        return status === 200 && body.status === 'degraded' && JSON.stringify(body.troubles).includes('lost');
      });
      const body = { balancer: 'balancer://app', worker: fleet.backends[0]?.url, parameters: { loadfactor: '5' } };
      expect(await fleet.operator.ask({ method: 'PUT', path: '/v1/overrides', body }, { at })).toMatchObject({
        status: 503,
        body: { type: 'urn:penstock:problem:store-regressed' },
      });
    }
    const { code, output } = await penstock('store');
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining(`LOST revisions ${range}`) });
  }

  async function expectSound(): Promise<void> {
    const content = await converged(fleet);
    expect(await historyFaults({ ...fleet, operator: { ...fleet.operator, acknowledged: [] } }, content)).toEqual([]);
    expect(traffic.faults()).toEqual([]);
    expect(watch.faults()).toEqual([]);
  }

  test('is not followed, and gets back from copies what it lost, byte for byte', async () => {
    const before = await loseCommits();
    await fleet.redis.start();
    await expectRegressed('6 to 10');
    await traffic.more(10);
    expect(await served()).toEqual(before.served);

    expect(await penstock('repair')).toMatchObject({ code: 0, output: expect.stringContaining('5 commits put back') });
    expect(await exported()).toBe(before.text);
    await patiently('all in order', async () => (await fleet.operator.get('/readyz')).body.status === 'ready');
    await edit(2);
    expect(await historyFaults(fleet, await converged(fleet))).toEqual([]);
    await expectSound();
  });

  test('gets everything back when it lost everything, from replicas that have started since', async () => {
    await converged(fleet);
    const before = await exported();
    const bus = await openBus(fleet, fleet.nats);
    const copies = subjects(fleet.name).allCommits;
    await patiently('a copy of each commit', async () => (await bus.keys(copies)).length === 5);
    await bus.close();
    await fleet.redis.kill();
    fleet.redis.wipe();
    await Promise.all(fleet.replicas.map((replica) => replica.kill()));
    await fleet.redis.start();
    await Promise.all(fleet.replicas.map((replica) => replica.start()));
    await expectRegressed('1 to 5');
    expect(await penstock('repair')).toMatchObject({ code: 0, output: expect.stringContaining('5 commits put back') });
    expect(await exported()).toBe(before);
    await edit(2);
    await expectSound();
  });

  test('goes on with what nodes serve, in a new epoch, when no copies are left', async () => {
    const before = await loseCommits();
    await Promise.all(fleet.replicas.map((replica) => replica.kill()));
    await removeCopies();
    await fleet.redis.start();
    await Promise.all(fleet.replicas.map((replica) => replica.start()));
    await expectRegressed('6 to 10');
    const failed = await penstock('repair');
    expect(failed).toMatchObject({ code: 1, output: expect.stringContaining('revisions 6 to 10 are held nowhere') });
    expect(await served()).toEqual(before.served);

    const lastEdit = `ProxyPass "/edit/${edits}" "!"`;
    expect(await penstock('repair', '--from', 'bus')).toMatchObject({
      code: 0,
      output: expect.stringContaining('revision 6 begins epoch 1'),
    });
    const { state } = await converged(fleet);
    expect(state).toMatchObject({ epoch: 1, revision: 6 });
    expect((await penstock('show')).output).toContain(lastEdit);
    await edit(2);
    await expectSound();
  });

  test('goes on with what it has, in a new epoch, when nothing is left but nodes', async () => {
    const before = await loseCommits();
    await Promise.all([...fleet.replicas.map((replica) => replica.kill()), fleet.nats.kill()]);
    await fleet.nats.wipe();
    await Promise.all([fleet.redis.start(), fleet.nats.start()]);
    await Promise.all(fleet.replicas.map((replica) => replica.start()));
    // Nodes alone know better.
    await expectRegressed('6 to 10');
    expect(await served()).toEqual(before.served);
    expect((await penstock('repair', '--from', 'store')).code).toBe(0);
    const { state } = await converged(fleet);
    expect(state).toMatchObject({ epoch: 1, revision: 6 });
    await edit(2);
    await expectSound();
  });

  /** The copies of commits on the bus, not what nodes need. */
  async function removeCopies(): Promise<void> {
    const bus = await natsBus({ servers: fleet.nats.url, fleet: fleet.name, name: 'remover', role: 'control-plane' });
    await bus.ready();
    const keys = await bus.keys(subjects(fleet.name).allCommits);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) await bus.remove(key);
    await bus.close();
  }
});
