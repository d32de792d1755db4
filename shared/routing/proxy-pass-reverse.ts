import type { ReverseRule } from '../definition/route.ts';
import type { Worker } from '../definition/worker.ts';
import { asciiLowerCase, byteString, startsWithIgnoringCase } from './byte-string.ts';
import { normaliseHost } from './host.ts';

/** A ProxyPassReverse made ready: the texts to compare with are prepared once. */
export type CompiledReverseRule =
  /** The value begins with this URL. */
  | { readonly kind: 'url'; readonly path: string; readonly target: string }
  /** The path part of an absolute value, or the value itself, begins with this path. */
  | { readonly kind: 'path'; readonly path: string; readonly target: string }
  /** The value begins with any member's URL, followed by the path part of the rule. */
  | { readonly kind: 'balancer'; readonly path: string; readonly members: readonly string[]; readonly rest: string };

/**
 * @param members members of a balancer by its name, as the server of the rule sees them; undefined if there is none
 * @source ProxyPassReverse
 */
export function compileReverseRule(
  rule: ReverseRule,
  members: (balancerName: string) => readonly Worker[] | undefined,
): CompiledReverseRule {
  const path = byteString(rule.path);
  const target = byteString(rule.target);
  const name = balancerOfReverseRule(rule);
  const workers = name === undefined ? undefined : members(name);
  if (workers === undefined) {
    const kind = target.startsWith('/') ? 'path' : 'url';
    return { kind, path, target: asciiLowerCase(target) };
  }
  const slash = target.indexOf('/', BALANCER_PREFIX.length);
  const rest = slash < 0 || slash === target.length - 1 ? '' : target.slice(slash);
  const { whole, withoutSlash } = urlsOf(workers);
  return { kind: 'balancer', path, members: rest === '' ? whole : withoutSlash, rest };
}

type MemberUrls = { readonly whole: readonly string[]; readonly withoutSlash: readonly string[] };

/** By list of members: thousands of rules may name one balancer of thousands. */
const URLS = new WeakMap<readonly Worker[], MemberUrls>();

function urlsOf(workers: readonly Worker[]): MemberUrls {
  const known = URLS.get(workers);
  if (known !== undefined) return known;
  const whole = workers.map((worker) => asciiLowerCase(byteString(worker.url)));
  const urls = { whole, withoutSlash: whole.map(withoutFinalSlash) };
  URLS.set(workers, urls);
  return urls;
}

const BALANCER_PREFIX = 'balancer://';

/** Name of the balancer a rule speaks of, or undefined. */
export function balancerOfReverseRule({ target }: ReverseRule): string | undefined {
  if (!startsWithIgnoringCase(target, BALANCER_PREFIX)) return undefined;
  return target.slice(BALANCER_PREFIX.length).split('/', 1)[0]?.toLowerCase();
}

function withoutFinalSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}

/**
 * Maps a backend's URL in a response header back to what the client knows it by: the first rule that matches replaces what it
 * matched with its path. For Location, Content-Location, URI and Destination.
 *
 * @param value byte string, as received
 * @param context scheme the client used, and its Host header as received or else the server's name
 * @returns an absolute URL if a rule matched; the value itself if none did
 * @source proxy_util.c:ap_proxy_location_reverse_map
 */
export function reverseLocation(
  rules: readonly CompiledReverseRule[],
  value: string,
  context: { scheme: string; host: string },
): string {
  for (const rule of rules) {
    const mapped = applyRule(rule, value);
    if (mapped !== undefined) return isAbsolute(mapped) ? mapped : clientOrigin(context) + mapped;
  }
  return value;
}

function applyRule(rule: CompiledReverseRule, value: string): string | undefined {
  if (rule.kind !== 'balancer' && rule.target === '') return undefined;
  switch (rule.kind) {
    case 'url':
      return startsWithIgnoringCase(value, rule.target) ? rule.path + value.slice(rule.target.length) : undefined;
    case 'path': {
      const part = pathPart(value);
      return startsWithIgnoringCase(part, rule.target) ? rule.path + part.slice(rule.target.length) : undefined;
    }
    case 'balancer':
      return applyToMembers(rule.members, rule.path, rule.rest, value);
  }
}

function applyToMembers(members: readonly string[], path: string, rest: string, value: string): string | undefined {
  for (const member of members) {
    if (!startsWithIgnoringCase(value, member)) continue;
    if (rest !== '') {
      // Unlike the member's URL, the rule's own path part is compared with case.
      if (value.startsWith(rest, member.length)) return path + value.slice(member.length + rest.length);
      continue;
    }
    const remaining = value.slice(member.length);
    return path === '/' && remaining.startsWith('/') ? remaining : path + remaining;
  }
  return undefined;
}

/** From the first `/` after the authority of an absolute URL; otherwise the whole value. */
function pathPart(value: string): string {
  const authority = value.indexOf('://');
  const slash = authority < 0 ? -1 : value.indexOf('/', authority + 3);
  return slash < 0 ? value : value.slice(slash);
}

function isAbsolute(url: string): boolean {
  return /^[a-z0-9+.-]+:/i.test(url);
}

/** `scheme://host[:port]` as the client addressed us, a default port left out. @source UseCanonicalName Off (ap_construct_url) */
function clientOrigin({ scheme, host }: { scheme: string; host: string }): string {
  const known = normaliseHost(host);
  if (known === undefined) return `${scheme}://${host}`;
  const defaultPort = scheme === 'https' ? 443 : 80;
  const port = known.port === undefined || known.port === defaultPort ? '' : `:${known.port}`;
  return `${scheme}://${known.host}${port}`;
}
