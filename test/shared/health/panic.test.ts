import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUsable, parseStatus, WorkerStatus } from '#shared/definition/worker-status.ts';
import { decidePanic, type PanicMember, verdictCounts } from '#shared/health/panic.ts';

/** `0 ok`, `0 down`, `1 E`, `0 D down`: lbset, flags, and whether a verdict is against it. */
function members(...texts: string[]): PanicMember[] {
  return texts.map((text) => {
    const [lbset = '0', ...words] = text.split(' ');
    const flags = words.find((word) => /^[A-Z]+$/.test(word));
    const change = flags === undefined ? { set: 0 } : parseStatus(flags);
    if ('error' in change) throw new Error(change.error);
    return { lbset: Number(lbset), status: WorkerStatus.INITIALIZED | change.set, verdict: words.includes('down') };
  });
}

describe('verdicts', () => {
  test.each([
    ['count while half of a set is left', ['0 ok', '0 ok', '0 down', '0 down'], 50, { kind: 'none' }],
    ['are ignored in a set that keeps less', ['0 ok', '0 down', '0 down'], 50, { kind: 'set', lbset: 0 }],
    ['count when another set can serve', ['0 down', '0 down', '1 ok'], 50, { kind: 'none' }],
    ['are judged in the set that would serve', ['0 down', '1 ok', '1 down', '1 down'], 50, { kind: 'set', lbset: 1 }],
    ['are ignored altogether when nobody is left', ['0 down', '1 down'], 50, { kind: 'all' }],
    ['never take the last worker, even with panic=0', ['0 down', '0 D'], 0, { kind: 'all' }],
    ['may leave one with panic=0', ['0 ok', '0 down', '0 down', '0 down'], 0, { kind: 'none' }],
    ['take none with panic=100', ['0 ok', '0 ok', '0 down'], 100, { kind: 'set', lbset: 0 }],
    ['do not answer for what an operator took out', ['0 ok', '0 D', '0 D', '0 down'], 50, { kind: 'none' }],
    ['do not answer for what the node itself took out', ['0 ok', '0 E', '0 C', '0 down'], 50, { kind: 'none' }],
    ['are ignored when the node itself has lost the rest', ['0 E', '0 down'], 50, { kind: 'all' }],
    ['cannot be outweighed by workers that drain', ['0 N', '0 down'], 50, { kind: 'all' }],
    ['mean nothing where nobody is usable anyway', ['0 D down', '0 E'], 50, { kind: 'none' }],
  ] as const)('%s', (_, texts, percent, panic) => {
    expect(decidePanic(members(...texts), percent)).toEqual(panic);
  });

  test('that count leave a usable worker, if there is one at all', () => {
    const { DISABLED, IN_ERROR, HC_FAIL, STOPPED } = WorkerStatus;
    const member = fc.record({
      lbset: fc.nat(2),
      status: fc.constantFrom(0, DISABLED, IN_ERROR, HC_FAIL, STOPPED).map((bits) => bits | WorkerStatus.INITIALIZED),
      verdict: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 12 }), fc.nat(100), (all, percent) => {
        const panic = decidePanic(all, percent);
        const left = all.filter((one) => isUsable(one.status) && !verdictCounts(one, panic));
        const usable = all.filter(({ status }) => isUsable(status));
        expect(left.length > 0).toBe(usable.length > 0);
        const serving = Math.min(...left.map(({ lbset }) => lbset));
        const inSet = (list: PanicMember[]) => list.filter(({ lbset }) => lbset === serving).length;
        expect(inSet(left) * 100).toBeGreaterThanOrEqual(inSet(usable) * percent - (inSet(left) === 0 ? 100 : 0));
      }),
    );
  });
});
