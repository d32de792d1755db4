import { describe, expect, test } from 'vitest';
import {
  chainHash,
  decodeCommit,
  GENESIS,
  GENESIS_HASH,
  isChainBreak,
  sealCommit,
  verifyLink,
} from '#shared/event/commit-chain.ts';
import type { Commit } from '#shared/event/fleet-event.ts';

const commit: Commit = {
  schemaVersion: 1,
  fleet: 'default',
  revision: 1,
  id: '01890000-0000-7000-8000-000000000001',
  commandId: 'command-1',
  actor: 'ann@desk',
  message: 'Größer',
  command: 'apply',
  timeMs: 1_700_000_000_000,
  events: [
    { type: 'listener-set', listener: { port: 8080, address: '*' } },
    {
      type: 'balancer-set',
      balancer: {
        name: 'app',
        parameters: { lbmethod: 'bytraffic' },
        members: [{ url: 'http://10.0.0.1:8080', parameters: { loadfactor: 3, timeoutMs: 1000 } }],
      },
    },
    { type: 'override-cleared', balancer: 'app', worker: 'http://10.0.0.2:8080', cause: 'worker-removed' },
  ],
};

/** Version 1 on disk, for ever: if this fails, stored chains no longer verify. */
const GOLDEN_BYTES =
  '{"actor":"ann@desk","command":"apply","commandId":"command-1","events":[' +
  '{"listener":{"address":"*","port":8080},"type":"listener-set"},' +
  '{"balancer":{"members":[{"parameters":{"loadfactor":3,"timeoutMs":1000},"url":"http://10.0.0.1:8080"}],' +
  '"name":"app","parameters":{"lbmethod":"bytraffic"}},"type":"balancer-set"},' +
  '{"balancer":"app","cause":"worker-removed","type":"override-cleared","worker":"http://10.0.0.2:8080"}],' +
  '"fleet":"default","id":"01890000-0000-7000-8000-000000000001","message":"Größer","revision":1,' +
  '"schemaVersion":1,"timeMs":1700000000000}';
const GOLDEN_HASH = '850d4ffc8193d36272674035351a51fd8806cb6bc42f26f5adffb4d7f815e047';

describe('the commit chain', () => {
  const stored = sealCommit(commit, GENESIS_HASH);
  const link = (change: object = {}) => ({ ...stored, revision: 1, ...change });

  test('writes schema version 1 as these bytes with this hash', () => {
    expect(new TextDecoder().decode(stored.bytes)).toBe(GOLDEN_BYTES);
    expect(stored.hash).toBe(GOLDEN_HASH);
    expect(chainHash(GENESIS_HASH, new TextEncoder().encode(GOLDEN_BYTES))).toBe(GOLDEN_HASH);
  });

  test('reads schema version 1 back from its bytes', () => {
    expect(decodeCommit(new TextEncoder().encode(GOLDEN_BYTES))).toEqual(commit);
  });

  test('refuses a commit of a newer build, naming both versions', () => {
    const newer = new TextEncoder().encode(JSON.stringify({ ...commit, schemaVersion: 2 }));
    expect(() => decodeCommit(newer)).toThrow('commit has schema version 2, newer than 1');
    expect(() => decodeCommit(new TextEncoder().encode('{}'))).toThrow('no known schema version');
  });

  test('accepts a link that continues the chain', () => {
    expect(verifyLink(GENESIS, link())).toEqual({ revision: 1, chainHash: stored.hash });
  });

  test.each([
    ['a changed byte', { bytes: Uint8Array.from(stored.bytes, (byte, i) => (i === 12 ? byte ^ 1 : byte)) }, 'altered'],
    ['another parent', { prevHash: 'f'.repeat(64) }, 'names parent'],
    ['a gap', { revision: 2 }, 'revision 1 is missing'],
    ['another hash', { hash: 'e'.repeat(64) }, 'was recorded'],
  ])('finds %s', (_, change, problem) => {
    const result = verifyLink(GENESIS, link(change));
    expect(isChainBreak(result) && result.problem).toContain(problem);
  });
});
