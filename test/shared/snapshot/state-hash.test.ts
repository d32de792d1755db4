import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { type StateObject, stateHash, withObject, withoutObject } from '#shared/snapshot/state-hash.ts';

const arbitraryObject: fc.Arbitrary<StateObject> = fc.record({
  kind: fc.constantFrom('listener', 'balancer'),
  id: fc.string(),
  bytes: fc.uint8Array({ maxLength: 8 }),
});

const first: Snapshot = {
  fleet: 'f',
  revision: 1,
  definition: {
    ...EMPTY_DEFINITION,
    balancers: ['a', 'b'].map((name) => ({ name, parameters: {}, members: [] })),
  },
  overrides: [],
};

describe('state hash', () => {
  it('is the same in any order of adding, and taking out undoes adding', () => {
    fc.assert(
      fc.property(fc.array(arbitraryObject), arbitraryObject, (objects, extra) => {
        const hash = objects.reduce(withObject, 0n);
        expect(objects.toReversed().reduce(withObject, 0n)).toBe(hash);
        expect(withoutObject(withObject(hash, extra), extra)).toBe(hash);
      }),
    );
  });

  it('tells states apart, also by the order of balancers, but not by revision', () => {
    const { definition } = first;
    const reordered = { ...first, definition: { ...definition, balancers: definition.balancers.toReversed() } };
    expect(stateHash(first)).toMatch(/^[0-9a-f]{64}$/);
    expect(stateHash({ ...first, revision: 2 })).toBe(stateHash(first));
    expect(stateHash(reordered)).not.toBe(stateHash(first));
  });
});
