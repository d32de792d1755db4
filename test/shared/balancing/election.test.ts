import { describe, expect, it } from 'vitest';
import { elect, electByMethod, electWaiting } from '#shared/balancing/election.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { balancerOf, flag, NOW_MS } from './table-of.ts';

/** Members elected by the next `count` requests without a session, -1 for none. */
function electMany({ balancer, table }: ReturnType<typeof balancerOf>, count: number): number[] {
  return Array.from({ length: count }, () => electByMethod(balancer, table, NOW_MS));
}

describe('electByMethod', () => {
  it('takes equal members in configured order', () => {
    expect(electMany(balancerOf([{}, {}, {}]), 6)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('counts each election', () => {
    const set = balancerOf([{}, {}]);
    electMany(set, 3);
    expect([...set.table.elected]).toEqual([2, 1]);
  });

  it('uses the lowest lbset that has a usable member, whatever the order and the gaps', () => {
    const set = balancerOf([{ lbset: 9 }, { lbset: 5 }, { lbset: 2 }]);
    expect(electMany(set, 2)).toEqual([2, 2]);
    flag(set.table, 2, '+D');
    expect(electMany(set, 2)).toEqual([1, 1]);
    flag(set.table, 1, '+S');
    expect(electMany(set, 2)).toEqual([0, 0]);
    flag(set.table, 0, '+C');
    expect(electMany(set, 1)).toEqual([-1]);
  });

  it('lets as many spares join as regular members are unusable, the first usable ones', () => {
    const set = balancerOf([{}, {}, { status: 'RD' }, { status: 'R' }, { status: 'R' }]);
    expect(electMany(set, 4)).toEqual([0, 1, 0, 1]);
    flag(set.table, 0, '+D');
    expect(new Set(electMany(set, 6))).toEqual(new Set([1, 3]));
    flag(set.table, 1, '+D');
    expect(new Set(electMany(set, 6))).toEqual(new Set([3, 4]));
  });

  it('lets a spare join for a draining regular member, but not for a draining spare or standby', () => {
    expect(new Set(electMany(balancerOf([{ status: 'N' }, {}, { status: 'R' }]), 4))).toEqual(new Set([1, 2]));
    const idle = balancerOf([{}, { status: 'RN' }, { status: 'HN' }, { status: 'R' }]);
    expect(electMany(idle, 3)).toEqual([0, 0, 0]);
  });

  it('counts only members of the same set as replaced', () => {
    const set = balancerOf([{ status: 'D' }, {}, { status: 'R', lbset: 1 }]);
    expect(electMany(set, 3)).toEqual([1, 1, 1]);
  });

  it('never serves from a set of spares alone', () => {
    expect(electMany(balancerOf([{ status: 'R' }, { status: 'R', lbset: 1 }]), 1)).toEqual([-1]);
  });

  it('uses standbys only when neither regular members nor spares serve, and before the next set', () => {
    const set = balancerOf([{}, { status: 'R' }, { status: 'H' }, { lbset: 1 }]);
    expect(electMany(set, 1)).toEqual([0]);
    flag(set.table, 0, '+D');
    expect(electMany(set, 1)).toEqual([1]);
    flag(set.table, 1, '+D');
    expect(electMany(set, 1)).toEqual([2]);
    flag(set.table, 2, '+D');
    expect(electMany(set, 1)).toEqual([3]);
  });

  it('lets several standbys compete', () => {
    expect(electMany(balancerOf([{ status: 'D' }, { status: 'H' }, { status: 'H' }]), 4)).toEqual([1, 2, 1, 2]);
  });

  it('treats a member that is both spare and standby as a spare', () => {
    const set = balancerOf([{}, { status: 'HR' }]);
    expect(electMany(set, 2)).toEqual([0, 0]);
    flag(set.table, 0, '+D');
    expect(electMany(set, 1)).toEqual([1]);
    // A standby would serve a set without unusable regular members; a spare does not.
    expect(electMany(balancerOf([{ status: 'HR' }]), 1)).toEqual([-1]);
  });

  it('never takes a draining member, even if nobody else is left', () => {
    expect(electMany(balancerOf([{ status: 'N' }, { status: 'NH' }, { status: 'NR' }]), 1)).toEqual([-1]);
  });

  it('takes back a member in error once its retry time is over, at exactly that time', () => {
    const { balancer, table } = balancerOf([{ status: 'E', retryMs: 2000 }]);
    table.errorTimeMs[0] = NOW_MS;
    expect(electByMethod(balancer, table, NOW_MS + 1999)).toBe(-1);
    expect(electByMethod(balancer, table, NOW_MS + 2000)).toBe(0);
    expect(table.retries[0]).toBe(1);
  });

  it('retries standbys and spares of the sets it looks at, and leaves those of later sets alone', () => {
    const { balancer, table } = balancerOf([{}, { status: 'HE' }, { status: 'RE' }, { status: 'E', lbset: 1 }]);
    electByMethod(balancer, table, NOW_MS);
    expect([...table.retries]).toEqual([0, 1, 1, 0]);
  });

  it('does not retry a draining member', () => {
    const { balancer, table } = balancerOf([{ status: 'NE' }, {}]);
    electByMethod(balancer, table, NOW_MS);
    expect(table.retries[0]).toBe(0);
  });

  it('elects nobody from an empty balancer', () => {
    expect(electMany(balancerOf([]), 1)).toEqual([-1]);
  });
});

describe("workers out by the fleet's verdict", () => {
  const out = (given: ReturnType<typeof balancerOf>, slot: number) => {
    const { table } = given;
    table.status[slot] = (table.status[slot] ?? 0) | WorkerStatus.FLEET_DOWN;
  };

  it('are left out while somebody else can serve, in whatever set', () => {
    const given = balancerOf([{}, { lbset: 1 }]);
    out(given, 0);
    expect(elect(given.balancer, given.table, NOW_MS, undefined)).toMatchObject({ kind: 'elected', member: 1 });
  });

  it('are the last resort, unless they are out on this node as well', () => {
    const given = balancerOf([{}, { status: 'E' }, { status: 'D' }]);
    given.table.errorTimeMs.fill(NOW_MS);
    out(given, 0);
    expect(elect(given.balancer, given.table, NOW_MS, undefined)).toMatchObject({ kind: 'elected', member: 0 });
    given.table.status[0] = (given.table.status[0] ?? 0) | WorkerStatus.DISABLED;
    expect(elect(given.balancer, given.table, NOW_MS, undefined)).toEqual({ kind: 'refused', reason: 'no-worker' });
  });
});

describe("a session whose worker is out by the fleet's verdict", () => {
  const sticky = { stickysession: { cookie: 'S', url: 'S' } };
  const session = { name: 'S', route: 'a' };
  const given = (parameters: object) => {
    const made = balancerOf([{ route: 'a' }, { route: 'b' }], { ...sticky, ...parameters });
    made.table.status[0] = (made.table.status[0] ?? 0) | WorkerStatus.FLEET_DOWN;
    return { ...made, elect: () => elect(made.balancer, made.table, NOW_MS, session) };
  };

  it('goes to another one', () => {
    expect(given({}).elect()).toMatchObject({ kind: 'elected', member: 1, routeChanged: true });
  });

  it('goes to its own where no other one is allowed, or usable, unless that is out on this node as well', () => {
    expect(given({ nofailover: true }).elect()).toMatchObject({ member: 0, by: 'route', routeChanged: false });
    const alone = given({});
    for (const slot of [0, 1]) alone.table.status[slot] = (alone.table.status[slot] ?? 0) | WorkerStatus.FLEET_DOWN;
    expect(alone.elect()).toMatchObject({ member: 0, by: 'route' });
    const failed = given({ nofailover: true });
    failed.table.status[0] = (failed.table.status[0] ?? 0) | WorkerStatus.IN_ERROR;
    failed.table.errorTimeMs.fill(NOW_MS);
    expect(failed.elect()).toEqual({ kind: 'refused', reason: 'nofailover' });
  });
});

describe('elect', () => {
  it('forces recovery when all members are in error', () => {
    const { balancer, table } = balancerOf([{ status: 'E' }, { status: 'E' }]);
    table.errorTimeMs.fill(NOW_MS);
    expect(elect(balancer, table, NOW_MS, undefined)).toMatchObject({ kind: 'elected', member: 0, by: 'method' });
    expect([...table.retries]).toEqual([1, 1]);
  });

  it('says so when there is no worker', () => {
    const { balancer, table } = balancerOf([{ status: 'D' }]);
    expect(elect(balancer, table, NOW_MS, undefined)).toEqual({ kind: 'refused', reason: 'no-worker' });
  });

  it('calls every choice by method a changed route once stickysession is configured', () => {
    const plain = balancerOf([{}]);
    expect(elect(plain.balancer, plain.table, NOW_MS, undefined)).toMatchObject({ routeChanged: false });
    const sticky = balancerOf([{}], { stickysession: { cookie: 'S', url: 'S' } });
    expect(elect(sticky.balancer, sticky.table, NOW_MS, undefined)).toMatchObject({ routeChanged: true });
  });

  it('hands out the same result for the same member, so that an election allocates nothing', () => {
    const { balancer, table } = balancerOf([{}, {}]);
    const first = elect(balancer, table, NOW_MS, undefined);
    elect(balancer, table, NOW_MS, undefined);
    expect(elect(balancer, table, NOW_MS, undefined)).toBe(first);
  });
});

describe('electWaiting', () => {
  it('neither forces recovery nor asks for a session', () => {
    const { balancer, table } = balancerOf([{ status: 'E', retryMs: 1000 }]);
    table.errorTimeMs[0] = NOW_MS;
    expect(electWaiting(balancer, table, NOW_MS)).toEqual({ kind: 'refused', reason: 'no-worker' });
    expect(electWaiting(balancer, table, NOW_MS + 1000)).toMatchObject({ kind: 'elected', member: 0 });
  });
});
