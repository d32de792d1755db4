import { describe, expect, test } from 'vitest';
import { definitionOf, messagesOf } from './reading.ts';

function main(text: string) {
  return definitionOf(text).mainServer;
}

describe('ProxyPass', () => {
  test('sends a path to a URL, whose worker it makes', () => {
    expect(main('ProxyPass "/app" "HTTP://Backend:80/App" timeout=5 nocanon')).toMatchObject({
      routes: [
        {
          match: { kind: 'prefix', path: '/app' },
          target: { kind: 'url', url: 'http://backend/App' },
          nocanon: true,
        },
      ],
      workers: [{ url: 'http://backend/App', parameters: { timeoutMs: 5_000 } }],
    });
  });

  test('keeps the order of rules, exclusions among them', () => {
    const { routes } = main('ProxyPass /a/b !\nProxyPassMatch ^/c$ http://h/c\nProxyPass /a http://h/');
    expect(routes).toEqual([
      { match: { kind: 'prefix', path: '/a/b' }, target: { kind: 'local' } },
      { match: { kind: 'regex', pattern: '^/c$' }, target: { kind: 'url', url: 'http://h/c' } },
      { match: { kind: 'prefix', path: '/a' }, target: { kind: 'url', url: 'http://h/' } },
    ]);
  });

  test('with ~ takes a regex', () => {
    expect(main('ProxyPass ~ "^/t/(.*)$" "http://h/tt/$1"')).toMatchObject({
      routes: [{ match: { kind: 'regex', pattern: '^/t/(.*)$' }, target: { url: 'http://h/tt/$1' } }],
      workers: [{ url: 'http://h/tt/$1' }],
    });
  });

  test('to a balancer gives its parameters to the balancer', () => {
    const text =
      '<Proxy balancer://C>\nBalancerMember http://b\n</Proxy>\nProxyPass / balancer://C/Path nofailover=On stickysession=S';
    expect(definitionOf(text)).toMatchObject({
      mainServer: { routes: [{ target: { kind: 'balancer', name: 'c', path: '/Path' } }], workers: [] },
      balancers: [{ name: 'c', parameters: { nofailover: true, stickysession: { cookie: 'S', url: 'S' } } }],
    });
  });

  test('lets the last of equal keys count', () => {
    expect(main('ProxyPass / http://h/ timeout=5 TIMEOUT=6').workers).toMatchObject([
      { parameters: { timeoutMs: 6_000 } },
    ]);
  });

  test.each([
    ['ProxyPass "/x"', 'wants a path and a URL, as in ProxyPass "/app" "http://10.0.0.1:8080/app"'],
    ['ProxyPass "/x" "nourl"', '"nourl" is not an absolute URL such as http://10.0.0.1:8080/app'],
    ['ProxyPass "/x" "http://h/" nocannon', '"nocannon" is no parameter; want key=value; did you mean nocanon?'],
    ['ProxyPass "/x" "http://h/$1"', '$n in "http://h/$1" is only replaced by ProxyPassMatch'],
    ['ProxyPassMatch "~" "^/x" "http://h/"', '"~" belongs to ProxyPass; ProxyPassMatch takes a regex anyway'],
    ['ProxyPassMatch "^/(" "http://h/"', '"^/(":'],
    ['ProxyPass "/x" "balancer://"', '"balancer://" names no balancer'],
    ['ProxyPass "/x" "balancer://a b"', '"a b" is no balancer name'],
    ['ProxyPass "/x" "unix:/run/x.sock|http://localhost/"', 'Unix-domain sockets are not supported'],
    ['ProxyPass "" "http://h/"', 'the path is empty'],
    ['ProxyPass "/x" "http://h/" mapping=encoded', 'mapping= is not supported'],
    ['ProxyPass "/x" "http://h/" interpolate', 'interpolate is not supported'],
  ])('%s is refused', (text, reason) => {
    const [message = 'accepted'] = messagesOf(text);
    expect(message).toContain(reason);
  });

  test('whose path can never match is left out with a warning', () => {
    expect(messagesOf('ProxyPass x http://h/')).toEqual([
      'a.conf:2:11: warning: ProxyPass: never matches, because "x" does not begin with /; left out',
    ]);
  });

  test('says that quotes inside a word are part of the value', () => {
    expect(messagesOf('ProxyPass / http://h/ route="a"')).toEqual([
      'a.conf:2:23: warning: ProxyPass: the quotes are part of the value, as in httpd; to quote, write "route=a"',
    ]);
  });

  test('lists noquery as ignored', () => {
    expect(messagesOf('ProxyPass / http://h/ noquery')).toEqual([]);
  });
});

