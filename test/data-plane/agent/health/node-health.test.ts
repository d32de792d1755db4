import { afterEach, describe, expect, test } from 'vitest';
import { BusError } from '#shared/bus.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { createObservers } from '#shared/health/rendezvous.ts';
import { createInProcessBus } from '#shared/in-process-bus.ts';
import { eventually } from '#test/support/wait.ts';
import { fail, type HealthBed, healthBed, recover } from './health-bed.ts';

const [W1, W2, W3] = ['http://w1', 'http://w2', 'http://w3'] as const;
const beds: HealthBed[] = [];

async function started(...args: Parameters<typeof healthBed>): Promise<HealthBed> {
  const bed = await healthBed(...args);
  beds.push(bed);
  await bed.health.start();
  return bed;
}

afterEach(async () => {
  await Promise.all(beds.splice(0).map((bed) => bed.close()));
});

function balancer(members: readonly string[], ...set: readonly string[]): string {
  const lines = members.map((member) => `BalancerMember ${member}`);
  return [
    '<Proxy balancer://app>',
    ...lines,
    ...(set.length > 0 ? [`ProxySet ${set.join(' ')}`] : []),
    '</Proxy>',
  ].join('\n');
}
const THREE = balancer([W1, W2, W3]);

describe('verdicts', () => {
  test('take workers out and give them back', async () => {
    const bed = await started();
    bed.serve(THREE);
    await bed.frame(1, [W1]);
    await eventually('w1 out', () => !bed.usable(W1));
    expect([bed.usable(W2), bed.usable(W3)]).toEqual([true, true]);
    expect(bed.health.view()).toMatchObject({
      frames: 'fresh',
      version: 1,
      workers: [{ url: W1, verdict: { since: 1 } }],
    });
    await bed.frame(2, []);
    await eventually('w1 back', () => bed.usable(W1));
    expect(bed.logged).toEqual(['DP1501', 'DP1502']);
  });

  test('of frames that are kept hold before anything is served', async () => {
    const bus = createInProcessBus();
    const other = await healthBed({ bus, node: 'other' });
    await other.frame(3, [W2]);
    const bed = await started({ bus });
    bed.serve(THREE);
    await eventually('w2 out', () => !bed.usable(W2));
  });

  test('hold for rows that a change of the configuration adds, and no more for a balancer that turns them off', async () => {
    const bed = await started();
    bed.serve(balancer([W1, W2]));
    await bed.frame(1, [W3]);
    await eventually('the frame', () => bed.health.view().version === 1);
    bed.serve(THREE);
    await eventually('w3 out', () => !bed.usable(W3));
    bed.serve(balancer([W1, W2, W3], 'verdict=off'));
    await eventually('w3 back', () => bed.usable(W3));
    expect(bed.health.view().workers).toMatchObject([{ url: W3, ignored: 'off' }]);
  });

  test('of other zones do not hold here', async () => {
    const bed = await started({ zone: 'a' });
    bed.serve(THREE);
    await bed.frame(1, [
      { worker: W1, zones: ['b'] },
      { worker: W2, zones: ['a'] },
    ]);
    await eventually('w2 out', () => !bed.usable(W2));
    expect(bed.usable(W1)).toBe(true);
  });

  test('leave flags of an operator and of the node itself alone', async () => {
    const bed = await started();
    bed.serve(balancer([`${W1} status=+D`, W2, W3]));
    await bed.frame(1, [W1, W2], 60_000);
    await eventually('w2 out', () => !bed.usable(W2));
    fail(bed, W2);
    await bed.frame(2, []);
    await eventually('verdicts gone', () => (bed.status(W2) & WorkerStatus.FLEET_DOWN) === 0);
    expect(bed.status(W1)).toBe(WorkerStatus.INITIALIZED | WorkerStatus.DISABLED);
    expect(bed.status(W2)).toBe(WorkerStatus.INITIALIZED | WorkerStatus.IN_ERROR);
  });

  test('are ignored where too few workers would be left, and count again when there are more', async () => {
    const bed = await started();
    bed.serve(THREE);
    await bed.frame(1, [W1, W2]);
    await eventually('panic', () => bed.logged.includes('DP1503'));
    expect([bed.usable(W1), bed.usable(W2)]).toEqual([true, true]);
    expect(bed.health.view().workers).toMatchObject([{ ignored: 'panic' }, { ignored: 'panic' }]);
    await bed.frame(2, [W1]);
    await eventually('w1 out', () => !bed.usable(W1));
    expect(bed.logged).toContain('DP1504');
  });

  test("give way at once when the node's own experience leaves nobody else", async () => {
    const bed = await started();
    bed.serve(balancer([W1, W2]));
    await bed.frame(1, [W1]);
    await eventually('w1 out', () => !bed.usable(W1));
    fail(bed, W2);
    await eventually('w1 back', () => bed.usable(W1));
    recover(bed, W2);
    await eventually('w1 out again', () => !bed.usable(W1));
  });

  test('are dropped when frames stop, and followed again when they come back', async () => {
    const bed = await started();
    bed.serve(THREE);
    await bed.frame(7, [W1], 20);
    await eventually('w1 out', () => !bed.usable(W1));
    await eventually('w1 back', () => bed.usable(W1));
    expect(bed.health.view().frames).toBe('stale');
    expect(bed.logged.filter((code) => code === 'DP1505')).toHaveLength(1);
    await bed.frame(3, [W1]);
    await eventually('w1 out', () => !bed.usable(W1));
    expect(bed.logged).toContain('DP1506');
  });

  test('that cannot be read, or are for another fleet, change nothing', async () => {
    const bed = await started();
    bed.serve(THREE);
    await bed.bus.putLatest('penstock.v1.fleet.keep.health', new Uint8Array([1, 2, 3]));
    await eventually('a complaint', () => bed.logged.includes('DP1507'));
    await bed.frame(1, [W1]);
    await eventually('w1 out', () => !bed.usable(W1));
  });
});

