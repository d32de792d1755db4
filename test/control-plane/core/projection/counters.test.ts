import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '#shared/node-message.ts';
import { reportOf, routeRow, workerRow } from '#test/support/reports.ts';
import { decodeCounterRecord, encodeCounterRecord } from '../../../../control-plane/core/projection/counter-record.ts';
import {
  addReport,
  type CounterTotals,
  countReport,
  goneKey,
  NO_COUNTERS,
  type NodeCounters,
  totalsByKey,
  totalsOf,
} from '../../../../control-plane/core/projection/counters.ts';
import { createFleetSums } from '../../../../control-plane/core/projection/fleet-counters.ts';
import { closeOldBoots, mergeCounters } from '../../../../control-plane/core/projection/merge-counters.ts';

const KEY = 'app http://10.0.0.1:8080';

const row = (n: number, incarnation = 1) =>
  workerRow({ incarnation, elected: BigInt(n), requests: BigInt(n), responses: BigInt(n), bytesOut: BigInt(n) * 10n });

const report = (bootId: string, seq: number, n: number, more: Partial<Report> = {}) =>
  reportOf({ bootId, seq, workers: [row(n)], routes: [routeRow({ requests: BigInt(n) })], ...more });

const after = (reports: readonly Report[], start: NodeCounters = NO_COUNTERS) =>
  reports.reduce((counters, one, i) => addReport(counters, one, i), start);

const requests = (counters: NodeCounters) => totalsOf(counters, 'workers', KEY).requests;

describe('counters of a node', () => {
  test('are summed over restarts of the node and over rows made anew', () => {
    const counters = after([
      report('a', 1, 5),
      report('a', 2, 7),
      reportOf({ bootId: 'a', seq: 3, workers: [row(2, 2)] }),
      report('b', 1, 10),
    ]);
    expect(requests(counters)).toBe(19n);
    expect(totalsOf(counters, 'routes', 'main ProxyPass /').requests).toBe(17n);
  });

  test('keep what a worker did that is not in later reports, partial or complete', () => {
    expect(requests(after([report('a', 1, 5), reportOf({ bootId: 'a', seq: 2, complete: true })]))).toBe(5n);
    expect(requests(after([report('a', 1, 5), reportOf({ bootId: 'a', seq: 2, complete: false })]))).toBe(5n);
  });

  test('say nothing new when a report says nothing new', () => {
    const counters = after([report('a', 1, 5)]);
    expect(addReport(counters, report('a', 2, 5), 9)).toBe(counters);
    expect(addReport(counters, report('a', 1, 3), 9)).toBe(counters);
  });

  test('take no room for rows that counted nothing', () => {
    expect(addReport(NO_COUNTERS, report('a', 1, 0), 0)).toBe(NO_COUNTERS);
  });

  test('are the same however reports were lost, repeated or reordered, once the last of each boot arrived', () => {
    const history = ['a', 'b', 'c'].flatMap((boot, b) =>
      Array.from({ length: 6 }, (_, i) =>
        reportOf({ bootId: boot, seq: i + 1, workers: [row((i + 1) * (b + 1)), row(i, 2)] }),
      ),
    );
    const lasts = history.filter(({ seq }) => seq === 6);
    const total = requests(after(history));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...history), { maxLength: 40 }),
        fc.shuffledSubarray(lasts, { minLength: lasts.length }),
        fc.array(fc.constantFrom(...history), { maxLength: 10 }),
        (noise, ends, stragglers) => {
          expect(requests(after([...noise, ...ends, ...stragglers]))).toBe(total);
        },
      ),
    );
  });

  test('count in 64 bits and beyond exactly', () => {
    const huge = 2n ** 64n - 1n;
    const of = (bootId: string) => reportOf({ bootId, workers: [workerRow({ bytesIn: huge })] });
    expect(totalsOf(after([of('a'), of('b')]), 'workers', KEY).bytesIn).toBe(2n * huge);
  });
});

