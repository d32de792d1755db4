import { describe, expect, test } from 'vitest';
import { formatDiagnostic } from '#shared/httpd-conf/diagnostic.ts';
import { IGNORED_DIRECTIVES } from '#shared/httpd-conf/directives/ignored.ts';
import { whyUnsupported } from '#shared/httpd-conf/directives/unsupported.ts';
import { memoryFiles } from '#shared/httpd-conf/memory-files.ts';
import { readHttpdConf } from '#shared/httpd-conf/read.ts';
import { messagesOf, read } from './reading.ts';

describe('directives without effect here', () => {
  test.each([
    'LoadModule proxy_module modules/mod_proxy.so',
    'User www-data',
    'ErrorLog "|/usr/bin/rotatelogs x 86400"',
    'MaxRequestWorkers 150',
    'ProxyRequests Off',
    'UseCanonicalName Off',
    'Protocols http/1.1',
    'BalancerPersist On',
    'BalancerGrowth 10',
    'ProxyStatus Full',
    'Require all granted',
    'Allow from all',
    'Order Deny,Allow',
    'AddLanguage de .de',
    'RemoveType tar',
    'AllowEncodedSlashes Off',
  ])('%s is listed with its place and a reason', (text) => {
    const { definition, diagnostics, ignored } = read(`Listen 80\n${text}`);
    expect([definition !== undefined, diagnostics]).toEqual([true, []]);
    expect(ignored).toMatchObject([{ file: 'a.conf', line: 2, column: 1, directive: text.split(' ')[0] }]);
    expect(ignored[0]?.reason).not.toBe('');
  });

  test('are no two of one name, and none is refused at the same time', () => {
    const names = IGNORED_DIRECTIVES.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => whyUnsupported(name) !== undefined)).toEqual([]);
  });

  test('include sections about files, whatever is in them', () => {
    const text = '<Directory />\nOptions None\nRequire all denied\n<Files "x">\nNonsense\n</Files>\n</Directory>';
    expect(messagesOf(text)).toEqual([]);
  });

  test('but a rule inside such a section was meant for another place', () => {
    expect(messagesOf('<Directory "/">\nProxyPass "http://h/"\n</Directory>')).toEqual([
      'a.conf:3:1: error: ProxyPass: is only allowed at the top level or in <VirtualHost> or in <Location>, not in <Directory>',
    ]);
  });
});

describe('directives that can not be ignored', () => {
  test.each([
    ['Require ip 10.0.0.0/8', 'let everybody in'],
    ['Require all denied', 'let everybody in'],
    ['Order allow,deny', 'write Require all granted instead'],
    ['Allow from 10.0.0.0/8', 'let everybody in'],
    ['<Limit POST>\nOrder allow,deny\n</Limit>', 'let everybody in'],
    ['Deny from all', 'let everybody in'],
    ['AuthType Basic', 'let everybody in'],
    ['<Limit POST>\n</Limit>', 'let everybody in'],
    ['TraceEnable Off', 'Off is not supported by this version: TRACE is passed on to backends'],
    ['ProxyRequests On', 'forward proxying, which this gateway never does'],
    ['SSLEngine On', 'TLS is not supported'],
    ['SSLProxyEngine On', 'TLS is not supported'],
    ['ProxyPass / https://h/', 'ProxyPass: TLS to backends (https://) is not supported by this version'],
    ['BalancerMember balancer://c wss://h/', 'TLS to backends (wss://) is not supported by this version'],
    ['RewriteRule ^/a /b [P]', 'rewriting is not supported'],
    ['Header set X y', 'headers can not be changed'],
    ['Protocols h2 http/1.1', 'only http/1.1 is supported'],
    ['AllowEncodedSlashes NoDecode', 'other than Off is not supported'],
    ['ProxyErrorOverride On', 'other than Off is not supported'],
    ['ProxyPassInherit Off', 'Off is not supported'],
    ['UseCanonicalName On', 'only Off is supported'],
    ['HttpProtocolOptions Unsafe', 'only Strict'],
    ['<If "%{HTTP_HOST} == \'x\'">\n</If>', 'conditional sections by request are not supported'],
  ])('%j is refused with the reason', (text, reason) => {
    const { definition } = read(`Listen 80\n${text}`);
    expect(definition).toBeUndefined();
    expect(messagesOf(text).join('\n')).toContain(reason);
  });

  test.each([
    ['ProxyPas / http://h/', 'ProxyPas: unknown directive; did you mean ProxyPass?'],
    ['<Poxy balancer://c>\n</Poxy>', '<Poxy>: unknown section; did you mean <Proxy>?'],
    ['Location /a', 'Location: is a section, not a directive; did you mean <Location>?'],
    ['<ProxyPass />\n</ProxyPass>', '<ProxyPass>: is a directive, not a section; did you mean ProxyPass?'],
    ['Zzyzx 1', 'Zzyzx: unknown directive'],
  ])('%j: the nearest known name is given', (text, expected) => {
    expect(messagesOf(text)[0]).toBe(`a.conf:2:1: error: ${expected}`);
  });
});

test.each([
  'ProxyPass / http://h/ hcmethod=GET',
  '<Proxy http://h/>\nProxySet hcinterval=5\n</Proxy>\nProxyPass / http://h/',
])('%j: health checks of a plain worker are listed as without effect', (text) => {
  const { ignored } = read(`Listen 80\n${text}`);
  expect(ignored).toMatchObject([{ reason: 'only members of balancers are checked, as in httpd' }]);
});

test('ProxyHCTPsize is taken and without effect', () => {
  const { ignored } = read('Listen 80\nProxyHCTPsize 0');
  expect(ignored).toMatchObject([{ reason: 'each node bounds its health checks by itself' }]);
});

test('a file that is no configuration is reported without end, but not for ever', () => {
  const { diagnostics } = read('x\n'.repeat(5_000));
  expect(diagnostics).toHaveLength(1_001);
  expect(diagnostics.some(({ message }) => message.includes('the rest is not shown'))).toBe(true);
});

test('a file that cannot be read is that one mistake', () => {
  const { definition, diagnostics } = readHttpdConf('none.conf', memoryFiles(new Map()));
  expect(definition).toBeUndefined();
  expect(diagnostics.map(formatDiagnostic)).toEqual(['none.conf:1:1: error: cannot read the file: no such file']);
});

test('control characters of a file are shown, not sent to the terminal', () => {
  expect(messagesOf('Foo\u001b[2J')).toEqual(['a.conf:2:1: error: Foo\\x1b[2J: unknown directive']);
});
