import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { read } from './reading.ts';

type Case = { readonly where: string; readonly setting: string; readonly accepted: boolean };

/** Which parameters and directives a real httpd 2.4.71 accepts. */
const recorded: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL('../../conformance/vectors/config-errors.json', import.meta.url), 'utf8'),
);

/** Where we answer otherwise, and why. */
const DIFFERENCES: readonly (readonly [reason: string, settings: readonly string[]])[] = [
  [
    'numbers are read strictly: text after them is a mistake',
    ['loadfactor=2x', 'retry=abc', 'maxattempts=abc', 'ProxyTimeout 500ms', 'ProxyMaxForwards abc'],
  ],
  ['times have the units of httpd 2.5, which takes no fractions', ['retry=1.5']],
  ['flags that httpd keeps for itself are not for configurations', ['status=O', 'status=F', 'status=U']],
  [
    'AJP is not supported, and its secret with it',
    ['secret=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  ],
  [
    'conditions and templates of health checks are not supported by this version',
    ['ProxyHCExpr ok {%{REQUEST_STATUS} =~ /^2/}', 'ProxyHCTemplate t hcmethod=GET hcinterval=5'],
  ],
  ['not supported by this version', ['interpolate', 'mapping=encoded', 'mapping=servlet', 'BalancerInherit Off']],
  ['error pages are not replaced by this version', ['ProxyErrorOverride On', 'ProxyErrorOverride On 404 500']],
  ['Unix-domain sockets are not supported by this version', ['ProxyPass "/u" "unix:/run/x.sock|http://localhost/"']],
];

const DIFFERENT = new Map(DIFFERENCES.flatMap(([reason, settings]) => settings.map((setting) => [setting, reason])));

function configOf({ where, setting }: Case): string {
  const text = setting.replaceAll('{{W1}}', 'http://127.0.0.1:9001');
  switch (where) {
    case 'member':
      return `<Proxy "balancer://c">\n  BalancerMember "http://127.0.0.1:9001" ${text}\n</Proxy>`;
    case 'plain ProxyPass':
      return `ProxyPass "/x" "http://127.0.0.1:9001" ${text}`;
    case 'balancer':
      return `<Proxy "balancer://c">\n  BalancerMember "http://127.0.0.1:9001"\n  ProxySet ${text}\n</Proxy>`;
    case 'directive':
      return text;
    default:
      throw new Error(`unknown kind of case: ${where}`);
  }
}

describe('configurations that httpd was asked about', () => {
  test.each(recorded.cases.map((one) => [one.where, one.setting, one] as const))('%s: %s', (_, setting, one) => {
    const { definition, diagnostics } = read(`Listen 8080\n${configOf(one)}`);
    const accepted = definition !== undefined;
    const expected = DIFFERENT.has(setting) ? !one.accepted : one.accepted;
    expect(accepted, diagnostics.map(({ message }) => message).join('; ') || 'accepted without a word').toBe(expected);
  });

  test('list no difference that is none', () => {
    const settings = new Set(recorded.cases.map(({ setting }) => setting));
    expect([...DIFFERENT.keys()].filter((setting) => !settings.has(setting))).toEqual([]);
  });
});
