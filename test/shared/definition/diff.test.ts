import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { changeText, describeOverrideChanges } from '#shared/definition/describe-changes.ts';
import { diffDefinitions } from '#shared/definition/diff.ts';
import type { Override } from '#shared/definition/override.ts';
import { foldEvents, overrideKey } from '#shared/event/fold.ts';
import { arbitraryDefinition } from '#test/control-plane/support/arbitrary-definition.ts';
import { balancer, definitionOf, worker } from '#test/control-plane/support/definitions.ts';

const before = definitionOf(balancer('app', [worker(1), worker(2)]), balancer('images', [worker(3)]));

function texts(after: typeof before): string[] {
  return diffDefinitions(before, after).changes.map(changeText);
}

describe('comparing definitions', () => {
  test('folding the events over the first gives exactly the second', () => {
    fc.assert(
      fc.property(arbitraryDefinition(), arbitraryDefinition(), (a, b) => {
        const { events, changes } = diffDefinitions(a, b);
        expect(foldEvents({ definition: a, overrides: new Map() }, events).definition).toEqual(b);
        expect(changes.length === 0).toBe(events.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  test('a definition does not differ from itself', () => {
    fc.assert(
      fc.property(arbitraryDefinition(), (definition) => {
        expect(diffDefinitions(definition, structuredClone(definition))).toEqual({ events: [], changes: [] });
      }),
    );
  });

  test('one changed balancer is one event, and order is stated only when it changed', () => {
    const after = definitionOf(
      balancer('app', [worker(1), worker(2, { loadfactor: 3 })]),
      balancer('images', [worker(3)]),
    );
    expect(diffDefinitions(before, after).events.map(({ type }) => type)).toEqual(['balancer-set']);
    const swapped = { ...before, balancers: before.balancers.toReversed() };
    expect(diffDefinitions(before, swapped).events.map(({ type }) => type)).toEqual(['order-set']);
    const appended = { ...before, balancers: [...before.balancers, balancer('new', [])] };
    expect(diffDefinitions(before, appended).events.map(({ type }) => type)).toEqual(['balancer-set']);
  });

  test('names parameters as httpd does, with old and new value', () => {
    const app = balancer('app', [worker(1, { timeoutMs: 1000, disablereuse: true }), worker(2)], { maxattempts: 2 });
    expect(texts({ ...before, balancers: before.balancers.with(0, app) })).toEqual([
      'balancer app: maxattempts (default) -> 2',
      'balancer app worker http://10.0.0.1:8080: timeout (default) -> 1s',
      'balancer app worker http://10.0.0.1:8080: disablereuse (default) -> On',
    ]);
  });

  test('names our own parameters as a configuration writes them', () => {
    const old = definitionOf(balancer('c', [], { verdict: { kind: 'quorum', nodes: 2 }, panic: 30 }));
    const now = definitionOf(balancer('c', [], { verdict: { kind: 'any' }, fleetbalance: true }));
    expect(diffDefinitions(old, now).changes.map(changeText).toSorted()).toEqual([
      'balancer c: fleetbalance (default) -> On',
      'balancer c: panic 30 -> (default)',
      'balancer c: verdict quorum=2 -> any',
    ]);
  });

  test('names workers and balancers that came, went or moved', () => {
    const app = balancer('app', [worker(4, { loadfactor: 3, status: 'H' }), worker(1)]);
    expect(texts({ ...before, balancers: [app] })).toEqual([
      'balancer images: removed',
      'balancer app worker http://10.0.0.2:8080: removed',
      'balancer app worker http://10.0.0.4:8080: added (loadfactor=3 status=H)',
    ]);
    const swapped = balancer('app', [worker(2), worker(1)]);
    expect(texts({ ...before, balancers: before.balancers.with(0, swapped) })).toEqual([
      'balancer app workers: order changed',
    ]);
  });

  test('names routes, locations and settings of servers', () => {
    const mainServer = {
      ...before.mainServer,
      settings: { keepAlive: false },
      routes: [{ match: { kind: 'regex', pattern: '^/x' }, target: { kind: 'local' } }] as const,
      locations: [
        { match: { kind: 'prefix', path: '/l' }, reverseRules: [], settings: { proxyPreserveHost: true } },
      ] as const,
    };
    expect(texts({ ...before, mainServer })).toEqual([
      'main server: keepAlive (default) -> Off',
      'main server location /l: added (proxyPreserveHost=On)',
      'main server route / -> balancer://app/: removed',
      'main server route ~ ^/x -> !: added',
    ]);
  });

  test('says so when one of two equal rules goes', () => {
    const [route] = before.mainServer.routes;
    const doubled = { ...before, mainServer: { ...before.mainServer, routes: route ? [route, route] : [] } };
    expect(diffDefinitions(doubled, before).changes.map(changeText)).toEqual([
      'main server route / -> balancer://app/ (2): removed',
    ]);
  });

  test('clears the overrides of workers that go, and only those', () => {
    const override = (n: number): Override => ({
      balancer: 'app',
      worker: worker(n).url,
      parameters: { lbset: 1 },
      actor: 'ann',
      sinceMs: 0,
    });
    const overrides = new Map([1, 2].map((n) => [overrideKey(override(n)), override(n)]));
    const after = definitionOf(balancer('app', [worker(1)]), balancer('images', [worker(3)]));
    const { events } = diffDefinitions(before, after, overrides);
    expect(events.at(-1)).toEqual({
      type: 'override-cleared',
      balancer: 'app',
      worker: worker(2).url,
      cause: 'worker-removed',
    });
    expect([...foldEvents({ definition: before, overrides }, events).overrides.values()]).toEqual([override(1)]);
    expect(
      diffDefinitions(before, EMPTY_DEFINITION, overrides).events.filter(({ type }) => type === 'override-cleared'),
    ).toHaveLength(2);
  });

  test('describes overrides whatever order they were set in', () => {
    const drain: Override = {
      balancer: 'app',
      worker: worker(1).url,
      parameters: { status: { set: 0x24, clear: 0x100 } },
      actor: 'ann',
      sinceMs: 0,
    };
    const changes = describeOverrideChanges(new Map(), new Map([[overrideKey(drain), drain]]));
    expect(changes.map(changeText)).toEqual([
      'override of balancer app worker http://10.0.0.1:8080: added (status=+ND-H)',
    ]);
  });
});
