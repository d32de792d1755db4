import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '#shared/node-message.ts';
import { reportOf, workerRow } from '#test/support/reports.ts';
import {
  afterLoad,
  afterSave,
  type CounterLedger,
  isStored,
  NEW_LEDGER,
  needsSaving,
  recordOf,
  takeReport,
} from '../../../../control-plane/core/projection/counter-ledger.ts';
import { decodeCounterRecord, encodeCounterRecord } from '../../../../control-plane/core/projection/counter-record.ts';
import { type NodeCounters, totalsOf } from '../../../../control-plane/core/projection/counters.ts';
import type { LedgerLimits } from '../../../../control-plane/core/projection/node-limits.ts';

const URLS = ['http://1', 'http://2'];
const BOOTS = 12;
const REPORTS = 5;

/** A node's life: boots one after the other, each with reports that hold all its rows or some of them; the last is final. */
const arbitraryLife = fc
  .array(
    fc.array(fc.record({ grow: fc.array(fc.nat(9), { minLength: 4, maxLength: 4 }), hold: fc.nat(15) }), {
      minLength: 1,
      maxLength: REPORTS,
    }),
    { minLength: 1, maxLength: BOOTS },
  )
  .map((boots) =>
    boots.map((steps, boot): readonly Report[] => {
      const counts = [0, 0, 0, 0];
      return steps.map(({ grow, hold }, i) => {
        grow.forEach((n, row) => {
          counts[row] = (counts[row] ?? 0) + n;
        });
        const isLast = i === steps.length - 1;
        const rows = counts.flatMap((n, row) =>
          isLast || (hold & (1 << row)) !== 0
            ? [workerRow({ url: URLS[row % 2] ?? '', incarnation: 1 + (row >> 1), requests: BigInt(n) })]
            : [],
        );
        return reportOf({ bootId: `boot-${boot}`, seq: i + 1, workers: rows, complete: isLast, final: isLast });
      });
    }),
  );

type Step =
  | { readonly kind: 'report'; readonly replica: number; readonly boot: number; readonly report: number }
  /** A save is begun and ended apart, so that others come between. */
  | { readonly kind: 'begin' | 'end' | 'crash' | 'load'; readonly replica: number };

const replica = fc.nat(1);
const arbitrarySteps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('report' as const),
        replica,
        boot: fc.nat(BOOTS - 1),
        report: fc.nat(REPORTS - 1),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('begin' as const, 'end' as const), replica }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('crash' as const, 'load' as const), replica }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 120 },
);

/** Two replicas and a store with expected versions, driven step by step. */
function world(life: readonly (readonly Report[])[], limits?: LedgerLimits) {
  let stored: { readonly bytes: Uint8Array; readonly version: number } | undefined;
  const ledgers: CounterLedger[] = [NEW_LEDGER, NEW_LEDGER];
  const underWay: ({ readonly record: NodeCounters; readonly ifVersion: number } | undefined)[] = [];
  let nowMs = 0;
  const at = (r: number) => ledgers[r] ?? NEW_LEDGER;
  const storedRecord = () => stored && decodeCounterRecord('f', 'n1', stored.bytes);

  return {
    total: (r: number, url: string) => totalsOf(at(r).counters, 'workers', `app ${url}`).requests,
    ledger: at,
    take(r: number, report: Report) {
      ledgers[r] = takeReport(at(r), report, ++nowMs, limits).ledger;
    },
    step(step: Step) {
      const r = step.replica;
      if (step.kind === 'report') {
        const boot = life[step.boot % life.length] ?? [];
        this.take(r, boot[step.report % boot.length] as Report);
      } else if (step.kind === 'begin') {
        if (needsSaving(at(r))) underWay[r] = { record: recordOf(at(r)), ifVersion: at(r).version };
      } else if (step.kind === 'end') {
        const save = underWay[r];
        underWay[r] = undefined;
        if (save === undefined) return;
        if (save.ifVersion === (stored?.version ?? 0)) {
          stored = { bytes: encodeCounterRecord('f', 'n1', save.record), version: save.ifVersion + 1 };
          ledgers[r] = afterSave(at(r), save.record, stored.version);
        } else ledgers[r] = afterLoad(at(r), storedRecord(), stored?.version ?? 0);
      } else {
        // A crash loses what was not stored; the answer to a save under way never comes.
        if (step.kind === 'crash') {
          underWay[r] = undefined;
          ledgers[r] = NEW_LEDGER;
        }
        ledgers[r] = afterLoad(at(r), storedRecord(), stored?.version ?? 0);
      }
    },
    settle() {
      for (let i = 0; i < 4; i++) {
        for (const r of [0, 1]) {
          this.step({ kind: 'begin', replica: r });
          this.step({ kind: 'end', replica: r });
          this.step({ kind: 'load', replica: r });
        }
      }
    },
  };
}

