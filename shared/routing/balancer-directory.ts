import { type Balancer, balancerId } from '../definition/balancer.ts';
import { MAIN_SERVER } from '../definition/virtual-host.ts';
import type { Worker } from '../definition/worker.ts';
import { eachInSteps, type Steps } from '../slices.ts';
import { byteString } from './byte-string.ts';

/**
 * What routing needs to know of balancers: which names lead where, and the URLs of their members. By the id of the server that
 * defines them, then by name. As long as none of that changes it is the same object, whatever else changes about balancers.
 */
export type BalancerDirectory = ReadonlyMap<string, BalancerGroup>;

export type BalancerGroup = {
  readonly entries: ReadonlyMap<string, BalancerEntry>;
  /** Ids by name. */
  readonly ids: ReadonlyMap<string, string>;
};

export type BalancerEntry = {
  readonly id: string;
  /** Only their URLs are up to date. */
  readonly members: readonly Worker[];
  /** The balancer this was made from. */
  readonly source: Balancer;
};

/** @param last the directory before: what still holds of it is kept */
export function* directoryOf(
  balancers: readonly Balancer[],
  last: BalancerDirectory | undefined,
): Steps<BalancerDirectory> {
  const groups = new Map<string, Map<string, BalancerEntry>>();
  yield* eachInSteps(balancers, (balancer) => {
    const owner = balancer.virtualHost ?? MAIN_SERVER;
    const group = groups.get(owner) ?? new Map<string, BalancerEntry>();
    groups.set(owner, group);
    const name = byteString(balancer.name);
    if (!group.has(name)) group.set(name, entryOf(balancer, last?.get(owner)?.entries.get(name)));
  });
  dropEmptyCopies(groups);
  const directory = new Map<string, BalancerGroup>();
  for (const [owner, entries] of groups) directory.set(owner, groupOf(entries, last?.get(owner)));
  return keepEqualMap(last, directory);
}

function entryOf(balancer: Balancer, last: BalancerEntry | undefined): BalancerEntry {
  if (last === undefined) return { id: balancerId(balancer), members: balancer.members, source: balancer };
  if (last.source === balancer) return last;
  // The same owner and name, thus the same id.
  return sameUrls(last.members, balancer.members) ? last : { id: last.id, members: balancer.members, source: balancer };
}

function sameUrls(a: readonly Worker[], b: readonly Worker[]): boolean {
  return a === b || (a.length === b.length && a.every(({ url }, i) => url === b[i]?.url));
}

/**
 * A virtual host that merely names a balancer of the main server defines nothing: httpd makes an empty balancer for it, which
 * then gets the main server's members.
 *
 * @source mod_proxy.c:add_pass, merge_balancers
 */
function dropEmptyCopies(groups: ReadonlyMap<string, Map<string, BalancerEntry>>): void {
  const main = groups.get(MAIN_SERVER);
  for (const group of groups.values()) {
    if (group === main) continue;
    for (const [name, { members }] of group) {
      if (members.length === 0 && main?.has(name)) group.delete(name);
    }
  }
}

function groupOf(entries: ReadonlyMap<string, BalancerEntry>, last: BalancerGroup | undefined): BalancerGroup {
  if (last !== undefined && keepEqualMap(last.entries, entries) === last.entries) return last;
  return { entries, ids: new Map([...entries].map(([name, { id }]) => [name, id])) };
}

function keepEqualMap<K, V>(earlier: ReadonlyMap<K, V> | undefined, later: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  if (earlier === undefined || earlier.size !== later.size) return later;
  for (const [key, value] of later) if (earlier.get(key) !== value) return later;
  return earlier;
}
