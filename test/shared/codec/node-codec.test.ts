import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { penstock } from '#proto/gen/penstock.js';
import {
  decodeAck,
  decodeObservations,
  decodeReport,
  encodeAck,
  encodeObservations,
  encodeReport,
} from '#shared/codec/node-codec.ts';
import type { Ack, NodeErrorCode, Observations, Report } from '#shared/node-message.ts';

const text = fc.string({ maxLength: 12 });
const whole = fc.nat(Number.MAX_SAFE_INTEGER);
const counter = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const errorCode: fc.Arbitrary<NodeErrorCode> = fc.constantFrom('fork', 'listen', 'storage', 'signature', 'crash');
const errors = fc.array(fc.record({ object: text, code: errorCode, text }), { maxLength: 3 });

const arbitraryAck: fc.Arbitrary<Ack> = fc.record({
  node: text,
  bootId: text,
  fleet: text,
  epoch: whole,
  revision: whole,
  stateHash: hash,
  phase: fc.constantFrom('received', 'serving', 'rejected'),
  applyMs: whole,
  errors,
});

const arbitraryReport = fc.record(
  {
    node: text,
    bootId: text,
    fleet: text,
    seq: whole,
    timeMs: whole,
    serving: fc.record({ epoch: whole, revision: whole, stateHash: hash }),
    final: fc.boolean(),
    complete: fc.boolean(),
    workers: fc.array(
      fc.record({
        balancer: text,
        url: text,
        incarnation: whole,
        retired: fc.boolean(),
        status: fc.nat(0xfff),
        lbstatus: int32,
        busy: int32,
        retries: int32,
        errorTimeMs: whole,
        loadfactor: fc.constantFrom(1, 1.5, 100),
        lbset: fc.nat(99),
        route: text,
        redirect: text,
        elected: counter,
        transferred: counter,
        read: counter,
        requests: counter,
        responses: counter,
        errors: counter,
        bytesIn: counter,
        bytesOut: counter,
      }),
      { maxLength: 4 },
    ),
    routes: fc.array(
      fc.record({
        virtualHost: text,
        route: text,
        incarnation: whole,
        requests: counter,
        responses: counter,
        errors: counter,
        bytesIn: counter,
        bytesOut: counter,
      }),
      { maxLength: 4 },
    ),
    labels: fc.dictionary(text, text, { noNullPrototype: true }),
    intervalMs: whole,
    errors,
    version: text,
  },
  {
    requiredKeys: [
      ...(['node', 'bootId', 'fleet', 'seq', 'timeMs', 'final', 'complete', 'workers'] as const),
      ...(['routes', 'labels', 'intervalMs', 'errors', 'version'] as const),
    ],
  },
) as fc.Arbitrary<Report>;

const arbitraryObservations: fc.Arbitrary<Observations> = fc.record({
  node: text,
  bootId: text,
  fleet: text,
  seq: whole,
  complete: fc.boolean(),
  observations: fc.array(
    fc.record({
      balancer: text,
      worker: text,
      kind: fc.constantFrom('failed', 'answered', 'check-failed', 'check-passed'),
      reason: text,
      timeMs: whole,
    }),
    { maxLength: 4 },
  ),
});

describe('node codec', () => {
  it('gives back every acknowledgement exactly', () => {
    fc.assert(
      fc.property(arbitraryAck, (ack) => {
        expect(decodeAck(encodeAck(ack))).toEqual(ack);
      }),
    );
  });

  it('gives back every report exactly, counters to the last of 64 bits', () => {
    fc.assert(
      fc.property(arbitraryReport, (report) => {
        expect(decodeReport(encodeReport(report))).toEqual(report);
      }),
    );
  });

  it('gives back every batch of observations exactly', () => {
    fc.assert(
      fc.property(arbitraryObservations, (seen) => {
        expect(decodeObservations(encodeObservations(seen))).toEqual(seen);
      }),
    );
  });

  it('refuses labels of which one comes twice', () => {
    const long = { low: 1, high: 0 };
    const twice = [
      { name: 'zone', value: 'a' },
      { name: 'zone', value: 'b' },
    ];
    const head = { node: 'n1', bootId: 'b', fleet: 'f', seq: long, timeMs: long, final: false, complete: true };
    const message = { ...head, labels: twice, intervalMs: long, version: '1' };
    expect(() => decodeReport(penstock.v1.Report.encode(message as object).finish())).toThrow(
      /report "n1": labels: label "zone" comes twice/,
    );
  });

  it('refuses an acknowledgement of an unknown phase', () => {
    const hash = new Uint8Array(32);
    const long = { low: 0, high: 0 };
    const from = { node: 'n1', bootId: 'b', fleet: 'f' };
    const message = { ...from, epoch: long, revision: long, stateHash: hash, phase: 7, applyMs: long };
    expect(() => decodeAck(penstock.v1.Ack.encode(message as object).finish())).toThrow(
      /ack "n1": phase: unknown value 7; known: received, serving, rejected/,
    );
  });

  it('refuses a report without its sequence number', () => {
    const message = { node: 'n1', bootId: 'b', fleet: 'f' };
    expect(() => decodeReport(penstock.v1.Report.encode(message).finish())).toThrow(/report "n1": seq is missing/);
  });

  it('refuses a revision beyond 2^53, which a number would round', () => {
    const hash = new Uint8Array(32);
    const huge = { low: 1, high: 0x7fff_ffff };
    const message = { node: 'n1', bootId: 'b', fleet: 'f', epoch: 0, revision: huge, stateHash: hash, phase: 1 };
    expect(() => decodeAck(penstock.v1.Ack.encode(message as object).finish())).toThrow(/revision: .* below 2\^53/);
  });
});
