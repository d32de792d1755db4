import { createHash } from 'node:crypto';
import type { BootCounters, CounterTable, CounterTotals, NodeCounters, Series } from './counters.ts';

/**
 * A node's counters as they are stored: a line `penstock-counters 1 <SHA-256 of the rest>`, then JSON. Counters are decimal, in the order
 * of `numbersOf`, so that no number is rounded.
 */
type CounterRecord = {
  readonly fleet: string;
  readonly node: string;
  readonly closings: number;
  readonly closedBoots: readonly string[];
  readonly closed: { readonly workers: readonly WireTotals[]; readonly routes: readonly WireTotals[] };
  readonly boots: readonly WireBoot[];
};

type WireTotals = readonly [key: string, numbers: string];
type WireBoot = {
  readonly id: string;
  readonly final: boolean;
  readonly changedMs: number;
  readonly workers: readonly WireSeries[];
  readonly routes: readonly WireSeries[];
};
type WireSeries = readonly [
  key: string,
  rows: readonly (readonly [incarnation: number, numbers: string])[],
  settled?: readonly [below: number, numbers: string],
];

const MAGIC = 'penstock-counters';
const VERSION = 1;

/** A stored record that is not to be believed; the text says why. */
export class CounterRecordError extends Error {
  override readonly name = 'CounterRecordError';
}

export function encodeCounterRecord(fleet: string, node: string, counters: NodeCounters): Uint8Array {
  const { closings, closedBoots, closed, boots } = counters;
  const record: CounterRecord = {
    fleet,
    node,
    closings,
    closedBoots,
    closed: { workers: wireTotals(closed.workers), routes: wireTotals(closed.routes) },
    boots: [...boots].map(([id, { final, changedMs, workers, routes }]) => ({
      id,
      final,
      changedMs,
      workers: wireTable(workers),
      routes: wireTable(routes),
    })),
  };
  const body = Buffer.from(JSON.stringify(record));
  return new Uint8Array(Buffer.concat([Buffer.from(`${MAGIC} ${VERSION} ${digest(body)}\n`), body]));
}

/** @throws CounterRecordError when the bytes are damaged, of a newer version, or another node's */
export function decodeCounterRecord(fleet: string, node: string, bytes: Uint8Array): NodeCounters {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.indexOf(0x0a);
  const [magic, version, hash] = buffer.toString('latin1', 0, Math.max(0, end)).split(' ');
  if (magic !== MAGIC) throw new CounterRecordError(`${buffer.length} bytes that are no record of counters`);
  if (version !== String(VERSION)) {
    throw new CounterRecordError(`written in version ${version} of the format; this build reads ${VERSION}`);
  }
  const body = buffer.subarray(end + 1);
  if (hash !== digest(body)) throw new CounterRecordError('its SHA-256 is not that of its content: it was damaged');
  const record = JSON.parse(body.toString()) as CounterRecord;
  if (record.fleet !== fleet || record.node !== node) {
    throw new CounterRecordError(`it is of node "${record.node}" of fleet "${record.fleet}"`);
  }
  const { closings, closedBoots, closed, boots } = record;
  return {
    closings,
    closedBoots,
    closed: { workers: totalsMap(closed.workers), routes: totalsMap(closed.routes) },
    boots: new Map(
      boots.map(({ id, final, changedMs, workers, routes }): [string, BootCounters] => [
        id,
        { final, changedMs, workers: tableOf(workers), routes: tableOf(routes) },
      ]),
    ),
  };
}

function digest(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

function numbersOf({ elected, requests, responses, errors, bytesIn, bytesOut }: CounterTotals): string {
  return [elected, requests, responses, errors, bytesIn, bytesOut].join(' ');
}

function totalsFrom(numbers: string): CounterTotals {
  const [elected = 0n, requests = 0n, responses = 0n, errors = 0n, bytesIn = 0n, bytesOut = 0n] = numbers
    .split(' ')
    .map(BigInt);
  return { elected, requests, responses, errors, bytesIn, bytesOut };
}

function wireTotals(totals: ReadonlyMap<string, CounterTotals>): readonly WireTotals[] {
  return [...totals].map(([key, sum]) => [key, numbersOf(sum)]);
}

function totalsMap(wire: readonly WireTotals[]): ReadonlyMap<string, CounterTotals> {
  return new Map(wire.map(([key, numbers]) => [key, totalsFrom(numbers)]));
}

function wireTable(table: CounterTable): readonly WireSeries[] {
  return [...table].map(([key, { rows, settled }]): WireSeries => {
    const wireRows = [...rows].map(([incarnation, row]) => [incarnation, numbersOf(row)] as const);
    return settled === undefined ? [key, wireRows] : [key, wireRows, [settled.below, numbersOf(settled.sum)]];
  });
}

function tableOf(wire: readonly WireSeries[]): CounterTable {
  return new Map(
    wire.map(([key, wireRows, settled]): [string, Series] => {
      const rows = new Map(wireRows.map(([incarnation, numbers]) => [incarnation, totalsFrom(numbers)]));
      if (settled === undefined) return [key, { rows }];
      return [key, { rows, settled: { below: settled[0], sum: totalsFrom(settled[1]) } }];
    }),
  );
}
