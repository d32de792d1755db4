import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeHealthFrame } from '#shared/codec/health-codec.ts';
import { encodeObservations, encodeReport } from '#shared/codec/node-codec.ts';
import type { ObservationKind } from '#shared/node-message.ts';
import { reportOf } from '#test/support/reports.ts';
import { eventually } from '#test/support/wait.ts';
import { type ControlPlaneFixture, controlPlaneFixture } from '../../support/control-plane.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';
import { runPenstock } from '../../support/run-cli.ts';

const WORKER = worker(1).url;

describe('the health of a fleet, through API and command line', () => {
  let fixture: ControlPlaneFixture;
  const fleet = 'f';
  let seq: number;

  beforeEach(async () => {
    fixture = await controlPlaneFixture({ input: { fleet } });
    seq = 0;
    const definition = definitionOf(balancer('app', [worker(1), worker(2)], { verdict: { kind: 'any' } }));
    await fixture.call('POST', '/v1/apply', { body: { definition } });
  });

  afterEach(() => fixture.dispose());

  async function say(kind: ObservationKind, node = 'n1', reason = 'connect-refused'): Promise<void> {
    const observation = { balancer: 'app', worker: WORKER, kind, reason, timeMs: seq };
    const message = { node, bootId: 'b', fleet, seq: ++seq, complete: false, observations: [observation] };
    const report = reportOf({ node, bootId: 'b', fleet, seq, labels: { zone: 'west' } });
    await fixture.bus.publish(subjects(fleet).report(node), encodeReport(report));
    // Somebody else is there as well: one node alone makes no verdict.
    const other = reportOf({ node: 'bystander', bootId: 'c', fleet, seq });
    await fixture.bus.publish(subjects(fleet).report('bystander'), encodeReport(other));
    await fixture.bus.publish(subjects(fleet).observation(node), encodeObservations(message));
  }

  async function untilUnavailable() {
    return eventually('a verdict', async () => {
      const { body } = await fixture.call('GET', '/v1/health');
      return body.workers[0]?.verdict === 'unavailable' && body;
    });
  }

  const penstock = (...args: string[]) => runPenstock([...args, '--server', fixture.plane.url]);

  it('shows verdicts with who said what, and the nodes', async () => {
    await say('failed');
    const health = await untilUnavailable();
    expect(health).toMatchObject({
      version: 1,
      workers: [
        {
          balancer: 'app',
          worker: WORKER,
          verdict: 'unavailable',
          zones: [],
          policy: 'any',
          reason: '1 of 1 node: connect-refused',
          version: 1,
          opinions: { available: 0, unavailable: 1 },
          witnesses: [{ node: 'n1', zone: 'west', available: false, saw: 'failed connect-refused', fresh: true }],
        },
      ],
    });
    await eventually('the node among the members', async () => {
      const { members } = (await fixture.call('GET', '/v1/health')).body;
      return members.length === 2 && members[1].node === 'n1' && members[1].suspect === false;
    });
    const { body } = await fixture.call('GET', '/v1/workers');
    expect(body.workers.map((one: { health: { verdict: string } }) => one.health.verdict)).toEqual([
      'unavailable',
      'available',
    ]);
  });

  it('shows how verdicts came and went, newest first', async () => {
    await say('failed');
    await untilUnavailable();
    await say('check-passed', 'n1', '');
    const entries = await eventually('both entries', async () => {
      const { body } = await fixture.call('GET', '/v1/health/log?limit=5');
      return body.entries.length === 2 && body.entries;
    });
    expect(entries).toMatchObject([
      { version: 2, events: [{ type: 'worker-available', reason: '1 of 1 node finds it available' }] },
      { version: 1, events: [{ type: 'worker-unavailable', policy: 'any' }] },
    ]);
    expect((await fixture.call('GET', '/v1/health/log?limit=1')).body.entries).toHaveLength(1);
    expect((await fixture.call('GET', '/v1/health/log?limit=none')).status).toBe(400);
  });

  it('keeps verdicts over a restart', async () => {
    await say('failed');
    await untilUnavailable();
    await fixture.restart();
    expect(await untilUnavailable()).toMatchObject({ version: 1 });
    const kept = await eventually('a frame', () => fixture.bus.getLatest(subjects(fleet).health));
    expect(decodeHealthFrame(kept.payload).unavailable).toMatchObject([{ worker: WORKER }]);
  });

  it('lets an operator clear a verdict, by a worker’s short name, and says who did', async () => {
    await say('failed');
    await untilUnavailable();
    const body = { balancer: 'app', worker: '10.0.0.1:8080', reason: 'a broken switch', actor: 'ops@host' };
    expect((await fixture.call('POST', '/v1/health/clear', { body })).body).toEqual({
      balancer: 'app',
      worker: WORKER,
      version: 2,
    });
    const [newest] = (await fixture.call('GET', '/v1/health/log')).body.entries;
    expect(newest.events).toMatchObject([{ type: 'worker-available', reason: body.reason, actor: body.actor }]);
    const again = await fixture.call('POST', '/v1/health/clear', { body });
    expect(again).toMatchObject({ status: 404, body: { detail: expect.stringContaining('no verdict to clear') } });
    const unknown = await fixture.call('POST', '/v1/health/clear', { body: { ...body, worker: '10.0.0.9' } });
    expect(unknown).toMatchObject({ status: 404, body: { type: 'urn:penstock:problem:unknown-worker' } });
  });

  it('is told by penstock health, and cleared by penstock health clear', async () => {
    expect((await penstock('health')).out).toMatch(/^the fleet finds all workers available; \d nodes? live\n/);
    await say('failed');
    await untilUnavailable();
    const shown = await penstock('health');
    expect(shown.err).toBe('');
    expect(shown.out).toContain('the fleet finds 1 worker unavailable');
    expect(shown.out).toContain(`app ${WORKER}: unavailable since`);
    expect(shown.out).toContain('(verdict=any): 1 of 1 node: connect-refused');
    expect(shown.out).toMatch(/\n {2}n1 \(west\): a request failed: connect-refused, \d+m?s ago\n/);
    expect(shown.out).toMatch(/lately:\n {2}\S+ \S+ {2}app http:\S+ unavailable: 1 of 1 node/);

    const cleared = await penstock('health', 'clear', 'app', '10.0.0.1:8080', '--reason', 'a broken switch');
    expect(cleared).toMatchObject({ code: 0, err: '' });
    expect(cleared.out).toBe(`cleared the verdict on ${WORKER} of app; only new failures count from now on\n`);
    expect((await penstock('health')).out).toMatch(/available, cleared by \S+: a broken switch\n/);
    const again = await penstock('health', 'clear', 'app', '10.0.0.1:8080');
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toContain('has no verdict to clear');
    expect((await penstock('health', 'clear', 'app')).code).toBe(2);
  });
});
