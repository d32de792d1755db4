import { balancerId } from '../definition/balancer.ts';
import type { Definition } from '../definition/definition.ts';
import { listenerId } from '../definition/listener.ts';
import { difference } from './difference.ts';
import {
  balancerObject,
  hashText,
  listenerObject,
  minus,
  objectHash,
  orderObject,
  overrideObject,
  plus,
  type StateContent,
  type StateObject,
  virtualHostObject,
} from './state-hash.ts';

/**
 * A state with the hashes of its objects, from which the next state's hash costs what changed. A value: hashing on leaves
 * it as it is.
 */
export type HashedState = {
  /** `stateHash(content)`. */
  readonly stateHash: string;
  readonly content: StateContent;
  readonly parts: {
    readonly listeners: HashedList;
    readonly virtualHosts: HashedList;
    readonly balancers: HashedList;
    readonly overrides: HashedList;
    readonly mainServer: bigint;
    readonly order: bigint;
  };
};

/** Hash of each item, in order, and their sum. */
type HashedList = { readonly hashes: readonly bigint[]; readonly sum: bigint };

const NONE: HashedList = { hashes: [], sum: 0n };

/** Hashes a whole state. */
export function hashState(content: StateContent): HashedState {
  return hashFrom(undefined, content);
}

/**
 * Hashes the state after another one. Objects that are the very same as before are not looked at again: folding and
 * `applyDelta` keep them, decoding a whole snapshot does not.
 */
export function hashNext(before: HashedState, content: StateContent): HashedState {
  return hashFrom(before, content);
}

function hashFrom(before: HashedState | undefined, content: StateContent): HashedState {
  const { definition, overrides } = content;
  const was = before?.content;
  const parts: HashedState['parts'] = {
    listeners: hashList(
      was?.definition.listeners,
      before?.parts.listeners,
      definition.listeners,
      hashOf(listenerObject),
    ),
    virtualHosts: hashList(
      was?.definition.virtualHosts,
      before?.parts.virtualHosts,
      definition.virtualHosts,
      hashOf(virtualHostObject),
    ),
    balancers: hashList(
      was?.definition.balancers,
      before?.parts.balancers,
      definition.balancers,
      hashOf(balancerObject),
    ),
    overrides: hashList(was?.overrides, before?.parts.overrides, overrides, hashOf(overrideObject)),
    mainServer:
      before !== undefined && was?.definition.mainServer === definition.mainServer
        ? before.parts.mainServer
        : objectHash(virtualHostObject(definition.mainServer)),
    order:
      before !== undefined && was !== undefined && sameOrder(was.definition, definition)
        ? before.parts.order
        : objectHash(orderObject(definition)),
  };
  const { listeners, virtualHosts, balancers } = parts;
  const sum = [listeners.sum, virtualHosts.sum, balancers.sum, parts.overrides.sum, parts.mainServer, parts.order];
  return { stateHash: hashText(sum.reduce(plus, 0n)), content, parts };
}

function hashOf<T>(toObject: (item: T) => StateObject): (item: T) => bigint {
  return (item) => objectHash(toObject(item));
}

function hashList<T extends object>(
  itemsBefore: readonly T[] = [],
  before: HashedList = NONE,
  items: readonly T[],
  hash: (item: T) => bigint,
): HashedList {
  if (items === itemsBefore) return before;
  const { start, end, endBefore } = difference(itemsBefore, items, (a, b) => a === b);
  if (start === end && start === endBefore) return before;
  const known = new Map<T, bigint>();
  let sum = before.sum;
  for (let i = start; i < endBefore; i++) {
    const old = before.hashes[i] as bigint;
    known.set(itemsBefore[i] as T, old);
    sum = minus(sum, old);
  }
  const middle: bigint[] = [];
  for (let i = start; i < end; i++) {
    const item = items[i] as T;
    const value = known.get(item) ?? hash(item);
    middle.push(value);
    sum = plus(sum, value);
  }
  return { hashes: [...before.hashes.slice(0, start), ...middle, ...before.hashes.slice(endBefore)], sum };
}

function sameOrder(a: Definition, b: Definition): boolean {
  return (
    sameIds(a.listeners, b.listeners, listenerId) &&
    sameIds(a.virtualHosts, b.virtualHosts, ({ id }) => id) &&
    sameIds(a.balancers, b.balancers, balancerId)
  );
}

function sameIds<T>(a: readonly T[], b: readonly T[], idOf: (item: T) => string): boolean {
  return a === b || (a.length === b.length && a.every((item, i) => item === b[i] || idOf(item) === idOf(b[i] as T)));
}
