import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRoute, type RouteDecision } from '#shared/routing/decide.ts';
import { buildRouteTable } from '#shared/routing/route-table.ts';
import { selectServer } from '#shared/routing/virtual-host.ts';
import { readSmallConf } from './support/small-conf.ts';

type Decide = (target: string, host?: string) => RouteDecision;

function decider(...lines: string[]): Decide {
  const table = buildRouteTable(readSmallConf(lines));
  // Virtual hosts of these tests are on port 80; without a host it is the main server's turn.
  return (target, host) =>
    decideRoute(table, selectServer(table, '127.0.0.1', host === undefined ? 81 : 80, host ?? ''), target);
}

/** `owner url target`, `balancer id path`, or kind and reason or status. */
function brief(decision: RouteDecision): string {
  if (decision.kind === 'local') return `local ${decision.reason}`;
  if (decision.kind === 'refused') return `refused ${decision.status}`;
  const { upstream } = decision;
  if (upstream.kind === 'balancer') return `balancer ${upstream.id} ${upstream.path}`;
  return `${upstream.owner} ${upstream.worker.url} ${upstream.target}`;
}

describe('mapping, as httpd 2.4.71 answered it', () => {
  const decide = decider(
    '<Proxy balancer://p>',
    'BalancerMember http://w1',
    '</Proxy>',
    'ProxyPass /glue/ http://localhost',
    'ProxyPass /bglue/ balancer://p',
    'ProxyPass /enc "http://w1/e%20x y/"',
    'ProxyPass /q http://w1/q?x=1',
    'ProxyPass /nc/ http://w1/nc/ nocanon',
    'ProxyPass /ncs/ "http://w1/n s/" nocanon',
    'ProxyPassMatch ^/ncm/(.*)$ http://w1/ncm/$1 nocanon',
    'ProxyPassMatch ^/bs/(.*)$ http://w1/bs\\$1/\\a/$1',
    'ProxyPassMatch ^/ncw/ http://w1/ncw nocanon',
    'ProxyPassMatch ^/bm/(.*)$ balancer://p/$1',
    'ProxyPassMatch ^/bn(/.*)$ balancer://p$1',
    'ProxyPassMatch ^/bx/(.*)$ balancer://p$1',
    'ProxyPassMatch ^/bi balancer://p',
    'ProxyPassMatch ^/gl/(.*)$ http://w2:81$1',
    'ProxyPassMatch ^/host/([^/]*)(.*)$ http://$1$2',
    '<Location /lw*>',
    'ProxyPass http://w3/lw',
    '</Location>',
    '<Location /ls/>',
    'ProxyPass http://w3/ls',
    '</Location>',
    'ProxyPass /rv ws://w4/',
  );

  it.each([
    ['/glue/', 'main http://localhost /'],
    ['/glue/x', 'refused 500'],
    ['/bglue/', 'balancer p /'],
    ['/bglue/?q', 'balancer p /?q'],
    ['/bglue/x', 'refused 500'],
    ['/enc/z', 'main http://w1/e%20x y/ /e%2520x%20y//z'],
    ['/q/z?k', 'main http://w1/q?x=1 /q%3Fx=1/z?k'],
    ['/nc/a%20b?q', 'main http://w1/nc/ /nc/a%20b?q'],
    ['/nc/a%41?q', 'main http://w1/nc/ /nc/a%41?q'],
    ['/nc//a%41', 'main http://w1/nc/ /nc/aA'],
    ['//nc/a', 'main http://w1/nc/ /nc/a'],
    ['/n%63/%41', 'main http://w1/nc/ /nc/A'],
    ['/nc/a b', 'refused 403'],
    ['/ncs/a', 'refused 403'],
    ['/nc/a?b c', 'refused 403'],
    ['/q/a?b c', 'refused 403'],
    ['/ncm/a b', 'refused 403'],
    ['/ncm/a%20b?q=1', 'main http://w1/ncm/$1 /ncm/a%20b?q=1'],
    ['/ncw/a%20b?q=1', 'main http://w1/ncw /ncw/ncw/a%20b?q=1'],
    ['/bs/x', 'main http://w1/bs\\$1/\\a/$1 /bs$1/a/x'],
    ['/bs/$1', 'main http://w1/bs\\$1/\\a/$1 /bs$1/a/$1'],
    ['/bm/x', 'balancer p /x'],
    ['/bm/', 'balancer p /'],
    ['/bn/x?q', 'balancer p /x?q'],
    ['/bx/x', 'refused 500'],
    ['/bi/x', 'balancer p /bi/x'],
    ['/gl/', 'main http://w2:81$1 /'],
    ['/gl/x', 'refused 500'],
    ['/gl/80/x', 'refused 500'],
    ['/host/w1/x', 'refused 500'],
    ['/lwabc', 'main http://w3/lw /lw/lwabc'],
    ['/lwabc/d', 'local no-route'],
    ['/ls', 'local no-route'],
    ['/ls/a', 'main http://w3/ls /lsa'],
    ['/rv?', 'main ws://w4/ /?'],
    ['/rv/%25zz', 'main ws://w4/ //%25zz'],
    ['/rv/\u00e9', 'main ws://w4/ //%E9'],
    ['/rv#f', 'refused 400'],
    ['/rv%2f', 'refused 404'],
    ['*', 'local no-route'],
    ['rv', 'refused 400'],
  ])('%s goes to %s', (target, expected) => {
    expect(brief(decide(target))).toBe(expected);
  });

  it('tells what a request was decided on', () => {
    expect(decide('/%6ec/a?b=%20')).toMatchObject({
      decodedPath: '/nc/a',
      query: 'b=%20',
      routeName: 'ProxyPass /nc/',
    });
    expect(decide('/lwabc')).toMatchObject({ routeName: 'ProxyPassMatch /lw* in <Location /lw*>', query: undefined });
  });
});

