import { describe, expect, test } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import { sealCommit } from '#shared/event/commit-chain.ts';
import type { Commit, FleetEvent } from '#shared/event/fleet-event.ts';
import { foldCommit, foldEvents, INITIAL_STATE, overrideKey } from '#shared/event/fold.ts';
import { balancer, worker } from '#test/control-plane/support/definitions.ts';

const override: Override = {
  balancer: 'app',
  worker: 'http://10.0.0.1:8080',
  parameters: { loadfactor: 5 },
  actor: 'ann',
  sinceMs: 1,
};

const emptyCommit: Commit = {
  schemaVersion: 1,
  fleet: 'f',
  revision: 1,
  id: 'i',
  commandId: 'c',
  actor: 'a',
  message: '',
  command: 'apply',
  timeMs: 0,
  events: [],
};

function fold(...events: readonly FleetEvent[]) {
  return foldEvents(INITIAL_STATE, events);
}

describe('folding events', () => {
  test('an object set again keeps its place', () => {
    const { definition } = fold(
      { type: 'balancer-set', balancer: balancer('a', []) },
      { type: 'balancer-set', balancer: balancer('b', []) },
      { type: 'balancer-set', balancer: balancer('a', [worker(1)]) },
    );
    expect(definition.balancers.map(({ name, members }) => [name, members.length])).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });

  test('an order names the objects first, others follow in their own order', () => {
    const { definition } = fold(
      { type: 'listener-set', listener: { address: '*', port: 80 } },
      { type: 'listener-set', listener: { address: '*', port: 81 } },
      { type: 'listener-set', listener: { address: '::1', port: 82 } },
      { type: 'order-set', listeners: ['[::1]:82', 'gone:1'], virtualHosts: [], balancers: [] },
    );
    expect(definition.listeners.map(({ port }) => port)).toEqual([82, 80, 81]);
  });

  test('removing what is not there changes nothing', () => {
    expect(
      fold(
        { type: 'listener-removed', id: '*:1' },
        { type: 'virtual-host-removed', id: 'x' },
        { type: 'balancer-removed', id: 'x' },
        { type: 'override-cleared', balancer: 'x', worker: 'http://y', cause: 'expired' },
      ),
    ).toEqual({ definition: EMPTY_DEFINITION, overrides: new Map() });
  });

  test('the main server is set like a virtual host, under its id', () => {
    const mainServer = { ...EMPTY_DEFINITION.mainServer, settings: { timeoutMs: 1000 } };
    const { definition } = fold({ type: 'virtual-host-set', virtualHost: mainServer });
    expect(definition.mainServer.settings).toEqual({ timeoutMs: 1000 });
    expect(definition.virtualHosts).toEqual([]);
  });

  test('the newest override of a worker replaces the one before, and clearing takes it away', () => {
    const newer = { ...override, parameters: { lbset: 1 } };
    const set = fold({ type: 'override-set', override }, { type: 'override-set', override: newer });
    expect(set.overrides).toEqual(new Map([[overrideKey(override), newer]]));
    const { balancer, worker } = override;
    const cleared = foldEvents(set, [{ type: 'override-cleared', balancer, worker, cause: 'operator' }]);
    expect(cleared.overrides.size).toBe(0);
  });

  test('leave to shrink lasts until the definition changes again', () => {
    const seal = (revision: number, change: Partial<Commit>) =>
      sealCommit({ ...emptyCommit, revision, ...change }, INITIAL_STATE.chainHash);
    const allowed = foldCommit(INITIAL_STATE, seal(1, { allowShrink: true }));
    const overridden = foldCommit(allowed, seal(2, { events: [{ type: 'override-set', override }] }));
    const changed = foldCommit(overridden, seal(3, { events: [{ type: 'balancer-removed', id: 'app' }] }));
    expect([allowed, overridden, changed].map(({ allowShrink }) => allowShrink)).toEqual([true, true, false]);
  });

  test('a commit moves the revision and the chain hash', () => {
    const stored = sealCommit(emptyCommit, INITIAL_STATE.chainHash);
    expect(foldCommit(INITIAL_STATE, stored)).toEqual({ ...INITIAL_STATE, revision: 1, chainHash: stored.hash });
  });
});
