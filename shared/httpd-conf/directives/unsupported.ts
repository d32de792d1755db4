/**
 * Directives of httpd that are known and refused, by what they are for. They can't be ignored: each changes who gets in, where a
 * request goes or what is sent. Families are recognised by how their names begin.
 */
const FAMILIES: readonly (readonly [prefixes: string, what: string])[] = [
  ['SSL', 'TLS is not supported by this version'],
  ['MD <MD', 'certificates are not managed by this version'],
  ['H2', 'HTTP/2 is not supported by this version'],
  ['Rewrite', 'rewriting is not supported by this version'],
  ['Auth Anonymous Session LDAP', 'authentication is not supported, and leaving it out would let everybody in'],
  ['ProxyHCExpr', 'conditions on answers to health checks are not supported by this version; status 200 to 399 passes'],
  [
    'ProxyHCTemplate',
    'templates of health checks are not supported by this version; give hcmethod to each BalancerMember',
  ],
  [
    'ProxyFCGI ProxyHTML ProxyFtp ProxyExpress ProxySCGI ProxyWebsocket',
    'this kind of proxying is not supported by this version',
  ],
  ['Cache', 'caching is not supported by this version'],
  ['RemoteIP', 'addresses from headers are not supported by this version'],
  [
    'Deflate Brotli Expires ExtFilter Filter Substitute Layout Charset SSI InputSed OutputSed',
    'changing bodies is not supported by this version',
  ],
  ['DAV DBD Lua <Lua Heartbeat Isapi', 'this module is not supported by this version'],
  ['Sec QS_', 'this module is not supported, and leaving it out would weaken protection'],
];

const NAMES: readonly (readonly [what: string, names: string])[] = [
  [
    'access control is not supported, and leaving it out would let everybody in',
    'Deny Satisfy AllowMethods Limit LimitExcept RequireAll RequireAny RequireNone StrictHostCheck AllowCONNECT',
  ],
  ['headers can not be changed by this version', 'Header RequestHeader AddDefaultCharset'],
  [
    'variables of requests are not supported by this version',
    'SetEnv UnsetEnv PassEnv SetEnvIf SetEnvIfNoCase SetEnvIfExpr BrowserMatch BrowserMatchNoCase',
  ],
  [
    'redirects are not supported by this version',
    'Redirect RedirectMatch RedirectTemp RedirectPermanent RedirectRelative',
  ],
  [
    'files are not served by this gateway',
    'Alias AliasMatch ScriptAlias ScriptAliasMatch VirtualDocumentRoot VirtualDocumentRootIP VirtualScriptAlias VirtualScriptAliasIP',
  ],
  ["pages of the gateway's own are not supported by this version", 'ErrorDocument'],
  [
    'handlers and filters are not supported by this version',
    'SetHandler Action Script SetOutputFilter SetInputFilter AddOutputFilterByType ForceType',
  ],
  ['conditional sections by request are not supported by this version', 'If ElseIf Else'],
  ['macros are not supported by this version', 'Macro Use UndefMacro'],
  ['rewriting of cookies is not supported by this version', 'ProxyPassReverseCookieDomain ProxyPassReverseCookiePath'],
  [
    "cookies of the gateway's own are not supported by this version",
    'CookieTracking CookieName CookieExpires CookieDomain CookieStyle CookieHTTPOnly CookieSecure CookieSameSite',
  ],
  ['forward proxying is never done', 'ProxyRemote ProxyRemoteMatch NoProxy ProxyDomain ProxyBlock'],
  [
    'it is not supported by this version',
    'ChrootDir ServerPath ProxySourceAddress ProxyAsyncDelay ProxyAsyncIdleTimeout LimitInternalRecursion LimitXMLRequestBody RegexDefaultOptions RegisterHttpMethod QualifyRedirectURL MaxRanges MaxRangeOverlaps MaxRangeReversals KeptBodySize BufferSize FlushMaxThreshold FlushMaxPipelined ReadBufferSize',
  ],
];

const REASONS: ReadonlyMap<string, string> = new Map(
  NAMES.flatMap(([what, names]) => names.split(' ').map((name) => [name.toLowerCase(), what] as const)),
);

/** Names to suggest for misspelt ones. */
export const UNSUPPORTED_NAMES: readonly string[] = NAMES.flatMap(([, names]) => names.split(' '));

/** The same for people: what is refused and why; families by how their names begin. */
export const UNSUPPORTED_FAMILIES: readonly { readonly reason: string; readonly names: readonly string[] }[] = [
  ...FAMILIES.map(([prefixes, reason]) => ({ reason, names: prefixes.split(' ').map((prefix) => `${prefix}…`) })),
  ...NAMES.map(([reason, names]) => ({ reason, names: names.split(' ') })),
];

/** Why a directive that httpd has is refused; undefined when it isn't known. */
export function whyUnsupported(name: string): string | undefined {
  const lower = name.toLowerCase();
  const begins = (prefixes: string) => prefixes.split(' ').some((prefix) => lower.startsWith(prefix.toLowerCase()));
  return REASONS.get(lower) ?? FAMILIES.find(([prefixes]) => begins(prefixes))?.[1];
}
