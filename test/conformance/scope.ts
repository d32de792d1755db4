import type { Observed } from './vector.ts';

/** How far a vector applies, and why not further. A vector without an entry has to agree from its first step to its last. */
export type Scope = {
  /** The whole vector needs what is not supported yet. */
  readonly later?: string;
  /** Configuration lines left out, and why. */
  readonly withoutConfig?: { readonly lines: RegExp; readonly reason: string };
  /** Response headers made by lines left out. */
  readonly withoutHeaders?: RegExp;
  /** Steps not taken, counted from 0. */
  readonly dropped?: readonly { readonly steps: readonly number[]; readonly reason: string }[];
  /** Steps answered otherwise on purpose: what is expected instead. */
  readonly different?: readonly Difference[];
};

export type Difference = {
  readonly steps: readonly number[];
  /** Replaces the recorded fields; null = the field isn't compared. */
  readonly instead: { readonly [Field in keyof Observed]: Observed[Field] | null };
  readonly reason: string;
};

const MANAGER = "httpd's balancer-manager is not there yet; penstock set does its work";
const PERSIST = 'BalancerPersist has no effect here: every override is an event and survives restarts';
const VARIABLES = 'SetEnvIf and request variables are not supported yet';
const LOG_HEADERS = {
  withoutConfig: { lines: /^Header /, reason: 'Header and request variables are not supported yet' },
  withoutHeaders: /^X-(Changed|Route|Sticky|WRoute|Bal|WName|W|R|C)$/i,
} as const;
/** `Proxy Error` is httpd's phrase for 502 and 500 when it is the proxy that made them. */
const REASON = 'a status made here has its registered reason phrase, whoever made it';
const LOCAL_FILES: Pick<Difference, 'instead' | 'reason'> = {
  instead: { status: 404, headers: null, body: '(server-made page)' },
  reason: 'files of its own are not served: what is not proxied is 404',
};

