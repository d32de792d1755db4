import { describe, expect, test } from 'vitest';
import { reportOf, routeRow, workerRow } from '#test/support/reports.ts';
import {
  CounterRecordError,
  decodeCounterRecord,
  encodeCounterRecord,
} from '../../../../control-plane/core/projection/counter-record.ts';
import { addReport, NO_COUNTERS } from '../../../../control-plane/core/projection/counters.ts';
import { closeOldBoots } from '../../../../control-plane/core/projection/merge-counters.ts';

function sample() {
  let counters = NO_COUNTERS;
  for (let i = 1; i <= 30; i++) {
    const workers = [
      workerRow({ incarnation: i, requests: 2n ** 64n - BigInt(i) }),
      workerRow({ url: 'http://ü/ "x"', errors: 1n }),
    ];
    counters = addReport(
      counters,
      reportOf({ bootId: `boot-${i % 9}`, workers, routes: [routeRow({ bytesOut: 5n })], final: i > 20 }),
      i,
    );
  }
  return closeOldBoots(counters);
}

describe('a stored record of counters', () => {
  test('reads back as it was, to the last digit', () => {
    const counters = sample();
    expect(counters.closedBoots.length).toBeGreaterThan(0);
    expect(decodeCounterRecord('f', 'n1', encodeCounterRecord('f', 'n1', counters))).toEqual(counters);
  });

  test('is refused when any byte of it was changed', () => {
    const bytes = encodeCounterRecord('f', 'n1', sample());
    for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / 200)) {
      const damaged = new Uint8Array(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => decodeCounterRecord('f', 'n1', damaged)).toThrow(CounterRecordError);
    }
    expect(() => decodeCounterRecord('f', 'n1', bytes.subarray(0, bytes.length - 1))).toThrow(/it was damaged/);
    expect(() => decodeCounterRecord('f', 'n1', new Uint8Array())).toThrow(/0 bytes that are no record/);
  });

  test('is refused when it is of another node, or of a newer version', () => {
    const bytes = encodeCounterRecord('f', 'n1', NO_COUNTERS);
    expect(() => decodeCounterRecord('f', 'n2', bytes)).toThrow('it is of node "n1" of fleet "f"');
    const newer = Buffer.from(Buffer.from(bytes).toString().replace('penstock-counters 1', 'penstock-counters 2'));
    expect(() => decodeCounterRecord('f', 'n1', newer)).toThrow(
      'written in version 2 of the format; this build reads 1',
    );
  });
});