describe('counters of a node that says too much', () => {
  const limits = { series: 3, recordChars: 1_000_000 };
  const at = (url: string, n: number, incarnation = 1) => workerRow({ url, incarnation, requests: BigInt(n) });
  const full = () => addReport(NO_COUNTERS, report('a', 1, 1, { workers: [at('u1', 5), at('u2', 5)] }), 0, limits);
  const requestsOf = (counters: NodeCounters) =>
    [...totalsByKey(counters, 'workers')].map(([key, totals]) => [key, totals.requests]);

  test('take no more workers and routes than they have room for, and go on with those they know', () => {
    const workers = [at('u3', 9), at('u1', 8), at('u4', 9), at('u2', 6)];
    const { counters, refused } = countReport(full(), report('a', 2, 2, { workers }), 1, limits);
    expect(requestsOf(counters)).toEqual([
      ['app u1', 8n],
      ['app u2', 6n],
    ]);
    expect(refused).toBe(2);
    expect(totalsOf(counters, 'routes', 'main ProxyPass /').requests).toBe(2n);
  });

  test('go on with those they know in new incarnations and new runs, also when old runs are closed', () => {
    let counters = full();
    let truth = 5n;
    for (let i = 1; i <= 60; i++) {
      const workers = [at('u1', 1, 2), at('u1', 1, 3), at(`new-${i}`, 1)];
      const taken = countReport(counters, report(`b${i}`, 1, 1, { workers, final: true }), i, limits);
      expect(taken.refused).toBe(1);
      counters = closeOldBoots(taken.counters);
      truth += 2n;
    }
    expect(requestsOf(counters)).toEqual(expect.arrayContaining([['app u1', truth]]));
    expect(totalsByKey(counters, 'workers').size).toBe(2);
  });

  test('take no rows that make the record longer than it may be, whatever they differ in', () => {
    const short = { series: 1_000, recordChars: 10_000 };
    let counters = NO_COUNTERS;
    for (let i = 1; i <= 500; i++) {
      counters = addReport(counters, reportOf({ bootId: `b${i % 50}`, workers: [at('u1', i, i)] }), i, short);
    }
    const rows = [...counters.boots.values()].flatMap(({ workers }) =>
      [...workers.values()].map((one) => one.rows.size),
    );
    expect(rows.reduce((sum, n) => sum + n)).toBeLessThanOrEqual(10_000 / 64);
    const [, boot] = [...counters.boots][0] ?? [];
    const [incarnation] = boot?.workers.get('app u1')?.rows.keys() ?? [];
    const before = totalsOf(counters, 'workers', 'app u1').requests;
    const more = reportOf({ bootId: 'b1', workers: [at('u1', 10_000, incarnation)] });
    expect(totalsOf(addReport(counters, more, 1_000, short), 'workers', 'app u1').requests).toBeGreaterThan(before);
  });

  test('take no names that are longer than any that can be configured, and no runs by such names', () => {
    const workers = [at('x'.repeat(5_000), 1), at('u1', 1)];
    const routes = [routeRow({ route: 'x'.repeat(30_000), requests: 1n })];
    const { counters, refused } = countReport(NO_COUNTERS, reportOf({ bootId: 'a', workers, routes }), 0);
    expect(requestsOf(counters)).toEqual([['app u1', 1n]]);
    expect(refused).toBe(2);
    expect(addReport(NO_COUNTERS, reportOf({ bootId: 'x'.repeat(1_000), workers }), 0)).toBe(NO_COUNTERS);
  });

  test('take names that mean something to JavaScript like any other', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const counters = addReport(
      NO_COUNTERS,
      reportOf({ bootId: '__proto__', workers: names.map((url) => at(url, 1)) }),
      0,
    );
    expect(requestsOf(counters)).toEqual(names.map((url) => [`app ${url}`, 1n]));
    expect(decodeCounterRecord('f', 'n1', encodeCounterRecord('f', 'n1', counters))).toEqual(counters);
  });
});

