import { balancerId } from '#shared/definition/balancer.ts';
import type { ReverseRule } from '#shared/definition/route.ts';
import type { Location } from '#shared/definition/virtual-host.ts';
import type { CountedRoute } from '#shared/routing/compiled-route.ts';
import { sameValue } from '#shared/same-value.ts';
import type { PlacedBalancer, PlacedDefinition, PlacedServer, PlacedWorker } from './placed-definition.ts';

/** Lists that a change goes into item by item; `members` is a balancer's, the others are a server's. */
export type ServerLists = {
  readonly routes: CountedRoute;
  readonly locations: Location;
  readonly reverseRules: ReverseRule;
  readonly workers: PlacedWorker;
};
export type Lists = ServerLists & { readonly members: PlacedWorker };

export type ServerHead = Omit<PlacedServer, keyof ServerLists>;
export type BalancerHead = Omit<PlacedBalancer, 'members'>;

/** Builds a list front to back: a run of the list before, or new items. */
export type ListStep<T> = { readonly from: number; readonly count: number } | { readonly items: readonly T[] };

export type PartEntry =
  | { readonly kind: 'server'; readonly head: ServerHead }
  | { readonly kind: 'balancer'; readonly head: BalancerHead }
  /** More of one list. A list without entries is that of the generation before, or empty where there was none. */
  | { [Of in keyof Lists]: ListEntry<Of> }[keyof Lists]
  /** Ids of all virtual hosts or balancers in order; without entries, those of the generation before. */
  | { readonly kind: 'order'; readonly of: 'virtualHosts' | 'balancers'; readonly step: ListStep<string> };

type ListEntry<Of extends keyof Lists> = {
  readonly kind: 'list';
  readonly of: Of;
  /** Server or balancer. */
  readonly id: string;
  readonly step: ListStep<Lists[Of]>;
};

/** So much of a change as a thread takes in one go. */
export type GenerationPart = readonly PartEntry[];

/** New items and heads per part: about a millisecond to deserialise. */
export const PART_ITEMS = 200;

const SERVER_LISTS = ['routes', 'locations', 'reverseRules', 'workers'] as const satisfies (keyof ServerLists)[];

/**
 * What leads from one definition to another, in parts of bounded size; at least one, possibly empty. Goes by identity: equal objects
 * that are not the same count as changed, which costs bytes and nothing else.
 */
export function changeBetween(base: PlacedDefinition, next: PlacedDefinition): GenerationPart[] {
  const parts: PartEntry[][] = [[]];
  let weight = 0;
  const add = (entry: PartEntry, entryWeight: number) => {
    if (weight + entryWeight > PART_ITEMS && weight > 0) {
      parts.push([]);
      weight = 0;
    }
    parts.at(-1)?.push(entry);
    weight += entryWeight;
  };
  const addList = <T>(
    before: readonly T[] | undefined,
    after: readonly T[],
    entryOf: (step: ListStep<T>) => PartEntry,
  ) => {
    if (before === after || (before === undefined && after.length === 0)) return;
    for (const step of listSteps(before ?? [], after)) add(entryOf(step), 'items' in step ? step.items.length : 1);
  };

  const hosts = new Map(base.virtualHosts.map((server) => [server.id, server]));
  const addServer = (before: PlacedServer | undefined, after: PlacedServer) => {
    if (before === after) return;
    const { routes: _, locations: __, reverseRules: ___, workers: ____, ...head } = after;
    if (before === undefined || !sameHead(before, after)) add({ kind: 'server', head }, 1 + after.serverAliases.length);
    const { id } = after;
    for (const of of SERVER_LISTS) {
      addList<ServerLists[typeof of]>(before?.[of], after[of], (step) => ({ kind: 'list', of, id, step }) as PartEntry);
    }
  };
  addServer(base.mainServer, next.mainServer);
  for (const server of next.virtualHosts) addServer(hosts.get(server.id), server);

  const balancers = new Map(base.balancers.map((balancer) => [balancerId(balancer), balancer]));
  const ids: string[] = [];
  for (const after of next.balancers) {
    const id = balancerId(after);
    ids.push(id);
    const before = balancers.get(id);
    if (before === after) continue;
    const { members, ...head } = after;
    if (before === undefined || !sameHead(before, after)) add({ kind: 'balancer', head }, 1);
    addList(before?.members, members, (step) => ({ kind: 'list', of: 'members', id, step }));
  }

  const order = (of: 'virtualHosts' | 'balancers', before: readonly string[], after: readonly string[]) => {
    if (before.length === after.length && after.every((id, place) => id === before[place])) return;
    // Without a step the list would be the one before.
    if (after.length === 0) add({ kind: 'order', of, step: { items: [] } }, 0);
    addList(before, after, (step) => ({ kind: 'order', of, step }));
  };
  order(
    'virtualHosts',
    [...hosts.keys()],
    next.virtualHosts.map(({ id }) => id),
  );
  order('balancers', [...balancers.keys()], ids);
  return parts;
}

/** Everything about a server or balancer but the lists that changes go into item by item. */
function sameHead(before: object, after: object): boolean {
  const lists: ReadonlySet<string> = LIST_NAMES;
  const rest = (whole: object) => Object.entries(whole).filter(([name]) => !lists.has(name));
  return sameValue(Object.fromEntries(rest(before)), Object.fromEntries(rest(after)));
}

const LIST_NAMES: ReadonlySet<string> = new Set([...SERVER_LISTS, 'members']);

/** Runs of the list before and pieces of new items that make the list after; an empty list is one step without items. */
export function listSteps<T>(before: readonly T[], after: readonly T[]): ListStep<T>[] {
  const shared = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < shared && before[prefix] === after[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shared - prefix && before.at(-1 - suffix) === after.at(-1 - suffix)) suffix++;

  const end = after.length - suffix;
  const places = new Map<T, number>();
  for (let at = prefix; at < before.length - suffix; at++) places.set(before[at]!, at);
  const steps: ListStep<T>[] = prefix === 0 ? [] : [{ from: 0, count: prefix }];
  for (let at = prefix; at < end; ) {
    const start = at;
    const from = places.get(after[at]!);
    if (from === undefined) {
      while (at < end && at - start < PART_ITEMS && !places.has(after[at]!)) at++;
      steps.push({ items: after.slice(start, at) });
    } else {
      while (at < end && from + at - start < before.length && after[at] === before[from + at - start]) at++;
      steps.push({ from, count: at - start });
    }
  }
  if (suffix > 0) steps.push({ from: before.length - suffix, count: suffix });
  return steps.length === 0 ? [{ items: [] }] : steps;
}
