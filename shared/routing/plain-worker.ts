import type { Worker } from '../definition/worker.ts';
import { eachInSteps, keepEqual, type Steps } from '../slices.ts';
import { byteString } from './byte-string.ts';
import { encodePath } from './path-encoding.ts';
import { compileTemplate, type TargetTemplate } from './proxy-pass-match.ts';

/** A plain worker and the server whose worker it is. */
export type PlainWorker = {
  /** Id of the virtual host, or `main`. */
  readonly owner: string;
  readonly worker: Worker;
  /** Length of its name: the longest that covers a URL serves it. */
  readonly length: number;
  /** Place among the server's workers; of equally long names the first serves. */
  readonly order: number;
};

/**
 * The plain workers of one server, found by the URL a request goes to and not by the rule that matched. Keyed by
 * `scheme://host[:port]`, since a worker never covers another origin.
 */
export type WorkerIndex = ReadonlyMap<string, OriginWorkers>;

export type OriginWorkers = {
  /** All of them, in configured order. */
  readonly workers: readonly PlainWorker[];
  readonly byName: ReadonlyMap<string, PlainWorker>;
  /** Distinct lengths of the names, longest first. */
  readonly lengths: readonly number[];
  readonly sortedNames: readonly string[];
  /** Workers of regex rules, whose name holds `$n` or a character made literal by a backslash, in configured order. */
  readonly patterns: readonly PatternWorker[];
};

type PatternWorker = PlainWorker & { readonly pattern: RegExp };

/**
 * Indexes a server's plain workers.
 *
 * @param last the index before: origins whose workers are the same objects at the same places are kept as they are
 */
export function* indexWorkers(
  owner: string,
  workers: readonly Worker[],
  last: WorkerIndex | undefined,
): Steps<WorkerIndex> {
  const groups = new Map<string, PlainWorker[]>();
  yield* eachInSteps(workers, (worker, order) => {
    const name = byteString(worker.url);
    const origin = staticOrigin(name);
    // `$n` inside host or port: the address would come from the request, which no worker of ours is for.
    if (origin === undefined) return;
    const group = groups.get(origin) ?? [];
    groups.set(origin, group);
    const before = last?.get(origin)?.workers[group.length];
    const same = before !== undefined && before.worker === worker && before.order === order && before.owner === owner;
    group.push(same ? before : { owner, worker, length: name.length, order });
  });
  const index = new Map<string, OriginWorkers>();
  for (const [origin, group] of groups) {
    yield;
    const before = last?.get(origin);
    const same = before !== undefined && keepEqual(before.workers, group) === before.workers;
    index.set(origin, same ? before : yield* indexOrigin(origin, group, before));
  }
  return index;
}

function* indexOrigin(
  origin: string,
  workers: readonly PlainWorker[],
  before: OriginWorkers | undefined,
): Steps<OriginWorkers> {
  const byName = new Map<string, PlainWorker>();
  const patterns: PatternWorker[] = [];
  yield* eachInSteps(workers, (plain) => {
    const name = byteString(plain.worker.url);
    const template = compileTemplate(name);
    const substitutes = template.groups.length > 0;
    if (substitutes || name.includes('\\')) patterns.push({ ...plain, pattern: namePattern(template) });
    if (substitutes) return;
    // Final URLs are encoded; a name with bytes that get encoded must be found by that form.
    for (const form of [name, origin + encodePath(name.slice(origin.length), 'off')]) {
      if (!byName.has(form)) byName.set(form, plain);
    }
  });
  const names = [...byName.keys()];
  const known = before?.sortedNames;
  // Sorting is what can't pause; mostly workers change and not their names.
  const sameNames =
    known !== undefined && known.length === names.length && names.every((name) => before?.byName.has(name));
  const sortedNames = sameNames ? known : names.sort(compareBytes);
  const lengths = [...new Set(sortedNames.map((name) => name.length))].sort((a, b) => b - a);
  return { workers, byName, lengths, sortedNames, patterns };
}

/**
 * The worker of a URL: the longest name that begins it. There is no path-segment boundary, so `/slow` covers `/slow2` too.
 *
 * @param origin `scheme://host[:port]` of the URL
 * @param url whole URL, encoded
 * @source proxy_util.c:ap_proxy_get_worker_ex
 */
export function findWorker(index: WorkerIndex, origin: string, url: string): PlainWorker | undefined {
  const workers = index.get(origin);
  if (workers === undefined) return undefined;
  let best = findByName(workers, url);
  for (const candidate of workers.patterns) {
    if ((best === undefined || isBefore(candidate, best)) && candidate.pattern.test(url)) best = candidate;
  }
  return best;
}

function isBefore(candidate: PlainWorker, best: PlainWorker): boolean {
  return candidate.length > best.length || (candidate.length === best.length && candidate.order < best.order);
}

function findByName({ byName, lengths }: OriginWorkers, url: string): PlainWorker | undefined {
  for (const length of lengths) {
    if (length > url.length) continue;
    const found = byName.get(length === url.length ? url : url.slice(0, length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The worker that serves every URL beginning with `start`, if that can be said beforehand: no name goes on after `start`, and
 * there is no pattern that might match.
 */
export function findFixedWorker(index: WorkerIndex, origin: string, start: string): PlainWorker | undefined {
  const workers = index.get(origin);
  if (workers === undefined || workers.patterns.length > 0) return undefined;
  const { sortedNames } = workers;
  const next = sortedNames[firstAfter(sortedNames, start)];
  return next?.startsWith(start) ? undefined : findByName(workers, start);
}

/** Index of the first name greater than `text`, by binary search. */
function firstAfter(names: readonly string[], text: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(names[middle] ?? '', text) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * `$n` stands for any text, the rest is literal, encoded or not; the name must begin the URL.
 *
 * @source proxy_util.c:ap_proxy_strcmp_ematch
 */
function namePattern(template: TargetTemplate): RegExp {
  const literals = template.literals.map((text) => {
    const encoded = encodePath(text, 'off') ?? text;
    return encoded === text ? quoted(text) : `(?:${quoted(text)}|${quoted(encoded)})`;
  });
  return new RegExp(`^${literals.join('.*?')}`, 's');
}

function quoted(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

const SUBSTITUTION = /\$\d/;

/**
 * The origin of a target, of which only the path may vary: `http://host$1` has `http://host`.
 *
 * @returns undefined if a substitution takes part in host or port
 */
export function staticOrigin(target: string): string | undefined {
  const origin = originOf(target).replace(/(?:\$\d)+$/, '');
  return SUBSTITUTION.test(origin) ? undefined : origin;
}

/** `scheme://host[:port]` of a URL. */
export function originOf(url: string): string {
  const authority = url.indexOf('://') + 3;
  const slash = url.indexOf('/', authority);
  return slash < 0 ? url : url.slice(0, slash);
}
