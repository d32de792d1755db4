// biome-ignore-all lint/suspicious/noTemplateCurlyInString: httpd's variables look like that
import { describe, expect, test } from 'vitest';
import { definitionOf, messages, messagesOf, read } from './reading.ts';

function timeoutOf(text: string, options = {}) {
  return definitionOf(text, options).mainServer.settings.timeoutMs;
}

describe('variables', () => {
  test('stand for what Define gave them', () => {
    expect(timeoutOf('Define SECONDS 7\nTimeout ${SECONDS}')).toBe(7_000);
  });

  test('stand for the environment when nothing is defined', () => {
    expect(timeoutOf('Timeout ${SECONDS}', { env: { SECONDS: '8' } })).toBe(8_000);
  });

  test('prefer what is defined, in the file or from outside', () => {
    expect(timeoutOf('Timeout ${S}', { env: { S: '8' }, defines: new Map([['S', '9']]) })).toBe(9_000);
    expect(timeoutOf('Define S 3\nTimeout ${S}', { env: { S: '8' }, defines: new Map([['S', '9']]) })).toBe(3_000);
  });

  test('have a default after ?=', () => {
    expect(timeoutOf('Timeout ${S?=4}')).toBe(4_000);
    expect(timeoutOf('Define S 5\nTimeout ${S?=4}')).toBe(5_000);
  });

  test('can hold quotes and blanks, and are replaced before words are told apart', () => {
    const text = 'Define RULE "\\"/a b\\" http://h/"\nProxyPass ${RULE}';
    expect(definitionOf(text).mainServer.routes).toMatchObject([{ match: { path: '/a b' } }]);
  });

  test('are replaced once: what comes in is not looked at again', () => {
    const routes = definitionOf('Define A "$"\nProxyPass "/${A}{A}" "http://h/"').mainServer.routes;
    expect(routes).toMatchObject([{ match: { path: '/${A}' } }]);
  });

  test('that mean nothing stay as they are, with a warning at their place', () => {
    expect(messagesOf('ProxyPass "/a${NO}" "http://h/"')).toEqual([
      'a.conf:2:14: warning: variable ${NO} is not defined; it stays as it is',
    ]);
  });

  test('never find what every object has', () => {
    expect(messagesOf('ProxyPass "/${constructor}" "http://h/"')).toHaveLength(1);
  });

  test('with a colon are left alone silently', () => {
    expect(messagesOf('ProxyPass "/${map:x}" "http://h/"')).toEqual([]);
  });

  test('are gone after UnDefine', () => {
    expect(timeoutOf('Define S 3\nUnDefine S\nTimeout ${S?=4}')).toBe(4_000);
  });

  test('keep words after them at their own columns', () => {
    expect(messagesOf('Define T http://h/\nProxyPass "/a" ${T} bad')).toEqual([
      'a.conf:3:21: error: ProxyPass: "bad" is no parameter; want key=value',
    ]);
  });

  test('can not grow a line without bound', () => {
    const doubling = Array.from({ length: 30 }, (_, i) => `Define V${i + 1} "\${V${i}}\${V${i}}"`).join('\n');
    const [message] = messagesOf(`Define V0 0123456789\n${doubling}`);
    expect(message).toContain('the line has more than 1048576 characters');
  });
});

