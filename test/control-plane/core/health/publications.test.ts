import { describe, expect, it } from 'vitest';
import { healthConfig } from '../../../../control-plane/core/health/health-config.ts';
import { bed, contentOf, speakerOf, url } from './given.ts';

describe('frames', () => {
  it('come each period, and at once with a new version', () => {
    const fleet = bed();
    const times: number[] = [];
    const look = (nowMs: number) => {
      while (times.length < fleet.frames().length) times.push(nowMs);
    };
    fleet.wait(12_000, look);
    fleet.step(speakerOf('n1').says('failed'));
    look(12_000);
    fleet.wait(6_000, look);
    expect(times).toEqual([500, 5_500, 10_500, 12_000, 17_500]);
  });

  it('are left to the replica that published last, unless it fails to', () => {
    const fleet = bed();
    const own = fleet.frames().length;
    fleet.wait(60_000, (nowMs) => {
      if (nowMs % 5_000 === 0) fleet.step({ kind: 'frame-seen', version: 0 });
    });
    expect(fleet.frames().length).toBe(own);
    fleet.wait(7_000);
    expect(fleet.frames().length).toBe(own + 1);
  });

  it('of a version that another has just published are not published again', () => {
    const fleet = bed();
    const entry = { version: 1, timeMs: 0, events: [unavailable(1)] };
    fleet.step({ kind: 'frame-seen', version: 1 });
    const before = fleet.frames().length;
    fleet.step({ kind: 'entries', entries: [entry] });
    expect(fleet.verdicts()).toEqual([url(1)]);
    expect(fleet.frames().length).toBe(before);
  });

  it('of a later version than the log here has are left alone, but not for ever', () => {
    const fleet = bed();
    fleet.step({ kind: 'frame-seen', version: 7 });
    const before = fleet.frames().length;
    fleet.wait(14_000);
    expect(fleet.frames().length).toBe(before);
    fleet.wait(2_000);
    expect(fleet.frames().length).toBe(before + 1);
  });

  it('are published again at once when an older one has taken their place', () => {
    const fleet = bed();
    fleet.step(speakerOf('n1').says('failed'));
    const before = fleet.frames().length;
    fleet.step({ kind: 'frame-seen', version: 0 });
    expect(fleet.frames().slice(before)).toMatchObject([{ version: 1 }]);
  });

  it('that the bus does not take come again after a while, and not before', () => {
    const fleet = bed();
    const before = fleet.frames().length;
    fleet.step({ kind: 'publish-failed' });
    expect(fleet.frames().length).toBe(before);
    fleet.wait(1_000);
    expect(fleet.frames().length).toBe(before + 1);
    fleet.step({ kind: 'publish-failed' });
    fleet.step({ kind: 'bus', connected: false });
    fleet.step({ kind: 'bus', connected: true });
    expect(fleet.frames().length).toBe(before + 2);
  });

  it('wait while the bus is away, and come at once when it is back', () => {
    const fleet = bed();
    fleet.step({ kind: 'bus', connected: false });
    const before = fleet.frames().length;
    fleet.wait(30_000);
    expect(fleet.frames().length).toBe(before);
    fleet.step({ kind: 'bus', connected: true });
    expect(fleet.frames().length).toBe(before + 1);
  });

  it('come at once when a configuration takes away, or brings, a worker that has a verdict', () => {
    const fleet = bed({ members: 2 });
    fleet.step(speakerOf('n1').says('failed', url(2)));
    fleet.refusesAppends = true;
    fleet.step({ kind: 'configured', config: healthConfig(contentOf({ kind: 'any' }, 1)) });
    expect(fleet.frames().at(-1)?.unavailable).toEqual([]);
    const before = fleet.frames().length;
    fleet.step({ kind: 'configured', config: healthConfig(contentOf({ kind: 'any' }, 1)) });
    expect(fleet.frames().length).toBe(before);
  });
});

describe('members', () => {
  const published = (fleet: ReturnType<typeof bed>) =>
    fleet.effects.flatMap((effect) =>
      effect.kind === 'publish-members' ? [effect.members.members.map(({ node }) => node).join()] : [],
    );

  it('are published when they change, at most once a tick, and named in the frames', () => {
    const fleet = bed();
    for (const name of ['b', 'a']) fleet.step(speakerOf(name).reports());
    fleet.wait(500);
    fleet.wait(20_000);
    expect(published(fleet)).toEqual(['', 'a,b']);
    expect(fleet.frames().at(-1)?.membersVersion).toBe(fleet.core.members.version);
  });

  it('are those of the running fleet after a restart, until they prove silent', () => {
    const fleet = bed({ known: [{ node: 'a' }, { node: 'b', zone: 'z' }, { node: 'c' }, { node: 'd' }] });
    const voices = ['a', 'b', 'c'].map((name) => speakerOf(name, { zone: 'z' }));
    expect(published(fleet)).toEqual([]);
    fleet.wait(60_000, (nowMs) => {
      if (nowMs % 10_000 === 0) for (const voice of voices) fleet.step(voice.reports());
    });
    expect(published(fleet).at(-1)).toBe('a,b,c');
  });

  it('are not told before it is known whether there is a fleet', () => {
    const { core, ...fleet } = bed();
    core.knowsMembers = false;
    core.membersOnBus = undefined;
    const before = fleet.effects.length;
    fleet.step(speakerOf('a').reports());
    fleet.wait(2_000);
    expect(fleet.effects.slice(before).map(({ kind }) => kind)).not.toContain('publish-members');
  });

  it('that differ from another replica’s are not fought over', () => {
    const fleet = bed();
    fleet.step(speakerOf('a').reports());
    fleet.wait(500);
    const before = published(fleet).length;
    fleet.step({ kind: 'members-seen', version: '0'.repeat(64) });
    fleet.wait(10_000);
    expect(published(fleet).length).toBe(before);
  });
});

function unavailable(n: number) {
  const event = { balancer: 'app', worker: url(n), zones: [], policy: 'any', reason: '', witnesses: [] };
  return { type: 'worker-unavailable', ...event } as const;
}
