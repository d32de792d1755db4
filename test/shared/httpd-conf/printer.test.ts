import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import { printHttpdConf } from '#shared/httpd-conf/printer.ts';
import { definitions } from './definitions.ts';
import { definitionOf, messages, read } from './reading.ts';

function again(print: string) {
  const result = read(print, { env: { X: 'from the environment' } });
  if (result.definition === undefined) throw new Error(`${messages(result).join('\n')}\n${print}`);
  return result.definition;
}

describe('the print of a definition', () => {
  test('reads as an equal definition, for whatever a configuration can express', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const print = printHttpdConf(definition);
        expect(again(print), print).toStrictEqual(definition);
        expect(printHttpdConf(again(print))).toBe(print);
      }),
      { numRuns: 500 },
    );
  });

  const guide = new URL('../../fixtures/guide/', import.meta.url);
  const examples = [
    ...readdirSync(guide).map((name) => new URL(name, guide)),
    new URL('../../../examples/guide.conf', import.meta.url),
  ];
  test.each(examples.map((file) => [file.pathname.split('/').at(-1), file] as const))(
    'of %s reads as the same',
    (_, file) => {
      const result = read(readFileSync(file, 'utf8'));
      expect(messages(result)).toEqual([]);
      expect(result.definition).toBeDefined();
      const definition = result.definition ?? EMPTY_DEFINITION;
      expect(again(printHttpdConf(definition))).toStrictEqual(definition);
    },
  );

  test('reads as people write', () => {
    const text = [
      'ServerName gw.test',
      'ProxyTimeout 5',
      '<Proxy balancer://c>\nBalancerMember http://a route=r\nProxySet nofailover=On\n</Proxy>',
      'ProxyPass /a/b !\nProxyPass /a http://h/x timeout=5 nocanon\nProxyPassMatch "^/b/(\\d+)$" "balancer://c/n/$1"',
      'ProxyPassReverse /a http://h/x',
      '<VirtualHost *:8080>\nServerName v.test\nServerAlias w.test\n<Location /l>\nProxyPass http://h2/\nProxyPassReverse http://h2/\n</Location>\n</VirtualHost>',
    ].join('\n');
    expect(printHttpdConf(definitionOf(text))).toBe(`Listen 8080

ServerName gw.test
ProxyTimeout 5

<Proxy "balancer://c">
  BalancerMember "http://a" route=r
  ProxySet nofailover=On
</Proxy>

ProxyPass "/a/b" "!"
ProxyPass "/a" "http://h/x" nocanon timeout=5
ProxyPassMatch "^/b/(\\d+)$" "balancer://c/n/$1"
ProxyPassReverse "/a" "http://h/x"

<VirtualHost *:8080>
  ServerName v.test
  ServerAlias w.test

  <Location "/l">
    ProxyPass "http://h2/"
    ProxyPassReverse "http://h2/"
  </Location>
</VirtualHost>
`);
  });

  test('makes workers by sections where no rule would make them, in the same order', () => {
    const text =
      '<Proxy http://z/>\nProxySet\n</Proxy>\n<Location /l>\nProxyPass http://l/\n</Location>\nProxyPass /a http://h/ retry=5';
    expect(printHttpdConf(definitionOf(text))).toContain(`
<Proxy "http://z/">
  ProxySet
</Proxy>

<Proxy "http://l/">
  ProxySet
</Proxy>

ProxyPass "/a" "http://h/" retry=5
`);
  });
});
