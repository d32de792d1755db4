import { describe, expect, test } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { changeText } from '#shared/definition/describe-changes.ts';
import type { Override, OverrideParameters } from '#shared/definition/override.ts';
import { parseStatus, WorkerStatus } from '#shared/definition/worker-status.ts';
import { type FleetState, foldEvents, INITIAL_STATE, overrideKey } from '#shared/event/fold.ts';
import { decideApply } from '../../../../control-plane/core/decide/apply.ts';
import {
  decideClearOverride,
  decideExpireOverrides,
  nextExpiryMs,
} from '../../../../control-plane/core/decide/clear-override.ts';
import type { Decision } from '../../../../control-plane/core/decide/decision.ts';
import { decideRollback } from '../../../../control-plane/core/decide/rollback.ts';
import { decideSetOverride } from '../../../../control-plane/core/decide/set-override.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';

const NOW_MS = 1_000_000;

/** Given a fleet with this definition and these overrides. */
function given(definition = EMPTY_DEFINITION, ...overrides: readonly Override[]): FleetState {
  return {
    ...INITIAL_STATE,
    revision: 7,
    definition,
    overrides: new Map(overrides.map((override) => [overrideKey(override), override])),
  };
}

function overrideOf(n: number, parameters: OverrideParameters, more: Partial<Override> = {}): Override {
  return { balancer: 'app', worker: worker(n).url, parameters, actor: 'ann', sinceMs: 0, ...more };
}

function accepted(decision: Decision) {
  if (decision.kind !== 'accepted') throw new Error(`rejected: ${decision.rejection.detail}`);
  return decision;
}

function rejection(decision: Decision) {
  if (decision.kind !== 'rejected') throw new Error('accepted');
  return decision.rejection;
}

function flags(text: string) {
  const change = parseStatus(text);
  if ('error' in change) throw new Error(change.error);
  return change;
}

const fleet = definitionOf(balancer('app', [worker(1), worker(2)]), balancer('images', [worker(3)]));

describe('deciding apply', () => {
  test('given another definition, records what leads to it', () => {
    const wanted = definitionOf(balancer('app', [worker(1, { lbset: 1 }), worker(2)]), balancer('images', [worker(3)]));
    const { events, changes } = accepted(decideApply(given(fleet), { definition: wanted, allowShrink: false }));
    expect(foldEvents(given(fleet), events).definition).toEqual(wanted);
    expect(changes.map(changeText)).toEqual(['balancer app worker http://10.0.0.1:8080: lbset (default) -> 1']);
  });

  test('given the same definition, records nothing', () => {
    expect(accepted(decideApply(given(fleet), { definition: fleet, allowShrink: false })).events).toEqual([]);
  });

  test('given overrides, clears those of workers that go', () => {
    const state = given(fleet, overrideOf(1, { lbset: 1 }), overrideOf(2, { lbset: 2 }));
    const wanted = definitionOf(balancer('app', [worker(2)]), balancer('images', [worker(3)]));
    const { events } = accepted(decideApply(state, { definition: wanted, allowShrink: false }));
    expect([...foldEvents(state, events).overrides.values()]).toEqual([overrideOf(2, { lbset: 2 })]);
  });

  test('refuses mistakes, all at once', () => {
    const wrong = definitionOf(balancer('A', [worker(1), worker(1)]));
    const { type, problems } = rejection(decideApply(given(), { definition: wrong, allowShrink: true }));
    expect(type).toBe('invalid-definition');
    expect(problems?.length).toBe(2);
  });

  test('refuses to lose everything, unless that is allowed', () => {
    const refused = rejection(decideApply(given(fleet), { definition: EMPTY_DEFINITION, allowShrink: false }));
    expect(refused.type).toBe('implausible-shrink');
    expect(refused.detail).toContain('--allow-shrink');
    accepted(decideApply(given(fleet), { definition: EMPTY_DEFINITION, allowShrink: true }));
  });

  test('refuses more than can be stored', () => {
    const pattern = 'x'.repeat(8_000);
    const routes = Array.from({ length: 2_200 }, () => ({
      match: { kind: 'regex' as const, pattern },
      target: { kind: 'local' as const },
    }));
    const large = { ...fleet, mainServer: { ...fleet.mainServer, routes } };
    expect(rejection(decideApply(given(), { definition: large, allowShrink: true })).type).toBe('too-large');
  });

  test('warns of what is most likely not meant', () => {
    const off = definitionOf(balancer('app', [worker(1, { status: 'D' })]), balancer('none', []));
    const { warnings } = accepted(decideApply(given(), { definition: { ...off, listeners: [] }, allowShrink: true }));
    expect(warnings).toEqual([
      'there is no listener: nodes accept no connections',
      'every member of balancer app is disabled or stopped: its requests are answered with 503',
      'no route leads to balancer none',
      'balancer none has no members: its requests are answered with 503',
    ]);
  });
});

