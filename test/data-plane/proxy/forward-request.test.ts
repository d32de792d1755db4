import { describe, expect, it } from 'vitest';
import { type ForwardedRequest, forwardRequestHead } from '../../../data-plane/proxy/forward-request.ts';
import { linesOf, requestOf, settingsOf } from './support.ts';

function forwarded(changes: Partial<ForwardedRequest> = {}): string {
  return forwardRequestHead({
    head: requestOf([['Host', 'front.test']]),
    target: '/x?q=1',
    host: 'back.test:8081',
    clientHost: 'front.test',
    clientAddress: '192.0.2.7',
    serverName: 'gateway.test',
    via: undefined,
    settings: settingsOf(),
    connectionTokens: [],
    body: undefined,
    expect: 'drop',
    upgrade: undefined,
    keepAlive: true,
    ...changes,
  });
}

describe('forwardRequestHead', () => {
  it('writes request line, Host, added fields and Connection in httpd’s order', () => {
    expect(forwarded()).toBe(
      'GET /x?q=1 HTTP/1.1\r\nHost: back.test:8081\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: front.test\r\n' +
        'X-Forwarded-Server: gateway.test\r\nConnection: Keep-Alive\r\n\r\n',
    );
  });

  it('drops hop-by-hop fields and those the Connection header lists', () => {
    const head = requestOf([
      ['Host', 'front.test'],
      ['Connection', 'keep-alive, X-Hop'],
      ['Keep-Alive', 'timeout=5'],
      ['Proxy-Connection', 'keep-alive'],
      ['TE', 'trailers'],
      ['Trailer', 'X-T'],
      ['Upgrade', 'h2c'],
      ['Transfer-Encoding', 'chunked'],
      ['Content-Length', '5'],
      ['Expect', '100-continue'],
      ['X-Hop', '1'],
      ['Accept', '*/*'],
    ]);
    expect(
      linesOf(
        forwarded({
          head,
          connectionTokens: ['keep-alive', 'x-hop'],
          settings: settingsOf({ proxyAddHeaders: false }),
        }),
      ),
    ).toEqual(['Host: back.test:8081', 'Accept: */*', 'Connection: Keep-Alive']);
  });

  it('adds to what the client claims to have been forwarded for, and merges repeated fields in the first one’s place', () => {
    const head = requestOf([
      ['X-Forwarded-For', '203.0.113.9'],
      ['X-Dup', '1'],
      ['X-Forwarded-Host', 'orig.test'],
      ['x-dup', '2'],
      ['X-Forwarded-Server', 'srv0'],
      ['Cookie', 'a=1'],
      ['Cookie', 'b=2'],
    ]);
    expect(linesOf(forwarded({ head })).slice(1, -1)).toEqual([
      'X-Forwarded-For: 203.0.113.9, 192.0.2.7',
      'X-Dup: 1, 2',
      'X-Forwarded-Host: orig.test, front.test',
      'X-Forwarded-Server: srv0, gateway.test',
      'Cookie: a=1, b=2',
    ]);
  });

  it('leaves X-Forwarded-Host out when the client sent no Host', () => {
    expect(forwarded({ clientHost: undefined })).not.toContain('X-Forwarded-Host');
  });

  it('continues a Via chain, starts one, or blocks it', () => {
    const head = requestOf([['Via', '1.0 first']]);
    expect(forwarded({ head, via: '1.1 gateway.test' })).toContain('\r\nVia: 1.0 first, 1.1 gateway.test\r\n');
    expect(forwarded({ via: '1.1 gateway.test' })).toContain('\r\nVia: 1.1 gateway.test\r\n');
    expect(forwarded({ head, settings: settingsOf({ proxyVia: 'block' }) })).not.toContain('Via');
  });

  it.each([
    [undefined, undefined],
    [0, 'Content-Length: 0'],
    [11, 'Content-Length: 11'],
    ['chunked', 'Transfer-Encoding: chunked'],
  ] as const)('frames a body of %s', (body, line) => {
    const lines = linesOf(forwarded({ body })).filter((text) => /^(Content-Length|Transfer-Encoding)/.test(text));
    expect(lines).toEqual(line === undefined ? [] : [line]);
  });

  it('asks for the upgrade it allows in Connection’s place', () => {
    expect(linesOf(forwarded({ upgrade: 'WebSocket' })).slice(-2)).toEqual([
      'Connection: Upgrade',
      'Upgrade: WebSocket',
    ]);
  });

  it('counts Max-Forwards down', () => {
    expect(forwarded({ head: requestOf([['Max-Forwards', '5']]) })).toContain('\r\nMax-Forwards: 4\r\n');
  });

  it('says close when the connection will not be used again', () => {
    expect(linesOf(forwarded({ keepAlive: false })).at(-1)).toBe('Connection: close');
  });
});