describe('conditions', () => {
  const taken = (section: string, options = {}) => {
    const name = section.split(' ')[0];
    return definitionOf(`<${section}>\nTimeout 5\n</${name}>`, options).mainServer.settings.timeoutMs === 5_000;
  };

  test.each([
    ['IfModule mod_proxy.c', true],
    ['IfModule proxy_module', true],
    ['IfModule !proxy_module', false],
    ['IfModule "mod_proxy_balancer.c"', true],
    ['IfModule mod_ssl.c', false],
    ['IfModule !mod_ssl.c', true],
    ['IfDefine NO', false],
    ['IfDefine !NO', true],
    ['IfDefine YES', true],
    ['IfVersion >= 2.4', true],
    ['IfVersion > 2.5.1', false],
    ['IfVersion < 2.6', true],
    ['IfVersion <= 2.5', false],
    ['IfVersion 2.5.1', true],
    ['IfVersion == 2.5.1', true],
    ['IfVersion !< 2.4', true],
    ['IfVersion != 2.5.1', false],
    ['IfVersion = /^2\\.5/', true],
    ['IfVersion ~ ^2\\.4', false],
    ['IfDirective ProxyPass', true],
    ['IfDirective RewriteRule', false],
    ['IfSection VirtualHost', true],
    ['IfSection !VirtualHost', false],
    ['IfFile a.conf', true],
    ['IfFile b.conf', false],
  ])('<%s> is %s', (section, expected) => {
    expect(taken(section, { defines: new Map([['YES', '']]) })).toBe(expected);
  });

  test('skip what they do not take, mistakes and sections in it included', () => {
    const text = '<IfDefine NO>\n<Bogus>\nNonsense ${X}\n</Bogus>\nDefine T 3\n</IfDefine>\nTimeout ${T?=4}';
    expect(timeoutOf(text)).toBe(4_000);
  });

  test('may be inside sections and around them', () => {
    const text =
      '<IfModule mod_proxy.c>\n<Location "/a">\n<IfDefine !X>\nProxyPass "!"\n</IfDefine>\n</Location>\n</IfModule>';
    expect(definitionOf(text).mainServer.locations).toMatchObject([{ route: { target: { kind: 'local' } } }]);
  });

  test('of modules that are no part of this gateway are listed as ignored', () => {
    const { ignored } = read('Listen 80\n<IfModule mod_ssl.c>\nListen 443 https\n</IfModule>');
    expect(ignored).toMatchObject([{ line: 2, directive: '<IfModule>' }]);
  });

  test('warn of a module that the file loads and that is no part of this gateway', () => {
    const text =
      'LoadModule headers_module modules/mod_headers.so\n<IfModule mod_headers.c>\nHeader unset X\n</IfModule>';
    expect(messagesOf(text)).toEqual([
      'a.conf:3:11: warning: <IfModule>: mod_headers.c is loaded in httpd but is no part of this gateway; the section is skipped',
    ]);
  });

  test('refuse versions and operators that are none', () => {
    expect(messagesOf('<IfVersion => 2.4>\n</IfVersion>\n<IfVersion > two>\n</IfVersion>')).toEqual([
      'a.conf:2:12: error: <IfVersion>: unknown operator "=>"; operators are = == > >= < <= ~',
      'a.conf:4:12: error: <IfVersion>: "two" is no version; want major[.minor[.patch]] in numbers',
    ]);
  });
});

