import { type Balancer, balancerId } from '../definition/balancer.ts';
import type { Definition } from '../definition/definition.ts';
import type { Listener } from '../definition/listener.ts';
import type { Override } from '../definition/override.ts';
import type { ReverseRule, Route } from '../definition/route.ts';
import type { Location, VirtualHost } from '../definition/virtual-host.ts';
import type { Worker } from '../definition/worker.ts';
import { applyList, diffList, type ItemPatching, type ListPatch, PatchError, sameContent } from './list-patch.ts';
import type { Snapshot } from './snapshot.ts';

/** From one revision to the next, proportional to the change. Encoded as `penstock.v1.Delta`. */
export type Delta = DeltaContent & {
  readonly fleet: string;
  readonly epoch: number;
  /** Revision it starts from. */
  readonly from: number;
  /** `from` + 1. */
  readonly to: number;
  /** State hash of the result, lower-case hex. */
  readonly stateHash: string;
};

/** What changed; absent parts did not. */
export type DeltaContent = {
  /** Of the result, as in `Snapshot`. */
  readonly allowShrink?: boolean;
  readonly shrinkAllowedAt?: number;
  readonly listeners?: ListPatch<Listener>;
  readonly mainServer?: VirtualHostPatch;
  readonly virtualHosts?: ListPatch<VirtualHost, VirtualHostPatch>;
  readonly balancers?: ListPatch<Balancer, BalancerPatch>;
  readonly overrides?: ListPatch<Override>;
};

export type VirtualHostPatch = {
  /** With empty lists; present when anything outside of them changed. */
  readonly head?: VirtualHost;
  readonly locations?: ListPatch<Location>;
  readonly routes?: ListPatch<Route>;
  readonly reverseRules?: ListPatch<ReverseRule>;
  readonly workers?: ListPatch<Worker>;
};

export type BalancerPatch = {
  /** Without members; present when anything but those changed. */
  readonly head?: Balancer;
  readonly members?: ListPatch<Worker>;
};

/**
 * What leads from one snapshot to another of the same fleet. Objects that are the very same cost nothing but the look at them.
 */
export function diffSnapshots(before: Snapshot, after: Snapshot): DeltaContent {
  const { allowShrink, shrinkAllowedAt } = after;
  const [was, is] = [before.definition, after.definition];
  const { mainServer } = is;
  return present({
    allowShrink,
    shrinkAllowedAt,
    listeners: diffList(was.listeners, is.listeners),
    mainServer: sameContent(was.mainServer, mainServer) ? undefined : diffVirtualHost(was.mainServer, mainServer),
    virtualHosts: diffList(was.virtualHosts, is.virtualHosts, virtualHostPatching),
    balancers: diffList(was.balancers, is.balancers, balancerPatching),
    overrides: diffList(before.overrides, after.overrides),
  });
}

/**
 * The snapshot at `delta.to`. What did not change are the very objects of `snapshot`. Whether it has the delta's state hash is for
 * the caller to verify (`hashNext`).
 *
 * @throws PatchError when the delta does not start from this snapshot or does not fit it; there is no half result
 */
export function applyDelta(snapshot: Snapshot, delta: Delta): Snapshot {
  const at = `delta ${delta.from} to ${delta.to}`;
  if (delta.to !== delta.from + 1) throw new PatchError(at, `leads to ${delta.to}, not to ${delta.from + 1}`);
  if (delta.fleet !== snapshot.fleet) {
    throw new PatchError(at, `is of fleet "${delta.fleet}", the snapshot of "${snapshot.fleet}"`);
  }
  if (delta.from !== snapshot.revision) {
    throw new PatchError(at, `starts from revision ${delta.from}, the snapshot is at ${snapshot.revision}`);
  }
  const { allowShrink, shrinkAllowedAt } = delta;
  return {
    fleet: snapshot.fleet,
    revision: delta.to,
    definition: patchDefinition(snapshot.definition, delta, at),
    overrides: applyList(snapshot.overrides, delta.overrides, `${at}: overrides`),
    ...present({ allowShrink, shrinkAllowedAt }),
  };
}

function patchDefinition(before: Definition, delta: Delta, at: string): Definition {
  const { listeners, mainServer, virtualHosts, balancers } = delta;
  if (listeners === undefined && mainServer === undefined && virtualHosts === undefined && balancers === undefined) {
    return before;
  }
  return {
    listeners: applyList(before.listeners, listeners, `${at}: listeners`),
    mainServer:
      mainServer === undefined
        ? before.mainServer
        : patchVirtualHost(before.mainServer, mainServer, `${at}: main server`),
    virtualHosts: applyList(before.virtualHosts, virtualHosts, `${at}: virtual hosts`, virtualHostPatching),
    balancers: applyList(before.balancers, balancers, `${at}: balancers`, balancerPatching),
  };
}

const virtualHostPatching: ItemPatching<VirtualHost, VirtualHostPatch> = {
  idOf: ({ id }) => id,
  diff: diffVirtualHost,
  apply: patchVirtualHost,
};

const balancerPatching: ItemPatching<Balancer, BalancerPatch> = {
  idOf: balancerId,
  diff(before, after) {
    const head: Balancer = { ...after, members: [] };
    return present({
      head: sameContent({ ...before, members: [] }, head) ? undefined : head,
      members: diffList(before.members, after.members),
    });
  },
  apply: (before, { head, members }, at) => ({
    ...(head ?? before),
    members: applyList(before.members, members, `${at}: members`),
  }),
};

const NO_LISTS = { locations: [], routes: [], reverseRules: [], workers: [] };

function diffVirtualHost(before: VirtualHost, after: VirtualHost): VirtualHostPatch {
  const head: VirtualHost = { ...after, ...NO_LISTS };
  return present({
    head: sameContent({ ...before, ...NO_LISTS }, head) ? undefined : head,
    locations: diffList(before.locations, after.locations),
    routes: diffList(before.routes, after.routes),
    reverseRules: diffList(before.reverseRules, after.reverseRules),
    workers: diffList(before.workers, after.workers),
  });
}

function patchVirtualHost(before: VirtualHost, patch: VirtualHostPatch, at: string): VirtualHost {
  return {
    ...(patch.head ?? before),
    locations: applyList(before.locations, patch.locations, `${at}: locations`),
    routes: applyList(before.routes, patch.routes, `${at}: routes`),
    reverseRules: applyList(before.reverseRules, patch.reverseRules, `${at}: reverse rules`),
    workers: applyList(before.workers, patch.workers, `${at}: workers`),
  };
}

/** The same without properties that are undefined. */
function present<T extends object>(value: { [K in keyof T]: T[K] | undefined }): Partial<T> & object {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Partial<T>;
}
