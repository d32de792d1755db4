import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stash } from '../../../data-plane/proxy/stash.ts';

describe('Stash', () => {
  it('holds what was appended and not consumed, whatever the pieces', () => {
    const step = fc.oneof(
      fc.record({ append: fc.uint8Array({ maxLength: 9000 }) }),
      fc.record({ consume: fc.nat(9000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const stash = new Stash();
        let model = Buffer.alloc(0);
        for (const action of steps) {
          if ('append' in action) {
            stash.append(Buffer.from(action.append));
            model = Buffer.concat([model, action.append]);
          } else {
            const bytes = Math.min(action.consume, model.length);
            stash.consume(bytes);
            model = model.subarray(bytes);
          }
          expect(stash.view().equals(model)).toBe(true);
          expect(stash.length).toBe(model.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never writes over a view it gave out', () => {
    const stash = new Stash();
    stash.append(Buffer.from('first'));
    const view = stash.view();
    stash.consume(5);
    stash.append(Buffer.from('other'));
    expect(view.toString()).toBe('first');
  });
});
