import { expect, test } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { INITIAL_STATE } from '#shared/event/fold.ts';
import { choresOf } from '../../../../control-plane/core/publishing/clean-up.ts';
import { initialPublisher } from '../../../../control-plane/core/publishing/publisher.ts';
import { FLEET, RULES } from './world.ts';

test('a snapshot newer than the one the kept head names stays: another replica may be about to name it', () => {
  const hash = (digit: string) => digit.repeat(64);
  const names = subjects(FLEET);
  const state = initialPublisher(RULES, { ...INITIAL_STATE, revision: 6, chainHash: hash('c') }, true);
  const kept = {
    fleet: FLEET,
    epoch: 0,
    revision: 5,
    chainHash: hash('a'),
    stateHash: hash('b'),
    snapshotRevision: 4,
    snapshotHash: hash('4'),
    requiredFeatures: [],
  };
  const objects = [1, 2, 3, 4, 6].map((revision) => names.snapshot(revision, hash(String(revision))));
  const audit = { objects, deltas: [5, 6], commits: [3, 4, 5, 6], snapshotBytes: 100 };
  const chores = choresOf({ ...RULES, keepSnapshots: 1 }, state, kept, audit);
  expect(chores.removeObjects).toEqual([3, 2, 1].map((revision) => names.snapshot(revision, hash(String(revision)))));
});
