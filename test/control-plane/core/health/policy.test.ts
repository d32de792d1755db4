import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOf, judge, type LiveNodes, type Tally } from '../../../../control-plane/core/health/policy.ts';
import type { VerdictPolicy } from '../../../../shared/definition/balancer.ts';

/** `-a +a +b`: one voice each, - against, + for, then the zone, if any. */
function voices(text: string): Tally {
  const words = text.split(' ').filter((word) => word !== '');
  return tallied(words.map((word) => ({ available: word[0] === '+', zone: word.slice(1) })));
}

function tallied(said: readonly { available: boolean; zone?: string }[]): Tally {
  const zones = Map.groupBy(said, ({ zone = '' }) => zone);
  return new Map(
    [...zones].map(([zone, of]) => {
      const available = of.filter((one) => one.available).length;
      return [zone, { available, unavailable: of.length - available }];
    }),
  );
}

/** `a3 b2 1`: three live nodes in zone a, two in b, one without a zone. */
function live(text: string): LiveNodes {
  const byZone = new Map(text.split(' ').map((word) => [word.replace(/\d/g, ''), Number(word.replace(/\D/g, ''))]));
  return { total: [...byZone.values()].reduce((sum, n) => sum + n, 0), byZone };
}

const any: VerdictPolicy = { kind: 'any' };
const majority: VerdictPolicy = { kind: 'majority' };
const off: VerdictPolicy = { kind: 'off' };
const quorum = (nodes: number): VerdictPolicy => ({ kind: 'quorum', nodes });

describe('judging what nodes say', () => {
  it.each<[string, VerdictPolicy, string, string, string]>([
    ['any: nobody speaks', any, '', '3', 'available'],
    ['any: all find it available', any, '+ + +', '3', 'available'],
    ['any: one witness among many', any, '- + + +', '4', 'everywhere'],
    ['majority: exactly half is none', majority, '- +', '2', 'available'],
    ['majority: more than half', majority, '- - +', '3', 'everywhere'],
    ['majority: of those who speak, not of all who live', majority, '- -', '1000', 'everywhere'],
    ['majority: one alone is none', majority, '-', '1000', 'available'],
    ['majority: one alone where nobody else is', majority, '-', '1', 'everywhere'],
    ['majority: nobody speaks', majority, '', '3', 'available'],
    ['quorum: one too few', quorum(3), '- - + +', '4', 'available'],
    ['quorum: enough', quorum(3), '- - - + + + +', '7', 'everywhere'],
    ['quorum: more than there are nodes means all of them', quorum(5), '- -', '2', 'everywhere'],
    ['quorum: more than there are nodes, one of them content', quorum(5), '- +', '2', 'available'],
    ['off: even if all agree', off, '- - -', '3', 'available'],
    ['one zone finds it unavailable, another available', any, '-a -a +b', 'a2 b1', 'a'],
    ['the witness has its zone against it, too', any, '-a +a +b', 'a2 b1', 'a'],
    ['all zones have a witness', any, '-a +a -b +b', 'a2 b2', 'everywhere'],
    ['the other zone says nothing', any, '-a', 'a1 b5', 'everywhere'],
    ['two zones of three', majority, '-b -b -a +c +c +c +c', 'a1 b2 c4', 'a,b'],
    ['a zone with its majority, in a fleet that finds it available', majority, '-a -a +a +b +b +b', 'a3 b3', 'a'],
    ['a quorum spread over two zones while a third is content', quorum(2), '-a +a -b +b +c', 'a2 b2 c1', 'a,b'],
    ['one witness of a quorum, alone in its zone: for itself only', quorum(2), '-a +b +b', 'a1 b2', 'a'],
    ['one witness of a quorum, alone in its zone, others silent', quorum(2), '-a', 'a1 b2', 'available'],
    ['a witness without a zone while zones are content', any, '- +a', 'a1 1', 'everywhere'],
    ['witnesses with and without a zone while a zone is content', any, '- -a +b', 'a1 b1 1', 'a'],
  ])('%s', (_, policy, said, alive, expected) => {
    const judgement = judge(policy, voices(said), live(alive));
    const text = judgement.unavailable ? judgement.zones.join(',') || 'everywhere' : 'available';
    expect(text).toBe(expected);
  });

  const voice = fc.record(
    { available: fc.boolean(), zone: fc.constantFrom('a', 'b', 'c') },
    { requiredKeys: ['available'] },
  ) as fc.Arbitrary<{ available: boolean; zone?: string }>;
  const policies = fc.oneof(
    fc.constantFrom(any, majority, off),
    fc.integer({ min: 1, max: 6 }).map((nodes) => quorum(nodes)),
  );
  const liveOf = (said: readonly { zone?: string }[]): LiveNodes => {
    const byZone = new Map<string, number>();
    for (const { zone = '' } of said) byZone.set(zone, (byZone.get(zone) ?? 0) + 1);
    return { total: said.length, byZone };
  };

  it('never finds a worker unavailable without a witness, nor for a zone without one', () => {
    fc.assert(
      fc.property(policies, fc.array(voice, { maxLength: 12 }), (policy, said) => {
        const judgement = judge(policy, tallied(said), liveOf(said));
        if (!judgement.unavailable) return;
        const witnesses = said.filter(({ available }) => !available);
        expect(witnesses.length).toBeGreaterThan(0);
        for (const zone of judgement.zones) expect(witnesses.map((one) => one.zone)).toContain(zone);
      }),
    );
  });

  it('does not depend on the order in which nodes are heard', () => {
    fc.assert(
      fc.property(policies, fc.array(voice, { maxLength: 12 }), (policy, said) => {
        expect(judge(policy, tallied(said.toReversed()), liveOf(said))).toEqual(
          judge(policy, tallied(said), liveOf(said)),
        );
      }),
    );
  });

  it('finds a worker that every node finds unavailable so everywhere, unless the policy is off', () => {
    fc.assert(
      fc.property(policies, fc.array(voice, { minLength: 1, maxLength: 12 }), (policy, some) => {
        const said = some.map((one) => ({ ...one, available: false }));
        const expected = policy.kind === 'off' ? { unavailable: false } : { unavailable: true, zones: [] };
        expect(judge(policy, tallied(said), liveOf(said))).toEqual(expected);
      }),
    );
  });
});

describe('what becomes of a verdict', () => {
  const down = (...zones: string[]) => ({ unavailable: true, zones }) as const;
  const up = { unavailable: false } as const;

  it.each<[string, readonly string[] | undefined, Parameters<typeof changeOf>[1], string, unknown]>([
    ['begins', undefined, down(), '-', { kind: 'set', zones: [] }],
    ['stays as it is', [], down(), '-', { kind: 'none' }],
    ['ends when somebody finds the worker available', [], up, '+', { kind: 'end' }],
    ['stays while nobody says anything', [], up, '', { kind: 'none' }],
    ['stays while too few are against it and nobody for it', [], up, '-', { kind: 'none' }],
    ['does not begin by itself', undefined, up, '+', { kind: 'none' }],
    ['shrinks to the zones that are concerned', [], down('a'), '-a +b', { kind: 'set', zones: ['a'] }],
    ['does not spread to a zone that has only fallen silent', ['a'], down(), '-a', { kind: 'none' }],
    ['spreads by a witness elsewhere', ['a'], down(), '-a -b', { kind: 'set', zones: [] }],
    ['spreads by a witness without a zone', ['a'], down(), '-a -', { kind: 'set', zones: [] }],
  ])('%s', (_, standing, judgement, said, expected) => {
    expect(changeOf(standing, judgement, voices(said))).toEqual(expected);
  });
});
