import { describe, expect, test } from 'vitest';
import { describeRedisTarget, parseRedisUrl } from '../../../control-plane/adapters/redis-url.ts';

describe('a Redis URL', () => {
  test.each([
    ['redis://h', { kind: 'single', tls: false, db: 0, server: { host: 'h', port: 6379 } }],
    ['redis://10.0.0.1:7000/3', { kind: 'single', tls: false, db: 3, server: { host: '10.0.0.1', port: 7000 } }],
    ['rediss://[::1]:7000/', { kind: 'single', tls: true, db: 0, server: { host: '::1', port: 7000 } }],
    [
      'redis://ann:s%40c%2Fret@h:1',
      { kind: 'single', tls: false, db: 0, server: { host: 'h', port: 1 }, username: 'ann', password: 's@c/ret' },
    ],
    ['redis://:pw@h', { kind: 'single', tls: false, db: 0, server: { host: 'h', port: 6379 }, password: 'pw' }],
    [
      'redis+sentinel://u:p@a:1,b/mymaster/2',
      {
        kind: 'sentinel',
        tls: false,
        db: 2,
        username: 'u',
        password: 'p',
        master: 'mymaster',
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
      },
    ],
    [
      'rediss+cluster://a:1,[fd00::1]:2',
      {
        kind: 'cluster',
        tls: true,
        db: 0,
        nodes: [
          { host: 'a', port: 1 },
          { host: 'fd00::1', port: 2 },
        ],
      },
    ],
  ])('%s is understood', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  test.each([
    ['localhost:6379', /want redis:\/\/HOST:PORT/],
    ['http://h', /scheme "http" is unknown: want redis:\/\//],
    ['redis://', /"" is no address: want HOST:PORT, for example 127\.0\.0\.1:6379/],
    ['redis://h:99999', /"h:99999" is no address/],
    ['redis://a,b', /several addresses .* want redis\+sentinel:\/\/ or redis\+cluster:\/\//],
    ['redis://h/three', /database "three" is no number: want 0 to 15/],
    ['redis://h/1/2', /"\/2" at the end is one part too many/],
    ['redis://h?tls=1', /everything after \? or # is not understood/],
    ['redis+sentinel://a,b', /the master's name is missing: want redis\+sentinel:\/\/HOST:PORT\/MASTER/],
    ['redis+cluster://a/1', /a cluster has only database 0/],
  ])('%s is refused, with what would be right', (url, message) => {
    expect(() => parseRedisUrl(url)).toThrow(message);
  });

  test('with several mistakes names all of them', () => {
    expect(() => parseRedisUrl('redis://a:0,b/x?y')).toThrow(/\? or #.*"a:0" is no address.*database "x"/);
  });

  test.each(['redis://ann:hunter2@h:x', 'ann:hunter2@h', 'redis://ann:hun%ter2@h', 'redis://hunter2@x@h:0'])(
    'that is refused keeps its password to itself: %s',
    (url) => {
      expect(() => parseRedisUrl(url)).toThrow(/Redis URL/);
      expect(() => parseRedisUrl(url)).not.toThrow(/hun|ann/);
    },
  );

  test('is described without credentials', () => {
    expect(describeRedisTarget(parseRedisUrl('redis://u:p@[::1]:7'))).toBe('redis at [::1]:7');
    expect(describeRedisTarget(parseRedisUrl('redis+sentinel://u:p@a,b:2/m'))).toBe(
      'redis "m" of the sentinels a:26379, b:2',
    );
    expect(describeRedisTarget(parseRedisUrl('redis+cluster://u:p@a'))).toBe('redis cluster at a:6379');
  });
});