describe('plain workers', () => {
  const urls = (text: string) => main(text).workers.map(({ url }) => url);

  test('are shared with every later target that begins with their name', () => {
    const text =
      'ProxyPass /a http://h/s timeout=1\nProxyPass /b http://h/s timeout=3\nProxyPass /c http://h/s2/longer';
    expect(main(text).workers).toEqual([{ url: 'http://h/s', parameters: { timeoutMs: 1_000 } }]);
    expect(messagesOf(text)).toEqual([
      'a.conf:3:25: warning: ProxyPass: timeout=3 has no effect: the target is covered by worker http://h/s of line 2, which is shared',
    ]);
  });

  test('are not shared when the longer name comes first', () => {
    expect(urls('ProxyPass /b http://h/s/longer\nProxyPass /a http://h/s')).toEqual([
      'http://h/s/longer',
      'http://h/s',
    ]);
  });

  test('are not shared with another host or port that begins alike', () => {
    const all = ['http://h', 'http://h2', 'http://h:808', 'http://h:8080'];
    expect(urls(all.map((url, i) => `ProxyPass /${i} ${url}`).join('\n'))).toEqual(all);
  });

  test('of regex rules and of plain rules do not cover each other', () => {
    const text = 'ProxyPass /app http://h/\nProxyPassMatch ^/slow/(.*) http://h/slow/$1 timeout=300';
    expect(urls(text)).toEqual(['http://h/', 'http://h/slow/$1']);
    expect(messagesOf(text)).toEqual([]);
  });

  test('of regex rules cover what their $n can stand for', () => {
    expect(urls('ProxyPassMatch ^/(.*) http://h/$1\nProxyPassMatch ^/b/(.*) http://h/b/$1')).toEqual(['http://h/$1']);
  });

  test('belong to the server they were made in', () => {
    const { mainServer, virtualHosts } = definitionOf(
      'ProxyPass / http://h/\n<VirtualHost *:8080>\nProxyPass / http://h/\n</VirtualHost>',
    );
    expect([mainServer.workers.length, virtualHosts[0]?.workers.length]).toEqual([1, 1]);
  });

  test('are made and set by <Proxy> and ProxySet', () => {
    const text = [
      '<Proxy "http://a/">\nProxySet timeout=3 retry=5\n</Proxy>',
      '<Proxy "http://b/" timeout=4>\n</Proxy>',
      '<Proxy "http://c/">\nProxySet\n</Proxy>',
      '<Proxy "http://d/">\n</Proxy>',
      '<ProxyMatch "http://e/$1">\nProxySet timeout=5\n</ProxyMatch>',
      'ProxySet http://b/x keepalive=On',
    ].join('\n');
    expect(main(text).workers).toEqual([
      { url: 'http://a/', parameters: { timeoutMs: 3_000, retryMs: 5_000 } },
      { url: 'http://b/', parameters: { timeoutMs: 4_000, keepalive: true } },
      { url: 'http://c/', parameters: {} },
      { url: 'http://e/$1', parameters: { timeoutMs: 5_000 } },
    ]);
  });

  test('that a section means but another covers get the parameters, with a warning', () => {
    const text = 'ProxyPass / http://h/\n<Proxy "http://h/app">\nProxySet timeout=3\n</Proxy>';
    expect(main(text).workers).toEqual([{ url: 'http://h/', parameters: { timeoutMs: 3_000 } }]);
    expect(messagesOf(text)).toEqual([
      'a.conf:4:1: warning: ProxySet: applies to http://h/ of line 2, which covers http://h/app',
    ]);
  });

  test('of 20,000 routes are told apart and shared', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => {
      const [name, path] = i % 2 === 0 ? ['ProxyPass', `/a${i}/`] : ['ProxyPassMatch', `^/a${i}/(.*)`];
      return `${name} "${path}" "http://10.0.${i % 250}.1:8080/ctx${i}/${i % 2 === 0 ? '' : '$1'}" timeout=5`;
    });
    const { routes, workers } = main([...lines, ...lines].join('\n'));
    expect([routes.length, workers.length]).toEqual([40_000, 20_000]);
  });
});

