import type { Route } from '../definition/route.ts';
import { byteString } from './byte-string.ts';
import { type EncodedSlashes, encodePath } from './path-encoding.ts';
import { compilePattern, hasWildcards } from './pattern.ts';
import {
  findFixedWorker,
  type OriginWorkers,
  originOf,
  type PlainWorker,
  staticOrigin,
  type WorkerIndex,
} from './plain-worker.ts';
import { compilePrefix } from './proxy-pass.ts';
import { compileTemplate, type TargetTemplate } from './proxy-pass-match.ts';

/** A rule and where its requests are counted. */
export type CountedRoute = Route & {
  /** Row of the caller's table of routes; absent: it is not counted. */
  readonly row?: number;
};

/** A rule made ready for requests: everything that does not depend on the request is worked out once. */
export type CompiledRoute = PrefixRoute | RegexRoute;

type RouteFacts = {
  /** For logs: `ProxyPass /images`. */
  readonly name: string;
  readonly target: CompiledTarget;
  readonly nocanon: boolean;
  /** Row its requests are counted in; -1 = none. */
  readonly row: number;
};

export type PrefixRoute = RouteFacts & { readonly kind: 'prefix'; readonly prefix: string };

export type RegexRoute = RouteFacts & {
  readonly kind: 'regex';
  readonly pattern: RegExp;
  readonly template: TargetTemplate;
};

export type CompiledTarget =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'balancer';
      /** Name as configured, lower-cased; of a regex rule it may hold `$n`. */
      readonly name: string;
      readonly path: string;
      readonly encodedPath: string;
    }
  | {
      readonly kind: 'url';
      /** undefined: a substitution takes part in host or port, and no request can be sent. */
      readonly origin: string | undefined;
      readonly path: string;
      readonly encodedPath: string;
      /** The worker of every URL this rule can make, among those of the server that has the rule; undefined: look it up. */
      readonly fixed: PlainWorker | undefined;
    };

/** What compiling a server's rules needs to know of the server. */
export type RouteContext = { readonly workers: WorkerIndex; readonly encodedSlashes: EncodedSlashes };

/** @source ProxyPass, ProxyPassMatch */
export function compileRoute(route: CountedRoute, context: RouteContext): CompiledRoute {
  const target = compileTarget(route, context);
  const facts = { target, nocanon: route.nocanon === true, row: route.row ?? -1 };
  if (route.match.kind === 'regex') {
    const { pattern } = route.match;
    const template = compileTemplate(byteString(targetText(route)));
    const name = `ProxyPassMatch ${pattern}`;
    return { kind: 'regex', name, pattern: compilePattern(pattern), template, ...facts };
  }
  const { path } = route.match;
  return { kind: 'prefix', name: `ProxyPass ${path}`, prefix: compilePrefix(byteString(path)), ...facts };
}

/**
 * The one rule of a Location. Its path is the rule's; with wildcards in it httpd takes it for a regex, whatever `*` then means.
 *
 * @source mod_proxy.c:add_pass
 */
export function compileLocationRoute(route: CountedRoute, context: RouteContext): CompiledRoute {
  const { match } = route;
  if (match.kind === 'regex' || !hasWildcards(match.path)) return compileRoute(route, context);
  return compileRoute({ ...route, match: { kind: 'regex', pattern: match.path } }, context);
}

/** What of the plain workers a compiled rule depends on: those of its target's origin. */
export function workersBehind({ match, target }: Route, workers: WorkerIndex): OriginWorkers | undefined {
  if (target.kind !== 'url') return undefined;
  const url = byteString(target.url);
  const origin = match.kind === 'regex' ? staticOrigin(url) : originOf(url);
  return origin === undefined ? undefined : workers.get(origin);
}

function compileTarget({ match, target }: Route, { workers, encodedSlashes }: RouteContext): CompiledTarget {
  switch (target.kind) {
    case 'local':
      return target;
    case 'balancer': {
      const path = byteString(target.path);
      return { kind: 'balancer', name: byteString(target.name), path, encodedPath: encoded(path, encodedSlashes) };
    }
    case 'url': {
      const url = byteString(target.url);
      const origin = match.kind === 'regex' ? staticOrigin(url) : originOf(url);
      const path = origin === undefined ? '' : url.slice(origin.length);
      const encodedPath = encoded(path, encodedSlashes);
      // Every URL of the rule begins with its target, unless the target is rewritten: by substitution or by encoding.
      const rewritten = encodedPath !== path || (match.kind === 'regex' && /[$\\]/.test(url));
      const fixed = rewritten || origin === undefined ? undefined : findFixedWorker(workers, origin, url);
      return { kind: 'url', origin, path, encodedPath, fixed };
    }
  }
}

/** A configured path that cannot be encoded (a lone `%` with NoDecode) is sent as `off` would send it. */
function encoded(path: string, mode: EncodedSlashes): string {
  return encodePath(path, mode) ?? encodePath(path, 'off') ?? path;
}

function targetText({ target }: Route): string {
  if (target.kind === 'local') return '!';
  return target.kind === 'url' ? target.url : `balancer://${target.name}${target.path}`;
}
