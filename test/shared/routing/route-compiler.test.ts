import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRoute } from '#shared/routing/decide.ts';
import { RouteCompiler } from '#shared/routing/route-compiler.ts';
import { buildRouteTable, type RouteTable } from '#shared/routing/route-table.ts';
import { selectServer } from '#shared/routing/virtual-host.ts';
import { runToEnd } from '#shared/slices.ts';
import { arbitraryChange, arbitraryConfiguration } from '#test/support/changing-definition.ts';
import { readSmallConf } from './support/small-conf.ts';

/** What a table says to some requests; walks the Locations, which a table remembers. */
function answers(table: RouteTable): unknown[] {
  return ['one.test', 'three.test', ''].flatMap((host) => {
    const server = selectServer(table, '127.0.0.1', 80, host);
    return ['/', '/x/a', '/y', '/x%20y', '/z'].map((target) => decideRoute(table, server, target));
  });
}

describe('a route compiler', () => {
  it('gives the table that a new one gives, after whatever changes, some of them given up half-way', () => {
    const change = fc.record({ change: arbitraryChange, givenUpAfter: fc.option(fc.nat(30), { nil: undefined }) });
    fc.assert(
      fc.property(arbitraryConfiguration, fc.array(change, { maxLength: 12 }), (first, changes) => {
        const compiler = new RouteCompiler();
        let now = first;
        runToEnd(compiler.compile(now.definition));
        for (const { change: next, givenUpAfter } of changes) {
          const then = next.to(now);
          const steps = compiler.compile(then.definition);
          if (givenUpAfter !== undefined) {
            for (let step = 0; step < givenUpAfter; step++) if (steps.next().done) break;
            continue;
          }
          now = then;
          const table = runToEnd(steps);
          const scratch = buildRouteTable(now.definition);
          expect(answers(table)).toEqual(answers(scratch));
          expect(withoutStates(table)).toEqual(withoutStates(scratch));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes over what did not change, and compiles what did', () => {
    const definition = readSmallConf([
      'ProxyPass /a http://h1/',
      'ProxyPass /b balancer://b/',
      'ProxyPassMatch ^/c(.*)$ http://h2$1',
      'ProxyPassReverse / balancer://b/',
      '<VirtualHost *:80>',
      'ProxyPass /d http://h1/',
      '</VirtualHost>',
      '<Proxy balancer://b>',
      'BalancerMember http://m1',
      '</Proxy>',
    ]);
    const compiler = new RouteCompiler();
    const before = runToEnd(compiler.compile(definition));
    expect(runToEnd(compiler.compile(definition)).virtualHosts[0]).toBe(before.virtualHosts[0]);

    const [b] = definition.balancers;
    const weighted = {
      ...definition,
      balancers: [{ ...b!, members: [{ url: 'http://m1', parameters: { lbset: 1 } }] }],
    };
    expect(runToEnd(compiler.compile(weighted)).main).toBe(before.main);

    const [first, second, third] = definition.mainServer.routes;
    const routes = [first!, { ...second!, nocanon: true }, third!];
    const edited = runToEnd(compiler.compile({ ...definition, mainServer: { ...definition.mainServer, routes } }));
    expect(edited.main.routes[0]?.map((route, i) => route === before.main.routes[0]?.[i])).toEqual([true, false, true]);
    expect(edited.main.walk.outside.reverse).toBe(before.main.walk.outside.reverse);
    expect(edited.addresses).toBe(before.addresses);
  });
});

/** Without what walking the Locations left behind. */
function withoutStates(table: RouteTable): unknown {
  const plain = ({ walk: { states: _, outside, ...walk }, ...server }: RouteTable['main']) => ({
    ...server,
    walk: { ...walk, outside: { ...outside, next: undefined } },
  });
  return { ...table, main: plain(table.main), virtualHosts: table.virtualHosts.map(plain) };
}
