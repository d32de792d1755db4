import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '#shared/httpd-conf/diagnostic.ts';
import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { CONFIG_SCOPE } from './config-scope.ts';
import type { ConfigCase } from './vector.ts';
import { loadConfigCases } from './vector.ts';

/** What is wrong with a configuration holding the setting; empty when it is accepted. */
function errorsOf({ where, setting }: ConfigCase): string[] {
  const lines = configFor(where, setting.replaceAll('{{W1}}', 'http://127.0.0.1:8001'));
  const { diagnostics } = readHttpdConf('case.conf', memoryFiles(new Map([['case.conf', lines.join('\n')]])));
  return diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
}

function configFor(where: ConfigCase['where'], setting: string): string[] {
  const member = '  BalancerMember "http://127.0.0.1:8002"';
  switch (where) {
    case 'member':
      return [
        'Listen 8080',
        '<Proxy "balancer://c">',
        `${member} ${setting}`,
        '</Proxy>',
        'ProxyPass "/" "balancer://c/"',
      ];
    case 'balancer':
      return [
        'Listen 8080',
        '<Proxy "balancer://c">',
        member,
        `  ProxySet ${setting}`,
        '</Proxy>',
        'ProxyPass "/" "balancer://c/"',
      ];
    case 'plain ProxyPass':
      return ['Listen 8080', `ProxyPass "/x" "http://127.0.0.1:8001/" ${setting}`];
    case 'directive':
      return ['Listen 8080', setting];
  }
}

describe('settings tried on httpd 2.4.71', () => {
  const cases = loadConfigCases();
  const listed = new Set(CONFIG_SCOPE.flatMap((scope) => scope.cases));

  test('every entry of the scope names a case', () => {
    const known = new Set(cases.map(({ where, setting }) => `${where} | ${setting}`));
    expect([...listed].filter((key) => !known.has(key))).toEqual([]);
  });

  test.each(cases)('$where: $setting is accepted: $accepted', (each) => {
    const { where, setting, accepted } = each;
    const errors = errorsOf(each);
    // Otherwise on purpose, for the reason listed.
    const differs = listed.has(`${where} | ${setting}`);
    expect(errors.length === 0, errors.join('\n')).toBe(differs ? !accepted : accepted);
  });
});