describe('Include', () => {
  const files = {
    'sites/one.conf': 'ProxyPass "/1" "!"',
    'sites/two.conf': 'ProxyPass "/2" "!"',
    'sites/deep/three.conf': 'ProxyPass "/3" "!"',
    'nested/first.conf': 'Include ../sites/one.conf\nInclude second.conf',
    'nested/second.conf': 'ProxyPass "/s" "!"',
    'bad/wrong.conf': '\n\n  Nonsense 1\n',
  };
  const paths = (text: string) =>
    (read(`Listen 80\n${text}`, { files }).definition?.mainServer.routes ?? []).map(({ match }) =>
      match.kind === 'prefix' ? match.path : match.pattern,
    );

  test.each([
    ['Include sites/one.conf', ['/1']],
    ['Include "sites/*.conf"', ['/1', '/2']],
    ['Include sites', ['/3', '/1', '/2']],
    ['Include nested/first.conf', ['/1', '/s']],
    ['IncludeOptional sites/none.conf', []],
    ['IncludeOptional none/*.conf', []],
    ['ProxyPass "/0" "!"\nInclude sites/two.conf\nProxyPass "/9" "!"', ['/0', '/2', '/9']],
  ])('%j reads in order', (text, expected) => {
    expect(paths(text)).toEqual(expected);
  });

  test('works inside sections', () => {
    const { definition } = read('Listen 80\n<VirtualHost *:80>\nInclude sites/one.conf\n</VirtualHost>', { files });
    expect(definition?.virtualHosts[0]?.routes).toHaveLength(1);
  });

  test('reports mistakes at the place in the included file', () => {
    expect(messages(read('Listen 80\nInclude bad/wrong.conf', { files }))).toEqual([
      'bad/wrong.conf:3:3: error: Nonsense: unknown directive',
    ]);
  });

  test('reports what is missing', () => {
    expect(messages(read('Listen 80\nInclude none.conf\nInclude no/*.conf', { files }))).toEqual([
      'a.conf:2:9: error: Include: cannot read none.conf: no such file',
      'a.conf:3:9: error: Include: no file matches no/*.conf; IncludeOptional allows that',
    ]);
  });

  test('reports a file that includes itself, with the way round', () => {
    const circle = { 'b.conf': 'Include c.conf', 'c.conf': 'Include b.conf' };
    expect(messages(read('Listen 80\nInclude b.conf', { files: circle }))).toEqual([
      'c.conf:1:9: error: Include: b.conf includes itself: a.conf > b.conf > c.conf > b.conf',
    ]);
  });

  test('stops at a depth of 100', () => {
    const chain = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}.conf`, `Include f${i + 1}.conf`]));
    const [message, ...more] = messages(read('Listen 80\nInclude f0.conf', { files: chain }));
    expect(message).toContain('files are included more than 100 deep');
    expect(more).toEqual([]);
  });

  test('stops after 10,000 files, however few they are', () => {
    const fan = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`f${i}.conf`, `Include f${i + 1}.conf\nInclude f${i + 1}.conf`]),
    );
    const found = messages(read('Listen 80\nInclude f0.conf', { files: { ...fan, 'f20.conf': '' } }));
    expect(found[0]).toContain('more than 10000 files are included');
  });
});

describe('sections', () => {
  test('that are not closed are reported where they begin', () => {
    expect(messagesOf('<VirtualHost *:8080>\n<Location "/a">\n')).toEqual([
      'a.conf:2:1: error: <VirtualHost>: is not closed: </VirtualHost> is missing',
      'a.conf:3:1: error: <Location>: is not closed: </Location> is missing',
    ]);
  });

  test('closed in the wrong order are reported with both places', () => {
    expect(messagesOf('<VirtualHost *:8080>\n<Location "/a">\n</VirtualHost>')).toEqual([
      'a.conf:3:1: error: <Location>: is not closed: </Location> is missing before </VirtualHost> in line 4',
    ]);
  });

  test('that were never opened are reported with what is open', () => {
    expect(messagesOf('</Proxy>\n<Location "/a">\n</Locations>\n</Location>')).toEqual([
      'a.conf:2:1: error: </Proxy>: closes nothing: no section is open',
      'a.conf:4:1: error: </Locations>: closes nothing: the open section is <Location> of line 3',
    ]);
  });

  test('must begin and end in the same file', () => {
    const result = read('Listen 80\nInclude b.conf\n</Location>', { files: { 'b.conf': '<Location "/a">' } });
    expect(messages(result)).toEqual([
      'a.conf:3:1: error: </Location>: closes nothing: no section is open',
      'b.conf:1:1: error: <Location>: is not closed: </Location> is missing',
    ]);
  });

  test('want their >, and nothing but a comment after it', () => {
    expect(
      messagesOf(
        '<Location "/a"\n</Location>\n<Location "/b"> ProxyPass "!"\n</Location>\n<Location "/c"> # c\n</Location>',
      ),
    ).toEqual([
      "a.conf:2:14: error: <Location>: the closing '>' is missing",
      'a.conf:4:16: error: <Location>: "ProxyPass "!"" after the closing > belongs on the next line',
      'a.conf:6:16: warning: <Location>: text after the closing > is not read; put comments on their own line',
    ]);
  });

  test('have names in any letter case', () => {
    expect(messagesOf('<LOCATION "/a">\nproxypass "!"\n</location>')).toEqual([]);
  });

  test('nest 100 deep and no deeper', () => {
    const deep = '<IfDefine !X>\n'.repeat(101) + '</IfDefine>\n'.repeat(101);
    expect(messagesOf(deep)).toEqual(['a.conf:102:1: error: <IfDefine>: sections are nested more than 100 deep']);
  });
});

describe('Error and Warning', () => {
  test('say what the file tells them to', () => {
    expect(messagesOf('Warning "look here"\n<IfDefine !PROD>\nError "no PROD"\n</IfDefine>')).toEqual([
      'a.conf:2:1: warning: Warning: look here',
      'a.conf:4:1: error: Error: no PROD',
    ]);
  });
});