describe('the ledgers of replicas', () => {
  test('come to the last values, however reports and saves are lost, repeated, reordered and crashed in between', () => {
    fc.assert(
      fc.property(arbitraryLife, arbitrarySteps, fc.array(fc.nat(1)), (life, steps, receivers) => {
        const lasts = life.map((reports) => reports.at(-1) as Report);
        const truth = (url: string) =>
          lasts
            .flatMap(({ workers }) => workers)
            .reduce((sum, row) => (row.url === url ? sum + row.requests : sum), 0n);
        const fleet = world(life);
        for (const step of steps) {
          const before = [0, 1].map((r) => URLS.map((url) => fleet.total(r, url)));
          fleet.step(step);
          for (const r of [0, 1]) {
            URLS.forEach((url, u) => {
              // Nothing counts twice, and no total goes down while its replica lives.
              expect(fleet.total(r, url)).toBeLessThanOrEqual(truth(url));
              if (step.kind !== 'crash') expect(fleet.total(r, url)).toBeGreaterThanOrEqual(before[r]?.[u] ?? 0n);
            });
          }
        }
        // The last word of every boot stays on the bus until a replica has stored it: one of them gets it.
        lasts.forEach((last, i) => {
          if (!isStored(fleet.ledger(0), last)) fleet.take(receivers[i] ?? 0, last);
        });
        fleet.settle();
        for (const r of [0, 1]) {
          expect(URLS.map((url) => fleet.total(r, url))).toEqual(URLS.map(truth));
          expect(lasts.every((last) => isStored(fleet.ledger(r), last))).toBe(true);
          expect(needsSaving(fleet.ledger(r))).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('agree, and have no last word waiting, when there is no room for all that is reported', () => {
    const limits = { series: 1, recordChars: 1_000_000 };
    fc.assert(
      fc.property(arbitraryLife, arbitrarySteps, fc.array(fc.nat(1)), (life, steps, receivers) => {
        const lasts = life.map((reports) => reports.at(-1) as Report);
        const fleet = world(life, limits);
        for (const step of steps) fleet.step(step);
        lasts.forEach((last, i) => {
          const receiver = receivers[i] ?? 0;
          // What it learns from the other, when it stores, may be that it knows a worker after all.
          for (let pass = 0; pass < 2; pass++) {
            fleet.take(receiver, last);
            fleet.settle();
          }
          expect(isStored(fleet.ledger(receiver), last, limits)).toBe(true);
        });
        for (const url of URLS) {
          const truth = lasts
            .flatMap(({ workers }) => workers)
            .reduce((sum, row) => (row.url === url ? sum + row.requests : sum), 0n);
          expect(fleet.total(0, url)).toBe(fleet.total(1, url));
          expect(fleet.total(0, url)).toBeLessThanOrEqual(truth);
        }
        for (const r of [0, 1]) expect(needsSaving(fleet.ledger(r))).toBe(false);
      }),
    );
  });

  test('have nothing to store when another has stored it already', () => {
    const report = reportOf({ workers: [workerRow({ requests: 5n })] });
    const [a, b] = [takeReport(NEW_LEDGER, report, 1).ledger, takeReport(NEW_LEDGER, report, 2).ledger];
    expect(needsSaving(a)).toBe(true);
    const record = recordOf(a);
    expect(needsSaving(afterSave(a, record, 1))).toBe(false);
    expect(needsSaving(afterLoad(b, record, 1))).toBe(false);
  });

  test('store their counts anew when the record is gone', () => {
    const { ledger } = takeReport(NEW_LEDGER, reportOf({ workers: [workerRow({ requests: 5n })] }), 1);
    const gone = afterLoad(afterSave(ledger, recordOf(ledger), 7), undefined, 0);
    expect(gone.version).toBe(0);
    expect(needsSaving(gone)).toBe(true);
  });
});
