import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import { dropsConnection } from './local-response.ts';

/** What decides whether a client connection outlives the response. */
export type KeepAliveFacts = {
  readonly settings: EffectiveSettings;
  readonly versionMinor: 0 | 1;
  /** What the client's Connection field says. */
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly status: number;
  /** The client can tell the end of the body without the connection's end. */
  readonly delimited: boolean;
  /** Requests answered on this connection before this one. */
  readonly served: number;
  /** The request is not read to its end, its framing was odd, or the node is stopping. */
  readonly mustClose: boolean;
};

export type KeepAlive = {
  readonly keep: boolean;
  /** Field lines that tell the client, each with its line end. */
  readonly fields: string;
};

const CLOSE: KeepAlive = { keep: false, fields: 'Connection: close\r\n' };
const KEEP: KeepAlive = { keep: true, fields: '' };

/**
 * Decides on the connection's future and what to say about it. A client that asked for keep-alive by name gets told its
 * terms; others keep silent by default, as HTTP/1.1 does.
 *
 * @source KeepAlive, KeepAliveTimeout, MaxKeepAliveRequests (http_protocol.c:ap_set_keepalive); RFC 9112 9.3
 */
export function decideKeepAlive(facts: KeepAliveFacts): KeepAlive {
  const { settings } = facts;
  const left = settings.maxKeepAliveRequests - facts.served;
  if (
    facts.mustClose ||
    facts.close ||
    !facts.delimited ||
    !settings.keepAlive ||
    settings.keepAliveTimeoutMs <= 0 ||
    (settings.maxKeepAliveRequests > 0 && left <= 0) ||
    dropsConnection(facts.status) ||
    (facts.versionMinor === 0 && !facts.keepAlive)
  ) {
    return CLOSE;
  }
  if (!facts.keepAlive) return KEEP;
  const timeout = Math.floor(settings.keepAliveTimeoutMs / 1000);
  const max = settings.maxKeepAliveRequests > 0 ? `, max=${left}` : '';
  return { keep: true, fields: `Keep-Alive: timeout=${timeout}${max}\r\nConnection: Keep-Alive\r\n` };
}
