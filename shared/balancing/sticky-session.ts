import { isUsable, WorkerStatus } from '../definition/worker-status.ts';
import type { ElectionBalancer } from './balancing.ts';
import type { Election } from './election.ts';
import { retryWorker } from './error-state.ts';
import { addLbstatus, countElected, statusOf, type WorkerTable } from './worker-table.ts';

/** A session value with a route part, found in a request. */
export type Session = {
  /** The stickysession name it was found under (httpd's BALANCER_SESSION_STICKY). */
  readonly name: string;
  /** The route it asks for, without the separator; may be empty, which asks for none (BALANCER_SESSION_ROUTE). */
  readonly route: string;
};

/**
 * Finds the session a request belongs to: in the URL first, and only if there is no value at all, in the cookies.
 *
 * @param decodedPathAndQuery the path as it is forwarded but decoded, and `?` + the query as received if there is one
 * @param cookieHeader the Cookie header's value; several are joined with `, ` as httpd does
 * @returns undefined without stickysession, without a value, or if the value has no separator (the cookie is no second chance)
 * @source ProxySet `stickysession=`, `stickysessionsep=`, `scolonpathdelim=` (mod_proxy_balancer.c:find_session_route)
 */
export function findSession(
  balancer: ElectionBalancer,
  decodedPathAndQuery: string,
  cookieHeader: string | undefined,
): Session | undefined {
  const sticky = balancer.stickysession;
  if (sticky === undefined) return undefined;
  let name = sticky.url;
  let value = urlValue(decodedPathAndQuery, name, balancer.scolonpathdelim);
  if (value === undefined && cookieHeader !== undefined) {
    name = sticky.cookie;
    value = cookieValue(cookieHeader, name);
  }
  if (value === undefined) return undefined;
  const separator = balancer.stickysessionsep;
  if (separator === '') return { name, route: value };
  const at = value.indexOf(separator);
  return at < 0 ? undefined : { name, route: value.slice(at + separator.length) };
}

/**
 * Takes the worker a session's route names, without asking the lbmethod: a member with that route, standbys after others,
 * lbset ignored, draining ones included; if it is unusable, the one its `redirect` names. Every usable member of the whole
 * balancer is charged as if it had been considered, idle standbys and other sets too.
 *
 * @param ignored status bits that count as not set
 * @returns the election; a refusal if `nofailover` forbids another worker; undefined if the lbmethod may choose
 * @source mod_proxy_balancer.c:find_route_worker, proxy_balancer_pre_request
 */
export function electSticky(
  balancer: ElectionBalancer,
  table: WorkerTable,
  nowMs: number,
  session: Session,
  ignored = 0,
): Election | undefined {
  const { route } = session;
  if (route === '' || balancer.stickysession === undefined) return undefined;
  const index = findRoute(balancer, table, nowMs, { route, ignored }, 1, undefined);
  const member = balancer.members[index];
  if (member !== undefined) {
    chargeAll(balancer, table, member.slot);
    countElected(table, member.slot);
    const redirected = member.route !== route;
    return { kind: 'elected', member: index, by: redirected ? 'redirect' : 'route', routeChanged: redirected };
  }
  if (balancer.nofailover && balancer.members.some((other) => other.route === route)) return NOFAILOVER;
  return undefined;
}

const NOFAILOVER: Election = Object.freeze({ kind: 'refused', reason: 'nofailover' });

/** A chain of redirects ends after as many steps as there are members, as in httpd, and at this many at the latest. */
const MAX_REDIRECTS = 64;

/**
 * The usable member for a route: first those that are no standbys, then standbys.
 *
 * @param wanted.ignored status bits that count as not set
 * @param depth how many routes the chain of redirects has looked up, this one included
 * @param deadEnds routes at depths already found to lead nowhere: without it members that redirect to each other's route
 *   would be walked again for every path to them
 * @returns index in members, or -1
 */
