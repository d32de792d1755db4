/**
 * One ProxyPass or ProxyPassMatch: what it matches and where that goes. Order matters: the first match wins.
 *
 * @source ProxyPass, ProxyPassMatch
 */
export type Route = {
  readonly match: RouteMatch;
  readonly target: RouteTarget;
  /** Forward the raw request target instead of the decoded and re-encoded one. */
  readonly nocanon?: boolean;
};

export type RouteMatch =
  | { readonly kind: 'prefix'; readonly path: string }
  /** An unanchored search on the decoded path (PCRE in httpd, ECMAScript here). */
  | { readonly kind: 'regex'; readonly pattern: string };

export type RouteTarget =
  /** `!`: the search ends and the request is answered locally (404). */
  | { readonly kind: 'local' }
  /** `balancer://name/path`; name lower-cased, path (may be empty) as written. */
  | { readonly kind: 'balancer'; readonly name: string; readonly path: string }
  /** A URL of a plain worker; scheme and host lower-cased, default port dropped, the rest as written. */
  | { readonly kind: 'url'; readonly url: string };

/**
 * One ProxyPassReverse: a value beginning with `target` is answered as `path` + rest.
 *
 * @source ProxyPassReverse (proxy_util.c:ap_proxy_location_reverse_map)
 */
export type ReverseRule = {
  readonly path: string;
  /** As written: absolute URL, `balancer://name[/path]`, or a path. */
  readonly target: string;
};
