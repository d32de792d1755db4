import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import { type CompiledReverseRule, reverseLocation } from '#shared/routing/proxy-pass-reverse.ts';
import type { HeaderFields } from '../http1/header-fields.ts';
import type { ResponseHead } from '../http1/response-head.ts';
import { httpDate, standardDate } from './http-date.ts';

/** How the client will find the end of the body. */
export type DownstreamFraming = 'none' | 'length' | 'chunked' | 'until-close';

/** What decides how a worker's response head reads when it reaches the client. */
export type ForwardedResponse = {
  readonly head: ResponseHead;
  readonly framing: DownstreamFraming;
  readonly settings: EffectiveSettings;
  /** Value of the Via line to add, after any of the worker's own (a line of its own, as httpd does); undefined for none. */
  readonly via: string | undefined;
  readonly reverse: readonly CompiledReverseRule[] | undefined;
  /** For values rewritten by ProxyPassReverse. */
  readonly origin: { readonly scheme: string; readonly host: string };
  /** Connection fields for the client, e.g. from `keepAliveFields`. */
  readonly connection: string;
  /** Lower-cased names listed in the worker's Connection header. */
  readonly connectionTokens: readonly string[];
  /** Pass an Upgrade field on (the worker's `upgrade=` allows its protocol). */
  readonly upgradeAllowed: boolean;
};

/** @source apache-semantics 13, RFC 9110 7.6.1 */
const HOP_BY_HOP = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const DATES = new Set(['date', 'expires', 'last-modified']);
const REVERSED = new Set(['location', 'content-location', 'uri', 'destination']);

/**
 * The response head as sent to the client. Status and reason are relayed as they are; repeated fields stay separate.
 *
 * @source mod_proxy_http (mod_proxy_http.c:ap_proxy_http_process_response)
 */
export function forwardResponseHead(response: ForwardedResponse): string {
  const { head, connectionTokens } = response;
  const { names, lowers, values } = head.fields;
  let out = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
  const date = head.fields.get('date');
  if (date === undefined) out += `Date: ${httpDate()}\r\n`;
  for (let i = 0; i < lowers.length; i++) {
    const lower = lowers[i]!;
    if (lower === 'upgrade' && response.upgradeAllowed) {
      // E.g. a 426 that tells which protocol it wants.
      out += `Connection: Upgrade\r\n${names[i]}: ${values[i]}\r\n`;
      continue;
    }
    if (HOP_BY_HOP.has(lower)) continue;
    let value = values[i]!;
    if (lower === 'content-length') {
      // Kept even if Connection names it: the client finds the end of the body by it.
      // Without a body of its own the answer may still tell the length a GET would have had (HEAD, 304).
      if (response.framing === 'chunked' || response.framing === 'until-close' || head.status === 204) continue;
      if (lowers.includes('transfer-encoding')) continue; // RFC 9112 6.3: it says nothing then.
    } else if (connectionTokens.length > 0 && connectionTokens.includes(lower)) {
      continue;
    } else if (DATES.has(lower)) {
      value = standardDate(value);
    } else if (lower === 'warning') {
      if (contradictsDate(value, date)) continue;
    } else if (response.reverse !== undefined && REVERSED.has(lower)) {
      value = reverseLocation(response.reverse, value, response.origin);
    }
    out += `${names[i]}: ${value}\r\n`;
  }
  if (response.via !== undefined) out += `Via: ${response.via}\r\n`;
  if (response.framing === 'chunked') out += 'Transfer-Encoding: chunked\r\n';
  return `${out}${response.connection}\r\n`;
}

/** An interim (1xx) response as relayed. */
export function forwardInterimHead(head: ResponseHead): string {
  const { names, lowers, values } = head.fields;
  let out = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
  for (let i = 0; i < lowers.length; i++) {
    if (!HOP_BY_HOP.has(lowers[i]!) && lowers[i] !== 'content-length') out += `${names[i]}: ${values[i]}\r\n`;
  }
  return `${out}\r\n`;
}

/** A 101 as relayed: what the worker said, with the two fields that make the switch. */
export function forwardUpgradeHead(head: ResponseHead, protocol: string): string {
  const { names, lowers, values } = head.fields;
  let out = `HTTP/1.1 101 ${head.reason}\r\n`;
  for (let i = 0; i < lowers.length; i++) {
    const lower = lowers[i]!;
    if (!HOP_BY_HOP.has(lower) && lower !== 'upgrade' && lower !== 'content-length')
      out += `${names[i]}: ${values[i]}\r\n`;
  }
  return `${out}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
}

/** The trailer section that ends a chunked body. */
export function trailerSection(trailers: HeaderFields | undefined): string {
  if (trailers === undefined) return '0\r\n\r\n';
  let out = '0\r\n';
  for (let i = 0; i < trailers.length; i++) out += `${trailers.names[i]}: ${trailers.values[i]}\r\n`;
  return `${out}\r\n`;
}

/** RFC 2616 14.46: a Warning whose warn-date differs from Date is dropped. */
function contradictsDate(warning: string, date: string | undefined): boolean {
  const match = /"([^"]*GMT)"\s*$/.exec(warning);
  if (match === null || date === undefined) return false;
  return Date.parse(match[1]!) !== Date.parse(date);
}