test('a bus that refuses at first is asked again', async () => {
  const bus = createInProcessBus();
  let refusals = 1;
  const refusing: typeof bus = {
    ...bus,
    watchLatest: (key, handler) =>
      refusals-- > 0 ? Promise.reject(new BusError('refused', 'no permission')) : bus.watchLatest(key, handler),
  };
  const bed = await started({ bus: refusing });
  bed.serve(THREE);
  await bed.frame(1, [W1]);
  await eventually('w1 out', () => !bed.usable(W1));
  expect(bed.logged).toContain('DP1117');
});

describe('observations', () => {
  test('tell a failure at once, and that the worker answers again once it has been connected to', async () => {
    const bed = await started();
    bed.serve(THREE);
    fail(bed, W1);
    await eventually('failed', () => bed.kinds().includes(`${W1} failed`));
    expect(bed.said[0]).toMatchObject({ node: 'n1', bootId: 'boot', seq: 1, complete: false });
    recover(bed, W1);
    await eventually('answered', () => bed.kinds().includes(`${W1} answered`));
  });

  test('do not take a worker that is only due to be tried for one that answers', async () => {
    const bed = await started();
    bed.serve(THREE);
    fail(bed, W1);
    // A request that was on its way completes while the worker is in error.
    Atomics.add(bed.scoreboard.responses, bed.slot(W1), 1n);
    await eventually('a look at it', () => bed.kinds().includes(`${W1} failed`));
    fail(bed, W2);
    Atomics.and(bed.scoreboard.status, bed.slot(W2), ~WorkerStatus.IN_ERROR);
    Atomics.add(bed.scoreboard.responses, bed.slot(W2), 1n);
    await eventually('w2 answers', () => bed.kinds().includes(`${W2} answered`));
    expect(bed.kinds()).not.toContain(`${W1} answered`);
  });

  test('of many failures are gathered, the newest per worker', async () => {
    const bed = await started({ settings: { batchMs: 40 } });
    bed.serve(THREE);
    fail(bed, W1);
    for (let n = 0; n < 50; n++) fail(bed, n % 2 === 0 ? W2 : W3);
    await eventually('all', () => new Set(bed.kinds()).size === 3);
    expect(bed.said.map(({ observations }) => observations.length)).toEqual([1, 2]);
  });

  test('are all told every so often, under numbers that only grow', async () => {
    const bed = await started({ settings: { completeMs: 20 } });
    bed.serve(THREE);
    fail(bed, W1);
    await eventually('complete sets', () => bed.said.filter(({ complete }) => complete).length >= 2);
    expect(bed.said.findLast(({ complete }) => complete)?.observations).toMatchObject([{ worker: W1, kind: 'failed' }]);
    expect(bed.said.map(({ seq }) => seq)).toEqual(bed.said.map((_, i) => i + 1));
  });

  test('of a worker that is configured no more are withdrawn with the next complete set', async () => {
    const bed = await started({ settings: { completeMs: 20 } });
    bed.serve(THREE);
    fail(bed, W1);
    await eventually('failed', () => bed.kinds().includes(`${W1} failed`));
    bed.serve(balancer([W2, W3]));
    bed.said.length = 0;
    await eventually('an empty set', () =>
      bed.said.some(({ complete, observations }) => complete && observations.length === 0),
    );
  });
});

/** A fleet in which one node does not observe the first worker. */
const NODES = ['n1', 'a', 'b', 'c', 'd', 'e', 'f', 'g'];
const OBSERVERS = createObservers({ members: NODES.map((node) => ({ node })) }).of(`app ${W1}`);
const [OBSERVER = ''] = OBSERVERS;
const IDLE = NODES.find((node) => !OBSERVERS.includes(node)) ?? '';

