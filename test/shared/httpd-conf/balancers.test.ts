import { describe, expect, test } from 'vitest';
import { definitionOf, messagesOf } from './reading.ts';

function balancers(text: string) {
  return definitionOf(text).balancers;
}

describe('<Proxy balancer://…>', () => {
  test('makes a balancer of its members in order, and ProxySet gives it parameters', () => {
    const text = [
      '<Proxy "BALANCER://MySet" lbmethod=bytraffic>',
      '  BalancerMember "http://A:80" loadfactor=3 timeout=1',
      '  BalancerMember ws://b/s status=+H',
      '  BalancerMember retry=0 http://c:80/x',
      '  ProxySet maxattempts=1 lbmethod=bybusyness',
      '</Proxy>',
    ].join('\n');
    expect(balancers(text)).toEqual([
      {
        name: 'myset',
        // The section's own words come after what is inside it.
        parameters: { maxattempts: 1, lbmethod: 'bytraffic' },
        members: [
          { url: 'http://a', parameters: { loadfactor: 3, timeoutMs: 1_000 } },
          { url: 'ws://b/s', parameters: { status: 'H' } },
          { url: 'http://c/x', parameters: { retryMs: 0 } },
        ],
      },
    ]);
  });

  test('may be opened again, and added to from outside', () => {
    const text = [
      '<Proxy balancer://c>\nBalancerMember http://a\n</Proxy>',
      'BalancerMember balancer://C http://b lbset=1',
      'ProxySet balancer://c nofailover=On',
      '<Proxy balancer://c/ignored/path>\nBalancerMember http://d\n</Proxy>',
    ].join('\n');
    expect(balancers(text)).toMatchObject([
      {
        name: 'c',
        parameters: { nofailover: true },
        members: [{ url: 'http://a' }, { url: 'http://b' }, { url: 'http://d' }],
      },
    ]);
  });

  test('without members or ProxySet makes nothing', () => {
    expect(balancers('<Proxy balancer://c>\n</Proxy>')).toEqual([]);
  });

  test('adds no member whose URL begins with that of an earlier one, and says so', () => {
    const text =
      '<Proxy balancer://c>\nBalancerMember http://a\nBalancerMember http://a/app loadfactor=5\nBalancerMember http://A:80\nBalancerMember http://a2\n</Proxy>';
    expect(balancers(text)).toMatchObject([{ members: [{ url: 'http://a' }, { url: 'http://a2' }] }]);
    expect(messagesOf(text)).toEqual([
      'a.conf:4:16: warning: BalancerMember: not added: http://a/app begins with member http://a, since line 3',
      'a.conf:5:16: warning: BalancerMember: not added: http://a is a member already, since line 3',
    ]);
  });

  test('has both when the longer name comes first', () => {
    const text = '<Proxy balancer://c>\nBalancerMember http://a/app\nBalancerMember http://a\n</Proxy>';
    expect(balancers(text)).toMatchObject([{ members: [{ url: 'http://a/app' }, { url: 'http://a' }] }]);
  });

  test('takes a member URL with a = in it, which httpd takes for a parameter', () => {
    expect(balancers('<Proxy balancer://c>\nBalancerMember http://a/x=1\n</Proxy>')).toMatchObject([
      { members: [{ url: 'http://a/x=1' }] },
    ]);
  });

  test.each([
    ['BalancerMember http://a', 'outside <Proxy> the first word must be balancer://name'],
    ['BalancerMember balancer://c', 'wants the URL of a backend'],
    ['<Proxy http://h>\nBalancerMember http://a\n</Proxy>', 'belongs into a <Proxy balancer://…> section'],
    ['<Proxy balancer://c>\nBalancerMember http://a http://b\n</Proxy>', '"http://b" is no parameter'],
    ['<Proxy balancer://c>\nBalancerMember fcgi://a\n</Proxy>', 'FastCGI (fcgi://) is not supported'],
    ['<Proxy balancer://c>\nBalancerMember unix:/run/x|http://a\n</Proxy>', 'Unix-domain sockets are not supported'],
    [
      '<Proxy balancer://c>\nProxyTimeout 5\n</Proxy>',
      'is only allowed at the top level or in <VirtualHost>, not in <Proxy>',
    ],
    ['<Proxy balancer://c>\nProxySet lbmethod\n</Proxy>', '"lbmethod" is no parameter; want key=value'],
    ['<Proxy "*" timeout=3>\n</Proxy>', 'is no balancer and no worker to set parameters of'],
    ['<Proxy balancer://>\n</Proxy>', 'names no balancer'],
    [`<Proxy balancer://${'a'.repeat(85)}>\n</Proxy>`, 'at most 84 are possible'],
    ['ProxySet http://h timeout=3', 'there is no worker http://h up to here'],
    ['ProxySet', 'wants the name of a balancer or worker outside <Proxy>'],
  ])('%j is refused', (text, reason) => {
    expect(messagesOf(text).join('\n')).toContain(reason);
  });

  test('suggests the balancer that was meant', () => {
    const text =
      '<Proxy balancer://myset>\nBalancerMember http://a\n</Proxy>\nProxySet balancer://mysett nofailover=On';
    expect(messagesOf(text)).toEqual([
      'a.conf:5:10: error: ProxySet: there is no balancer://mysett up to here; did you mean balancer://myset?',
    ]);
  });

  test('with a wildcard holds what has no effect', () => {
    expect(messagesOf('<Proxy *>\nRequire all granted\n</Proxy>')).toEqual([]);
  });
});