describe('a balancer that does not exist', () => {
  it('is left to the caller to answer', () => {
    const table = buildRouteTable({
      ...readSmallConf([]),
      mainServer: {
        ...readSmallConf([]).mainServer,
        routes: [{ match: { kind: 'prefix', path: '/a' }, target: { kind: 'balancer', name: 'none', path: '' } }],
      },
    });
    expect(brief(decideRoute(table, table.main, '/a/x'))).toBe('balancer undefined /x');
  });
});

describe('plain workers', () => {
  const decide = decider(
    'ProxyPass /mw/a http://w/a',
    'ProxyPass /mw/deep http://w/b/deep',
    'ProxyPassMatch ^/p/(.*)/(.*) http://v/p/$1/x/$2',
    'ProxyPass /fix http://v/p/abc/x/verylong',
    '<VirtualHost *:80>',
    'ServerName a.test',
    'ProxyPass /tie http://w/a',
    'ProxyPass /short http://w/b',
    'ProxyPass /own http://w/own',
    'ProxyPass /other http://other/',
    '</VirtualHost>',
  );

  it.each([
    ['/tie/x', 'main http://w/a /a/x'],
    ['/mw/a/x', 'main http://w/a /a/x'],
    ['/mw/a/../../short/deep/x', 'main http://w/b/deep /b/deep/x'],
    ['/short/deeper', 'main http://w/b/deep /b/deeper'],
    ['/short/x', 'vh0 http://w/b /b/x'],
    ['/own', 'vh0 http://w/own /own'],
    ['/other/x', 'vh0 http://other/ //x'],
    ['/p/a/b', 'main http://v/p/$1/x/$2 /p/a/x/b'],
    ['/p/abc/verylonger', 'main http://v/p/abc/x/verylong /p/abc/x/verylonger'],
  ])('of %s is %s: the longest name of both servers, the main one first', (target, expected) => {
    expect(brief(decide(target, 'a.test'))).toBe(expected);
  });

  it('is none when the target is of another origin than any worker', () => {
    const definition = readSmallConf(['ProxyPass / http://w/']);
    const table = buildRouteTable({ ...definition, mainServer: { ...definition.mainServer, workers: [] } });
    expect(brief(decideRoute(table, table.main, '/'))).toBe('refused 500');
  });
});

