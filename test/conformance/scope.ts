import type { Observed } from './vector.ts';

/** How far a vector applies, and why not further. A vector without an entry has to agree from its first step to its last. */
export type Scope = {
  /** The whole vector waits for a later capability. */
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

const MANAGER = 'changes by balancer-manager forms come with the operator tools; overrides do their work here';
const PERSIST =
  'BalancerPersist comes with complete httpd fidelity; here every override is an event and survives restarts';
const HEALTH_CHECKS = 'active health checks (hcmethod and its family) come with the fleet';
const VARIABLES = 'SetEnvIf and request variables come with complete httpd fidelity';
const LOG_HEADERS = {
  withoutConfig: { lines: /^Header /, reason: 'Header and request variables come with complete httpd fidelity' },
  withoutHeaders: /^X-(Changed|Route|Sticky|WRoute|Bal|WName|W|R|C)$/i,
} as const;
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
  'hcheck-counts-not-consecutive': { later: HEALTH_CHECKS },
  'hcheck-expr-template': { later: HEALTH_CHECKS },
  'hcheck-failed-while-in-error': { later: HEALTH_CHECKS },
  'hcheck-get': { later: HEALTH_CHECKS },
  'hcheck-request-forms': { later: HEALTH_CHECKS },
  'error-override': { later: 'ProxyErrorOverride and ErrorDocument come with complete httpd fidelity' },
  'map-encoded-slashes-nodecode': { later: 'AllowEncodedSlashes comes with complete httpd fidelity' },
  'map-encoded-slashes-on': { later: 'AllowEncodedSlashes comes with complete httpd fidelity' },
  'map-interpolate': { later: `ProxyPassInterpolateEnv: ${VARIABLES}` },
  'map-mapping-encoded-servlet': { later: 'mapping= comes with complete httpd fidelity' },
  'reverse-cookies': { later: 'ProxyPassReverseCookieDomain and -Path come with complete httpd fidelity' },

  'env-and-notes-in-log-headers': LOG_HEADERS,
  'sticky-cookie': LOG_HEADERS,
  'sticky-down-failover': LOG_HEADERS,
  'sticky-redirect': LOG_HEADERS,

  'bad-header-modes': {
    withoutConfig: { lines: /ProxyBadHeader/, reason: 'ProxyBadHeader comes with complete httpd fidelity' },
    dropped: [{ steps: [1, 2], reason: 'ProxyBadHeader Ignore and StartBody come with complete httpd fidelity' }],
  },
  'connection-reuse': {
    withoutConfig: { lines: /^Rewrite/, reason: 'RewriteRule comes with whole configurations' },
    dropped: [{ steps: [4, 5, 14], reason: 'targets of RewriteRule [P] come with whole configurations' }],
  },
  'expect-100-and-ping': {
    withoutConfig: {
      lines: /Location|Proxy100Continue/,
      reason: 'Proxy100Continue comes with complete httpd fidelity',
    },
    dropped: [{ steps: [1], reason: 'Proxy100Continue Off comes with complete httpd fidelity' }],
  },
  'headers-max-forwards': {
    withoutConfig: { lines: /ProxyMaxForwards/, reason: 'ProxyMaxForwards comes with complete httpd fidelity' },
    dropped: [{ steps: [7, 8], reason: 'ProxyMaxForwards comes with complete httpd fidelity' }],
  },
  'headers-to-backend-variants': {
    withoutConfig: { lines: /^SetEnvIf/, reason: VARIABLES },
    dropped: [{ steps: [2, 3, 5, 6, 7, 8], reason: VARIABLES }],
  },
  'map-exclusions': {
    withoutConfig: { lines: /^SetEnvIf/, reason: VARIABLES },
    dropped: [{ steps: [8], reason: VARIABLES }],
    different: [{ steps: [0, 1, 4], ...LOCAL_FILES }],
  },
  'no-failover-after-send': {
    different: [
      {
        steps: [4],
        instead: { status: 502, body: null },
        reason: 'an answer without status line (HTTP/0.9) is no answer: 502, so that garbage never looks like a page',
      },
    ],
  },
  'vhost-inheritance': {
    withoutConfig: {
      lines: /Inherit/,
      reason:
        'ProxyPassInherit and BalancerInherit come with complete httpd fidelity; either On is the default taken here',
    },
    dropped: [{ steps: [10], reason: 'both inheritance directives Off come with complete httpd fidelity' }],
  },
};
