import { hexDigit } from './path-encoding.ts';

const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;

/**
 * Reads a Host header (or the authority of an absolute request target) as strictly as httpd: letters, digits, `-`, `_` and
 * single dots, with a top-level label that begins with a letter; or a dotted-decimal IPv4 address; or an IPv6 address in
 * brackets; then `:port`, 1..65535, or nothing.
 *
 * @returns host lower-cased, without a final dot, IPv6 in brackets; undefined if malformed or empty
 * @source HttpProtocolOptions Strict (vhost.c:fix_hostname, strict_hostname_check); RFC 9112 section 3.2
 */
export function normaliseHost(hostHeader: string): { host: string; port: number | undefined } | undefined {
  const bracketed = hostHeader.charCodeAt(0) === OPEN_BRACKET;
  const end = bracketed ? hostHeader.indexOf(']') + 1 : endOfName(hostHeader);
  if (end === 0) return undefined;
  let port: number | undefined;
  if (end < hostHeader.length) {
    port = readPort(hostHeader, end);
    if (port === undefined) return undefined;
  }
  const written = end === hostHeader.length ? hostHeader : hostHeader.slice(0, end);
  if (bracketed ? !isIpv6(written.slice(1, -1)) : !isName(written)) return undefined;
  const named = written.charCodeAt(written.length - 1) === DOT ? written.slice(0, -1) : written;
  return { host: named.toLowerCase(), port };
}

function endOfName(text: string): number {
  const colon = text.indexOf(':');
  return colon < 0 ? text.length : colon;
}

/** The port after the colon at `at`, or undefined: no colon, no digits, more than digits, or out of range. */
function readPort(text: string, at: number): number | undefined {
  if (text.charCodeAt(at) !== COLON || at + 1 === text.length) return undefined;
  let port = 0;
  for (let i = at + 1; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    port = port * 10 + digit;
    if (port > 65_535) return undefined;
  }
  return port === 0 ? undefined : port;
}

function isName(text: string): boolean {
  const length = text.charCodeAt(text.length - 1) === DOT ? text.length - 1 : text.length;
  if (length === 0) return false;
  let dots = 0;
  let letters = false;
  let lastLabel = 0;
  let leadingZero = startsWithZeroAndDigit(text, 0);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      dots++;
      lastLabel = i + 1;
      if (text.charCodeAt(i + 1) === DOT) return false;
      if (startsWithZeroAndDigit(text, i + 1)) leadingZero = true;
    } else if (isLetter(code) || code === HYPHEN || code === UNDERSCORE) {
      letters = true;
    } else if (!isDigit(code)) {
      return false;
    }
  }
  // Digits and dots only: four numbers, none of which could be taken for octal.
  if (!letters) return dots === 3 && !leadingZero && text.charCodeAt(0) !== DOT;
  return lastLabel === 0 || isLetter(text.charCodeAt(lastLabel));
}

function startsWithZeroAndDigit(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x30 && isDigit(text.charCodeAt(at + 1));
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Whether a text is an IPv6 address: eight groups, one `::` at most, the last two perhaps as IPv4; no zone. RFC 4291 section 2.2. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    for (const [place, part] of parts.entries()) {
      const last = index === halves.length - 1 && place === parts.length - 1;
      if (last && part.includes('.')) {
        if (!isIpv4(part)) return false;
        groups += 2;
      } else {
        if (!isGroup(part)) return false;
        groups++;
      }
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8;
}

function isGroup(part: string): boolean {
  if (part.length === 0 || part.length > 4) return false;
  for (let i = 0; i < part.length; i++) {
    if (hexDigit(part.charCodeAt(i)) < 0) return false;
  }
  return true;
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}
