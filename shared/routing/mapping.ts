import type { CompiledTarget, PrefixRoute, RegexRoute } from './compiled-route.ts';
import { type EncodedSlashes, encodePath } from './path-encoding.ts';
import { aliasMatch, matchPrefix } from './proxy-pass.ts';
import { expandTemplate } from './proxy-pass-match.ts';
import { hasControlOrSpace, type RequestTarget } from './request-target.ts';

/** What a rule that matched makes of the request. */
export type Mapping =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'forward';
      /** `scheme://host[:port]`, or the name of a balancer. */
      readonly authority: string;
      /** To send: begins with `/`, encoded, query included. */
      readonly path: string;
    }
  | { readonly kind: 'refusal'; readonly status: 400 | 403 | 500; readonly reason: string };

const LOCAL: Mapping = { kind: 'local' };
const SLASH = 0x2f;
const QUESTION = 0x3f;

/**
 * Applies a prefix rule: what the prefix matched is cut off, and the rest follows the target textually.
 *
 * @returns undefined if the rule does not match
 * @source mod_proxy.c:ap_proxy_trans_match; mod_proxy_http.c:proxy_http_canon
 */
export function mapPrefix(route: PrefixRoute, request: RequestTarget, mode: EncodedSlashes): Mapping | undefined {
  const length = matchPrefix(request.path, route.prefix);
  if (length === 0) return undefined;
  const { target } = route;
  if (target.kind === 'local') return LOCAL;
  // A raw target that matches otherwise was changed by normalising; cutting it at the same place would be unsafe.
  if (route.nocanon && aliasMatch(request.raw, route.prefix) === length) {
    const rest = request.raw.slice(length);
    return hasControlOrSpace(target.path + rest) ? UNSAFE_TARGET : join(target, target.path, rest);
  }
  if (request.unsafeQuery) return UNSAFE_QUERY;
  if (request.verbatim) return join(target, target.encodedPath, request.raw.slice(length));
  const rest = encodePath(request.path.slice(length), mode);
  return rest === undefined ? BAD_REENCODING : join(target, target.encodedPath, withQuery(rest, request));
}

/**
 * Applies a regex rule: groups are put into the target, or the whole path follows it.
 *
 * @returns undefined if the rule does not match
 * @source mod_proxy.c:ap_proxy_trans_match
 */
export function mapRegex(route: RegexRoute, request: RequestTarget, mode: EncodedSlashes): Mapping | undefined {
  const match = route.pattern.exec(request.path);
  if (match === null) return undefined;
  const { target, template } = route;
  if (target.kind === 'local') return LOCAL;
  if (target.kind === 'url' && target.origin === undefined) return VARYING_HOST;
  const rawMatch = route.nocanon ? route.pattern.exec(request.raw) : null;
  const raw = rawMatch !== null;
  if (!raw && request.unsafeQuery) return UNSAFE_QUERY;
  const expanded = expandTemplate(template, rawMatch ?? match, raw ? request.raw : request.path);
  const authorityEnd = endOfAuthority(expanded, raw);
  const path = expanded.slice(authorityEnd);
  if (raw && hasControlOrSpace(path)) return UNSAFE_TARGET;
  const sent = raw ? path : encodePath(path, mode);
  if (sent === undefined) return BAD_REENCODING;
  const rooted = sent.startsWith('/') ? sent : `/${sent}`;
  const written = expanded.slice(0, authorityEnd);
  const authority = target.kind === 'url' ? written : written.slice(BALANCER_PREFIX.length).toLowerCase();
  if (target.kind === 'url' && authority !== target.origin) return glued(authority);
  return { kind: 'forward', authority, path: raw ? rooted : withQuery(rooted, request) };
}

const BALANCER_PREFIX = 'balancer://';

/** Index of the `/` that ends the authority, or of the `?` of a raw target that was put right behind it. */
function endOfAuthority(url: string, raw: boolean): number {
  const start = url.indexOf('://') + 3;
  for (let i = start; i < url.length; i++) {
    const code = url.charCodeAt(i);
    if (code === SLASH || (raw && code === QUESTION)) return i;
  }
  return url.length;
}

type ForwardTarget = Exclude<CompiledTarget, { kind: 'local' }>;

/**
 * @param path path of the target, in the form it is sent
 * @param rest what follows it, in the form it is sent, query included
 */
function join(target: ForwardTarget, path: string, rest: string): Mapping {
  const authority = target.kind === 'url' ? (target.origin ?? '') : target.name;
  if (path !== '') return { kind: 'forward', authority, path: path + rest };
  const first = rest.charCodeAt(0);
  if (first === SLASH) return { kind: 'forward', authority, path: rest };
  if (rest === '' || first === QUESTION) return { kind: 'forward', authority, path: `/${rest}` };
  return glued(authority + rest);
}

function withQuery(path: string, { query }: RequestTarget): string {
  return query === undefined ? path : `${path}?${query}`;
}

function glued(authority: string): Mapping {
  return {
    kind: 'refusal',
    status: 500,
    reason: `the rest of the path would become part of the host in "${authority}"; end the target with "/"`,
  };
}

const VARYING_HOST: Mapping = {
  kind: 'refusal',
  status: 500,
  reason: 'the host or port of the target comes out of a substitution; only the path may vary',
};
const UNSAFE_TARGET: Mapping = {
  kind: 'refusal',
  status: 403,
  reason: 'nocanon would forward a raw space or control character',
};
const UNSAFE_QUERY: Mapping = {
  kind: 'refusal',
  status: 403,
  reason: 'the query has a raw space or control character',
};
const BAD_REENCODING: Mapping = {
  kind: 'refusal',
  status: 400,
  reason: 'the path has an encoded "%", which cannot be forwarded while encoded slashes are kept',
};
