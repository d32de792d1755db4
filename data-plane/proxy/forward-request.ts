import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import type { RequestHead } from '../http1/request-head.ts';

/** What decides how a client's request head reads when it reaches the worker. */
export type ForwardedRequest = {
  readonly head: RequestHead;
  /** Path and query to ask the worker for. */
  readonly target: string;
  /** `Host` for the worker: its own, or the client's under ProxyPreserveHost. */
  readonly host: string;
  /** The client's Host (or the authority of an absolute-form target); undefined if it sent none. */
  readonly clientHost: string | undefined;
  readonly clientAddress: string;
  readonly serverName: string;
  /** Via entry to add: `1.1 name[:port] [(product)]`; undefined for none. */
  readonly via: string | undefined;
  readonly settings: EffectiveSettings;
  /** Lower-cased names listed in the client's Connection header. */
  readonly connectionTokens: readonly string[];
  /** Length of the body, `chunked`, or none. */
  readonly body: number | 'chunked' | undefined;
  /** `forward`: keep the client's Expect; `add`: ask for 100-continue ourselves; `drop`. */
  readonly expect: 'forward' | 'add' | 'drop';
  /** Protocol to upgrade to, as the client wrote it. */
  readonly upgrade: string | undefined;
  /** Whether the connection will be used again. */
  readonly keepAlive: boolean;
};

/** Fields never passed on: they concern one connection, or are made anew. @source apache-semantics 12.1, RFC 9110 7.6.1 */
const HOP_BY_HOP = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'transfer-encoding',
  'content-length',
  'host',
]);

/**
 * The request head as sent to the worker: request line, Host, the client's fields in their order, added ones, framing,
 * Connection. Repeated fields become one line, as httpd merges them.
 *
 * @source mod_proxy (proxy_util.c:ap_proxy_create_hdrbrgd)
 */
export function forwardRequestHead(request: ForwardedRequest): string {
  const { head, settings, connectionTokens } = request;
  const { names, lowers, values } = head.fields;
  let out = `${head.method} ${request.target} HTTP/1.1\r\nHost: ${request.host}\r\n`;
  if (request.expect === 'add') out += 'Expect: 100-Continue\r\n';

  let viaDone = request.via === undefined;
  let forDone = !settings.proxyAddHeaders;
  let hostDone = forDone || request.clientHost === undefined;
  let serverDone = forDone;
  for (let i = 0; i < lowers.length; i++) {
    const lower = lowers[i]!;
    if (HOP_BY_HOP.has(lower)) continue;
    if (lower === 'expect') {
      // Kept even if Connection names it: the body waits for what the worker says to it.
      if (request.expect !== 'forward') continue;
    } else if (connectionTokens.length > 0 && connectionTokens.includes(lower)) continue;
    if (lower === 'via' && settings.proxyVia === 'block') continue;
    if (lowers.indexOf(lower) !== i) continue; // Merged into the first of its name.
    let value = values[i]!;
    for (let j = lowers.indexOf(lower, i + 1); j >= 0; j = lowers.indexOf(lower, j + 1)) value += `, ${values[j]}`;
    if (lower === 'via' && !viaDone) {
      value += `, ${request.via}`;
      viaDone = true;
    } else if (lower === 'x-forwarded-for' && !forDone) {
      value += `, ${request.clientAddress}`;
      forDone = true;
    } else if (lower === 'x-forwarded-host' && !hostDone) {
      value += `, ${request.clientHost}`;
      hostDone = true;
    } else if (lower === 'x-forwarded-server' && !serverDone) {
      value += `, ${request.serverName}`;
      serverDone = true;
    } else if (lower === 'max-forwards') {
      value = String(Number(value) - 1);
    }
    out += `${names[i]}: ${value}\r\n`;
  }
  if (!viaDone) out += `Via: ${request.via}\r\n`;
  if (!forDone) out += `X-Forwarded-For: ${request.clientAddress}\r\n`;
  if (!hostDone) out += `X-Forwarded-Host: ${request.clientHost}\r\n`;
  if (!serverDone) out += `X-Forwarded-Server: ${request.serverName}\r\n`;
  if (request.body === 'chunked') out += 'Transfer-Encoding: chunked\r\n';
  else if (request.body !== undefined) out += `Content-Length: ${request.body}\r\n`;
  if (request.upgrade !== undefined) return `${out}Connection: Upgrade\r\nUpgrade: ${request.upgrade}\r\n\r\n`;
  return `${out}Connection: ${request.keepAlive ? 'Keep-Alive' : 'close'}\r\n\r\n`;
}
