import { describe, expect, test } from 'vitest';
import { definitionOf, messages, messagesOf, read } from './reading.ts';

describe('Listen', () => {
  test.each([
    ['8080', { address: '*', port: 8080 }],
    ['*:8080', { address: '*', port: 8080 }],
    ['127.0.0.1:8080', { address: '127.0.0.1', port: 8080 }],
    ['[::1]:8080', { address: '::1', port: 8080 }],
    ['8080 http', { address: '*', port: 8080 }],
    ['127.0.0.1:0', { address: '127.0.0.1', port: 0 }],
  ])('%s', (words, listener) => {
    expect(read(`Listen ${words}`).definition?.listeners).toEqual([listener]);
  });

  test.each([
    ['8443 https', 'TLS is not supported by this version; only http can be listened for'],
    ['localhost:80', '"localhost" is no IP address; names are not looked up'],
    ['127.0.0.1', 'a port is missing'],
    ['::1:80', 'an IPv6 address stands in brackets, as in [::1]:8080'],
    ['127.0.0.1:65536', 'must be 1..65535'],
    ['80 options=reuseport', '"options=reuseport" is not supported'],
    ['80 h2', 'protocol "h2" is not supported'],
  ])('%s is refused', (words, reason) => {
    expect(messages(read(`Listen ${words}`)).join('\n')).toContain(reason);
  });

  test('twice the same is refused', () => {
    expect(messagesOf('Listen *:8080')).toEqual([
      'a.conf:2:8: error: Listen: *:8080 is listened on already, since line 1',
    ]);
  });

  test('is needed, and its absence says what to add', () => {
    expect(messages(read('ProxyPass / http://h/'))).toEqual([
      'a.conf:1:1: error: no listener: add a line such as Listen 127.0.0.1:8080',
    ]);
  });
});

describe('<VirtualHost>', () => {
  test('has addresses, names and an id', () => {
    const text =
      '<VirtualHost *:8080 127.0.0.1:81 [::1]:* _default_>\nServerName WWW.test\nServerAlias A.test *.B.test\nServerAlias c\n</VirtualHost>';
    expect(definitionOf(text).virtualHosts).toMatchObject([
      {
        id: '*:8080/www.test',
        addresses: [
          { address: '*', port: 8080 },
          { address: '127.0.0.1', port: 81 },
          { address: '::1', port: '*' },
          { address: '*', port: '*' },
        ],
        serverName: { host: 'www.test' },
        serverAliases: ['a.test', '*.b.test', 'c'],
      },
    ]);
  });

  test('without a port has that of the main server name, if there is one by then', () => {
    const text = '<VirtualHost *>\n</VirtualHost>\nServerName m.test:8080\n<VirtualHost *>\n</VirtualHost>';
    expect(definitionOf(text).virtualHosts.map(({ id }) => id)).toEqual(['*:*', '*:8080']);
  });

  test('equal to an earlier one gets an id of its own and a warning', () => {
    const host = '<VirtualHost *:8080>\nServerName a\n</VirtualHost>\n';
    expect(definitionOf(host + host).virtualHosts.map(({ id }) => id)).toEqual(['*:8080/a', '*:8080/a#2']);
    expect(messagesOf(host + host)).toEqual([
      'a.conf:5:1: warning: <VirtualHost>: an earlier one has the same address and name *:8080/a, and is found first',
    ]);
  });

  test('on a port that nobody listens on is warned of', () => {
    expect(messagesOf('<VirtualHost *:9 127.0.0.1:10>\n</VirtualHost>')).toEqual([
      'a.conf:2:1: warning: <VirtualHost>: is never reached: there is no Listen for *:9 127.0.0.1:10',
    ]);
  });

  test.each([
    ['<VirtualHost>\n</VirtualHost>', 'wants address[:port]'],
    ['<VirtualHost 80>\n</VirtualHost>', 'an address is missing: *:80 means every address'],
    ['<VirtualHost name.test:80>\n</VirtualHost>', '"name.test" is no IP address'],
    ['<VirtualHost *:8080>\n<VirtualHost *:8080>\n</VirtualHost>\n</VirtualHost>', 'is only allowed at the top level'],
    ['<VirtualHost *:8080>\nListen 81\n</VirtualHost>', 'is only allowed at the top level'],
    ['ServerAlias a', 'is only allowed in <VirtualHost>'],
  ])('%j is refused', (text, reason) => {
    expect(messagesOf(text).join('\n')).toContain(reason);
  });
});

