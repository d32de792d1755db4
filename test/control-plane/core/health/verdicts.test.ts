import { describe, expect, it } from 'vitest';
import { healthConfig } from '../../../../control-plane/core/health/health-config.ts';
import { createHealthCore, type HealthInput } from '../../../../control-plane/core/health/health-core.ts';
import { healthStep } from '../../../../control-plane/core/health/health-step.ts';
import { bed, contentOf, row, SETTINGS, speakerOf, url } from './given.ts';

/** Three nodes. */
function trio(zone?: string) {
  const speaker = (n: number) => speakerOf(`n${n}${zone ?? ''}`, zone === undefined ? {} : { zone });
  return [speaker(1), speaker(2), speaker(3)] as const;
}

describe('verdicts', () => {
  it('with any: come with the first failed connection, in the very step, and a frame with them', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const [a, b] = trio();
    fleet.step(a.reports());
    fleet.step(b.reports());
    const frames = fleet.frames().length;
    fleet.step(a.says('failed'));
    expect(fleet.verdicts()).toEqual([url(1)]);
    expect(fleet.frames().slice(frames)).toMatchObject([
      { version: 1, unavailable: [{ worker: url(1), zones: [], reason: '1 of 1 node: connect-refused', since: 1 }] },
    ]);
  });

  it('record policy, reason and witnesses', () => {
    const fleet = bed({ policy: { kind: 'majority' } });
    const [a, b, c] = trio('z');
    for (const node of [a, b, c]) fleet.step(node.reports());
    fleet.step(c.says('check-passed'));
    fleet.step(b.says('check-failed', url(1), { reason: 'status 500' }));
    fleet.step(a.says('failed'));
    expect(fleet.events()).toEqual([
      {
        type: 'worker-unavailable',
        balancer: 'app',
        worker: url(1),
        zones: [],
        policy: 'majority',
        reason: '2 of 3 nodes: connect-refused, status 500',
        witnesses: [
          { node: 'n1z', zone: 'z', available: false, saw: 'failed connect-refused' },
          { node: 'n2z', zone: 'z', available: false, saw: 'check-failed status 500' },
          { node: 'n3z', zone: 'z', available: true, saw: 'check-passed' },
        ],
      },
    ]);
  });

  it('with quorum=2: need a second witness', () => {
    const fleet = bed({ policy: { kind: 'quorum', nodes: 2 } });
    const [a, b, c] = trio();
    for (const node of [a, b, c]) fleet.step(node.reports());
    fleet.step(a.says('failed'));
    fleet.step(a.says('check-failed'));
    expect(fleet.verdicts()).toEqual([]);
    fleet.step(b.says('failed'));
    expect(fleet.verdicts()).toEqual([url(1)]);
  });

  it('with off: never come, and go when the policy becomes off', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const [a] = trio();
    fleet.step(a.says('failed'));
    fleet.step({ kind: 'configured', config: healthConfig(contentOf({ kind: 'off' }, 3)) });
    expect(fleet.verdicts()).toEqual([]);
    fleet.step(a.says('failed', url(2)));
    expect(fleet.verdicts()).toEqual([]);
    expect(fleet.events().at(-1)).toMatchObject({ type: 'worker-available', reason: 'verdict=off' });
  });

  it('end when the witness takes it back, but stand for a second', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const [a] = trio();
    fleet.step(a.says('failed'));
    fleet.step(a.says('answered'));
    expect(fleet.verdicts()).toEqual([url(1)]);
    fleet.wait(1_000);
    expect(fleet.verdicts()).toEqual([]);
    expect(fleet.events().at(-1)).toMatchObject({ type: 'worker-available', reason: '1 of 1 node finds it available' });
  });

  it('do not end because nobody says anything any more', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const [a, b] = trio();
    fleet.step(a.says('failed'));
    fleet.wait(600_000, (nowMs) => nowMs % 10_000 === 0 && fleet.step(b.reports()));
    expect(fleet.verdicts()).toEqual([url(1)]);
    fleet.step(b.says('check-passed'));
    expect(fleet.verdicts()).toEqual([]);
  });

  it('end when a stale failure is all that is against it and another node passes its check', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const [a, b] = trio();
    fleet.step(a.says('failed'));
    fleet.wait(2_000);
    fleet.step(b.says('check-passed'));
    expect(fleet.verdicts()).toEqual([url(1)]);
    fleet.wait(44_000, () => {
      fleet.step(a.reports());
      fleet.step(b.reports());
    });
    expect(fleet.verdicts()).toEqual([]);
  });

  it('weigh nodes whose requests are answered against those whose fail', () => {
    const fleet = bed({ policy: { kind: 'majority' } });
    const [a, b, c] = trio();
    for (const node of [b, c]) fleet.step(node.reports({ workers: [row(url(1), 5n)] }));
    for (const node of [b, c]) fleet.step(node.reports({ workers: [row(url(1), 6n)] }));
    fleet.step(a.says('failed'));
    expect(fleet.verdicts()).toEqual([]);
    fleet.step(b.says('failed'));
    expect(fleet.verdicts()).toEqual([url(1)]);
  });

  it('take no old report for good news: it may not know of the failure yet', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const [a] = trio();
    fleet.step(a.reports({ workers: [row(url(1), 5n)] }));
    fleet.step(a.says('failed'));
    fleet.wait(2_000);
    fleet.step(a.reports({ workers: [row(url(1), 9n)] }));
    expect(fleet.verdicts()).toEqual([url(1)]);
  });

  it('say so when no other worker of the balancer is left', () => {
    const fleet = bed({ policy: { kind: 'any' }, members: 2 });
    const [a] = trio();
    fleet.step(a.says('failed', url(1)));
    fleet.step(a.says('failed', url(2)));
    expect(fleet.events().map((event) => event.reason)).toEqual([
      '1 of 1 node: connect-refused',
      '1 of 1 node: connect-refused; no other worker of app is available',
    ]);
  });

  it('do not count a disabled worker among those that are left', () => {
    const fleet = bed({ policy: { kind: 'any' }, members: 2, parameters: { status: 'D' } });
    fleet.step(speakerOf('n1').says('check-failed', url(1)));
    expect(fleet.events()[0]?.reason).toContain('no other worker of app is available');
  });

  it('are for the zones that have them, while another finds the worker available', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const [a] = trio('west');
    const [b] = trio('east');
    fleet.step(a.reports());
    fleet.step(b.reports());
    fleet.step(b.says('check-passed'));
    fleet.step(a.says('failed'));
    expect(fleet.verdicts()).toEqual([`${url(1)}@west`]);
    expect(fleet.events()[0]?.reason).toBe('1 of 1 node in zone west: connect-refused');
    fleet.step(b.says('failed'));
    expect(fleet.verdicts()).toEqual([url(1)]);
  });

  it('go with the worker they are on, and are in no frame after that', () => {
    const fleet = bed({ policy: { kind: 'any' }, members: 3 });
    fleet.step(speakerOf('n1').says('failed', url(3)));
    fleet.step({ kind: 'configured', config: healthConfig(contentOf({ kind: 'any' }, 2)) });
    expect(fleet.verdicts()).toEqual([]);
    expect(fleet.events().at(-1)).toMatchObject({ type: 'worker-available', reason: 'no longer configured' });
    expect(fleet.frames().at(-1)?.unavailable).toEqual([]);
  });

  it('come for a worker that nodes knew of before this replica did', () => {
    const fleet = bed({ policy: { kind: 'any' }, members: 1 });
    fleet.step(speakerOf('n1').says('failed', url(2)));
    expect(fleet.verdicts()).toEqual([]);
    fleet.step({ kind: 'configured', config: healthConfig(contentOf({ kind: 'any' }, 2)) });
    expect(fleet.verdicts()).toEqual([url(2)]);
  });

  it('are neither ended nor told before the configuration is known', () => {
    const before = bed({ policy: { kind: 'any' } });
    before.step(speakerOf('n1').says('failed'));
    const core = createHealthCore('f', SETTINGS, before.core.log, 0);
    const inputs = [{ kind: 'bus', connected: true }, { kind: 'members-kept', members: undefined }, { kind: 'tick' }];
    expect((inputs as HealthInput[]).flatMap((input) => healthStep(core, input, 0).effects)).toEqual([]);
    const config = healthConfig(contentOf({ kind: 'any' }, 1));
    const [frame] = healthStep(core, { kind: 'configured', config }, 0).effects.filter(
      ({ kind }) => kind === 'publish-frame',
    );
    expect(frame).toMatchObject({ frame: { unavailable: [{ worker: url(1) }] } });
  });

  it('need so many live nodes as the settings say', () => {
    const fleet = bed({ policy: { kind: 'any' }, settings: { minNodes: 2 } });
    const [a, b] = trio();
    fleet.step(a.says('failed'));
    expect(fleet.verdicts()).toEqual([]);
    fleet.step(b.reports());
    fleet.wait(500);
    expect(fleet.verdicts()).toEqual([url(1)]);
  });
});