function findRoute(
  balancer: ElectionBalancer,
  table: WorkerTable,
  nowMs: number,
  wanted: { readonly route: string; readonly ignored: number },
  depth: number,
  deadEnds: Set<string> | undefined,
): number {
  const { members } = balancer;
  const { route, ignored } = wanted;
  const mayRedirect = depth < members.length && depth < MAX_REDIRECTS;
  let seen = deadEnds;
  for (let pass = 0; pass < 2; pass++) {
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      if (member === undefined || member.route !== route) continue;
      const status = statusOf(table, member.slot) & ~ignored;
      if ((status & WorkerStatus.HOT_STANDBY) !== (pass === 0 ? 0 : WorkerStatus.HOT_STANDBY)) continue;
      if (isUsable(status)) return index;
      if (retryWorker(table, member, nowMs) && isUsable(statusOf(table, member.slot) & ~ignored)) return index;
      if (member.redirect === '' || !mayRedirect) continue;
      const deadEnd = `${depth} ${member.redirect}`;
      seen ??= new Set();
      if (seen.has(deadEnd)) continue;
      const found = findRoute(balancer, table, nowMs, { route: member.redirect, ignored }, depth + 1, seen);
      if (found >= 0) return found;
      seen.add(deadEnd);
    }
  }
  return -1;
}

/** Every usable member gains its lbfactor, the chosen one gives back the sum: session traffic counts for the method too. */
function chargeAll(balancer: ElectionBalancer, table: WorkerTable, chosenSlot: number): void {
  let total = 0;
  for (const member of balancer.members) {
    if (!isUsable(statusOf(table, member.slot))) continue;
    addLbstatus(table, member.slot, member.lbfactor);
    total += member.lbfactor;
  }
  addLbstatus(table, chosenSlot, -total);
}

/**
 * The value after `name=` anywhere in the URL, with no boundary asked for before the name. Delimiters right after the `=` are
 * skipped, since httpd takes the first token of what follows: `j=&j=1.b` gives `j=1.b`.
 *
 * @source mod_proxy_balancer.c:get_path_param
 */
function urlValue(url: string, name: string, scolonpathdelim: boolean): string | undefined {
  let hit = url.indexOf(name);
  while (hit >= 0) {
    const after = hit + name.length;
    if (url[after] === '=' && after + 1 < url.length) return firstToken(url, after + 1, scolonpathdelim);
    hit = url.indexOf(name, after + 1); // As in httpd: the character after a name that was no `=` is stepped over.
  }
  return undefined;
}

function firstToken(text: string, from: number, scolonpathdelim: boolean): string | undefined {
  const delimits = (at: number): boolean => {
    const char = text[at];
    return char === '?' || char === '&' || (scolonpathdelim && char === ';');
  };
  let start = from;
  while (start < text.length && delimits(start)) start++;
  let end = start;
  while (end < text.length && !delimits(end)) end++;
  return end > start ? text.slice(start, end) : undefined;
}

/**
 * The value of a cookie: its name at the start or after `;`, `,` or white space; white space may stand before `=`, the value
 * ends at `;` or `,`, quotes stay.
 *
 * @source mod_proxy_balancer.c:get_cookie_param
 */
function cookieValue(cookies: string, name: string): string | undefined {
  let hit = cookies.indexOf(name);
  while (hit >= 0) {
    let next = hit + 1;
    if (hit === 0 || BEFORE_NAME.includes(cookies[hit - 1] ?? '')) {
      let at = hit + name.length;
      while (at < cookies.length && SPACE.includes(cookies[at] ?? '')) at++;
      if (cookies[at] === '=' && at + 1 < cookies.length) return untilDelimiter(cookies, at + 1);
      next = at + 2; // httpd's pointer has stepped over the character that was no `=`.
    }
    hit = cookies.indexOf(name, next);
  }
  return undefined;
}

const SPACE = ' \t\n\v\f\r';
const BEFORE_NAME = `;,${SPACE}`;

function untilDelimiter(cookies: string, from: number): string {
  let end = from;
  while (end < cookies.length && cookies[end] !== ';' && cookies[end] !== ',') end++;
  return cookies.slice(from, end);
}
