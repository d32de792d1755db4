import { unreachable } from '../assert.ts';
import { type Balancer, balancerId } from '../definition/balancer.ts';
import { type Definition, EMPTY_DEFINITION } from '../definition/definition.ts';
import { type Listener, listenerId } from '../definition/listener.ts';
import type { Override } from '../definition/override.ts';
import { MAIN_SERVER, type VirtualHost } from '../definition/virtual-host.ts';
import { type ChainHead, GENESIS } from './commit-chain.ts';
import type { FleetEvent, StoredCommit } from './fleet-event.ts';

/** Definition and overrides: what events change. Overrides by `overrideKey`, in the order they were first set. */
export type FleetContent = {
  readonly definition: Definition;
  readonly overrides: ReadonlyMap<string, Override>;
};

/** A fleet's configuration at a revision. Revision 0 is the empty fleet before its first commit. */
export type FleetState = ChainHead &
  FleetContent & {
    /** Raised only by an operator's restore after the store lost commits; 0 until then. */
    readonly epoch: number;
    /** The last change of the definition was made with leave to shrink it. */
    readonly allowShrink: boolean;
    /** The newest revision that had such leave; 0 if none had. */
    readonly shrinkAllowedAt: number;
  };

export const INITIAL_STATE: FleetState = {
  ...GENESIS,
  epoch: 0,
  definition: EMPTY_DEFINITION,
  overrides: new Map(),
  allowShrink: false,
  shrinkAllowedAt: 0,
};

/** An override's identity: its worker. Neither part holds a space. */
export function overrideKey(override: Pick<Override, 'balancer' | 'worker'>): string {
  return `${override.balancer} ${override.worker}`;
}

/** Folds one stored commit. Total: every recorded commit has an answer. */
export function foldCommit(state: FleetState, stored: StoredCommit): FleetState {
  const { revision, events, allowShrink } = stored.commit;
  const changesDefinition = events.some(({ type }) => type !== 'override-set' && type !== 'override-cleared');
  return {
    ...foldEvents(state, events),
    revision,
    chainHash: stored.hash,
    epoch: stored.commit.epoch ?? state.epoch,
    allowShrink: allowShrink === true || (state.allowShrink && !changesDefinition),
    shrinkAllowedAt: allowShrink === true ? revision : state.shrinkAllowedAt,
  };
}

/**
 * Folds events in order. Objects keep their place when they are set again; new ones come last until an `order-set` says
 * otherwise. One pass, however many objects a definition has.
 */
export function foldEvents(content: FleetContent, events: readonly FleetEvent[]): FleetContent {
  if (events.length === 0) return { definition: content.definition, overrides: content.overrides };
  const draft = draftOf(content);
  for (const event of events) foldInto(draft, event);
  return {
    definition: {
      listeners: [...draft.listeners.values()],
      mainServer: draft.mainServer,
      virtualHosts: [...draft.virtualHosts.values()],
      balancers: [...draft.balancers.values()],
    },
    overrides: draft.overrides,
  };
}

/** The content taken apart by id; owned and changed by one `foldEvents`. */
type Draft = {
  listeners: Map<string, Listener>;
  mainServer: VirtualHost;
  virtualHosts: Map<string, VirtualHost>;
  balancers: Map<string, Balancer>;
  overrides: Map<string, Override>;
};

function draftOf({ definition, overrides }: FleetContent): Draft {
  return {
    listeners: new Map(definition.listeners.map((listener) => [listenerId(listener), listener])),
    mainServer: definition.mainServer,
    virtualHosts: new Map(definition.virtualHosts.map((virtualHost) => [virtualHost.id, virtualHost])),
    balancers: new Map(definition.balancers.map((balancer) => [balancerId(balancer), balancer])),
    overrides: new Map(overrides),
  };
}

function foldInto(draft: Draft, event: FleetEvent): void {
  switch (event.type) {
    case 'listener-set':
      draft.listeners.set(listenerId(event.listener), event.listener);
      return;
    case 'listener-removed':
      draft.listeners.delete(event.id);
      return;
    case 'virtual-host-set':
      if (event.virtualHost.id === MAIN_SERVER) draft.mainServer = event.virtualHost;
      else draft.virtualHosts.set(event.virtualHost.id, event.virtualHost);
      return;
    case 'virtual-host-removed':
      draft.virtualHosts.delete(event.id);
      return;
    case 'balancer-set':
      draft.balancers.set(balancerId(event.balancer), event.balancer);
      return;
    case 'balancer-removed':
      draft.balancers.delete(event.id);
      return;
    case 'order-set':
      draft.listeners = sortByIds(draft.listeners, event.listeners);
      draft.virtualHosts = sortByIds(draft.virtualHosts, event.virtualHosts);
      draft.balancers = sortByIds(draft.balancers, event.balancers);
      return;
    case 'override-set':
      draft.overrides.set(overrideKey(event.override), event.override);
      return;
    case 'override-cleared':
      draft.overrides.delete(overrideKey(event));
      return;
    default:
      unreachable(event);
  }
}

/** Stable: objects the order does not name keep their order and come last. */
function sortByIds<T>(objects: Map<string, T>, ids: readonly string[]): Map<string, T> {
  const place = new Map(ids.map((id, index) => [id, index]));
  const placeOf = (id: string) => place.get(id) ?? ids.length;
  return new Map([...objects].sort(([a], [b]) => placeOf(a) - placeOf(b)));
}