describe('an operator who clears a verdict', () => {
  const request = { balancer: 'app', worker: url(1), actor: 'ops@host', reason: 'it is the switch' };

  it('ends it, and what was said until then counts no more, even when it is said again', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    const node = speakerOf('n1');
    fleet.step(node.says('failed', url(1), { timeMs: 7 }));
    fleet.step({ kind: 'clear', request });
    expect(fleet.events().at(-1)).toEqual({ type: 'worker-available', ...request, witnesses: [] });
    fleet.step(node.says('failed', url(1), { timeMs: 7, complete: true }));
    fleet.wait(5_000);
    expect(fleet.verdicts()).toEqual([]);
    fleet.step(node.says('failed', url(1), { timeMs: 8 }));
    expect(fleet.verdicts()).toEqual([url(1)]);
  });

  it('does nothing when there is none', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    fleet.step({ kind: 'clear', request });
    expect(fleet.events()).toEqual([]);
  });

  it('is not done later, when the log could not be written', () => {
    const fleet = bed({ policy: { kind: 'any' } });
    fleet.step(speakerOf('n1').says('failed'));
    fleet.refusesAppends = true;
    fleet.step({ kind: 'clear', request });
    fleet.refusesAppends = false;
    fleet.wait(5_000);
    expect(fleet.verdicts()).toEqual([url(1)]);
  });
});
