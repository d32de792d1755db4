import type { Worker } from '../definition/worker.ts';
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

type OriginWorkers = {
  readonly byName: ReadonlyMap<string, PlainWorker>;
  /** Distinct lengths of the names, longest first. */
  readonly lengths: readonly number[];
  readonly sortedNames: readonly string[];
  /** Workers of regex rules, whose name holds `$n` or a character made literal by a backslash, in configured order. */
  readonly patterns: readonly PatternWorker[];
};

type PatternWorker = PlainWorker & { readonly pattern: RegExp };

export function buildWorkerIndex(owner: string, workers: readonly Worker[]): WorkerIndex {
  const groups = new Map<string, { names: Map<string, PlainWorker>; patterns: PatternWorker[] }>();
  for (const [order, worker] of workers.entries()) {
    const name = byteString(worker.url);
    const origin = staticOrigin(name);
    // `$n` inside host or port: the address would come from the request, which no worker of ours is for.
    if (origin === undefined) continue;
    const group = groups.get(origin) ?? { names: new Map<string, PlainWorker>(), patterns: [] };
    groups.set(origin, group);
    const plain = { owner, worker, length: name.length, order };
    const template = compileTemplate(name);
    const substitutes = template.groups.length > 0;
    if (substitutes || name.includes('\\')) group.patterns.push({ ...plain, pattern: namePattern(template) });
    if (substitutes) continue;
    // Final URLs are encoded; a name with bytes that get encoded must be found by that form.
    for (const form of [name, origin + encodePath(name.slice(origin.length), 'off')]) {
      if (!group.names.has(form)) group.names.set(form, plain);
    }
  }
  return new Map([...groups].map(([origin, { names, patterns }]) => [origin, originWorkers(names, patterns)]));
}

function originWorkers(byName: ReadonlyMap<string, PlainWorker>, patterns: readonly PatternWorker[]): OriginWorkers {
  const sortedNames = [...byName.keys()].sort(compareBytes);
  const lengths = [...new Set(sortedNames.map((name) => name.length))].sort((a, b) => b - a);
  return { byName, lengths, sortedNames, patterns };
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
