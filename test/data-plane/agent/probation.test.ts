import { describe, expect, it } from 'vitest';
import { configurationName } from '../../../data-plane/agent/configuration-store.ts';
import {
  beginProbation,
  bootFrom,
  crashRefusals,
  failProbation,
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

/** Swaps, and the process says why it dies. */
const fail = (probation: Probation, revision: number) => failProbation(beginProbation(probation, at(revision)), 'exit');

describe('probation', () => {
  it('begins with what is newest on disk after an orderly stop, however short it was served', () => {
    const stopped = suspendProbation(beginProbation(proved(1), at(2)));
    expect(bootFrom(stopped, kept(2, 1))).toMatchObject({ order: kept(2, 1), culprit: undefined });
  });

  it('goes back, after a crash, to the newest that was served long enough, and not again to what crashed it', () => {
    const crashed = fail(proved(1), 4);
    const boot = bootFrom(crashed, kept(4, 3, 2, 1));
    expect(boot).toMatchObject({ order: kept(1, 3, 2, 4), culprit: at(4) });
    expect(crashRefusals(boot.probation)).toMatchObject([{ revision: 4, errors: [{ code: 'crash' }] }]);
    // The next start without a crash forgets nothing.
    expect(bootFrom(boot.probation, kept(4, 3, 2, 1)).order).toEqual(kept(3, 2, 1, 4));
  });

  it('does not doubt what was proved once, whatever ends the process', () => {
    const again = beginProbation(proved(1, 2), at(2));
    expect(bootFrom(again, kept(2, 1))).toMatchObject({ order: kept(2, 1), culprit: undefined });
  });

  it('takes what crashed it rather than nothing, were the others damaged, and forgives it when it lasts', () => {
    const boot = bootFrom(fail(NO_PROBATION, 1), kept(1));
    expect(boot).toMatchObject({ order: kept(1), culprit: at(1) });
    const lasted = passProbation(beginProbation(boot.probation, at(1)));
    expect(crashRefusals(lasted)).toEqual([]);
  });

  it('comes to what is sound however many crash one after the other', () => {
    let probation = proved(1);
    for (const revision of [2, 3, 4]) {
      const boot = bootFrom(fail(probation, revision), kept(4, 3, 2, 1));
      expect(boot.order[0]).toBe(kept(1)[0]);
      ({ probation } = boot);
    }
    expect(crashRefusals(probation)).toHaveLength(3);
  });

  it('forgives one death without a word, as power cuts bring them, and not a second one in a row', () => {
    const first = bootFrom(beginProbation(proved(1), at(2)), kept(2, 1));
    expect(first).toMatchObject({ order: kept(2, 1), culprit: undefined, forgiven: at(2) });
    expect(crashRefusals(first.probation)).toEqual([]);
    const second = bootFrom(beginProbation(first.probation, at(2)), kept(2, 1));
    expect(second).toMatchObject({ order: kept(1, 2), culprit: at(2), forgiven: undefined });
    // That row is over: the next configuration has its own.
    expect(bootFrom(beginProbation(second.probation, at(3)), kept(3, 1))).toMatchObject({ forgiven: at(3) });
  });

  it('puts the second death in a row down to what was tried last, were it another one', () => {
    const { probation } = bootFrom(beginProbation(proved(1), at(2)), kept(2, 1));
    expect(bootFrom(beginProbation(probation, at(3)), kept(3, 2, 1))).toMatchObject({
      culprit: at(3),
      order: kept(1, 2, 3),
    });
  });

  it('forgives again once something has lasted, or the node has stopped in good order', () => {
    const { probation } = bootFrom(beginProbation(proved(1), at(2)), kept(2, 1));
    for (const settled of [
      passProbation(beginProbation(probation, at(2))),
      passProbation(beginProbation(probation, at(1))),
      suspendProbation(beginProbation(probation, at(2))),
    ]) {
      expect(bootFrom(beginProbation(settled, at(3)), kept(3, 1))).toMatchObject({
        culprit: undefined,
        forgiven: at(3),
      });
    }
  });

  it('forgives nothing that the process itself said it died of', () => {
    const { probation } = bootFrom(beginProbation(proved(1), at(2)), kept(2, 1));
    expect(bootFrom(fail(probation, 2), kept(2, 1))).toMatchObject({ culprit: at(2), forgiven: undefined });
    expect(failProbation(proved(1), 'exit')).toEqual(proved(1));
  });

  it('survives being written down', () => {
    for (const probation of [
      fail(bootFrom(fail(proved(1), 2), kept(2, 1)).probation, 3),
      beginProbation(bootFrom(beginProbation(proved(1), at(2)), kept(2, 1)).probation, at(2)),
    ]) {
      expect(parseProbation(JSON.stringify(probation))).toEqual(probation);
    }
    expect(() => parseProbation('{"crashed":[{"epoch":1}],"proven":[]}')).toThrow(/names no configuration/);
    expect(() => parseProbation('{}')).toThrow(/no list/);
  });
});
