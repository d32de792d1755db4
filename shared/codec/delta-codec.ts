import { penstock } from '#proto/gen/penstock.js';
import type { Balancer } from '../definition/balancer.ts';
import type { VirtualHost } from '../definition/virtual-host.ts';
import type { BalancerPatch, Delta, VirtualHostPatch } from '../snapshot/delta.ts';
import type { ListEdit, ListPatch } from '../snapshot/list-patch.ts';
import {
  balancerCodec,
  listenerCodec,
  locationCodec,
  overrideCodec,
  reverseRuleCodec,
  routeCodec,
  virtualHostCodec,
  workerCodec,
} from './definition-codec.ts';
import { bool, type Codec, CodecError, list, message, optional, safeUnsigned, sha256, text } from './field.ts';
import { owned, readable } from './snapshot-codec.ts';

/** Deltas as messages of `proto/snapshot.proto`. */

const { v1 } = penstock;

/** What protobufjs generates for a message. */
type MessageType = {
  encode(message: object): { finish(): Uint8Array };
  decode(encoded: Uint8Array): object;
};

/** A message that travels as bytes inside another one. */
function packed<T>(kind: string, type: MessageType, codec: Codec<T>): Codec<T> {
  return {
    toWire: (value, at) => type.encode(codec.toWire(value, at) as object).finish(),
    fromWire: (wire, at) =>
      codec.fromWire(
        readable(`${at}: ${kind}`, wire as Uint8Array, (encoded) => type.decode(encoded)),
        at,
      ),
  };
}

const runCodec = message<{ readonly from: number; readonly count: number }>('run', {
  from: safeUnsigned,
  count: safeUnsigned,
});

function listPatch<T, P = never>(item: Codec<T>, patch?: Codec<P>): Codec<ListPatch<T, P>> {
  const changeCodec =
    patch === undefined
      ? undefined
      : message<{ readonly from: number; readonly patch: P }>('change', { from: safeUnsigned, patch } as never);
  const edit: Codec<ListEdit<T, P>> = {
    toWire(value, at) {
      if (value.kind === 'keep') return { keep: runCodec.toWire(value, at) };
      if (value.kind === 'insert') return { insert: item.toWire(value.item, at) };
      return { change: changeCodec?.toWire(value, at) };
    },
    fromWire(wire, at) {
      const { keep, insert, change } = wire as {
        readonly keep?: object | null;
        readonly insert?: Uint8Array | null;
        readonly change?: object | null;
      };
      if (keep) return { kind: 'keep', ...runCodec.fromWire(keep, at) };
      if (insert) return { kind: 'insert', item: item.fromWire(insert, at) };
      if (change && changeCodec !== undefined) return { kind: 'change', ...changeCodec.fromWire(change, at) };
      if (change) throw new CodecError(at, 'change: items of this list are only kept or inserted');
      throw new CodecError(at, 'neither keep, insert nor change (sent by a newer version?)');
    },
  };
  const wrapped = message<{ readonly edits: readonly ListEdit<T, P>[] }>('patch', { edits: list(edit) });
  return {
    toWire: (edits, at) => wrapped.toWire({ edits }, at),
    fromWire: (wire, at) => wrapped.fromWire(wire, at).edits,
  };
}

const workers = listPatch(packed('worker', v1.Worker, workerCodec));
const virtualHost = packed<VirtualHost>('virtual host', v1.VirtualHost, virtualHostCodec);
const balancer = packed<Balancer>('balancer', v1.Balancer, balancerCodec);

const virtualHostPatch = message<VirtualHostPatch>('virtual host patch', {
  head: optional(virtualHost),
  locations: optional(listPatch(packed('location', v1.Location, locationCodec))),
  routes: optional(listPatch(packed('route', v1.Route, routeCodec))),
  reverseRules: optional(listPatch(packed('reverse rule', v1.ReverseRule, reverseRuleCodec))),
  workers: optional(workers),
});

const balancerPatch = message<BalancerPatch>('balancer patch', {
  head: optional(balancer),
  members: optional(workers),
});

const deltaCodec = message<Delta>('delta', {
  fleet: text,
  epoch: safeUnsigned,
  from: safeUnsigned,
  to: safeUnsigned,
  stateHash: sha256,
  allowShrink: optional(bool),
  shrinkAllowedAt: optional(safeUnsigned),
  listeners: optional(listPatch(packed('listener', v1.Listener, listenerCodec))),
  mainServer: optional(virtualHostPatch),
  virtualHosts: optional(listPatch(virtualHost, packed('virtual host patch', v1.VirtualHostPatch, virtualHostPatch))),
  balancers: optional(listPatch(balancer, packed('balancer patch', v1.BalancerPatch, balancerPatch))),
  overrides: optional(listPatch(packed('override', v1.Override, overrideCodec))),
});

/** Equal deltas give equal bytes. */
export function encodeDelta(delta: Delta): Uint8Array {
  return owned(v1.Delta.encode(deltaCodec.toWire(delta, '') as object).finish());
}

/** Whether it fits a snapshot is `applyDelta`'s matter. @throws CodecError naming what is wrong */
export function decodeDelta(encoded: Uint8Array): Delta {
  return deltaCodec.fromWire(readable('delta', encoded, v1.Delta.decode), '');
}
