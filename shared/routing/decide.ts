import type { EffectiveSettings } from '../definition/defaults.ts';
import type { Worker } from '../definition/worker.ts';
import type { CompiledRoute } from './compiled-route.ts';
import { type LocationState, walkLocations } from './location.ts';
import { type Mapping, mapPrefix, mapRegex } from './mapping.ts';
import { findWorker, type PlainWorker } from './plain-worker.ts';
import type { CompiledReverseRule } from './proxy-pass-reverse.ts';
import { type RequestTarget, readTarget } from './request-target.ts';
import type { RouteTable } from './route-table.ts';
import type { ServerContext } from './virtual-host.ts';

export { normaliseHost } from './host.ts';

/** What is to become of a request. */
export type RouteDecision =
  | {
      readonly kind: 'proxy';
      readonly upstream: Upstream;
      /** After all matching Locations. */
      readonly settings: EffectiveSettings;
      /** For `reverseLocation`. */
      readonly reverse: readonly CompiledReverseRule[] | undefined;
      /** Normalised and decoded, a byte string. */
      readonly decodedPath: string;
      /** Without `?`. */
      readonly query: string | undefined;
      /** For logs: `ProxyPass /images`. */
      readonly routeName: string;
      /** Row the request is counted in, as the rule was given it; -1 = none. */
      readonly row: number;
    }
  /** Nothing forwards it: the caller answers 404. */
  | { readonly kind: 'local'; readonly settings: EffectiveSettings; readonly reason: 'no-route' | 'excluded' }
  | {
      readonly kind: 'refused';
      readonly status: 400 | 403 | 404 | 500;
      readonly reason: string;
      readonly settings: EffectiveSettings;
    };

export type Upstream =
  | {
      readonly kind: 'balancer';
      /** `balancerId`; undefined: no such balancer, which is answered 503. */
      readonly id: string | undefined;
      /** Begins with `/`, encoded, query included: appended to the path of the member's URL. */
      readonly path: string;
    }
  | {
      readonly kind: 'worker';
      /** Id of the server that has the plain worker. */
      readonly owner: string;
      readonly worker: Worker;
      /** Whole request target to send: path and query, encoded. */
      readonly target: string;
    };

/**
 * Decides about one request: the path is brought into normal form, the matching Locations give settings and perhaps a rule of
 * their own, then the rule lists are tried in order; the first match wins, an exclusion too.
 *
 * @param server as `selectServer` gives it
 * @param target raw origin-form request target, a byte string; `*` and the like are never forwarded
 * @source server/request.c:ap_process_request_internal, mod_proxy.c:proxy_trans
 */
export function decideRoute(_table: RouteTable, server: ServerContext, target: string): RouteDecision {
  if (target === '*') return { kind: 'local', settings: server.settings, reason: 'no-route' };
  const request = readTarget(target, server.encodedSlashes);
  if (request.kind === 'refusal') {
    return { kind: 'refused', status: request.status, reason: request.reason, settings: server.settings };
  }
  const { walk } = server;
  const state = walk.sections.length === 0 ? walk.outside : walkLocations(walk, request.path);
  if (state.route !== undefined) {
    const decision = tryRoute(server, state, state.route, request);
    if (decision !== undefined) return decision;
  }
  for (const routes of server.routes) {
    const decision = walkRoutes(server, state, routes, request);
    if (decision !== undefined) return decision;
  }
  return { kind: 'local', settings: state.settings, reason: 'no-route' };
}

/** The linear walk in configured order: what any quicker way to find a rule has to agree with. */
export function walkRoutes(
  server: ServerContext,
  state: LocationState,
  routes: readonly CompiledRoute[],
  request: RequestTarget,
): RouteDecision | undefined {
  for (const route of routes) {
    const decision = tryRoute(server, state, route, request);
    if (decision !== undefined) return decision;
  }
  return undefined;
}

/** What one rule makes of a request; undefined if it doesn't match. */
function tryRoute(
  server: ServerContext,
  state: LocationState,
  route: CompiledRoute,
  request: RequestTarget,
): RouteDecision | undefined {
  const mapping =
    route.kind === 'prefix'
      ? mapPrefix(route, request, server.encodedSlashes)
      : mapRegex(route, request, server.encodedSlashes);
  if (mapping === undefined) return undefined;
  const { settings } = state;
  if (mapping.kind === 'local') return { kind: 'local', settings, reason: 'excluded' };
  if (mapping.kind === 'refusal') return { kind: 'refused', status: mapping.status, reason: mapping.reason, settings };
  const upstream = findUpstream(server, route, mapping);
  if (typeof upstream === 'string') return { kind: 'refused', status: 500, reason: upstream, settings };
  return {
    kind: 'proxy',
    upstream,
    settings,
    reverse: state.reverse,
    decodedPath: request.path,
    query: request.query,
    routeName: route.name,
    row: route.row,
  };
}

/** Where a mapped request goes, or why it can't go anywhere. */
function findUpstream(
  server: ServerContext,
  route: CompiledRoute,
  mapping: Mapping & { kind: 'forward' },
): Upstream | string {
  const { target } = route;
  if (target.kind === 'balancer') {
    const { own, main } = server.balancers;
    const id = own.get(mapping.authority) ?? main.get(mapping.authority);
    // A name that came out of a substitution is the request's doing; a missing balancer that is written down is the rule's.
    if (id === undefined && mapping.authority !== target.name) return `there is no balancer "${mapping.authority}"`;
    return { kind: 'balancer', id, path: mapping.path };
  }
  const fixed = target.kind === 'url' ? target.fixed : undefined;
  const plain = findPlainWorker(server, fixed, mapping);
  if (plain === undefined) return `no worker covers ${mapping.authority}${mapping.path}`;
  return { kind: 'worker', owner: plain.owner, worker: plain.worker, target: mapping.path };
}

/**
 * Longest name wins over both servers' workers; of equally long ones the main server's, which httpd lists first.
 *
 * @param fixed the rule's worker among those of the rule's own server, if it is always the same
 */
function findPlainWorker(
  server: ServerContext,
  fixed: PlainWorker | undefined,
  { authority, path }: Mapping & { kind: 'forward' },
): PlainWorker | undefined {
  const { mainWorkers, ownWorkers } = server;
  if (fixed !== undefined && !(mainWorkers.has(authority) && ownWorkers?.has(authority))) return fixed;
  const url = authority + path;
  const ofMain = findWorker(mainWorkers, authority, url);
  const ofOwn = ownWorkers === undefined ? undefined : findWorker(ownWorkers, authority, url);
  if (ofMain === undefined || ofOwn === undefined) return ofMain ?? ofOwn;
  return ofOwn.length > ofMain.length ? ofOwn : ofMain;
}