describe('ServerName', () => {
  test.each([
    ['a.test', { host: 'a.test' }],
    ['https://A.test:443', { scheme: 'https', host: 'a.test', port: 443 }],
  ])('%s', (word, serverName) => {
    expect(definitionOf(`ServerName ${word}`).mainServer.serverName).toEqual(serverName);
  });

  test.each([
    ['a*b', 'ServerAlias takes them'],
    ['ftp://a', 'scheme "ftp" must be http or https'],
    ['a:0', 'port "0" must be 1..65535'],
    ['"a b"', 'is no server name'],
    ['a b', '"b" is one word too many: wants [scheme://]name[:port]'],
  ])('%s is refused', (word, reason) => {
    expect(messagesOf(`ServerName ${word}`).join('\n')).toContain(reason);
  });
});

describe('settings', () => {
  test('are read in their units, at the top and in virtual hosts', () => {
    const text = [
      'Timeout 30\nProxyTimeout 20\nKeepAlive Off\nKeepAliveTimeout 500ms\nMaxKeepAliveRequests 0',
      'LimitRequestLine 100\nLimitRequestFieldSize 200\nLimitRequestFields 3\nLimitRequestBody 0',
      'ProxyVia Full\nProxyPreserveHost On\nProxyAddHeaders Off',
      'RequestReadTimeout header=10-30,minrate=100',
      'RequestReadTimeout BODY=5 handshake=0',
      '<VirtualHost *:8080>\nProxyVia block\nKeepAliveTimeout 2min\n</VirtualHost>',
    ].join('\n');
    const { mainServer, virtualHosts } = definitionOf(text);
    expect(mainServer.settings).toEqual({
      timeoutMs: 30_000,
      proxyTimeoutMs: 20_000,
      keepAlive: false,
      keepAliveTimeoutMs: 500,
      maxKeepAliveRequests: 0,
      limitRequestLine: 100,
      limitRequestFieldSize: 200,
      limitRequestFields: 3,
      limitRequestBody: 0,
      proxyVia: 'full',
      proxyPreserveHost: true,
      proxyAddHeaders: false,
      requestReadTimeout: { header: { initialMs: 10_000, maxMs: 30_000, minRate: 100 }, body: { initialMs: 5_000 } },
    });
    expect(virtualHosts[0]?.settings).toEqual({ proxyVia: 'block', keepAliveTimeoutMs: 120_000 });
  });

  test.each([
    ['Timeout 5s', '"5s": must be a whole number of seconds without a unit'],
    ['Timeout 0', '"0": must be a whole number of seconds'],
    ['KeepAlive yes', '"yes": must be On or Off'],
    ['ProxyVia some', 'must be Off, On, Full or Block'],
    ['LimitRequestFields -1', 'must be a whole number, 0 or more'],
    ['RequestReadTimeout header=5-3,minrate=3', 'the most must be more than the first 5 seconds'],
    ['RequestReadTimeout header=5-30', 'has a range, which needs MinRate='],
    ['RequestReadTimeout body=5,minrate=0', 'MinRate must be 1 or more'],
    ['RequestReadTimeout foot=1', 'must begin with header=, body= or handshake='],
    ['RequestReadTimeout', 'wants header='],
  ])('%s is refused', (text, reason) => {
    expect(messagesOf(text).join('\n')).toContain(reason);
  });
});