describe('deciding rollback', () => {
  test('restores the old definition and leaves overrides in force, saying so', () => {
    const state = given(fleet, overrideOf(1, { lbset: 1 }));
    const target = given(definitionOf(balancer('app', [worker(1)])));
    const { events, warnings } = accepted(decideRollback(state, 3, target));
    expect(foldEvents(state, events)).toEqual({ definition: target.definition, overrides: state.overrides });
    expect(warnings.at(-1)).toContain('overrides stay in force');
  });

  test('refuses a revision that is not there', () => {
    const refused = rejection(decideRollback(given(fleet), 9, undefined));
    expect(refused).toMatchObject({ type: 'unknown-revision', detail: 'there is no revision 9; there are 1 to 7' });
    expect(rejection(decideRollback(given(fleet), 0, INITIAL_STATE)).type).toBe('unknown-revision');
  });
});

describe('deciding to set an override', () => {
  const command = { balancer: 'app', worker: worker(1).url, parameters: { status: '+N' }, actor: 'ann' };
  const set = (state: FleetState, change: Partial<Parameters<typeof decideSetOverride>[1]> = {}) =>
    decideSetOverride(state, { ...command, ...change }, NOW_MS);
  const made = (decision: Decision) => {
    const [event] = accepted(decision).events;
    if (event?.type !== 'override-set') throw new Error('no override set');
    return event.override;
  };

  test('records who, why, since and until when', () => {
    expect(made(set(given(fleet), { reason: 'kernel', forMs: 60_000 }))).toEqual({
      balancer: 'app',
      worker: worker(1).url,
      parameters: { status: { set: WorkerStatus.DRAIN, clear: 0 } },
      actor: 'ann',
      reason: 'kernel',
      sinceMs: NOW_MS,
      untilMs: NOW_MS + 60_000,
    });
  });

  test('merges over an earlier one, parameter by parameter and flag by flag', () => {
    const earlier = overrideOf(1, { status: flags('+DH'), loadfactor: 5, route: 'a' });
    const override = made(set(given(fleet, earlier), { parameters: { status: '-D+R', LOADFACTOR: '7' } }));
    expect(override.parameters).toEqual({ status: flags('+HR-D'), loadfactor: 7, route: 'a' });
  });

  test('does not carry on what an earlier one held whose time is up, though nobody has cleared it yet', () => {
    const over = overrideOf(1, { status: flags('+D'), loadfactor: 5 }, { untilMs: NOW_MS });
    const decision = set(given(fleet, over));
    expect(made(decision).parameters).toEqual({ status: flags('+N') });
    expect(accepted(decision).warnings).toEqual([]);
  });

  test('warns that a new act changes the end of the whole override', () => {
    const earlier = overrideOf(1, { loadfactor: 5 }, { untilMs: NOW_MS + 5_000 });
    const { warnings } = accepted(set(given(fleet, earlier)));
    expect(warnings).toEqual([
      expect.stringMatching(/now lasts until it is cleared, before until 1970-01-01T00:16:45/),
    ]);
  });

  test('records nothing when it is so already', () => {
    const earlier = overrideOf(1, { status: flags('+N') });
    expect(accepted(set(given(fleet, earlier))).events).toEqual([]);
    expect(accepted(set(given(fleet, earlier), { reason: 'now we know' })).events).toHaveLength(1);
  });

  test.each([
    ['balancer://app', '10.0.0.1:8080'],
    ['balancer://app/', '10.0.0.1'],
    ['APP', 'HTTP://10.0.0.1:8080/'],
  ])('finds the worker by %s %s', (balancerText, workerText) => {
    expect(made(set(given(fleet), { balancer: balancerText, worker: workerText })).worker).toBe(worker(1).url);
  });

  test.each([
    [{ balancer: 'images2' }, 'unknown-balancer', 'there is no balancer "images2"; did you mean images?'],
    [{ balancer: 'zzz' }, 'unknown-balancer', 'balancers are app, images'],
    [{ worker: '10.0.0.9:8080' }, 'unknown-worker', 'did you mean'],
    [{ worker: 'elsewhere.test' }, 'unknown-worker', 'its members are http://10.0.0.1:8080, http://10.0.0.2:8080'],
    [{ parameters: { lbset: '100' } }, 'invalid-override', '0..99'],
    [{ parameters: { status: '+Q' } }, 'invalid-override', 'unknown status flag "Q"'],
    [{ parameters: { status: '+E' } }, 'invalid-override', "E is the nodes' own flag"],
    [{ parameters: { timeout: '5' } }, 'invalid-override', 'timeout cannot be changed at run time'],
    [{ parameters: {} }, 'invalid-override', 'nothing to set'],
    [{ forMs: 10 }, 'invalid-override', '10ms is no expiry'],
  ] as const)('refuses %j', (change, type, detail) => {
    const refused = rejection(set(given(fleet), change));
    expect(refused.type).toBe(type);
    expect(refused.detail).toContain(detail);
  });

  test('refuses a name that several workers have', () => {
    const twins = definitionOf(balancer('app', [worker(1), { url: 'http://10.0.0.1:9090', parameters: {} }]));
    const refused = rejection(set(given(twins), { worker: '10.0.0.1' }));
    expect(refused).toMatchObject({ type: 'ambiguous-name', detail: expect.stringContaining('write the whole URL') });
  });

  test('refuses a balancer name that several virtual hosts have', () => {
    const own = (virtualHost: string) => ({ ...balancer('own', [worker(1)]), virtualHost });
    const state = given({ ...fleet, balancers: [own('*:80/a'), own('*:80/b')] });
    expect(rejection(set(state, { balancer: 'own' })).type).toBe('ambiguous-name');
    expect(made(set(state, { balancer: '*:80/b/own' })).balancer).toBe('*:80/b/own');
  });
});

