import { createHash } from 'node:crypto';
import { penstock } from '#proto/gen/penstock.js';
import { balancerCodec, listenerCodec, overrideCodec, virtualHostCodec } from '../codec/definition-codec.ts';
import type { Codec } from '../codec/field.ts';
import { type Balancer, balancerId } from '../definition/balancer.ts';
import type { Definition } from '../definition/definition.ts';
import { type Listener, listenerId } from '../definition/listener.ts';
import type { Override } from '../definition/override.ts';
import type { VirtualHost } from '../definition/virtual-host.ts';
import type { Snapshot } from './snapshot.ts';

/** One object of a configuration, as far as its hash goes: kind, identity in that kind, encoded bytes. */
export type StateObject = { readonly kind: string; readonly id: string; readonly bytes: Uint8Array };

/** What a state hash is taken over. */
export type StateContent = Pick<Snapshot, 'definition' | 'overrides'> & Partial<Snapshot>;

/**
 * Wide enough that no set of objects can be made up whose hashes have a given sum: with 256 bits Wagner's k-list search finds
 * one in some 2^32 steps, with 2048 in more than 2^80.
 */
const SUM_BYTES = 256;
const MODULUS = 1n << BigInt(SUM_BYTES * 8);

/**
 * Adds an object to a state hash. Being a sum, it does not depend on order, and replacing one object costs one
 * subtraction and one addition however large the state is.
 *
 * @source protocol P1, with a wider sum: modulo 2^2048 of SHAKE256(kind, id, object bytes)
 */
export function withObject(hash: bigint, object: StateObject): bigint {
  return plus(hash, objectHash(object));
}

/** Takes an object out again. */
export function withoutObject(hash: bigint, object: StateObject): bigint {
  return minus(hash, objectHash(object));
}

/** Adds two sums of object hashes. */
export function plus(a: bigint, b: bigint): bigint {
  return (a + b) % MODULUS;
}

export function minus(a: bigint, b: bigint): bigint {
  return (a - b + MODULUS) % MODULUS;
}

/** State hash of everything in a snapshot but its revision and its leave to shrink, lower-case hex. */
export function stateHash(content: StateContent): string {
  return hashText(stateObjects(content).reduce(withObject, 0n));
}

/** A sum of object hashes as it is written: its SHA-256, 64 lower-case hex digits. */
export function hashText(sum: bigint): string {
  const bytes = Buffer.from(sum.toString(16).padStart(SUM_BYTES * 2, '0'), 'hex');
  return createHash('sha256').update(bytes).digest('hex');
}

/** The objects of a snapshot; the order of listeners, virtual hosts and balancers is an object of its own. */
export function stateObjects({ definition, overrides }: StateContent): StateObject[] {
  const { listeners, mainServer, virtualHosts, balancers } = definition;
  return [
    ...listeners.map(listenerObject),
    ...[mainServer, ...virtualHosts].map(virtualHostObject),
    ...balancers.map(balancerObject),
    ...overrides.map(overrideObject),
    orderObject(definition),
  ];
}

/** SHA-256 of kind, identity and bytes, as a number. */
export function objectHash({ kind, id, bytes }: StateObject): bigint {
  // Lengths in front, so that no two objects give the same input: kind and id are text of any content.
  const head = `${kind.length}:${kind}${id.length}:${id}`;
  return BigInt(`0x${createHash('shake256', { outputLength: SUM_BYTES }).update(head).update(bytes).digest('hex')}`);
}

const { v1 } = penstock;

export function listenerObject(listener: Listener): StateObject {
  return { kind: 'listener', id: listenerId(listener), bytes: encode(v1.Listener, listenerCodec, listener) };
}

export function virtualHostObject(host: VirtualHost): StateObject {
  return { kind: 'virtual-host', id: host.id, bytes: encode(v1.VirtualHost, virtualHostCodec, host) };
}

export function balancerObject(balancer: Balancer): StateObject {
  return { kind: 'balancer', id: balancerId(balancer), bytes: encode(v1.Balancer, balancerCodec, balancer) };
}

export function overrideObject(override: Override): StateObject {
  const id = `${override.balancer} ${override.worker}`;
  return { kind: 'override', id, bytes: encode(v1.Override, overrideCodec, override) };
}

/** Which listeners, virtual hosts and balancers there are, in order. */
export function orderObject({ listeners, virtualHosts, balancers }: Definition): StateObject {
  const order = [listeners.map(listenerId), virtualHosts.map(({ id }) => id), balancers.map(balancerId)];
  return { kind: 'order', id: '', bytes: new TextEncoder().encode(JSON.stringify(order)) };
}

type Encoder = { encode(message: object): { finish(): Uint8Array } };

function encode<T>(type: Encoder, codec: Codec<T>, value: T): Uint8Array {
  return type.encode(codec.toWire(value, '') as object).finish();
}
