import type { Balancer } from '../definition/balancer.ts';
import type { Listener } from '../definition/listener.ts';
import type { Override } from '../definition/override.ts';
import type { VirtualHost } from '../definition/virtual-host.ts';

/**
 * What can happen to a fleet's configuration. Events carry whole objects, so that folding needs no history and an object's
 * last event says all of it. Immutable once recorded: a mistake is mended by a later event.
 */
export type FleetEvent =
  | { readonly type: 'listener-set'; readonly listener: Listener }
  | { readonly type: 'listener-removed'; readonly id: string }
  /** The main server (`id` = main) or a virtual host; routes, locations and plain workers included. */
  | { readonly type: 'virtual-host-set'; readonly virtualHost: VirtualHost }
  | { readonly type: 'virtual-host-removed'; readonly id: string }
  /** The order of virtual hosts, listeners and balancers matters to httpd: this event states it, by id. */
  | {
      readonly type: 'order-set';
      readonly listeners: readonly string[];
      readonly virtualHosts: readonly string[];
      readonly balancers: readonly string[];
    }
  /** A balancer with all its members, in order. */
  | { readonly type: 'balancer-set'; readonly balancer: Balancer }
  | { readonly type: 'balancer-removed'; readonly id: string }
  /** The whole override of a worker as it stands after an operator's act. */
  | { readonly type: 'override-set'; readonly override: Override }
  | {
      readonly type: 'override-cleared';
      readonly balancer: string;
      readonly worker: string;
      readonly cause: 'operator' | 'expired' | 'worker-removed';
    };

/**
 * One atomic change: the unit the event store appends. `hash` chains it to its parent, over the bytes as stored.
 */
export type Commit = {
  readonly schemaVersion: 1;
  readonly fleet: string;
  /** From 1, without gaps. */
  readonly revision: number;
  /** UUIDv7 */
  readonly id: string;
  /** Idempotency key: the same command again returns this commit. */
  readonly commandId: string;
  readonly actor: string;
  readonly message: string;
  /** What kind of command made it. */
  readonly command: 'apply' | 'rollback' | 'set' | 'clear' | 'expire' | 'restore';
  /** Of a rollback: the revision whose content this one restores. */
  readonly restores?: number;
  /** The operator allows the definition to be much smaller than the one before; nodes otherwise take that for a mistake. */
  readonly allowShrink?: true;
  /** Of a restore: the epoch that begins here, one more than the highest known. Absent: that of the commit before. */
  readonly epoch?: number;
  /** Epoch milliseconds by the store's clock. */
  readonly timeMs: number;
  readonly events: readonly FleetEvent[];
};

/** A commit as stored: its exact bytes, and its place in the chain of hashes. */
export type StoredCommit = {
  readonly commit: Commit;
  /** Canonical JSON, UTF-8; what `hash` covers. */
  readonly bytes: Uint8Array;
  /** Lower-case hex SHA-256; 64 zeros before revision 1. */
  readonly prevHash: string;
  /** SHA-256(prevHash as ASCII hex, then bytes), lower-case hex. */
  readonly hash: string;
};
