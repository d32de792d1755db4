import { isIPv6 } from 'node:net';
import type { HeadError, RequestHead } from './request-head.ts';
import { HOST_NAME } from './tokens.ts';

/** A request target, taken apart. */
export type RequestTarget = {
  readonly form: 'origin' | 'absolute' | 'asterisk';
  /** Only with absolute-form: host and port as sent. It stands in for the Host header. */
  readonly host?: string;
  /** Begins with `/`, or is `*`. */
  readonly pathAndQuery: string;
};

/**
 * Judges what the grammar alone leaves open: exactly one well-formed Host (HTTP/1.0: at most one), and a target in a form that
 * fits the method. CONNECT is refused with 405; the answer needs an Allow header.
 *
 * @source RFC 9112 sections 3.2 and 3.3; RFC 9110 section 7.2
 */
export function validateRequest(head: RequestHead): HeadError | undefined {
  if (head.method === 'CONNECT') return { status: 405, reason: 'CONNECT is not supported' };
  const host = head.fields.get('host');
  if (host === undefined) {
    if (head.versionMinor === 1) return badRequest('an HTTP/1.1 request needs a Host header');
  } else {
    if (head.fields.count('host') > 1) return badRequest('there is more than one Host header');
    if (host !== '' && !isHostAndPort(host)) {
      return badRequest(`Host ${quoted(host)} is not a name or address with an optional port`);
    }
  }
  if (head.target.charCodeAt(0) === SLASH) return undefined;
  return specialTargetFault(head);
}

/** Takes the target of a request that `validateRequest` passed apart. */
export function requestTarget(head: RequestHead): RequestTarget {
  const target = head.target;
  if (target.charCodeAt(0) === SLASH) return { form: 'origin', pathAndQuery: target };
  if (target === '*') return { form: 'asterisk', pathAndQuery: '*' };
  const hostEnd = authorityEnd(target);
  const host = target.slice(HTTP_SCHEME.length, hostEnd);
  const rest = target.slice(hostEnd);
  if (rest.startsWith('/')) return { form: 'absolute', host, pathAndQuery: rest };
  // RFC 9112 section 3.2.4: OPTIONS for a whole server, written as a URL.
  if (rest === '' && head.method === 'OPTIONS') return { form: 'absolute', host, pathAndQuery: '*' };
  return { form: 'absolute', host, pathAndQuery: `/${rest}` };
}

/**
 * True for `name`, `a.b.c.d` or `[IPv6]` with an optional `:port`. Narrower than RFC 3986's reg-name, as httpd is: letters,
 * digits, `-`, `_` and `.` with no empty label but after a final dot; so no list, no user, no percent-encoding.
 */
export function isHostAndPort(text: string): boolean {
  let end: number;
  if (text.charCodeAt(0) === 0x5b) {
    end = text.indexOf(']') + 1;
    const address = text.slice(1, end - 1);
    if (end === 0 || address.includes('%') || !isIPv6(address)) return false;
  } else {
    end = nameEnd(text);
    if (end <= 0) return false;
  }
  if (end === text.length) return true;
  return text.charCodeAt(end) === 0x3a && isPort(text, end + 1);
}

const SLASH = 0x2f;
const DOT = 0x2e;
const HTTP_SCHEME = 'http://';

/** End of the host name at the start of `text`; -1 if it has an empty label. */
function nameEnd(text: string): number {
  let i = 0;
  let previous = DOT;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (HOST_NAME[code] !== 1) break;
    if (code === DOT && previous === DOT) return -1;
    previous = code;
  }
  return i;
}

/** Digits to the end, at most 65535; nothing at all is a port left to its default. */
function isPort(text: string, from: number): boolean {
  let port = 0;
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > 65_535) return false;
  }
  return true;
}

function specialTargetFault(head: RequestHead): HeadError | undefined {
  const target = head.target;
  if (target === '*') {
    return head.method === 'OPTIONS' ? undefined : badRequest(`request target "*" is for OPTIONS, not ${head.method}`);
  }
  if (target.slice(0, HTTP_SCHEME.length).toLowerCase() !== HTTP_SCHEME) {
    return badRequest(`request target ${quoted(target)} is neither a path nor an http:// URL`);
  }
  const host = target.slice(HTTP_SCHEME.length, authorityEnd(target));
  return isHostAndPort(host) ? undefined : badRequest(`request target ${quoted(target)} has no well-formed host`);
}

/** Where path or query begin in an `http://` URL. */
function authorityEnd(target: string): number {
  for (let i = HTTP_SCHEME.length; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code === SLASH || code === 0x3f) return i;
  }
  return target.length;
}

function badRequest(reason: string): HeadError {
  return { status: 400, reason };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
