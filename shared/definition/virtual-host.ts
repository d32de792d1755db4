import type { ReverseRule, Route } from './route.ts';
import type { Worker } from './worker.ts';

/**
 * A server as httpd means it: the main server, or one `<VirtualHost>`. Settings absent here come from the main server
 * and then from httpd's defaults (`effectiveSettings`).
 */
export type VirtualHost = {
  /** `main`, or the first address and the name: `*:8080/www.example.test`; unique in the definition. */
  readonly id: string;
  /** Addresses of the section; empty for the main server. Port `*` matches every port. */
  readonly addresses: readonly VirtualHostAddress[];
  readonly serverName?: ServerName;
  /** Names and `*`/`?` patterns, lower-cased. */
  readonly serverAliases: readonly string[];
  readonly settings: ServerSettings;
  /** Settings and rules of `<Location>` and `<LocationMatch>`, in configured order: later ones win over earlier. */
  readonly locations: readonly Location[];
  /** Server-level ProxyPass and ProxyPassMatch, in configured order. */
  readonly routes: readonly Route[];
  readonly reverseRules: readonly ReverseRule[];
  /** Plain workers of this server in order of creation; a URL finds the longest name that is its prefix. */
  readonly workers: readonly Worker[];
};

export const MAIN_SERVER = 'main';

export type VirtualHostAddress = {
  /** IP literal without brackets, `*`, or `_default_` read as `*`. */
  readonly address: string;
  readonly port: number | '*';
};

/** @source `ServerName [scheme://]domain-name[:port]` */
export type ServerName = { readonly scheme?: 'http' | 'https'; readonly host: string; readonly port?: number };

/** @source `<Location>`, `<LocationMatch>` */
export type Location = {
  readonly match:
    | { readonly kind: 'prefix'; readonly path: string }
    | { readonly kind: 'regex'; readonly pattern: string };
  /** The one rule a Location may hold; its prefix is the Location's path. */
  readonly route?: Route;
  readonly reverseRules: readonly ReverseRule[];
  readonly settings: DirectorySettings;
};

/** Settings a `<Location>` can change. */
export type DirectorySettings = {
  /** ProxyPreserveHost. Default false. */
  readonly proxyPreserveHost?: boolean;
  /** ProxyAddHeaders. Default true. */
  readonly proxyAddHeaders?: boolean;
  /** LimitRequestBody, bytes; 0 = no limit. Default 1 GiB, as httpd since 2.4.53. */
  readonly limitRequestBody?: number;
};

export type ProxyVia = 'off' | 'on' | 'full' | 'block';

/** Settings of a server. Times are milliseconds. */
export type ServerSettings = DirectorySettings & {
  /** Timeout. Default 60,000. */
  readonly timeoutMs?: number;
  /** ProxyTimeout. Default: Timeout. */
  readonly proxyTimeoutMs?: number;
  /** KeepAlive. Default true. */
  readonly keepAlive?: boolean;
  /** KeepAliveTimeout. Default 5,000. */
  readonly keepAliveTimeoutMs?: number;
  /** MaxKeepAliveRequests; 0 = no limit. Default 100. */
  readonly maxKeepAliveRequests?: number;
  /** ProxyVia. Default off. */
  readonly proxyVia?: ProxyVia;
  /** LimitRequestLine, bytes. Default 8190. */
  readonly limitRequestLine?: number;
  /** LimitRequestFieldSize, bytes. Default 8190. */
  readonly limitRequestFieldSize?: number;
  /** LimitRequestFields; 0 = no limit. Default 100. */
  readonly limitRequestFields?: number;
  /** RequestReadTimeout. Default header=20-40,MinRate=500 body=20,MinRate=500. */
  readonly requestReadTimeout?: RequestReadTimeout;
};

/** @source RequestReadTimeout (mod_reqtimeout): a stage absent here is inherited, then httpd's default. */
export type RequestReadTimeout = { readonly header?: ReadTimeoutStage; readonly body?: ReadTimeoutStage };

export type ReadTimeoutStage = {
  /** Time allowed at first; 0 = no limit. */
  readonly initialMs: number;
  /** Cap of the extended time; absent = no cap. */
  readonly maxMs?: number;
  /** Each this many bytes received extend the time by one second; absent = no extension. */
  readonly minRate?: number;
};
