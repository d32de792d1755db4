import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ElectionBalancer, ElectionMember } from '#shared/balancing/balancing.ts';
import { elect, electByMethod } from '#shared/balancing/election.ts';
import { electSticky } from '#shared/balancing/sticky-session.ts';
import { createWorkerTable, statusOf, type WorkerTable } from '#shared/balancing/worker-table.ts';
import { isUsable, WorkerStatus } from '#shared/definition/worker-status.ts';
import { balancerOf, NOW_MS, type TestMember } from './table-of.ts';

const { DRAIN, HOT_SPARE, HOT_STANDBY } = WorkerStatus;

const letters = fc
  .subarray(['N', 'D', 'S', 'E', 'C', 'I', 'H', 'R'] as const, { maxLength: 2 })
  .map((flags) => flags.join(''));

const member = fc.record({
  status: fc.oneof({ arbitrary: fc.constant(''), weight: 3 }, { arbitrary: letters, weight: 2 }),
  lbfactor: fc.integer({ min: 100, max: 1000 }),
  lbset: fc.integer({ min: 0, max: 3 }),
  retryMs: fc.constantFrom(0, 60_000),
});

const members = fc.array(member, { minLength: 1, maxLength: 8 });

const lbmethod = fc.constantFrom('byrequests' as const, 'bytraffic' as const, 'bybusyness' as const);

/** A balancer of any flags whose errors are fresh and whose counters are anything. */
const anyBalancer = fc
  .record({ members, lbmethod, counters: fc.array(fc.nat(50), { minLength: 8, maxLength: 8 }) })
  .map(({ members: list, lbmethod: method, counters }) => {
    const made = balancerOf(list, { lbmethod: method });
    made.table.errorTimeMs.fill(NOW_MS);
    list.forEach((_, slot) => {
      made.table.busy[slot] = (counters[slot] ?? 0) % 4;
      made.table.lbstatus[slot] = ((counters[slot] ?? 0) - 25) * 100;
      made.table.transferred[slot] = BigInt(counters[slot] ?? 0) * 50n;
    });
    return made;
  });

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, n) => total + n, 0);

describe('electByMethod, for all balancers', () => {
  it('elects as the frame written down plainly does, and leaves the same table', () => {
    fc.assert(
      fc.property(anyBalancer, ({ balancer, table }) => {
        const plain = copyOf(table);
        const expected = plainFrame(balancer, plain, NOW_MS);
        expect(electByMethod(balancer, table, NOW_MS)).toBe(expected);
        expect([table.status, table.lbstatus, table.retries]).toEqual([plain.status, plain.lbstatus, plain.retries]);
      }),
      { numRuns: 2000 },
    );
  });

  it('never elects a member that is unusable or draining', () => {
    fc.assert(
      fc.property(anyBalancer, ({ balancer, table }) => {
        const elected = balancer.members[electByMethod(balancer, table, NOW_MS)];
        if (elected === undefined) return;
        const status = statusOf(table, elected.slot);
        expect([isUsable(status), status & DRAIN]).toEqual([true, 0]);
      }),
    );
  });

  it('uses an lbset only if no lower one has a regular or standby member to offer', () => {
    fc.assert(
      fc.property(anyBalancer, ({ balancer, table }) => {
        const elected = balancer.members[electByMethod(balancer, table, NOW_MS)];
        const lower = balancer.members.filter(({ lbset }) => elected === undefined || lbset < elected.lbset);
        expect(lower.filter((other) => isCandidate(statusOf(table, other.slot)))).toEqual([]);
      }),
    );
  });

  it('lets no more spares serve than regular members are out', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('', 'D', 'N', 'R', 'RD', 'HR'), { minLength: 1, maxLength: 8 }), (flags) => {
        const { balancer, table } = balancerOf(flags.map((status) => ({ status })));
        for (let i = 0; i < 40; i++) electByMethod(balancer, table, NOW_MS);
        const serving = flags.filter((status, slot) => status.includes('R') && (table.elected[slot] ?? 0) > 0);
        const out = flags.filter((status) => status === 'D' || status === 'N');
        expect(serving.length).toBeLessThanOrEqual(out.length);
      }),
    );
  });

  it('keeps the sum of lbstatus under byrequests and bybusyness, and every lbstatus under bytraffic', () => {
    fc.assert(
      fc.property(anyBalancer, fc.nat(30), ({ balancer, table }, requests) => {
        const before = [...table.lbstatus];
        for (let i = 0; i < requests; i++) electByMethod(balancer, table, NOW_MS);
        expect(sum(table.lbstatus)).toBe(sum(before));
        if (balancer.lbmethod === 'bytraffic') expect([...table.lbstatus]).toEqual(before);
      }),
    );
  });

  it('shares requests exactly in proportion to loadfactor over each full round', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (factors) => {
        const { balancer, table } = balancerOf(factors.map((factor) => ({ lbfactor: factor * 100 })));
        for (let i = 0; i < sum(factors) * 3; i++) electByMethod(balancer, table, NOW_MS);
        expect([...table.elected]).toEqual(factors.map((factor) => factor * 3));
      }),
    );
  });

  it('serves equal members in configured order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), lbmethod, (count, method) => {
        if (method === 'bytraffic') return;
        const { balancer, table } = balancerOf(
          Array.from({ length: count }, (): TestMember => ({})),
          {
            lbmethod: method,
          },
        );
        const order = Array.from({ length: count }, () => electByMethod(balancer, table, NOW_MS));
        expect(order).toEqual(order.map((_, index) => index));
      }),
    );
  });
});