describe('Locations', () => {
  const decide = decider(
    'ProxyPreserveHost On',
    '<Location /a>',
    'ProxyPreserveHost Off',
    'ProxyPassReverse http://w/in-a',
    '</Location>',
    '<LocationMatch b$>',
    'ProxyPreserveHost On',
    '</LocationMatch>',
    '<Location /a/ex>',
    'ProxyPass !',
    '</Location>',
    '<Location /lf/*/x>',
    'ProxyPreserveHost Off',
    '</Location>',
    'ProxyPass / http://w/',
    'ProxyPassReverse / http://w/',
    '<VirtualHost *:80>',
    'ServerName v.test',
    'ProxyPreserveHost Off',
    'ProxyPassReverse /v http://v/',
    '<Location />',
    'ProxyPreserveHost On',
    '</Location>',
    '</VirtualHost>',
  );

  it.each([
    ['/', true],
    ['/a', false],
    ['/ax', true],
    ['/a/x', false],
    ['/a/b', true],
    ['/lf/q/x', false],
    ['/lf/q/r/x', true],
    ['/lf/q/x/y', true],
  ])('of %s leave ProxyPreserveHost at %s: the last section wins', (target, preserve) => {
    expect(decide(target).settings.proxyPreserveHost).toBe(preserve);
    expect(decide(target).settings).toBe(decide(target).settings);
  });

  it('of the main server come before those of the virtual host', () => {
    expect(decide('/a', 'v.test').settings.proxyPreserveHost).toBe(true);
  });

  it('with an exclusion answer locally whatever the rule list says', () => {
    expect(brief(decide('/a/ex/x'))).toBe('local excluded');
  });

  it('add their reverse rules after those of the main server and the virtual host', () => {
    const paths = (decision: RouteDecision) =>
      decision.kind === 'proxy' ? decision.reverse?.map(({ path }) => path) : [];
    expect(paths(decide('/x'))).toEqual(['/']);
    expect(paths(decide('/a/x'))).toEqual(['/', '/a']);
    expect(paths(decide('/a/x', 'v.test'))).toEqual(['/', '/v', '/a']);
    expect(paths(decider('ProxyPass / http://w/')('/'))).toBeUndefined();
  });

  it('in more combinations than are remembered still give the right settings', () => {
    const sections = Array.from({ length: 12 }, (_, n) => [
      `<LocationMatch "x${n}-">`,
      `ProxyPreserveHost ${n % 2 === 0 ? 'On' : 'Off'}`,
      '</LocationMatch>',
    ]);
    const many = decider(...sections.flat(), 'ProxyPass / http://w/');
    for (let bits = 1; bits < 4096; bits++) {
      const names = Array.from({ length: 12 }, (_, n) => n).filter((n) => bits & (1 << n));
      const decision = many(`/${names.map((n) => `x${n}-`).join('')}`);
      expect(decision.settings.proxyPreserveHost).toBe((names.at(-1) ?? 1) % 2 === 0);
    }
  });
});

describe('virtual hosts', () => {
  const decide = decider(
    '<Proxy balancer://shared>',
    'BalancerMember http://m1',
    '</Proxy>',
    'ProxyPass /main balancer://shared',
    'ProxyPassReverse /main balancer://shared',
    '<VirtualHost *:80>',
    'ServerName plain.test',
    'ProxyPass /main http://never/',
    'ProxyPass /own balancer://shared',
    '</VirtualHost>',
    '<VirtualHost *:80>',
    'ServerName own.test',
    '<Proxy balancer://shared>',
    'BalancerMember http://o1',
    '</Proxy>',
    'ProxyPass /own balancer://shared',
    '</VirtualHost>',
  );

  it('use the rules and balancers of the main server, its rules first', () => {
    expect(brief(decide('/main/x', 'plain.test'))).toBe('balancer shared /x');
    expect(brief(decide('/own/x', 'plain.test'))).toBe('balancer shared /x');
  });

  it('use a balancer of their own before the main one of that name, in reverse rules too', () => {
    const decision = decide('/main/x', 'own.test');
    expect(brief(decision)).toBe('balancer vh1/shared /x');
    expect(brief(decide('/own/x', 'own.test'))).toBe('balancer vh1/shared /x');
    expect(decision).toMatchObject({ reverse: [{ path: '/main', members: ['http://o1'] }] });
    expect(decide('/main/x', 'plain.test')).toMatchObject({ reverse: [{ path: '/main', members: ['http://m1'] }] });
  });
});