describe('deciding to clear and expire overrides', () => {
  test('clears by the operator', () => {
    const state = given(fleet, overrideOf(1, { lbset: 1 }), overrideOf(2, { lbset: 1 }));
    const { events } = accepted(decideClearOverride(state, { balancer: 'app', worker: '10.0.0.1' }));
    expect(events).toEqual([{ type: 'override-cleared', balancer: 'app', worker: worker(1).url, cause: 'operator' }]);
  });

  test('refuses to clear what is not there', () => {
    expect(rejection(decideClearOverride(given(fleet), { balancer: 'app', worker: '10.0.0.1' })).type).toBe(
      'no-override',
    );
  });

  test('expires exactly those whose time is up', () => {
    const state = given(
      fleet,
      overrideOf(1, { lbset: 1 }, { untilMs: NOW_MS }),
      overrideOf(2, { lbset: 1 }, { untilMs: NOW_MS + 1 }),
      overrideOf(3, { lbset: 1 }),
    );
    const { events } = accepted(decideExpireOverrides(state, NOW_MS));
    expect(events).toEqual([{ type: 'override-cleared', balancer: 'app', worker: worker(1).url, cause: 'expired' }]);
    expect(nextExpiryMs(foldEvents(state, events) as FleetState)).toBe(NOW_MS + 1);
    expect(nextExpiryMs(given(fleet))).toBeUndefined();
  });
});
