import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Definition } from '#shared/definition/definition.ts';
import { validateDefinition } from '#shared/definition/validate.ts';
import { arbitraryDefinition } from '#test/control-plane/support/arbitrary-definition.ts';
import { balancer, definitionOf, worker } from '#test/control-plane/support/definitions.ts';

const good = definitionOf(balancer('app', [worker(1), worker(2, { status: 'H', loadfactor: 1.25 })]));

function paths(definition: Definition): string[] {
  return validateDefinition(definition).map(({ path }) => path);
}

function withWorkerUrl(url: string): Definition {
  return definitionOf(balancer('app', [{ url, parameters: {} }]));
}

describe('validating a definition', () => {
  test('finds nothing wrong in good ones', () => {
    expect(validateDefinition(good)).toEqual([]);
    fc.assert(
      fc.property(arbitraryDefinition(), (definition) => {
        expect(validateDefinition(definition)).toEqual([]);
      }),
    );
  });

  test.each([
    ['http://10.0.0.1:8080'],
    ['http://backend'],
    ['http://backend.example.test:8443/ctx'],
    ['ws://[::1]:9000/ws'],
    ['http://10.0.0.1:443'],
  ])('accepts worker URL %s', (url) => {
    expect(validateDefinition(withWorkerUrl(url))).toEqual([]);
  });

  test.each([
    ['10.0.0.1:8080', 'is not an absolute URL'],
    ['ftp://10.0.0.1', 'FTP (ftp://) is not supported'],
    ['https://10.0.0.1', 'TLS to backends (https://) is not supported by this version'],
    ['wss://10.0.0.1/s', 'TLS to backends (wss://) is not supported by this version'],
    ['HTTP://10.0.0.1', 'write http://10.0.0.1'],
    ['http://Backend', 'write http://backend'],
    ['http://10.0.0.1:80', 'write http://10.0.0.1'],
    ['http://10.0.0.1:70000', 'must be 1..65535'],
    ['http://u:p@10.0.0.1', 'credentials'],
    ['http://10.0.0.1/?a', 'query or fragment'],
    ['http://', 'names no host'],
    ['http://a b/', 'no host name has'],
    ['http://a/b c', 'space'],
    [`http://a/${'x'.repeat(400)}`, 'may have 383'],
  ])('refuses worker URL %s', (url, detail) => {
    expect(validateDefinition(withWorkerUrl(url))).toEqual([
      { path: '$.balancers[0].members[0].url', detail: expect.stringContaining(detail) },
    ]);
  });

  test('reports all mistakes at once, each with its path', () => {
    const [route] = good.mainServer.routes;
    const definition: Definition = {
      listeners: [
        { address: '*', port: 80 },
        { address: '*', port: 80 },
        { address: 'localhost', port: 81 },
      ],
      mainServer: {
        ...good.mainServer,
        routes: [
          { match: { kind: 'prefix', path: 'x' }, target: { kind: 'balancer', name: 'missing', path: '' } },
          { match: { kind: 'regex', pattern: '(' }, target: { kind: 'local' } },
          ...(route ? [route] : []),
        ],
      },
      virtualHosts: [{ ...good.mainServer, id: 'main', routes: [] }],
      balancers: [
        balancer('app', [worker(1), worker(1), worker(2, { status: 'HX' }), worker(3, { status: 'HD' })]),
        balancer('App', []),
        { ...balancer('b', [worker(4, { iobuffersize: 5, loadfactor: 1.234 })]), virtualHost: 'gone' },
      ],
    };
    expect(paths(definition).toSorted()).toEqual(
      [
        '$.listeners[1]',
        '$.listeners[2].address',
        '$.mainServer.routes[0].match.path',
        '$.mainServer.routes[0].target.name',
        '$.mainServer.routes[1].match.pattern',
        '$.virtualHosts[0]',
        '$.virtualHosts[0].addresses',
        '$.balancers[0].members[1]',
        '$.balancers[0].members[2].parameters.status',
        '$.balancers[0].members[3].parameters.status',
        '$.balancers[1].name',
        '$.balancers[2].virtualHost',
        '$.balancers[2].members[0].parameters.iobuffersize',
        '$.balancers[2].members[0].parameters.loadfactor',
      ].toSorted(),
    );
  });

  test('refuses line ends, which would begin another directive when printed', () => {
    const definition = definitionOf(balancer('app', [worker(1, { route: 'a\nListen 1' })]));
    expect(paths(definition)).toEqual(['$.balancers[0].members[0].parameters.route']);
  });

  test('lets a virtual host route to its own balancers and the main server’s, not to another’s', () => {
    const route = (name: string) =>
      ({ match: { kind: 'prefix', path: '/' }, target: { kind: 'balancer', name, path: '' } }) as const;
    const host = (id: string) => ({
      ...good.mainServer,
      id,
      addresses: [{ address: '*', port: 80 }],
      routes: [route('app'), route('own')],
    });
    const own = { ...balancer('own', []), virtualHost: 'a' };
    const definition = { ...good, virtualHosts: [host('a'), host('b')], balancers: [...good.balancers, own] };
    expect(paths(definition)).toEqual(['$.virtualHosts[1].routes[1].target.name']);
  });

  test('lets the URL of a regex rule keep its groups', () => {
    const mainServer = {
      ...good.mainServer,
      workers: [{ url: 'http://host$1.test/$2', parameters: { disablereuse: true } }],
    };
    expect(validateDefinition({ ...good, mainServer })).toEqual([]);
  });
});
