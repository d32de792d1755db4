import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { stateHash } from '#shared/snapshot/state-hash.ts';
import { hashNext, hashState } from '#shared/snapshot/state-hasher.ts';
import { arbitrarySnapshots } from './support/snapshots.ts';

describe('a state hash that is kept along', () => {
  it('is the one of the whole state after any sequence of edits, done or undone', () => {
    fc.assert(
      fc.property(arbitrarySnapshots, ([start, ...edits]) => {
        if (start === undefined) return;
        let hashed = hashState(start);
        expect(hashed.stateHash).toBe(stateHash(start));
        for (const next of edits) {
          const after = hashNext(hashed, next);
          expect(after.stateHash).toBe(stateHash(next));
          expect(hashNext(after, hashed.content).stateHash).toBe(hashed.stateHash);
          hashed = after;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('looks only at objects that changed', () => {
    let looks = 0;
    const balancers = Array.from({ length: 50 }, (_, i) => ({
      name: `b${i}`,
      parameters: {},
      get members() {
        looks++;
        return [];
      },
    }));
    const definition = { ...EMPTY_DEFINITION, balancers };
    const hashed = hashState({ definition, overrides: [] });
    const changed = { name: 'b7', parameters: { maxattempts: 2 }, members: [] };
    const next = { definition: { ...definition, balancers: balancers.with(7, changed as never) }, overrides: [] };
    looks = 0;
    const { stateHash: result } = hashNext(hashed, next);
    expect(looks).toBe(0);
    expect(result).toBe(stateHash(next));
  });
});