describe('closing', () => {
  test('keeps the totals and few boots, and takes no straggler of a closed one', () => {
    const finals = Array.from({ length: 20 }, (_, i) => report(`boot-${i}`, 1, 1, { final: true }));
    const closed = closeOldBoots(after(finals));
    expect(requests(closed)).toBe(20n);
    expect(closed.boots.size).toBe(4);
    expect(closed.closedBoots).toHaveLength(16);
    expect(addReport(closed, report('boot-0', 2, 100), 99)).toBe(closed);
    expect(closeOldBoots(closed)).toBe(closed);
  });

  test('waits for all parts of a last report that came in parts', () => {
    const parts = Array.from({ length: 10 }, (_, i) => report(`boot-${i}`, 1, 1, { final: true, complete: false }));
    const open = closeOldBoots(after(parts));
    expect(open.boots.size).toBe(10);
    const rest = reportOf({ bootId: 'boot-0', final: true, complete: false, workers: [row(4, 2)] });
    expect(requests(addReport(open, rest, 99))).toBe(14n);
  });

  test('waits longer for boots whose last report may still come from the disk', () => {
    const killed = Array.from({ length: 12 }, (_, i) => report(`boot-${i}`, 1, 1));
    const open = after(killed);
    expect(closeOldBoots(open)).toBe(open);
    expect(requests(addReport(open, report('boot-0', 9, 5, { final: true }), 99))).toBe(16n);
  });

  test('keeps a record as small as the configuration, however often a worker comes and goes', () => {
    let counters = NO_COUNTERS;
    for (let i = 1; i <= 500; i++) {
      counters = closeOldBoots(after([reportOf({ bootId: 'a', seq: i, workers: [row(2, i)] })], counters));
    }
    expect(requests(counters)).toBe(1000n);
    expect(counters.boots.get('a')?.workers.get(KEY)?.rows.size).toBe(16);
  });

  test('adds up workers that are gone, by owner, when there are very many; none that an open run knows', () => {
    let counters = NO_COUNTERS;
    const url = (n: number) => `http://10.0.0.${n}`;
    for (let n = 1; n <= 20; n++) {
      const workers = ['app', 'other'].map((balancer) => workerRow({ balancer, url: url(n), requests: 3n }));
      const ended = reportOf({ bootId: `boot-${n}`, final: true, workers });
      counters = closeOldBoots(after([ended], counters), 6);
      const all = totalsByKey(counters, 'workers').values();
      expect(all.reduce((sum, { requests }) => sum + requests, 0n)).toBe(BigInt(n) * 6n);
    }
    const totals = totalsByKey(counters, 'workers');
    const known = [...totals].filter(([key]) => !key.endsWith('(gone)'));
    for (const boot of counters.boots.values()) {
      for (const key of boot.workers.keys()) expect(totals.get(key)?.requests).toBe(3n);
    }
    for (const owner of ['app', 'other']) {
      const still = known.filter(([key]) => key.startsWith(`${owner} `)).length;
      expect(totals.get(goneKey(owner))?.requests).toBe(BigInt(20 - still) * 3n);
    }
    expect(counters.closed.workers.size).toBe(6);
  });

  test('keeps a record small, however often a node restarts', () => {
    let counters = NO_COUNTERS;
    for (let i = 1; i <= 2_000; i++) {
      counters = closeOldBoots(after([report(`boot-${i}`, 1, 1, { final: i % 2 === 0 })], counters));
    }
    expect(requests(counters)).toBe(2_000n);
    expect(counters.boots.size).toBeLessThanOrEqual(20);
    expect(counters.closedBoots.length).toBe(512);
  });
});

/** Reports of a few boots, rows and incarnations, cumulative in order. */
const arbitraryReports = fc.array(
  fc
    .record({
      boot: fc.nat(7),
      incarnation: fc.integer({ min: 1, max: 3 }),
      url: fc.constantFrom('http://1', 'http://2'),
      counts: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
      final: fc.boolean(),
    })
    .map(({ boot, incarnation, url, counts: [a, b, c], final }) =>
      reportOf({
        bootId: `boot-${boot}`,
        final,
        complete: false,
        workers: [workerRow({ url, incarnation, requests: BigInt(a), bytesIn: BigInt(b), errors: BigInt(c) })],
        routes: [routeRow({ incarnation, bytesOut: BigInt(b) })],
      }),
    ),
  { maxLength: 25 },
);

const visible = ({ boots, closed, closedBoots, closings }: NodeCounters) => ({
  boots: new Map([...boots].map(([id, { changedMs: _, ...boot }]) => [id, boot])),
  closed,
  closedBoots,
  closings,
});