export const SCOPE: Readonly<Record<string, Scope>> = {
  'balancer-no-persist': { later: PERSIST },
  'balancer-persist': { later: PERSIST },
  'graceful-restart-persist': { later: PERSIST },
  'graceful-restart-state': { later: PERSIST },
  'manager-add-worker': { later: MANAGER },
  'manager-changes': { later: MANAGER },
  'manager-lbmethod-reset': { later: MANAGER },
  'manager-nonce-none': { later: MANAGER },
  'manager-reenable-no-reset': { later: MANAGER },
  'manager-sticky-and-balancer-params': { later: MANAGER },
  'hcheck-expr-template': { later: 'hcexpr= and hctemplate= are not supported yet' },
  'error-override': { later: 'ProxyErrorOverride and ErrorDocument are not supported yet' },
  'map-encoded-slashes-nodecode': { later: 'AllowEncodedSlashes other than Off is not supported yet' },
  'map-encoded-slashes-on': { later: 'AllowEncodedSlashes other than Off is not supported yet' },
  'map-interpolate': { later: `ProxyPassInterpolateEnv: ${VARIABLES}` },
  'map-mapping-encoded-servlet': { later: 'mapping= is not supported yet' },
  'reverse-cookies': { later: 'ProxyPassReverseCookieDomain and -Path are not supported yet' },

  'env-and-notes-in-log-headers': LOG_HEADERS,
  'sticky-cookie': LOG_HEADERS,
  'sticky-down-failover': LOG_HEADERS,
  'sticky-redirect': LOG_HEADERS,

  'bad-header-modes': {
    withoutConfig: { lines: /ProxyBadHeader/, reason: 'ProxyBadHeader other than IsError is not supported yet' },
    dropped: [{ steps: [1, 2], reason: 'ProxyBadHeader Ignore and StartBody are not supported yet' }],
    different: [
      {
        steps: [3],
        instead: { status: 502, headers: [], body: '(server-made page)' },
        reason: 'a status line among the headers makes an answer that can be read two ways: 502',
      },
    ],
  },
  'connect-timeout-and-errors-direct': {
    different: [{ steps: [3, 4], instead: { reason: 'Bad Gateway' }, reason: REASON }],
  },
  'connection-reuse': {
    withoutConfig: { lines: /^Rewrite/, reason: 'RewriteRule is not supported yet' },
    dropped: [{ steps: [4, 5, 14], reason: 'targets of RewriteRule [P] are not supported yet' }],
  },
  'dns-failure-no-failover': {
    different: [{ steps: [0], instead: { reason: 'Internal Server Error' }, reason: REASON }],
  },
  failontimeout: {
    different: [{ steps: [0, 1], instead: { reason: 'Bad Gateway' }, reason: REASON }],
  },
  'expect-100-and-ping': {
    withoutConfig: {
      lines: /Location|Proxy100Continue/,
      reason: 'Proxy100Continue Off is not supported yet',
    },
    dropped: [{ steps: [1], reason: 'Proxy100Continue Off is not supported yet' }],
    different: [
      {
        steps: [4],
        instead: { backendRequest: null },
        reason: 'a worker without ping= is not asked for an interim answer because the one tried before it was',
      },
    ],
  },
  'headers-max-forwards': {
    withoutConfig: { lines: /ProxyMaxForwards/, reason: 'ProxyMaxForwards other than -1 is not supported yet' },
    dropped: [{ steps: [7, 8], reason: 'ProxyMaxForwards other than -1 is not supported yet' }],
    different: [
      {
        steps: [3],
        instead: { headers: [] },
        reason: 'an answer to OPTIONS made here lists no method: none can be told of a resource that lies behind',
      },
    ],
  },
  'headers-to-backend-variants': {
    withoutConfig: { lines: /^SetEnvIf/, reason: VARIABLES },
    dropped: [{ steps: [2, 3, 5, 6, 7, 8], reason: VARIABLES }],
  },
  'headers-via-modes': {
    different: [
      {
        steps: [0],
        instead: { headers: null, backendRequest: null },
        reason: 'ProxyVia Full names this product in its comment, not httpd',
      },
    ],
  },
  'map-exclusions': {
    withoutConfig: { lines: /^SetEnvIf/, reason: VARIABLES },
    dropped: [{ steps: [8], reason: VARIABLES }],
    different: [{ steps: [0, 1, 4], ...LOCAL_FILES }],
  },
  'no-failover-after-send': {
    different: [
      { steps: [0, 1], instead: { reason: 'Bad Gateway' }, reason: REASON },
      {
        steps: [4],
        instead: { status: 502, body: null },
        reason: 'an answer without status line (HTTP/0.9) is no answer: 502, so that garbage never looks like a page',
      },
    ],
  },
  'status-mapping-errors': {
    withoutConfig: {
      lines: /foo:/,
      reason: 'a target with a scheme no worker speaks is refused when the configuration is read, not at every request',
    },
    dropped: [{ steps: [2], reason: 'the target with an unknown scheme does not come into service' }],
    different: [{ steps: [1], instead: { reason: 'Internal Server Error' }, reason: REASON }],
  },
  'timeout-units': {
    different: [
      {
        steps: [0],
        instead: { elapsedMs: 0 },
        reason: 'units on timeout= mean what they say, as in httpd 2.5: 1ms is a millisecond',
      },
    ],
  },
  'vhost-inheritance': {
    withoutConfig: {
      lines: /Inherit/,
      reason: 'ProxyPassInherit Off and BalancerInherit Off are not supported yet; On is the default',
    },
    dropped: [{ steps: [10], reason: 'both inheritance directives Off are not supported yet' }],
    different: [
      {
        steps: [12, 14],
        instead: { worker: 'W4', received: ['W4'], attempts: ['W4'] },
        reason:
          'a balancer of a virtual host has the members written there; httpd puts those of the main server in their place',
      },
      {
        steps: [13],
        instead: { worker: 'W3', received: ['W3'], attempts: ['W3'] },
        reason:
          'a balancer of a virtual host has the members written there; httpd puts those of the main server in their place',
      },
    ],
  },
};