const names = fc.constantFrom('a', 'b', 'ab', 'c d', '\u00c3\u00a9', 'x;y', '100%', '?', '#');
const paths = fc.array(names, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);

describe('properties', () => {
  it('what is sent decodes to the path that was asked for', () => {
    const decide = decider('ProxyPass / http://w/');
    fc.assert(
      fc.property(paths, fc.boolean(), (path, everything) => {
        const escaped = [...path].map((char) => {
          const plain = everything ? char === '/' : /[a-z/;]/.test(char);
          return plain ? char : `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
        });
        const decision = decide(escaped.join(''));
        expect(decision).toMatchObject({ kind: 'proxy', decodedPath: path });
        if (decision.kind !== 'proxy' || decision.upstream.kind !== 'worker') return;
        const sent = decision.upstream.target.replace(/%([0-9A-F]{2})/g, (_, hex) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
        expect(sent).toBe(path);
      }),
    );
  });

  it('an exclusion always wins over rules after it', () => {
    const prefix = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b');
    fc.assert(
      fc.property(prefix, fc.array(prefix, { maxLength: 4 }), paths, (excluded, later, path) => {
        const target = path.replace(/[^a-z/;]/g, '');
        const alone = decider(`ProxyPass ${excluded} !`)(target);
        const decision = decider(`ProxyPass ${excluded} !`, ...later.map((p) => `ProxyPass ${p} http://w/x/`))(target);
        if (brief(alone) === 'local excluded') expect(brief(decision)).toBe('local excluded');
        else expect(brief(decision)).not.toBe('local excluded');
      }),
    );
  });

  it('the first rule that matches decides, whatever comes after', () => {
    const prefix = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b', '/b/a/');
    fc.assert(
      fc.property(fc.uniqueArray(prefix, { minLength: 1 }), paths, (prefixes, path) => {
        const target = path.replace(/[^a-z/;]/g, '');
        const lines = prefixes.map((p, n) => `ProxyPass ${p} http://w${n}`);
        const first = lines.map((line) => brief(decider(line)(target))).find((answer) => answer !== 'local no-route');
        expect(brief(decider(...lines)(target))).toBe(first ?? 'local no-route');
      }),
    );
  });
});

describe('large tables', () => {
  it('hold 10,000 rules whose last one is found like the first', () => {
    const base = readSmallConf([]).mainServer;
    const urls = Array.from({ length: 10_000 }, (_, n) => `http://10.0.${n >> 8}.${n & 255}:8080/app${n}`);
    const table = buildRouteTable({
      listeners: [],
      virtualHosts: [],
      balancers: [],
      mainServer: {
        ...base,
        workers: urls.map((url) => ({ url, parameters: {} })),
        routes: urls.map((url, n) => ({ match: { kind: 'prefix', path: `/r${n}/` }, target: { kind: 'url', url } })),
      },
    });
    expect(brief(decideRoute(table, table.main, '/r9999/x'))).toBe(`main ${urls[9999]} /app9999x`);
    expect(brief(decideRoute(table, table.main, '/r0/x'))).toBe(`main ${urls[0]} /app0x`);
    expect(brief(decideRoute(table, table.main, '/r10000/x'))).toBe('local no-route');
  });
});
