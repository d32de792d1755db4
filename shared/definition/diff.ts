import { sameJson } from '../event/canonical-json.ts';
import type { FleetEvent } from '../event/fleet-event.ts';
import { type FleetContent, foldEvents } from '../event/fold.ts';
import { balancerId } from './balancer.ts';
import type { Definition } from './definition.ts';
import { type DefinitionChange, describeChanges } from './describe-changes.ts';
import { listenerId } from './listener.ts';
import type { Override } from './override.ts';

/** What leads from one definition to another: events to record, and the same thing in an operator's words. */
export type DefinitionDiff = {
  readonly events: readonly FleetEvent[];
  readonly changes: readonly DefinitionChange[];
};

/**
 * Compares two definitions object by object. Folding `events` over `before` gives exactly `after`; equal definitions give none.
 * An `order-set` appears only when setting and removing objects would leave another order.
 *
 * @param overrides those in force; the ones of workers that `after` no longer has are cleared, with cause `worker-removed`
 */
export function diffDefinitions(
  before: Definition,
  after: Definition,
  overrides: ReadonlyMap<string, Override> = new Map(),
): DefinitionDiff {
  const objects: FleetEvent[] = [
    ...changesById(before.listeners, after.listeners, listenerId, {
      set: (listener) => ({ type: 'listener-set', listener }),
      removed: (id) => ({ type: 'listener-removed', id }),
    }),
    ...(sameJson(before.mainServer, after.mainServer)
      ? []
      : [{ type: 'virtual-host-set', virtualHost: after.mainServer } as const]),
    ...changesById(before.virtualHosts, after.virtualHosts, ({ id }) => id, {
      set: (virtualHost) => ({ type: 'virtual-host-set', virtualHost }),
      removed: (id) => ({ type: 'virtual-host-removed', id }),
    }),
    ...changesById(before.balancers, after.balancers, balancerId, {
      set: (balancer) => ({ type: 'balancer-set', balancer }),
      removed: (id) => ({ type: 'balancer-removed', id }),
    }),
  ];
  const events = [...objects, ...orderEvents(before, after, objects), ...orphanedOverrides(after, overrides)];
  return { events, changes: describeChanges(before, after) };
}

type EventsOf<T> = { set(object: T): FleetEvent; removed(id: string): FleetEvent };

function changesById<T>(
  before: readonly T[],
  after: readonly T[],
  idOf: (object: T) => string,
  event: EventsOf<T>,
): FleetEvent[] {
  const old = new Map(before.map((object) => [idOf(object), object]));
  const kept = new Set(after.map(idOf));
  const removed = [...old.keys()].filter((id) => !kept.has(id)).map(event.removed);
  const set = after.filter((object) => {
    const known = old.get(idOf(object));
    return known === undefined || !sameJson(known, object);
  });
  return [...removed, ...set.map(event.set)];
}

function orderEvents(before: Definition, after: Definition, objects: readonly FleetEvent[]): FleetEvent[] {
  const content: FleetContent = { definition: before, overrides: new Map() };
  const reached = orderOf(foldEvents(content, objects).definition);
  const wanted = orderOf(after);
  return sameJson(reached, wanted) ? [] : [{ type: 'order-set', ...wanted }];
}

function orderOf(definition: Definition) {
  return {
    listeners: definition.listeners.map(listenerId),
    virtualHosts: definition.virtualHosts.map(({ id }) => id),
    balancers: definition.balancers.map(balancerId),
  };
}

function orphanedOverrides(after: Definition, overrides: ReadonlyMap<string, Override>): FleetEvent[] {
  if (overrides.size === 0) return [];
  const members = new Map(after.balancers.map((one) => [balancerId(one), new Set(one.members.map(({ url }) => url))]));
  return [...overrides.values()]
    .filter(({ balancer, worker }) => members.get(balancer)?.has(worker) !== true)
    .map(({ balancer, worker }) => ({ type: 'override-cleared', balancer, worker, cause: 'worker-removed' }));
}
