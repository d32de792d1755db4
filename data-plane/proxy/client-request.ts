import type { EffectiveSettings } from '#shared/definition/defaults.ts';
import type { ServerContext } from '#shared/routing/virtual-host.ts';
import type { ConnectionOptions, RequestFraming } from '../http1/body-framing.ts';
import type { RequestHead } from '../http1/request-head.ts';

/** A client's request as read off its connection and found to be in order. */
export type ClientRequest = {
  readonly head: RequestHead;
  readonly framing: RequestFraming;
  /** What the client's Connection field says. */
  readonly options: ConnectionOptions;
  readonly server: ServerContext;
  /** ServerName, or the machine's name where there is none. */
  readonly serverName: string;
  /** The client's Host, or the authority of an absolute-form target; undefined if it sent none. */
  readonly host: string | undefined;
  readonly clientAddress: string;
  /** Requests answered on this connection before. */
  readonly served: number;
};

/**
 * The entry this gateway adds to Via, in both directions: `1.1 name[:port] [(product)]`, the version being the client's;
 * undefined when ProxyVia adds none.
 *
 * @source ProxyVia (proxy_util.c:ap_proxy_create_hdrbrgd); apache-semantics 12.2
 */
export function viaEntry(request: ClientRequest, settings: EffectiveSettings, product: string): string | undefined {
  const { proxyVia } = settings;
  if (proxyVia !== 'on' && proxyVia !== 'full') return undefined;
  const port = /:(\d+)$/.exec(request.host ?? '')?.[1];
  const name = port === undefined || port === '80' ? request.serverName : `${request.serverName}:${port}`;
  const entry = `1.${request.head.versionMinor} ${name}`;
  return proxyVia === 'full' ? `${entry} (${product})` : entry;
}
