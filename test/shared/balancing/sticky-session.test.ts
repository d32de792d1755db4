import { describe, expect, it } from 'vitest';
import type { ElectionBalancer } from '#shared/balancing/balancing.ts';
import { elect } from '#shared/balancing/election.ts';
import { electSticky, findSession } from '#shared/balancing/sticky-session.ts';
import { statusLetters } from '#shared/definition/worker-status.ts';
import { balancerOf, flag, NOW_MS, type TestMember } from './table-of.ts';

const STICKY = { stickysession: { cookie: 'SID', url: 'sid' } };

function find(url: string, cookie?: string, parameters: Partial<ElectionBalancer> = {}): string | undefined {
  const session = findSession(balancerOf([], { ...STICKY, ...parameters }).balancer, url, cookie);
  return session && `${session.name}:${session.route}`;
}

describe('findSession', () => {
  it.each([
    ['/p;sid=1.b', 'sid:b'],
    ['/p?q=1&sid=1.b&z=1', 'sid:b'],
    ['/p?sid=1.b?z', 'sid:b'],
    ['/p;sid=1.b;other=2', 'sid:b;other=2'],
    ['/p;sid=1.b/q', 'sid:b/q'],
    ['/p?xsid=1.b', 'sid:b'],
    ['/p;SID=1.b', undefined],
    ['/p?sid', undefined],
    ['/p?sid=', undefined],
    ['/p?sid.sid=1.b', 'sid:b'],
    ['/p?sidsid=1.b', undefined],
    ['/p?sid=1', undefined],
    ['/p?sid=1.', 'sid:'],
    ['/p?sid=.b', 'sid:b'],
    ['/p?sid=1.b.c', 'sid:b.c'],
    ['/p?sid=&&x=1.b', 'sid:b'],
    ['/p?sid=&', undefined],
    ['/p', undefined],
  ])('in the URL %s finds %s', (url, found) => {
    expect(find(url)).toBe(found);
  });

  it('ends the value at a semicolon with scolonpathdelim', () => {
    expect(find('/p;sid=1.b;other=2', undefined, { scolonpathdelim: true })).toBe('sid:b');
  });

  it.each([
    ['SID=1.b', 'SID:b'],
    ['x=1; SID=1.b; y=2', 'SID:b'],
    ['a=1,SID=1.b,c=2', 'SID:b'],
    ['SID\t = 1.b', 'SID:b'],
    ['SID="1.b"', 'SID:b"'],
    ['SID=', undefined],
    ['SID', undefined],
    // The text from `;` on is a value too, cut to nothing, and nothing has no separator.
    ['SID=; SID=1.b', undefined],
    ['sid=1.b', undefined],
    ['XSID=1.b', undefined],
    ['XSID=1.a; SID=1.b', 'SID:b'],
    ['SIDX=1.a; SID=1.b', 'SID:b'],
    ['SID; SID=1.b', 'SID:b'],
    ['SID;SID=1.b', undefined],
    ['SID=1', undefined],
    ['SID=1.', 'SID:'],
  ])('in the cookies %s finds %s', (cookies, found) => {
    expect(find('/p', cookies)).toBe(found);
  });

  it('looks into the cookies only if the URL has no value', () => {
    expect(find('/p;sid=1.a', 'SID=1.b')).toBe('sid:a');
    expect(find('/p;sid=1', 'SID=1.b')).toBeUndefined();
    expect(find('/p;sid=', 'SID=1.b')).toBe('SID:b');
  });

  it('takes another separator, or none', () => {
    expect(find('/p', 'SID=1.x!b', { stickysessionsep: '!' })).toBe('SID:b');
    expect(find('/p', 'SID=1.b', { stickysessionsep: '' })).toBe('SID:1.b');
  });

  it('finds nothing without stickysession', () => {
    expect(find('/p;sid=1.b', 'SID=1.b', { stickysession: undefined })).toBeUndefined();
  });
});

