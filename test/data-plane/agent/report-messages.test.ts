import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeReport } from '#shared/codec/node-codec.ts';
import { runToEnd } from '#shared/slices.ts';
import {
  changedRows,
  countedRows,
  encodeWhole,
  reportMessages,
  sentRows,
} from '../../../data-plane/agent/report-messages.ts';
import { reportOf, rows } from './support/reports.ts';

describe('messages of a report', () => {
  it('are one where that fits, complete as the report is', () => {
    let seq = 0;
    const messages = runToEnd(reportMessages(reportOf({ workers: rows(5) }), 1_000_000, () => ++seq));
    expect(messages.map(decodeReport)).toMatchObject([{ seq: 1, complete: true, workers: { length: 5 } }]);
  });

  it('hold every row once, none of them too large, numbered without gaps, and none complete', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 400, max: 3_000 }), (count, maxBytes) => {
        let seq = 4;
        const route = { virtualHost: 'main', incarnation: 1, requests: 1n, responses: 1n, errors: 0n };
        const routes = Array.from({ length: count }, (_, i) => ({
          ...route,
          route: `ProxyPass /${i}`,
          bytesIn: 0n,
          bytesOut: 0n,
        }));
        const messages = runToEnd(reportMessages(reportOf({ workers: rows(count), routes }), maxBytes, () => ++seq));
        const reports = messages.map(decodeReport);
        expect(messages.every(({ length }) => length <= maxBytes)).toBe(true);
        expect(reports.map((report) => report.seq)).toEqual(reports.map((_, i) => i + 5));
        expect(reports.flatMap(({ workers }) => workers)).toEqual(rows(count));
        expect(reports.flatMap((report) => report.routes)).toEqual(routes);
        expect(reports.every(({ complete }) => complete)).toBe(reports.length === 1);
      }),
      { numRuns: 100 },
    );
  });

  it('leave out rows that did not change since they were sent', () => {
    const before = { workers: rows(3), routes: [] };
    const [first, second, third] = rows(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three rows were made');
    const changed = { ...second, busy: 1 };
    const anew = { ...third, incarnation: 2 };
    const now = { workers: [first, changed, anew], routes: [] };
    expect(runToEnd(changedRows(runToEnd(sentRows(before)), now)).workers).toEqual([changed, anew]);
  });

  it('pause every few hundred rows, for verdicts do not wait', () => {
    const report = { ...reportOf({ workers: rows(2_000) }), seq: 1 };
    const all = { workers: report.workers, routes: report.routes };
    for (const work of [
      reportMessages(report, 1_000_000, () => 1),
      encodeWhole(report),
      sentRows(all),
      changedRows(new Map(), all),
    ]) {
      expect([...work].length).toBeGreaterThan(1);
    }
    expect(decodeReport(runToEnd(encodeWhole(report)))).toEqual(report);
  });

  it('of the last word hold what counted', () => {
    const [idle, ...others] = [...rows(1, 0n), ...rows(2)];
    expect(countedRows({ workers: [idle ?? [], others].flat(), routes: [] }).workers).toEqual(others);
  });
});
