import { describe, expect, it } from 'vitest';
import { buildRouteTable } from '#shared/routing/route-table.ts';
import { matchesName, selectServer } from '#shared/routing/virtual-host.ts';
import { readSmallConf } from './support/small-conf.ts';

// The same servers as in a run of httpd 2.4.71, whose answers the table below repeats.
const table = buildRouteTable(
  readSmallConf([
    'ServerName Main.Example.test',
    '<VirtualHost *:48110>',
    'ServerName a.test',
    'ServerAlias *.wild.test',
    '</VirtualHost>',
    '<VirtualHost *:48110>',
    'ServerName b.test',
    'ServerAlias x.wild.test',
    '</VirtualHost>',
    '<VirtualHost *:48110>',
    '</VirtualHost>',
    '<VirtualHost 127.0.0.2:*>',
    'ServerName a.test',
    '</VirtualHost>',
    '<VirtualHost 127.0.0.3:80 [2001:DB8:0::3]:80>',
    'ServerName six.test',
    '</VirtualHost>',
  ]),
);
const A = 'vh0';
const B = 'vh1';
const NAMELESS = 'vh2';
const BY_ADDRESS = 'vh3';
const SIX = 'vh4';

describe('selectServer', () => {
  it.each([
    ['127.0.0.1', 48110, 'a.test', A],
    ['127.0.0.1', 48110, 'b.test', B],
    ['127.0.0.1', 48110, 'x.wild.test', A],
    ['127.0.0.1', 48110, 'wild.test', A],
    ['127.0.0.1', 48110, 'main.example.test', NAMELESS],
    ['127.0.0.1', 48110, 'other', A],
    ['127.0.0.1', 48110, '', A],
    ['127.0.0.2', 48110, 'b.test', BY_ADDRESS],
    ['127.0.0.2', 1, 'other', BY_ADDRESS],
    ['127.0.0.1', 1, 'a.test', 'main'],
    ['127.0.0.3', 80, 'a.test', SIX],
    ['127.0.0.3', 48110, 'b.test', B],
    ['127.0.0.3', 81, 'six.test', 'main'],
    ['::ffff:127.0.0.3', 80, 'a.test', SIX],
    ['2001:db8::3', 80, 'a.test', SIX],
    ['2001:db8::4', 48110, 'b.test', B],
  ])('on %s port %i gives %j to %s', (address, port, host, id) => {
    expect(selectServer(table, address, port, host).virtualHost.id).toBe(id);
  });

  it('prefers an exact port to any port, and any of both to a * address', () => {
    const servers = ['*:*', '127.0.0.1:*', '*:80', '127.0.0.1:80'];
    const lines = servers.flatMap((address) => [`<VirtualHost ${address}>`, `ServerName ${address}`, '</VirtualHost>']);
    const all = buildRouteTable(readSmallConf(lines));
    const chosen = (address: string, port: number) => selectServer(all, address, port, 'x').virtualHost.id;
    expect(chosen('127.0.0.1', 80)).toBe('vh3');
    expect(chosen('127.0.0.1', 81)).toBe('vh1');
    expect(chosen('127.0.0.2', 80)).toBe('vh2');
    expect(chosen('127.0.0.2', 81)).toBe('vh0');
  });

  it('takes a name before an earlier server only for its own, not for a later pattern', () => {
    const lines = ['early', 'late'].flatMap((name) => [
      '<VirtualHost *:80>',
      `ServerName ${name}.test`,
      `ServerAlias ${name === 'late' ? '*.test' : 'x.org'}`,
      '</VirtualHost>',
    ]);
    const both = buildRouteTable(readSmallConf(lines));
    expect(selectServer(both, '127.0.0.1', 80, 'early.test').virtualHost.id).toBe('vh0');
    expect(selectServer(both, '127.0.0.1', 80, 'other.test').virtualHost.id).toBe('vh1');
  });

  it('names a server by ServerName, on * by the main server if it has none, else not at all', () => {
    const names = table.virtualHosts.map(({ serverName }) => serverName);
    expect(names).toEqual(['a.test', 'b.test', 'Main.Example.test', 'a.test', 'six.test']);
    const nameless = buildRouteTable(readSmallConf(['ServerName m', '<VirtualHost 127.0.0.1:80>', '</VirtualHost>']));
    expect(selectServer(nameless, '127.0.0.1', 80, 'm').serverName).toBe('');
  });
});

describe('matchesName', () => {
  it.each([
    ['www.example.test', '*.example.test', true],
    ['example.test', '*.example.test', false],
    ['a.b.example.test', '*.example.test', true],
    ['wwx', 'ww?', true],
    ['ww', 'ww?', false],
    ['', '*', true],
    ['abcabc', '*abc', true],
    ['abcab', 'a*c*b', true],
    ['abd', 'a*c', false],
    ['a', '**a**', true],
  ])('compares %j with %s: %s', (name, pattern, matches) => {
    expect(matchesName(name, pattern)).toBe(matches);
  });
});
