import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHeads } from '#shared/snapshot/head.ts';
import { stateHash } from '#shared/snapshot/state-hash.ts';
import { fleetHistory, type PublishedRevision } from '../../support/fleet-history.ts';
import { configuration } from './support/configuration.ts';
import { FLEET, followerBed } from './support/follower-bed.ts';

/** What happens next: a message of one of the revisions, an answer, time, the end of a swap. */
type Happening =
  | { readonly kind: 'head' | 'delta' | 'forged-delta'; readonly at: number }
  | { readonly kind: 'answer'; readonly which: number; readonly how: 'right' | 'missing' | 'wrong' }
  | { readonly kind: 'swap'; readonly how: 'done' | 'passing' }
  | { readonly kind: 'time'; readonly ms: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constantFrom('head', 'delta', 'forged-delta'), at: fc.nat() }) as fc.Arbitrary<Happening>,
  fc.record({
    kind: fc.constant('answer'),
    which: fc.nat(),
    how: fc.constantFrom('right', 'missing', 'wrong'),
  }) as fc.Arbitrary<Happening>,
  fc.record({ kind: fc.constant('swap'), how: fc.constantFrom('done', 'done', 'passing') }) as fc.Arbitrary<Happening>,
  fc.record({ kind: fc.constant('time'), ms: fc.nat(5_000) }) as fc.Arbitrary<Happening>,
);

/** Sizes of the configuration at each revision, and whether a snapshot is published for it. */
const fleet = fc.array(fc.record({ members: fc.integer({ min: 4, max: 6 }), deltaOnly: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

describe('a follower to which messages come in any order, repeated, lost or forged', () => {
  it('never goes back, serves only what a head vouches for, and ends at the newest once messages stop being lost', () => {
    fc.assert(
      fc.property(fleet, fc.array(happening, { maxLength: 80 }), (sizes, happenings) => {
        const published = publish(sizes);
        const run = startRun(published);
        for (const each of happenings) run.happens(each);
        run.settle();
        expect(run.served()).toBe(published.length);
      }),
      { numRuns: 400 },
    );
  });
});

function publish(sizes: readonly { members: number; deltaOnly: boolean }[]): PublishedRevision[] {
  const history = fleetHistory(FLEET);
  return sizes.map(({ members, deltaOnly }, i) =>
    history.next({
      definition: configuration(Array.from({ length: members }, (_, n) => `http://10.0.${i % 3}.${n}`)),
      deltaOnly,
    }),
  );
}

function startRun(published: readonly PublishedRevision[]) {
  const bed = followerBed({ rules: { window: 2, maxGap: 3, cache: { deltas: 2, bytes: 4096 } } });
  let asked: ({ readonly delta: number } | { readonly snapshot: string })[] = [];
  let served: PublishedRevision | undefined;
  let swapping: PublishedRevision | undefined;
  const at = (index: number) => published[index % published.length] as PublishedRevision;
  const forgery = fleetHistory(FLEET);
  const forged = published.map(() => forgery.next({ definition: configuration(['http://evil.example']) }).delta);

  function look(): void {
    for (const effect of bed.effects()) {
      if (effect.type === 'fetch-delta') asked.push({ delta: effect.revision });
      if (effect.type === 'fetch-snapshot') asked.push({ snapshot: effect.hash });
      if (effect.type !== 'swap') continue;
      const { head, state } = effect.candidate;
      expect(swapping, 'one swap at a time').toBeUndefined();
      swapping = published.find((one) => one.head.revision === head.revision);
      expect(stateHash(state.snapshot), 'what it gives out is what the head says').toBe(swapping?.head.stateHash);
      if (served !== undefined) expect(compareHeads(head, served.head), 'never back').toBeGreaterThan(0);
    }
  }

  function answer(question: (typeof asked)[number], how: 'right' | 'missing' | 'wrong'): void {
    if ('delta' in question) {
      const index = question.delta - 1;
      const encoded = how === 'right' ? published[index]?.delta : how === 'wrong' ? forged[index] : undefined;
      bed.give({ type: 'fetched-delta', revision: question.delta, encoded });
    } else {
      const right = published.find((one) => one.hasSnapshot && one.head.snapshotHash === question.snapshot);
      const encoded = how === 'right' ? right?.snapshotBytes : how === 'wrong' ? new Uint8Array([1, 2, 3]) : undefined;
      bed.give({ type: 'fetched-snapshot', hash: question.snapshot, encoded });
    }
    look();
  }

  function endSwap(how: 'done' | 'passing'): void {
    if (swapping === undefined) return;
    if (how === 'done') served = swapping;
    swapping = undefined;
    if (how === 'done') bed.swapped();
    else
      bed.give({ type: 'swap-failed', errors: [{ object: 'listener', code: 'listen', text: 'busy' }], retry: 'soon' });
    look();
  }

  return {
    happens(each: Happening): void {
      switch (each.kind) {
        case 'head':
          bed.head(at(each.at));
          break;
        case 'delta':
          bed.delta(at(each.at));
          break;
        case 'forged-delta':
          bed.give({ type: 'delta', encoded: forged[each.at % forged.length] as Uint8Array });
          break;
        case 'answer': {
          const question = asked[each.which % Math.max(1, asked.length)];
          if (question === undefined) return;
          asked = asked.filter((one) => one !== question);
          answer(question, each.how);
          return;
        }
        case 'swap':
          endSwap(each.how);
          return;
        case 'time':
          bed.after(each.ms);
          break;
      }
      look();
      const { cache } = bed.state();
      expect(cache.deltas.size).toBeLessThanOrEqual(2);
    },

    /** From here on nothing is lost: the newest head comes, everything asked for is answered, and time goes by. */
    settle(): void {
      for (let round = 0; round < 200 && served !== published.at(-1); round++) {
        bed.head(published.at(-1) as PublishedRevision);
        look();
        for (const question of asked.splice(0)) answer(question, 'right');
        endSwap('done');
        bed.after(60_000);
        look();
      }
    },

    served: () => served?.head.revision,
  };
}