describe('elections of sessions, for all balancers', () => {
  const routed = fc.array(
    fc.record({
      status: letters,
      lbfactor: fc.integer({ min: 100, max: 400 }),
      route: fc.constantFrom('a', 'b', 'c', 'd'),
      redirect: fc.constantFrom('', 'a', 'b', 'c', 'd'),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const sticky = { stickysession: { cookie: 'S', url: 'S' } };

  it('take only usable members, keep the sum of lbstatus, and tell a changed route truly', () => {
    fc.assert(
      fc.property(routed, fc.constantFrom('a', 'b', 'x'), (list, route) => {
        const { balancer, table } = balancerOf(list, sticky);
        table.errorTimeMs.fill(NOW_MS);
        const election = electSticky(balancer, table, NOW_MS, { name: 'S', route });
        expect(sum(table.lbstatus)).toBe(0);
        if (election?.kind !== 'elected') return;
        const elected = balancer.members[election.member];
        expect(isUsable(statusOf(table, elected?.slot ?? -1))).toBe(true);
        expect(election.routeChanged).toBe(elected?.route !== route);
      }),
    );
  });

  it('find somebody whenever a member with the route is usable', () => {
    fc.assert(
      fc.property(routed, (list) => {
        const { balancer, table } = balancerOf(list, sticky);
        const usable = balancer.members.some(({ slot, route }) => route === 'a' && isUsable(statusOf(table, slot)));
        const election = elect(balancer, table, NOW_MS, { name: 'S', route: 'a' });
        if (usable) expect(election).toMatchObject({ kind: 'elected', by: expect.stringMatching(/route|redirect/) });
      }),
    );
  });
});

/** A usable member its set would offer by itself; spares wait for a regular one to fail. */
function isCandidate(status: number): boolean {
  return isUsable(status) && (status & (DRAIN | HOT_SPARE)) === 0;
}

function copyOf(table: WorkerTable): WorkerTable {
  const copy = createWorkerTable(table.status.length);
  copy.status.set(table.status);
  copy.lbstatus.set(table.lbstatus);
  copy.busy.set(table.busy);
  copy.errorTimeMs.set(table.errorTimeMs);
  copy.transferred.set(table.transferred);
  copy.read.set(table.read);
  return copy;
}

/** The frame as httpd's own loop goes: sets counted up one by one, spares and standbys gathered in lists. */
function plainFrame(balancer: ElectionBalancer, table: WorkerTable, nowMs: number): number {
  const considered: ElectionMember[] = [];
  const last = Math.max(...balancer.members.map(({ lbset }) => lbset));
  for (let lbset = 0; lbset <= last && considered.length === 0; lbset++) {
    const spares: ElectionMember[] = [];
    const standbys: ElectionMember[] = [];
    let unusable = 0;
    for (const candidate of balancer.members.filter((other) => other.lbset === lbset)) {
      const status = statusOf(table, candidate.slot);
      const regular = (status & (HOT_SPARE | HOT_STANDBY)) === 0;
      if (status & DRAIN) {
        unusable += regular ? 1 : 0;
        continue;
      }
      plainRetry(table, candidate, nowMs);
      const usable = isUsable(statusOf(table, candidate.slot));
      if (status & HOT_SPARE) spares.push(...(usable ? [candidate] : []));
      else if (status & HOT_STANDBY) standbys.push(...(usable ? [candidate] : []));
      else if (usable) considered.push(candidate);
      else unusable++;
    }
    considered.push(...spares.slice(0, unusable));
    if (considered.length === 0) considered.push(...standbys);
  }
  return plainChoice(balancer, table, considered);
}

function plainRetry(table: WorkerTable, { slot, retryMs }: ElectionMember, nowMs: number): void {
  const status = statusOf(table, slot);
  if (isUsable(status) || !(status & WorkerStatus.IN_ERROR) || status & WorkerStatus.STOPPED) return;
  if (!(status & WorkerStatus.IGNORE_ERRORS) && nowMs < (table.errorTimeMs[slot] ?? 0) + retryMs) return;
  table.status[slot] = status & ~WorkerStatus.IN_ERROR;
  table.retries[slot] = (table.retries[slot] ?? 0) + 1;
}

function plainChoice(balancer: ElectionBalancer, table: WorkerTable, considered: readonly ElectionMember[]): number {
  const credit = ({ slot, lbfactor }: ElectionMember): number => (table.lbstatus[slot] ?? 0) + lbfactor;
  const cost = ({ slot, lbfactor }: ElectionMember): bigint =>
    (table.transferred[slot] ?? 0n) / BigInt(lbfactor) + (table.read[slot] ?? 0n) / BigInt(lbfactor);
  const busy = ({ slot }: ElectionMember): number => table.busy[slot] ?? 0;
  const better = {
    byrequests: (a: ElectionMember, b: ElectionMember) => credit(a) > credit(b),
    bytraffic: (a: ElectionMember, b: ElectionMember) => cost(a) < cost(b),
    bybusyness: (a: ElectionMember, b: ElectionMember) =>
      busy(a) < busy(b) || (busy(a) === busy(b) && credit(a) > credit(b)),
  }[balancer.lbmethod];
  const [first, ...others] = considered;
  if (first === undefined) return -1;
  const best = others.reduce((winner, other) => (better(other, winner) ? other : winner), first);
  if (balancer.lbmethod !== 'bytraffic') {
    for (const other of considered) table.lbstatus[other.slot] = credit(other);
    const total = considered.reduce((all, { lbfactor }) => all + lbfactor, 0);
    table.lbstatus[best.slot] = (table.lbstatus[best.slot] ?? 0) - total;
  }
  return balancer.members.indexOf(best);
}
