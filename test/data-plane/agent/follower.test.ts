import { describe, expect, it } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { generateKeyPair, readSigningKeys, readTrustedKeys } from '#shared/snapshot/signature.ts';
import { lagOf, newFollower, standingErrors } from '../../../data-plane/agent/follower-state.ts';
import { fleetHistory } from '../../support/fleet-history.ts';
import { configuration } from './support/configuration.ts';
import { FLEET, followerBed } from './support/follower-bed.ts';

const worker = (n: number) => `http://10.0.0.${n}`;
const members = (count: number) => configuration(Array.from({ length: count }, (_, i) => worker(i + 1)));

describe('follower', () => {
  it('takes the snapshot when it serves nothing, tells that it came and that it is served', () => {
    const bed = followerBed();
    const one = fleetHistory(FLEET).next({ definition: members(1) });
    bed.head(one);
    expect(bed.wants()).toEqual(['1 received', 'fetch snapshot 1']);
    bed.answerSnapshot(one.head.snapshotHash, one);
    expect(bed.wants()).toEqual(['swap to 1']);
    bed.swapped();
    expect(bed.wants()).toEqual(['1 serving', 'confirmed 1']);
  });

  it('goes on by the delta that came before the head, and asks for nothing', () => {
    const bed = followerBed();
    const history = fleetHistory(FLEET);
    bed.serve(history.next({ definition: members(1) }));
    const two = history.next({ definition: members(2), deltaOnly: true });
    bed.delta(two);
    bed.head(two);
    expect(bed.wants()).toEqual(['2 received', 'swap to 2']);
  });

  it('asks for deltas it missed, some at a time, and takes them in any order', () => {
    const bed = followerBed({ rules: { window: 2 } });
    const history = fleetHistory(FLEET);
    bed.serve(history.next({ definition: members(1) }));
    const [two, three, four] = [2, 3, 4].map((n) => history.next({ definition: members(n), deltaOnly: true }));
    if (two === undefined || three === undefined || four === undefined) throw new Error('three revisions were made');
    bed.head(four);
    expect(bed.wants()).toEqual(['4 received', 'fetch delta 2', 'fetch delta 3']);
    bed.answerDelta(3, three);
    expect(bed.wants()).toEqual([]);
    bed.answerDelta(2, two);
    expect(bed.wants()).toEqual(['fetch delta 4']);
    bed.answerDelta(4, four);
    expect(bed.wants()).toEqual(['swap to 4']);
  });

  it('takes the snapshot and the deltas after it when a delta is gone', () => {
    const bed = followerBed();
    const history = fleetHistory(FLEET);
    bed.serve(history.next({ definition: members(1) }));
    history.next({ definition: members(2), deltaOnly: true });
    const three = history.next({ definition: members(3) });
    const four = history.next({ definition: members(4), deltaOnly: true });
    bed.delta(four);
    bed.head(four);
    bed.answerDelta(2);
    expect(bed.wants()).toEqual(['4 received', 'fetch delta 2', 'fetch delta 3', 'fetch snapshot 3']);
    bed.answerSnapshot(three.head.snapshotHash, three);
    expect(bed.wants()).toEqual(['swap to 4']);
  });

  it('takes the snapshot when it is far behind', () => {
    const bed = followerBed();
    const history = fleetHistory(FLEET);
    bed.serve(history.next({ definition: members(1) }));
    let last = history.next({ definition: members(2) });
    for (let i = 0; i < 64; i++) last = history.next({ definition: members(3) });
    bed.head(last);
    expect(bed.wants()).toEqual(['66 received', 'fetch snapshot 66']);
  });

  it('takes the snapshot when deltas lead to another state than the head says', () => {
    const bed = followerBed();
    const [mine, theirs] = [fleetHistory(FLEET), fleetHistory(FLEET)];
    bed.serve(mine.next({ definition: members(1) }));
    theirs.next({ definition: configuration([worker(9)]) });
    bed.delta(theirs.next({ definition: configuration([worker(9), worker(8)]) }));
    const two = mine.next({ definition: members(2) });
    bed.head(two);
    expect(bed.wants()).toEqual(['2 received', 'DP1109', 'fetch snapshot 2']);
    bed.answerSnapshot(two.head.snapshotHash, two);
    expect(bed.wants()).toEqual(['swap to 2']);
  });

  it('believes no snapshot but the one the head names, asks again, and says so after a while', () => {
    const bed = followerBed();
    const history = fleetHistory(FLEET);
    const one = history.next({ definition: members(1) });
    const forged = { ...one, snapshotBytes: one.snapshotBytes.map((byte, i) => (i === 4 ? byte ^ 1 : byte)) };
    bed.head(one);
    bed.answerSnapshot(one.head.snapshotHash, forged);
    expect(bed.wants()).toEqual(['1 received', 'fetch snapshot 1', 'DP1109', 'DP1110', 'tick at 200']);
    bed.after(200);
    expect(bed.wants()).toEqual(['fetch snapshot 1']);
    bed.answerSnapshot(one.head.snapshotHash, one);
    expect(bed.wants()).toEqual(['swap to 1']);
  });

  it('waits longer each time for what is not there, and goes at once when the live delta comes', () => {
    const bed = followerBed();
    const history = fleetHistory(FLEET);
    const one = history.next({ definition: members(1) });
    bed.serve(one);
    const two = history.next({ definition: members(2), deltaOnly: true });
    bed.head(two);
    const pauses: number[] = [];
    for (let i = 0; i < 9; i++) {
      bed.answerDelta(2);
      bed.answerSnapshot(one.head.snapshotHash);
      const tick = bed.effects().findLast(({ type }) => type === 'tick-at');
      const atMs = tick?.type === 'tick-at' ? tick.atMs : 0;
      pauses.push(atMs - bed.now());
      bed.after(atMs - bed.now());
    }
    expect(pauses).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
    bed.answerDelta(2);
    bed.answerSnapshot(one.head.snapshotHash);
    bed.effects();
    bed.delta(two);
    expect(bed.wants()).toEqual(['swap to 2']);
  });

  it('goes to the newest head only, whatever came while threads swapped', () => {
    const bed = followerBed();
    const history = fleetHistory(FLEET);
    const one = history.next({ definition: members(1) });
    bed.head(one);
    bed.answerSnapshot(one.head.snapshotHash, one);
    bed.wants();
    const [two, three] = [history.next({ definition: members(2) }), history.next({ definition: members(3) })];
    for (const published of [two, three]) bed.delta(published);
    for (const published of [two, three, two]) bed.head(published);
    expect(bed.wants()).toEqual(['2 received', '3 received']);
    bed.swapped();
    expect(bed.wants()).toEqual(['1 serving', 'confirmed 1', 'swap to 3']);
  });

  it('confirms what came from disk when the bus brings it, once', () => {
    const bed = followerBed();
    const one = fleetHistory(FLEET).next({ definition: members(1) });
    bed.serve(one, true);
    bed.head(one);
    bed.head(one);
    expect(bed.wants()).toEqual(['1 serving', 'confirmed 1']);
  });

  describe('refuses, and tells once', () => {
    it.each([
      { what: 'another fleet', source: { fleet: 'other' }, code: 'wrong-fleet' },
      {
        what: 'the same revision with another chain',
        source: { revision: 1, chainHash: 'a'.repeat(64) },
        code: 'fork',
      },
      { what: 'the same revision with other content', source: { revision: 1, definition: members(2) }, code: 'fork' },
      { what: 'features it does not know', source: { requiredFeatures: ['teapot'] }, code: 'unsupported' },
    ])('a head with $what', ({ source, code }) => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      bed.serve(history.next({ definition: members(1) }));
      const bad = history.next(source);
      bed.head(bad);
      bed.head(bad);
      expect(bed.wants()).toEqual([`${bad.head.revision} rejected ${code}`]);
      expect(standingErrors(bed.state())).toMatchObject([{ code }]);
      const good = history.next({ revision: 3, definition: members(3) });
      bed.serve(good);
      expect(standingErrors(bed.state())).toEqual([]);
      expect(bed.state().served?.head.revision).toBe(3);
    });

    it('an emptied configuration that nobody allowed, and takes the next one', () => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      bed.serve(history.next({ definition: members(1) }));
      const empty = history.next({ definition: EMPTY_DEFINITION });
      bed.delta(empty);
      bed.head(empty);
      bed.head(empty);
      expect(bed.wants()).toEqual(['2 received', '2 rejected implausible']);
      const three = history.next({ definition: members(2) });
      bed.head(three);
      expect(bed.wants()).toEqual(['3 received', 'fetch delta 3']);
    });

    it('what no key it trusts has signed', () => {
      const [mine, other] = [generateKeyPair(), generateKeyPair()];
      const bed = followerBed({ trusted: readTrustedKeys(mine.publicPem, 'mine') });
      const forged = fleetHistory(FLEET, readSigningKeys(other.privatePem, 'other')).next({ definition: members(1) });
      bed.head(forged);
      bed.head(fleetHistory(FLEET).next({ definition: members(1) }));
      expect(bed.wants()).toEqual(['1 rejected signature']);
      const good = fleetHistory(FLEET, readSigningKeys(mine.privatePem, 'mine')).next({ definition: members(1) });
      // Same content, so the same identity: signed right, it is taken.
      bed.head(good);
      expect(bed.wants()).toContain('fetch snapshot 1');
    });

    it('noise', () => {
      const bed = followerBed();
      bed.give({ type: 'head', encoded: new Uint8Array([1, 2, 3]) });
      bed.give({ type: 'delta', encoded: new Uint8Array([1, 2, 3]) });
      expect(bed.wants()).toEqual(['DP1107', 'DP1109']);
    });
  });

  describe('never goes back', () => {
    it('to an older head than the one on its disk', () => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      const two = history.next({ definition: members(2), revision: 2 });
      bed.serve(two, true);
      bed.head(fleetHistory(FLEET).next({ definition: members(1) }));
      expect(bed.wants()).toEqual(['1 rejected fork']);
    });

    it('and takes a late head for what it is', () => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      const one = history.next({ definition: members(1) });
      bed.serve(one);
      bed.serve(history.next({ definition: members(2) }));
      bed.head(one);
      bed.after(60_000);
      bed.head(one);
      expect(bed.wants()).toEqual([]);
    });

    it('and says so when an older head stays: the store has lost commits', () => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      const lost = fleetHistory(FLEET).next({ definition: members(7) });
      history.next({ definition: members(1) });
      const two = history.next({ definition: members(2) });
      bed.serve(two);
      bed.head(lost);
      bed.after(2_000);
      bed.head(two);
      bed.after(2_000);
      bed.head(lost);
      expect(bed.wants()).toEqual([]);
      bed.after(5_000);
      bed.head(lost);
      expect(bed.wants()).toEqual(['1 rejected fork']);
      expect(standingErrors(bed.state())).toMatchObject([{ code: 'fork' }]);
      bed.head(two);
      expect(standingErrors(bed.state())).toEqual([]);
    });

    it('but to a higher epoch, whatever its revision and size', () => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      for (let i = 1; i < 5; i++) bed.serve(history.next({ definition: members(6) }));
      const restored = fleetHistory(FLEET).next({ epoch: 2, definition: members(1), revision: 3 });
      bed.head(restored);
      bed.answerSnapshot(restored.head.snapshotHash, restored);
      bed.swapped();
      expect(bed.state().served?.head).toMatchObject({ epoch: 2, revision: 3 });
    });

    it('and is behind until it has followed it, though its own number is higher', () => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      for (let i = 1; i < 5; i++) bed.serve(history.next({ definition: members(6) }));
      const restored = fleetHistory(FLEET).next({ epoch: 2, definition: members(1), revision: 3 });
      bed.head(restored);
      bed.answerSnapshot(restored.head.snapshotHash, restored);
      bed.give({ type: 'swap-failed', errors: [], retry: undefined });
      expect(lagOf(bed.state())).toBe(1);
      const later = fleetHistory(FLEET).next({ epoch: 2, definition: members(1), revision: 7 });
      bed.head(later);
      expect(lagOf(bed.state())).toBe(3);
      bed.serve(later);
      expect(lagOf(bed.state())).toBe(0);
    });
  });

  describe('when threads do not take it', () => {
    const failed = (bed: ReturnType<typeof followerBed>, retry?: 'soon' | 'late') =>
      bed.give({
        type: 'swap-failed',
        errors: [{ object: 'snapshot 1', code: retry === 'soon' ? 'listen' : 'compile', text: 'no' }],
        retry,
      });

    it('does not try again before a newer head', () => {
      const bed = followerBed();
      const history = fleetHistory(FLEET);
      const one = history.next({ definition: members(1) });
      bed.head(one);
      bed.answerSnapshot(one.head.snapshotHash, one);
      bed.wants();
      failed(bed);
      bed.head(one);
      bed.after(3_600_000);
      expect(bed.wants()).toEqual(['1 rejected compile']);
      expect(lagOf(bed.state())).toBe(1);
      const two = history.next({ definition: members(2) });
      bed.head(two);
      expect(bed.wants()).toEqual(['2 received', 'fetch snapshot 2']);
    });

    it('tries few times what a thread died of, far apart', () => {
      const bed = followerBed();
      const one = fleetHistory(FLEET).next({ definition: members(1) });
      bed.head(one);
      bed.answerSnapshot(one.head.snapshotHash, one);
      bed.wants();
      failed(bed, 'late');
      bed.after(20_000);
      failed(bed, 'late');
      bed.after(40_000);
      failed(bed, 'late');
      bed.after(3_600_000);
      bed.head(one);
      expect(bed.wants()).toEqual([
        '1 rejected compile',
        'tick at 20000',
        'swap to 1',
        'tick at 60000',
        'swap to 1',
        '1 rejected compile',
      ]);
    });

    it('does not count against that what could not be fetched, or an address that was taken', () => {
      const bed = followerBed();
      const one = fleetHistory(FLEET).next({ definition: members(1) });
      bed.head(one);
      for (const ms of [200, 400, 800]) {
        bed.answerSnapshot(one.head.snapshotHash);
        bed.after(ms);
      }
      bed.answerSnapshot(one.head.snapshotHash, one);
      failed(bed, 'soon');
      bed.after(1_000);
      failed(bed, 'soon');
      bed.after(2_000);
      bed.wants();
      failed(bed, 'late');
      bed.after(20_000);
      failed(bed, 'late');
      bed.after(40_000);
      expect(bed.wants()).toEqual([
        `tick at ${1_400 + 3_000 + 20_000}`,
        'swap to 1',
        `tick at ${1_400 + 3_000 + 60_000}`,
        'swap to 1',
      ]);
      failed(bed, 'late');
      bed.after(3_600_000);
      expect(bed.wants()).toEqual(['1 rejected compile']);
    });

    it('tries again by and by if only the moment was bad, without fetching anything anew', () => {
      const bed = followerBed();
      const one = fleetHistory(FLEET).next({ definition: members(1) });
      bed.head(one);
      bed.answerSnapshot(one.head.snapshotHash, one);
      bed.wants();
      failed(bed, 'soon');
      expect(bed.wants()).toEqual(['1 rejected listen', 'tick at 1000']);
      bed.head(one);
      expect(bed.wants()).toEqual(['tick at 1000']);
      bed.after(1000);
      expect(bed.wants()).toEqual(['swap to 1']);
      failed(bed, 'soon');
      expect(bed.wants()).toEqual(['tick at 3000']);
      bed.after(2000);
      bed.swapped();
      expect(bed.wants()).toEqual(['swap to 1', '1 serving', 'confirmed 1']);
      expect(standingErrors(bed.state())).toEqual([]);
    });
  });

  it('does not take again what crashed it, as long as it has something else to serve', () => {
    const history = fleetHistory(FLEET);
    const [one, two] = [history.next({ definition: members(1) }), history.next({ definition: members(2) })];
    const { epoch, revision, stateHash, chainHash } = two.head;
    const identity = `${epoch}.${revision}.${chainHash}.${stateHash}`;
    const errors = [{ object: 'snapshot 2', code: 'crash', text: 'died' }] as const;
    const crashed = [{ epoch, revision, stateHash, identity, errors, passing: false, told: false }];
    const bed = followerBed({ state: newFollower(crashed) });
    bed.serve(one);
    expect(standingErrors(bed.state())).toMatchObject([{ code: 'crash' }]);
    bed.head(two);
    bed.head(two);
    expect(bed.wants()).toEqual(['2 rejected crash']);
    const nothingElse = followerBed({ state: newFollower(crashed) });
    nothingElse.head(two);
    expect(nothingElse.wants()).toEqual(['2 received', 'fetch snapshot 2']);
  });

  it('takes its turn when a large fleet needs the snapshot', () => {
    const bed = followerBed();
    const history = fleetHistory(FLEET);
    bed.serve(history.next({ definition: members(1) }));
    bed.give({ type: 'nodes', count: 1000 });
    history.next({ definition: members(2) });
    const three = history.next({ definition: members(3) });
    bed.head(three);
    bed.answerDelta(2);
    bed.answerDelta(3);
    expect(bed.wants().slice(-1)).toEqual(['tick at 6000']);
    bed.after(6000);
    expect(bed.wants()).toEqual(['fetch snapshot 3']);
  });
});
