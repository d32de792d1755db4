import { describe, expect, it } from 'vitest';
import { configurationName } from '../../../data-plane/agent/configuration-store.ts';
import {
  beginProbation,
  bootFrom,
  crashRefusals,
  NO_PROBATION,
  type Probation,
  parseProbation,
  passProbation,
  suspendProbation,
} from '../../../data-plane/agent/probation.ts';

const at = (revision: number) => ({
  epoch: 1,
  revision,
  chainHash: revision.toString(16).padStart(64, '0'),
  stateHash: 'a'.repeat(64),
});
const kept = (...revisions: number[]) => revisions.map((revision) => configurationName(at(revision)));

/** Swaps and outlives each. */
const proved = (...revisions: number[]) =>
  revisions.reduce<Probation>((sum, revision) => passProbation(beginProbation(sum, at(revision))), NO_PROBATION);

describe('probation', () => {
  it('begins with what is newest on disk after an orderly stop, however short it was served', () => {
    const stopped = suspendProbation(beginProbation(proved(1), at(2)));
    expect(bootFrom(stopped, kept(2, 1))).toMatchObject({ order: kept(2, 1), culprit: undefined });
  });

  it('goes back, after a crash, to the newest that was served long enough, and not again to what crashed it', () => {
    const crashed = beginProbation(proved(1), at(4));
    const boot = bootFrom(crashed, kept(4, 3, 2, 1));
    expect(boot).toMatchObject({ order: kept(1, 3, 2), culprit: at(4) });
    expect(crashRefusals(boot.probation)).toMatchObject([{ revision: 4, errors: [{ code: 'crash' }] }]);
    // The next start without a crash forgets nothing.
    expect(bootFrom(boot.probation, kept(4, 3, 2, 1)).order).toEqual(kept(3, 2, 1));
  });

  it('does not doubt what was proved once, whatever ends the process', () => {
    const again = beginProbation(proved(1, 2), at(2));
    expect(bootFrom(again, kept(2, 1))).toMatchObject({ order: kept(2, 1), culprit: undefined });
  });

  it('takes what crashed it rather than nothing, and forgives it when it lasts', () => {
    const boot = bootFrom(beginProbation(NO_PROBATION, at(1)), kept(1));
    expect(boot).toMatchObject({ order: kept(1), culprit: at(1) });
    const lasted = passProbation(beginProbation(boot.probation, at(1)));
    expect(crashRefusals(lasted)).toEqual([]);
  });

  it('comes to what is sound however many crash one after the other', () => {
    let probation = proved(1);
    for (const revision of [2, 3, 4]) {
      const { order } = bootFrom(beginProbation(probation, at(revision)), kept(4, 3, 2, 1));
      expect(order[0]).toBe(kept(1)[0]);
      probation = bootFrom(beginProbation(probation, at(revision)), kept(4, 3, 2, 1)).probation;
    }
    expect(crashRefusals(probation)).toHaveLength(3);
  });

  it('survives being written down', () => {
    const probation = beginProbation(bootFrom(beginProbation(proved(1), at(2)), kept(2, 1)).probation, at(3));
    expect(parseProbation(JSON.stringify(probation))).toEqual(probation);
    expect(() => parseProbation('{"crashed":[{"epoch":1}],"proven":[]}')).toThrow(/names no configuration/);
    expect(() => parseProbation('{}')).toThrow(/no list/);
  });
});
