import { describe, expect, test } from 'vitest';
import {
  describeRedis,
  durabilityOf,
  type RedisFacts,
  unsupportedRelease,
} from '../../../control-plane/adapters/redis-facts.ts';

const good: RedisFacts = {
  version: '7.0.15',
  role: 'master',
  loading: false,
  appendonly: true,
  appendfsync: 'always',
  aofHealthy: true,
  maxmemoryPolicy: 'noeviction',
  replicas: 1,
  minReplicasToWrite: 1,
  clockAheadMs: 3,
};

const describeWith = (change: Partial<RedisFacts>, waitReplicas?: number) =>
  describeRedis('redis at h:1', { ...good, ...change }, waitReplicas);

describe('what a Redis is said to promise', () => {
  test('has no warnings where everything is as it should be', () => {
    expect(describeWith({})).toEqual({
      name: 'redis 7.0.15 at h:1',
      reachable: true,
      durability:
        'A commit survives a crash of Redis and of its machine. It is confirmed by a replica where they answer in time; the answer to each command says so.',
      warnings: [],
    });
  });

  test.each<[Partial<RedisFacts>, RegExp]>([
    [{ appendonly: false }, /lost when Redis restarts/],
    [{ appendfsync: 'everysec' }, /a crash of its machine loses up to a second/],
    [{ appendfsync: 'no' }, /loses what the system had not written yet/],
    [{ appendfsync: undefined }, /is not known, as Redis does not tell/],
    [{ replicas: 0 }, /No replica confirms it: the loss of that disk loses the history/],
  ])('follows from its settings: %o', (change, durability) => {
    expect(describeWith(change).durability).toMatch(durability);
  });

  test.each<[Partial<RedisFacts>, RegExp]>([
    [{ appendonly: false }, /appendonly is no: want appendonly yes/],
    [{ appendonly: undefined }, /appendonly could not be checked: want/],
    [{ appendfsync: 'everysec' }, /appendfsync is everysec: want always/],
    [
      { appendfsync: undefined },
      /appendfsync could not be checked, as CONFIG GET was refused: want appendfsync always/,
    ],
    [{ aofHealthy: false }, /last write of the append-only file failed/],
    [{ maxmemoryPolicy: 'allkeys-lru' }, /maxmemory-policy is allkeys-lru: want noeviction/],
    [{ maxmemoryPolicy: undefined }, /maxmemory-policy could not be checked: want noeviction/],
    [{ minReplicasToWrite: 0 }, /min-replicas-to-write is 0: want 1/],
    [{ role: 'slave' }, /is a replica and takes no writes: name the primary/],
    [{ loading: true }, /is loading its data/],
    [{ clockAheadMs: -5_400 }, /its clock is 5 s behind of ours/],
  ])('comes with a warning that says what would be right: %o', (change, warning) => {
    expect(describeWith(change).warnings).toEqual([expect.stringMatching(warning)]);
  });

  test('warns of replicas that are asked for and not connected', () => {
    expect(describeWith({}, 2).warnings).toEqual(['1 replicas are connected, 2 are to confirm each append']);
  });

  test('is of a release that is new enough', () => {
    expect(unsupportedRelease({ ...good, version: '6.0.16' })).toBe('it is release 6.0.16: want 6.2 or later');
    for (const version of ['6.2.0', '7.0.15', '10.1.0', undefined]) {
      expect(unsupportedRelease({ ...good, version })).toBeUndefined();
    }
  });
});

describe('the durability of an append', () => {
  test.each([
    [{}, 0, { level: 'disk', replicas: 0 }],
    [{}, 2, { level: 'replicated', replicas: 2 }],
    [{ appendfsync: 'everysec' }, 0, { level: 'memory', replicas: 0 }],
    [{ appendfsync: undefined }, 0, { level: 'memory', replicas: 0 }],
    [{ appendonly: false }, 0, { level: 'memory', replicas: 0 }],
    [{ appendonly: false }, 1, { level: 'replicated', replicas: 1 }],
  ] as const)('with %o and %i replicas', (change, replicas, durability) => {
    expect(durabilityOf({ ...good, ...change }, replicas)).toEqual(durability);
  });

  test('is taken for the least while nothing is known', () => {
    expect(durabilityOf(undefined, 0)).toEqual({ level: 'memory', replicas: 0 });
  });
});
