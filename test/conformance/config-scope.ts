/** Settings judged otherwise than httpd does. */
export type ConfigScope = {
  readonly kind: 'later' | 'different';
  readonly reason: string;
  /** `where | setting`, as in the recording. */
  readonly cases: readonly string[];
};

export const CONFIG_SCOPE: readonly ConfigScope[] = [
  {
    kind: 'different',
    reason: 'text after a number, or in its place, is a mistake here; httpd drops it and takes what is left, or 0',
    cases: [
      'member | loadfactor=2x',
      'member | retry=abc',
      'member | retry=1.5',
      'balancer | maxattempts=abc',
      'directive | ProxyTimeout 500ms',
      'directive | ProxyMaxForwards abc',
    ],
  },
  {
    kind: 'different',
    reason: "httpd's own bookkeeping flags O, G, U and F have no meaning in a configuration",
    cases: ['member | status=O', 'member | status=F', 'member | status=U'],
  },
  {
    kind: 'different',
    reason: 'it belongs to AJP, which is not spoken here',
    cases: [`member | secret=${'a'.repeat(63)}`],
  },
  {
    kind: 'later',
    reason: 'conditions and templates of health checks are not supported yet',
    cases: [
      'directive | ProxyHCExpr ok {%{REQUEST_STATUS} =~ /^2/}',
      'directive | ProxyHCTemplate t hcmethod=GET hcinterval=5',
    ],
  },
  {
    kind: 'later',
    reason: 'it is not supported yet',
    cases: [
      'plain ProxyPass | interpolate',
      'plain ProxyPass | mapping=encoded',
      'plain ProxyPass | mapping=servlet',
      'directive | BalancerInherit Off',
      'directive | ProxyErrorOverride On',
      'directive | ProxyErrorOverride On 404 500',
      'directive | ProxyPass "/u" "unix:/run/x.sock|http://localhost/"',
    ],
  },
];