describe('<Location>', () => {
  test('holds a rule whose path is its own, rewriting and settings', () => {
    const text =
      '<Location "/a">\nProxyPass http://h/x nocanon\nProxyPassReverse http://h/x\nProxyPreserveHost On\nLimitRequestBody 10\n</Location>';
    expect(main(text).locations).toEqual([
      {
        match: { kind: 'prefix', path: '/a' },
        route: {
          match: { kind: 'prefix', path: '/a' },
          target: { kind: 'url', url: 'http://h/x' },
          nocanon: true,
        },
        reverseRules: [{ path: '/a', target: 'http://h/x' }],
        settings: { proxyPreserveHost: true, limitRequestBody: 10 },
      },
    ]);
  });

  test.each([
    ['<LocationMatch "^/m/(?<n>[a-z]+)$">\nProxyPassMatch http://h/$1\n</LocationMatch>', 'regex', 'regex'],
    ['<Location ~ "^/m/(.*)">\nProxyPass http://h/$1\n</Location>', 'regex', 'regex'],
    ['<Location "/m">\nProxyPassMatch http://h/\n</Location>', 'prefix', 'regex'],
    ['<Location "/m/*">\nProxyPass http://h/\n</Location>', 'prefix', 'regex'],
    ['<LocationMatch "^/m">\nProxyPass http://h/\n</LocationMatch>', 'regex', 'prefix'],
  ])('%j: the section matches by %s, the rule by %s', (text, section, rule) => {
    expect(main(text).locations).toMatchObject([{ match: { kind: section }, route: { match: { kind: rule } } }]);
  });

  test('without wildcards in its regex says that its ProxyPass never matches', () => {
    expect(messagesOf('<LocationMatch "^/m">\nProxyPass http://h/\n</LocationMatch>')).toEqual([
      'a.conf:3:1: warning: ProxyPass: "^/m" has no wildcards, so that ProxyPass takes it as a plain path and never matches; did you mean ProxyPassMatch?',
    ]);
  });

  test('has one rule, the last', () => {
    const text = '<Location "/a">\nProxyPass http://h/1\nProxyPass http://h/2\n</Location>';
    expect(main(text).locations).toMatchObject([{ route: { target: { url: 'http://h/2' } } }]);
    expect(messagesOf(text)).toEqual(['a.conf:4:1: warning: ProxyPass: replaces the rule this section has already']);
  });

  test.each([
    ['<Location "/a">\nProxyPass "/b" "http://h/"\n</Location>', 'takes no path inside <Location>'],
    ['<Location "/a">\nProxyPassReverse "/b" "http://h/"\n</Location>', 'takes only a URL inside <Location>'],
    ['<Location "/a">\nListen 80\n</Location>', 'is only allowed at the top level, not in <Location>'],
    [
      '<Location "/a">\n<Location "/b">\n</Location>\n</Location>',
      'is only allowed at the top level or in <VirtualHost>',
    ],
    ['<Location "/a" "/b">\n</Location>', 'takes one path'],
    ['<Location "a">\n</Location>', 'must begin with /'],
    ['<LocationMatch "(">\n</LocationMatch>', '"(":'],
    ['<Location>\n</Location>', 'wants path, or ~ regex'],
  ])('%j is refused', (text, reason) => {
    expect(messagesOf(text).join('\n')).toContain(reason);
  });
});

describe('ProxyPassReverse', () => {
  test('keeps path and target as written', () => {
    const { reverseRules } = main(
      'ProxyPassReverse /a HTTP://H:80/x\nProxyPassReverse /b balancer://C/y\nProxyPassReverse /c /d',
    );
    expect(reverseRules).toEqual([
      { path: '/a', target: 'HTTP://H:80/x' },
      { path: '/b', target: 'balancer://C/y' },
      { path: '/c', target: '/d' },
    ]);
  });

  test.each([
    ['ProxyPassReverse /a', 'wants a path and a URL outside <Location>'],
    ['ProxyPassReverse /a http://h/ interpolate', 'interpolate is not supported'],
    ['ProxyPassReverse /a http://h/ x', 'takes a path and a URL'],
  ])('%s is refused', (text, reason) => {
    expect(messagesOf(text).join('\n')).toContain(reason);
  });
});