describe('merging', () => {
  test('is the same in either order, and with itself changes nothing', () => {
    fc.assert(
      fc.property(arbitraryReports, arbitraryReports, arbitraryReports, (common, mine, yours) => {
        const base = closeOldBoots(after(common));
        const [a, b] = [after(mine, base), after(yours, base)];
        expect(visible(mergeCounters(a, b))).toEqual(visible(mergeCounters(b, a)));
        expect(mergeCounters(a, a)).toBe(a);
        const both = mergeCounters(a, b);
        expect(mergeCounters(both, a)).toBe(both);
        expect(mergeCounters(both, b)).toBe(both);
      }),
    );
  });

  test('is so too of copies that were full, and keeps all that either knows', () => {
    const limits = { series: 2, recordChars: 1_000_000 };
    const within = (reports: readonly Report[], start: NodeCounters) =>
      reports.reduce((counters, one, i) => addReport(counters, one, i, limits), start);
    fc.assert(
      fc.property(arbitraryReports, arbitraryReports, arbitraryReports, (common, mine, yours) => {
        const base = closeOldBoots(within(common, NO_COUNTERS));
        const [a, b] = [within(mine, base), within(yours, base)];
        const both = mergeCounters(a, b);
        expect(visible(both)).toEqual(visible(mergeCounters(b, a)));
        for (const kind of ['workers', 'routes'] as const) {
          for (const one of [a, b]) {
            for (const [key, { bytesIn, bytesOut }] of totalsByKey(one, kind)) {
              const sum = totalsOf(both, kind, key);
              expect(sum.bytesIn >= bytesIn && sum.bytesOut >= bytesOut).toBe(true);
            }
          }
        }
        for (const one of [a, b, both]) expect(mergeCounters(both, one)).toBe(both);
        // Full as it is, it goes on with what it knows as if there were no bound.
        const more = within(yours, within(mine, both));
        const unbounded = after(yours, after(mine, both));
        for (const key of totalsByKey(both, 'workers').keys()) {
          expect(totalsOf(more, 'workers', key)).toEqual(totalsOf(unbounded, 'workers', key));
        }
      }),
    );
  });

  test('with a record that closed more takes its sums and counts none of its boots again', () => {
    fc.assert(
      fc.property(arbitraryReports, (reports) => {
        const open = after(reports);
        const closed = closeOldBoots(open);
        expect(mergeCounters(closed, open)).toBe(closed);
        expect(visible(mergeCounters(open, closed))).toEqual(visible(closed));
        expect(totalsByKey(closed, 'workers')).toEqual(totalsByKey(open, 'workers'));
      }),
    );
  });
});

describe('sums over a fleet', () => {
  test('that are kept along are what adding up gives', () => {
    const nodes = ['n1', 'n2'];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...nodes), arbitraryReports, fc.boolean())), (steps) => {
        const sums = createFleetSums();
        const kept = new Map<string, NodeCounters>();
        for (const [node, reports, closes] of steps) {
          for (const one of reports) {
            const next = addReport(kept.get(node) ?? NO_COUNTERS, one, 0);
            kept.set(node, next);
            sums.grow(node, next, one);
          }
          if (!closes) continue;
          const next = closeOldBoots(kept.get(node) ?? NO_COUNTERS);
          kept.set(node, next);
          sums.replace(node, next);
        }
        for (const kind of ['workers', 'routes'] as const) {
          const added = new Map<string, bigint>();
          for (const counters of kept.values()) {
            for (const [key, { bytesIn, bytesOut }] of totalsByKey(counters, kind)) {
              added.set(key, (added.get(key) ?? 0n) + bytesIn + bytesOut);
            }
          }
          const shown = [...sums.totals(kind)].map(
            ([key, { bytesIn, bytesOut }]) => [key, bytesIn + bytesOut] as const,
          );
          expect(new Map(shown.filter(([, sum]) => sum > 0n))).toEqual(
            new Map([...added].filter(([, sum]) => sum > 0n)),
          );
        }
        const all = (totals: Iterable<CounterTotals>) => [...totals].reduce((sum, one) => sum + one.requests, 0n);
        expect(all(sums.byNode().values())).toBe(all(sums.totals('workers').values()));
        expect(all(sums.byOwner().values())).toBe(all(sums.totals('workers').values()));
      }),
    );
  });
});