describe('a balancer that a rule names', () => {
  test('may be defined later', () => {
    const text = 'ProxyPass / balancer://c\n<Proxy balancer://c>\nBalancerMember http://a\n</Proxy>';
    expect(messagesOf(text)).toEqual([]);
  });

  test('but nobody defines is made without members, with a warning', () => {
    const text = '<Proxy balancer://myset>\nBalancerMember http://a\n</Proxy>\nProxyPass / balancer://mysets/x';
    expect(balancers(text).map(({ name, members }) => [name, members.length])).toEqual([
      ['myset', 1],
      ['mysets', 0],
    ]);
    expect(messagesOf(text)).toEqual([
      'a.conf:5:13: warning: ProxyPass: balancer://mysets is not defined, so every request it gets is answered 503; did you mean balancer://myset?',
    ]);
  });

  test('and that has only parameters is warned of too', () => {
    const warning = 'balancer://c has no members, so every request it gets is answered 503';
    expect(messagesOf('ProxyPass / balancer://c nofailover=On').join('\n')).toContain(warning);
  });
});

describe('balancers of virtual hosts', () => {
  const inHost = (text: string) => `<VirtualHost *:8080>\nServerName v.test\n${text}\n</VirtualHost>`;
  const inMain = '<Proxy balancer://c>\nBalancerMember http://a\nProxySet nofailover=On timeout=7\n</Proxy>';

  test('are their own', () => {
    expect(balancers(inHost('<Proxy balancer://c>\nBalancerMember http://b\n</Proxy>'))).toMatchObject([
      { name: 'c', virtualHost: '*:8080/v.test', members: [{ url: 'http://b' }] },
    ]);
  });

  test('can be those of the main server, wherever it defines them', () => {
    const use = inHost('ProxyPass / balancer://c');
    expect(balancers(`${use}\n${inMain}`)).toMatchObject([{ name: 'c' }]);
    expect(messagesOf(`${inMain}\n${use}`)).toEqual([]);
  });

  test('are a copy of the main server one when they only give parameters', () => {
    const text = `${inMain}\n${inHost('ProxyPass / balancer://c stickysession=S timeout=8')}`;
    expect(balancers(text)[1]).toEqual({
      name: 'c',
      virtualHost: '*:8080/v.test',
      parameters: { nofailover: true, timeoutMs: 8_000, stickysession: { cookie: 'S', url: 'S' } },
      members: [{ url: 'http://a', parameters: {} }],
    });
  });

  test('of the same name as one of the main server are separate, with a warning', () => {
    const text = `${inMain}\n${inHost('<Proxy balancer://c>\nBalancerMember http://b\n</Proxy>')}`;
    expect(balancers(text).map(({ members }) => members.map(({ url }) => url))).toEqual([['http://a'], ['http://b']]);
    expect(messagesOf(text)[0]).toContain('httpd would use those of the main server, of line 3');
  });

  test('stand after those of the main server, by virtual host', () => {
    const text = `${inHost('<Proxy balancer://v>\nBalancerMember http://b\n</Proxy>')}\n${inMain}`;
    expect(balancers(text).map(({ name }) => name)).toEqual(['c', 'v']);
  });
});