const CHECKED = balancer([`${W1} hcmethod=GET hcinterval=100ms hcfails=2 hcpasses=2`, W2]);

describe('health checks', () => {
  test('take a worker out and bring it back, and tell so', async () => {
    const bed = await started();
    bed.serve(CHECKED);
    await eventually('C', () => (bed.status(W1) & WorkerStatus.HC_FAIL) !== 0);
    expect(bed.checked).toEqual(['w1', 'w1']);
    await eventually('told', () => bed.kinds().includes(`${W1} check-failed`));
    bed.backends.set('w1', { passed: true, detail: 'status 200' });
    await eventually('back', () => bed.usable(W1));
    await eventually('told', () => bed.kinds().includes(`${W1} check-passed`));
    expect(bed.logged).toEqual(['DP1509', 'DP1510']);
    expect(bed.health.view().workers).toMatchObject([
      { url: W1, checking: 'check', lastCheck: { passed: true, detail: 'status 200' } },
    ]);
  });

  test.each([
    { change: 'are removed', members: [W1, W2] },
    { change: 'ask something else', members: [`${W1} hcmethod=GET hcuri=/right hcinterval=1h`, W2] },
  ])('that $change leave no worker out', async ({ members }) => {
    const bed = await started();
    bed.serve(CHECKED);
    await eventually('C', () => (bed.status(W1) & WorkerStatus.HC_FAIL) !== 0);
    bed.serve(balancer(members));
    expect(bed.usable(W1)).toBe(true);
    expect(bed.logged).toEqual(['DP1509', 'DP1513']);
  });

  test('keep a worker out when they are only made at another interval, or C is also configured', async () => {
    const bed = await started();
    bed.serve(CHECKED);
    await eventually('C', () => (bed.status(W1) & WorkerStatus.HC_FAIL) !== 0);
    bed.serve(CHECKED.replace('100ms', '200ms'));
    expect(bed.usable(W1)).toBe(false);
    bed.serve(balancer([`${W1} status=+C`, W2]));
    expect(bed.usable(W1)).toBe(false);
    expect(bed.logged).toEqual(['DP1509']);
  });

  test('that changed count from nothing', async () => {
    const bed = await started();
    bed.serve(balancer([`${W1} hcmethod=GET hcinterval=100ms hcfails=9`, W2]));
    await eventually('failures', () => bed.checked.length >= 3);
    bed.serve(balancer([`${W1} hcmethod=HEAD hcinterval=100ms hcfails=2`, W2]));
    const { length } = bed.checked;
    await eventually('C', () => !bed.usable(W1));
    expect(bed.checked.length - length).toBe(2);
  });

  test('end an error before its retry time, and are not made of a stopped worker', async () => {
    const bed = await started();
    bed.backends.set('w1', { passed: true, detail: 'status 200' });
    bed.serve(
      `${CHECKED.replace('</Proxy>', `BalancerMember ${W3} hcmethod=TCP hcinterval=100ms status=+S\n</Proxy>`)}`,
    );
    fail(bed, W1);
    await eventually('back', () => bed.usable(W1));
    expect(bed.checked).not.toContain('w3');
  });

  test('are left to the observers, and made by everybody when frames stop', async () => {
    const bus = createInProcessBus();
    const [watching, resting] = [await started({ bus, node: OBSERVER }), await started({ bus, node: IDLE })];
    await watching.members(...NODES);
    await watching.frame(1, []);
    await eventually('frames', () => [watching, resting].every(({ health }) => health.view().frames === 'fresh'));
    for (const bed of [watching, resting]) bed.serve(CHECKED);
    await eventually('checks', () => watching.checked.length >= 2);
    expect(resting.checked).toEqual([]);
    await resting.frame(2, [], 10);
    await eventually('checks of its own', () => resting.checked.length >= 2);
  });
});

