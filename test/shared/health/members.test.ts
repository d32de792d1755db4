import { describe, expect, it } from 'vitest';
import { membersOf } from '#shared/health/members.ts';

describe('members', () => {
  it('have one version and one order, however they are put together', () => {
    const a = membersOf('f', [{ node: 'n2', zone: 'b' }, { node: 'n10' }]);
    const b = membersOf('f', [{ node: 'n10' }, { node: 'n2', zone: 'b' }]);
    expect(a).toEqual(b);
    expect(a.members.map(({ node }) => node)).toEqual(['n10', 'n2']);
  });

  it('have another version when a node goes, comes or moves to another zone', () => {
    const versions = [
      membersOf('f', []),
      membersOf('f', [{ node: 'n1' }]),
      membersOf('f', [{ node: 'n1', zone: 'a' }]),
      membersOf('f', [{ node: 'n1', zone: 'b' }]),
      membersOf('f', [{ node: 'n1', zone: 'b' }, { node: 'n2' }]),
    ].map(({ version }) => version);
    expect(new Set(versions).size).toBe(versions.length);
  });
});
