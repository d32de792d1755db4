import { describe, expect, it } from 'vitest';
import { bed, speakerOf, url } from './given.ts';

/** So many nodes that report every ten seconds, as long as they are not silenced. */
function fleetOf(count: number, options: Parameters<typeof bed>[0] = {}) {
  const fleet = bed({ policy: { kind: 'any' }, ...options });
  const nodes = Array.from({ length: count }, (_, i) => ({ name: `n${i + 1}`, voice: speakerOf(`n${i + 1}`) }));
  const silenced = new Set<string>();
  const talk = (nowMs: number) => {
    if (nowMs % 10_000 !== 0) return;
    for (const { name, voice } of nodes) if (!silenced.has(name)) fleet.step(voice.reports());
  };
  talk(0);
  return {
    ...fleet,
    /** What node n says, n from 1. */
    voice(n: number) {
      const node = nodes[n - 1];
      if (node === undefined) throw new Error(`no node ${n}`);
      return node.voice;
    },
    silence(...names: readonly number[]) {
      for (const n of names) silenced.add(`n${n}`);
    },
    wake() {
      silenced.clear();
    },
    pass: (ms: number) => fleet.wait(ms, talk),
    frozen: () => fleet.core.log.frozen?.reason,
    members: () => fleet.core.members.members.map(({ node }) => node),
  };
}

describe('self-preservation', () => {
  it('freezes verdicts when more than 15 % of the nodes fall silent together', () => {
    const fleet = fleetOf(10);
    fleet.pass(20_000);
    fleet.silence(1, 2);
    fleet.pass(20_000);
    expect(fleet.frozen()).toBe('2 of 10 nodes fell silent within 60 s');
    fleet.step(fleet.voice(3).says('failed'));
    expect(fleet.verdicts()).toEqual([]);
    expect(fleet.frames().at(-1)?.frozen).toBe('2 of 10 nodes fell silent within 60 s');
  });

  it.each([
    [1, 3],
    [1, 2],
    [3, 20],
  ])('does not when it is %i of %i', (silent, count) => {
    const fleet = fleetOf(count);
    fleet.pass(20_000);
    fleet.silence(...Array.from({ length: silent }, (_, i) => i + 1));
    fleet.pass(120_000);
    expect(fleet.events()).toEqual([]);
  });

  it('does not when they fall silent one after another, more than a minute apart', () => {
    const fleet = fleetOf(10);
    for (const n of [1, 2, 3]) {
      fleet.silence(n);
      fleet.pass(90_000);
    }
    expect(fleet.events()).toEqual([]);
    expect(fleet.members()).toHaveLength(7);
  });

  it('does not when nodes say good-bye', () => {
    const fleet = fleetOf(10);
    for (const n of [1, 2, 3, 4]) fleet.step(fleet.voice(n).reports({ final: true }));
    fleet.silence(1, 2, 3, 4);
    fleet.pass(120_000);
    expect(fleet.events()).toEqual([]);
    expect(fleet.members()).toHaveLength(6);
  });

  it('lets verdicts end while they are frozen', () => {
    const fleet = fleetOf(10);
    fleet.step(fleet.voice(3).says('failed'));
    fleet.silence(1, 2);
    fleet.pass(30_000);
    expect(fleet.frozen()).toBeDefined();
    fleet.step(fleet.voice(3).says('answered'));
    expect(fleet.verdicts()).toEqual([]);
  });

  it('keeps silent nodes as members, until they are given up', () => {
    const fleet = fleetOf(10);
    fleet.silence(1, 2);
    fleet.pass(200_000);
    expect(fleet.members()).toHaveLength(10);
    fleet.pass(200_000);
    expect(fleet.frozen()).toBeUndefined();
    expect(fleet.members()).toHaveLength(8);
    expect(fleet.events().at(-1)).toEqual({
      type: 'verdicts-resumed',
      reason: 'no more nodes fell silent for 5 min; 2 of 10 are gone',
    });
  });

  it('resumes when the nodes are back, and then decides what it did not', () => {
    const fleet = fleetOf(10);
    fleet.silence(1, 2);
    fleet.pass(30_000);
    fleet.step(fleet.voice(3).says('failed'));
    fleet.wake();
    fleet.pass(20_000);
    expect(fleet.events().map(({ type }) => type)).toEqual([
      'verdicts-frozen',
      'verdicts-resumed',
      'worker-unavailable',
    ]);
    expect(fleet.events()[1]?.reason).toBe('10 of 10 nodes are heard');
  });

  it('records nothing when it hears nobody at all: then it is this replica that is cut off', () => {
    const fleet = fleetOf(5);
    fleet.silence(1, 2, 3, 4, 5);
    fleet.pass(200_000);
    expect(fleet.events()).toEqual([]);
    expect(fleet.members()).toHaveLength(5);
  });

  it('blames no node for what happened while the bus was away', () => {
    const fleet = fleetOf(5);
    fleet.step({ kind: 'bus', connected: false });
    fleet.silence(1, 2, 3, 4, 5);
    fleet.pass(300_000);
    fleet.step({ kind: 'bus', connected: true });
    fleet.wake();
    fleet.pass(60_000);
    expect(fleet.events()).toEqual([]);
    expect(fleet.members()).toHaveLength(5);
  });
});

describe('many workers at once', () => {
  it('are recorded no more than once a second, all of them', () => {
    const fleet = fleetOf(3, { members: 40 });
    const before = fleet.entries.length;
    for (let n = 1; n <= 40; n++) {
      fleet.step(fleet.voice(1).says('failed', url(n)));
      if (n % 4 === 0) fleet.wait(500);
    }
    fleet.wait(2_000);
    expect(fleet.verdicts()).toHaveLength(40);
    const after21 = fleet.entries.slice(before + 21);
    expect(after21.length).toBeLessThanOrEqual(7);
    for (const [i, { timeMs }] of after21.entries()) {
      expect(timeMs - (after21[i - 1]?.timeMs ?? 0)).toBeGreaterThanOrEqual(1_000);
    }
  });

  it('make a frame without reasons rather than one that no message can carry, and a part of it at worst', () => {
    const of = (maxFrameBytes: number) => {
      const fleet = fleetOf(3, { members: 40, settings: { maxFrameBytes } });
      for (let n = 1; n <= 40; n++) fleet.step(fleet.voice(1).says('failed', url(n), { reason: 'x'.repeat(100) }));
      fleet.wait(2_000);
      return { frame: fleet.frames().at(-1), left: fleet.core.leftOut };
    };
    expect(of(100_000)).toMatchObject({ left: 0 });
    const bare = of(5_000);
    expect(bare.left).toBe(0);
    expect(new Set(bare.frame?.unavailable.map(({ reason }) => reason))).toEqual(new Set(['']));
    const cut = of(1_500);
    expect(cut.left).toBeGreaterThan(0);
    expect(cut.frame?.unavailable.length).toBe(40 - cut.left);
    // The oldest stay, so that nodes see none come and go.
    expect(cut.frame?.unavailable.map(({ worker }) => worker)).toContain(url(1));
  });
});