describe('C that no check of this node has set', () => {
  async function resting(): Promise<HealthBed> {
    const bed = await started({ node: IDLE });
    await bed.members(...NODES);
    await bed.frame(1, []);
    await eventually('frames', () => bed.health.view().frames === 'fresh');
    bed.serve(balancer([`${W1} hcmethod=GET hcinterval=100ms status=+C`, W2]));
    return bed;
  }
  const checking = (bed: HealthBed) => bed.health.view().workers.find(({ url }) => url === W1)?.checking;

  test('is cleared by passing checks also on a node that is no observer, which checks no longer then', async () => {
    const bed = await resting();
    await eventually('a check', () => bed.checked.length > 0);
    bed.backends.set('w1', { passed: true, detail: 'status 200' });
    await eventually('back', () => bed.usable(W1));
    expect(checking(bed)).toBeUndefined();
  });

  test('is cleared again when it is set again, though that is no news to the fleet', async () => {
    const bed = await resting();
    bed.backends.set('w1', { passed: true, detail: 'status 200' });
    await eventually('back', () => bed.usable(W1));
    Atomics.or(bed.scoreboard.status, bed.slot(W1), WorkerStatus.HC_FAIL);
    bed.health.onSwap();
    await eventually('back again', () => bed.usable(W1));
    expect(checking(bed)).toBeUndefined();
  });

  test('is not answered for by requests that were on their way', async () => {
    const bed = await resting();
    fail(bed, W1);
    await eventually('failed', () => bed.kinds().includes(`${W1} failed`));
    recover(bed, W1);
    Atomics.add(bed.scoreboard.responses, bed.slot(W1), 1n);
    const { length } = bed.checked;
    await eventually('further checks', () => bed.checked.length > length + 1);
    expect(bed.kinds()).toEqual([`${W1} failed`]);
    bed.backends.set('w1', { passed: true, detail: 'status 200' });
    await eventually('told', () => bed.kinds().includes(`${W1} check-passed`));
    expect(bed.usable(W1)).toBe(true);
  });
});

describe('recovery probes', () => {
  const ALONE = ['n1'] as const;

  test('find out that a worker under a verdict answers again, and stop with the verdict', async () => {
    const bed = await started();
    bed.serve(THREE);
    await bed.members(...ALONE);
    await bed.frame(1, [W1]);
    await eventually('told', () => bed.kinds().includes(`${W1} check-failed`));
    bed.backends.set('w1', { passed: true, detail: 'connected' });
    await eventually('told', () => bed.kinds().includes(`${W1} check-passed`));
    expect(bed.health.view().workers).toMatchObject([{ url: W1, checking: 'probe' }]);
    expect(bed.usable(W1)).toBe(false);
    await bed.frame(2, []);
    await eventually('no probes', () => bed.health.view().workers.every(({ checking }) => checking === undefined));
    expect(new Set(bed.checked)).toEqual(new Set(['w1']));
  });

  test('take back what the node itself reported, without touching its own error', async () => {
    const bed = await started();
    bed.serve(THREE);
    await bed.members('others', 'only');
    await bed.frame(1, []);
    await eventually('frames', () => bed.health.view().frames === 'fresh');
    bed.backends.set('w1', { passed: true, detail: 'connected' });
    fail(bed, W1);
    await eventually('told', () => bed.kinds().includes(`${W1} check-passed`));
    expect(bed.status(W1) & WorkerStatus.IN_ERROR).not.toBe(0);
  });

  test('are not made where no frames come', async () => {
    const bed = await started({ settings: { completeMs: 20 } });
    bed.serve(THREE);
    fail(bed, W1);
    await eventually('some time', () => bed.said.filter(({ complete }) => complete).length >= 3);
    expect(bed.checked).toEqual([]);
  });
});

describe('traffic of the fleet', () => {
  const totals = (w1: bigint, w2: bigint) => ({
    periodMs: 20,
    workers: [
      { balancer: 'app', worker: W1, elected: w1, bytes: w1 * 100n },
      { balancer: 'app', worker: W2, elected: w2, bytes: w2 * 100n },
    ],
  });

  test("turns others' elections into credit", async () => {
    const bed = await started();
    bed.serve(balancer([W1, W2], 'fleetbalance=On'));
    await bed.traffic(totals(100n, 100n));
    await bed.traffic(totals(110n, 100n));
    await eventually('credit', () => bed.scoreboard.lbstatus[bed.slot(W2)] === 1_000);
    expect(bed.scoreboard.lbstatus[bed.slot(W1)]).toBe(-1_000);
  });

  test("counts others' bytes until frames stop", async () => {
    const bed = await started();
    bed.serve(balancer([W1, W2], 'fleetbalance=On lbmethod=bytraffic'));
    await bed.traffic(totals(100n, 100n));
    await bed.traffic(totals(110n, 100n));
    await eventually("others' bytes", () => bed.scoreboard.othersTraffic[bed.slot(W1)] === 1_000n);
    await eventually('nothing', () => bed.scoreboard.othersTraffic[bed.slot(W1)] === 0n);
  });

  test("counts others' bytes no more when a balancer turns that off, though frames go on", async () => {
    const bed = await started();
    bed.serve(balancer([W1, W2], 'fleetbalance=On lbmethod=bytraffic'));
    for (const w1 of [100n, 110n]) await bed.traffic({ ...totals(w1, 100n), periodMs: 60_000 });
    await eventually("others' bytes", () => bed.scoreboard.othersTraffic[bed.slot(W1)] === 1_000n);
    bed.serve(balancer([W1, W2], 'lbmethod=bytraffic'));
    await eventually('nothing', () => bed.scoreboard.othersTraffic[bed.slot(W1)] === 0n);
  });
});
