import { describe, expect, it } from 'vitest';
import { routeIds } from '#shared/routing/route-id.ts';
import { readSmallConf } from './support/small-conf.ts';

describe('route ids', () => {
  it('name every proxied rule of a server by what it matches, and number those that say the same', () => {
    const { mainServer } = readSmallConf([
      'ProxyPass /app/private !',
      'ProxyPass /app http://h1/',
      'ProxyPassMatch ^/x http://h2/',
      'ProxyPass /app http://h2/',
      '<Location /y>',
      'ProxyPass http://h3/',
      '</Location>',
      '<LocationMatch ^/z>',
      'ProxyPass http://h3/',
      '</LocationMatch>',
      '<Location /app>',
      'ProxyPass !',
      '</Location>',
      '<Location /y>',
      'ProxyPass http://h4/',
      '</Location>',
    ]);
    expect(routeIds(mainServer)).toEqual({
      routes: [undefined, 'ProxyPass /app', 'ProxyPassMatch ^/x', 'ProxyPass /app (2)'],
      locations: ['Location /y', 'LocationMatch ^/z', undefined, 'Location /y (2)'],
    });
  });
});