describe('electSticky', () => {
  function sticky(members: readonly TestMember[], route: string, parameters: Partial<ElectionBalancer> = {}) {
    const { balancer, table } = balancerOf(members, { ...STICKY, ...parameters });
    const session = { name: 'SID', route };
    return { balancer, table, session, elect: () => electSticky(balancer, table, NOW_MS, session) };
  }

  it('takes the member with the route in whatever set, draining or standby', () => {
    for (const member of [{ lbset: 7 }, { status: 'N' }, { status: 'H' }, { status: 'R' }]) {
      const found = sticky([{ route: 'a' }, { route: 'b', ...member }], 'b').elect();
      expect(found).toEqual({ kind: 'elected', member: 1, by: 'route', routeChanged: false });
    }
  });

  it('prefers a member that is no standby', () => {
    const { elect, table } = sticky([{ route: 'a', status: 'H' }, { route: 'a' }], 'a');
    expect(elect()).toMatchObject({ member: 1 });
    flag(table, 1, '+D');
    expect(elect()).toMatchObject({ member: 0, by: 'route' });
  });

  it('clears an error whose time is over, for the session of that member', () => {
    const { elect, table } = sticky([{ route: 'a', status: 'E', retryMs: 0 }, {}], 'a');
    expect(elect()).toMatchObject({ member: 0, by: 'route' });
    expect([statusLetters(table.status[0] ?? 0), table.retries[0]]).toEqual(['', 1]);
  });

  it('follows redirects of unusable members, along a chain', () => {
    const { elect, table } = sticky(
      [
        { route: 'a', redirect: 'b' },
        { route: 'b', redirect: 'c' },
        { route: 'c', redirect: 'a' },
      ],
      'a',
    );
    flag(table, 0, '+D');
    expect(elect()).toEqual({ kind: 'elected', member: 1, by: 'redirect', routeChanged: true });
    flag(table, 1, '+D');
    expect(elect()).toMatchObject({ member: 2, by: 'redirect' });
    flag(table, 2, '+D');
    expect(elect()).toBeUndefined();
  });

  it('goes round a cycle of redirects for as many look-ups as there are members, and then takes who is next', () => {
    const members = [
      { route: 'a', redirect: 'b', status: 'D' },
      { route: 'a' },
      { route: 'b', redirect: 'a', status: 'D' },
      { route: 'b' },
    ];
    expect(sticky(members, 'a').elect()).toMatchObject({ member: 3, by: 'redirect' });
    expect(sticky([...members, { route: 'c' }], 'a').elect()).toMatchObject({ member: 1, by: 'route' });
  });

  it('leaves a usable member for no redirect', () => {
    expect(sticky([{ route: 'a', redirect: 'b' }, { route: 'b' }], 'a').elect()).toMatchObject({ member: 0 });
  });

  it('comes to an end when many unusable members redirect to their own route', () => {
    const members = Array.from({ length: 400 }, () => ({ route: 'a', redirect: 'a', status: 'D' }));
    expect(sticky(members, 'a').elect()).toBeUndefined();
  });

  it('charges every usable member of the whole balancer, idle ones too', () => {
    const { elect, table } = sticky(
      [
        { route: 'a' },
        { lbfactor: 200 },
        { status: 'H' },
        { status: 'R' },
        { status: 'N' },
        { lbset: 1 },
        { status: 'D' },
        { status: 'E' },
      ],
      'a',
    );
    elect();
    expect([...table.lbstatus]).toEqual([100 - 700, 200, 100, 100, 100, 100, 0, 0]);
    expect([...table.elected]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('leaves an unknown, an empty and an unusable route to the method', () => {
    const members = [{ route: 'a', status: 'D' }, {}];
    for (const route of ['a', 'x', '']) expect(sticky(members, route).elect()).toBeUndefined();
  });

  it('refuses with nofailover if a member of the balancer has the route, and only then', () => {
    const members = [{ route: 'a', status: 'D' }, {}];
    expect(sticky(members, 'a', { nofailover: true }).elect()).toEqual({ kind: 'refused', reason: 'nofailover' });
    expect(sticky(members, 'x', { nofailover: true }).elect()).toBeUndefined();
    expect(sticky(members, '', { nofailover: true }).elect()).toBeUndefined();
  });

  it('redirects under nofailover too', () => {
    const members = [{ route: 'a', status: 'D', redirect: 'b' }, { route: 'b' }];
    expect(sticky(members, 'a', { nofailover: true }).elect()).toMatchObject({ member: 1, by: 'redirect' });
  });

  it('comes before the method in an election and leaves it to the method otherwise', () => {
    const { balancer, table, session } = sticky([{}, { route: 'b' }], 'b');
    expect(elect(balancer, table, NOW_MS, session)).toMatchObject({ member: 1, by: 'route' });
    flag(table, 1, '+D');
    expect(elect(balancer, table, NOW_MS, session)).toMatchObject({ member: 0, by: 'method', routeChanged: true });
  });

  it('forces recovery before it looks for the route', () => {
    const { balancer, table, session } = sticky([{ status: 'E' }, { route: 'b', status: 'E' }], 'b');
    table.errorTimeMs.fill(NOW_MS);
    expect(elect(balancer, table, NOW_MS, session)).toMatchObject({ member: 1, by: 'route' });
  });
});
