import { penstock } from '#proto/gen/penstock.js';
import type { Ack, NodeError, Observation, Report, WorkerReport } from '../node-message.ts';
import {
  bool,
  double,
  enumeration,
  int32,
  list,
  message,
  optional,
  safeUnsigned,
  sha256,
  text,
  uint32,
  uint64,
} from './field.ts';
import { owned, readable } from './snapshot-codec.ts';

const { Ack: AckMessage, Report: ReportMessage, Observation: ObservationMessage } = penstock.v1;

/** What nodes send, as messages of `proto/node.proto`. Decoding fails with `CodecError` naming what is wrong. */

const nodeError = message<NodeError>(
  'error',
  {
    object: text,
    code: enumeration({
      unreadable: 1,
      'wrong-fleet': 2,
      fork: 3,
      implausible: 4,
      capacity: 5,
      listen: 6,
      compile: 7,
      storage: 8,
    }),
    text,
  },
  'object',
);

const ack = message<Ack>(
  'ack',
  {
    node: text,
    bootId: text,
    fleet: text,
    revision: safeUnsigned,
    contentHash: sha256,
    phase: enumeration({ received: 1, serving: 2, rejected: 3 }),
    applyMs: safeUnsigned,
    errors: list(nodeError),
  },
  'node',
);

const workerReport = message<WorkerReport>(
  'worker',
  {
    balancer: text,
    url: text,
    incarnation: safeUnsigned,
    retired: bool,
    status: uint32,
    lbstatus: int32,
    busy: int32,
    retries: int32,
    errorTimeMs: safeUnsigned,
    loadfactor: double,
    lbset: uint32,
    route: text,
    redirect: text,
    elected: uint64,
    transferred: uint64,
    read: uint64,
    requests: uint64,
    responses: uint64,
    errors: uint64,
    bytesIn: uint64,
    bytesOut: uint64,
  },
  'url',
);

const report = message<Report>(
  'report',
  {
    node: text,
    bootId: text,
    fleet: text,
    seq: safeUnsigned,
    timeMs: safeUnsigned,
    serving: optional(message('serving', { revision: safeUnsigned, contentHash: sha256 })),
    final: bool,
    workers: list(workerReport),
  },
  'node',
);

const observation = message<Observation>(
  'observation',
  {
    node: text,
    bootId: text,
    fleet: text,
    balancer: text,
    worker: text,
    kind: enumeration({ failed: 1 }),
    reason: text,
    timeMs: safeUnsigned,
  },
  'node',
);

export function encodeAck(value: Ack): Uint8Array {
  return owned(AckMessage.encode(ack.toWire(value, '') as object).finish());
}

export function decodeAck(encoded: Uint8Array): Ack {
  return ack.fromWire(readable('ack', encoded, AckMessage.decode), '');
}

export function encodeReport(value: Report): Uint8Array {
  return owned(ReportMessage.encode(report.toWire(value, '') as object).finish());
}

export function decodeReport(encoded: Uint8Array): Report {
  return report.fromWire(readable('report', encoded, ReportMessage.decode), '');
}

export function encodeObservation(value: Observation): Uint8Array {
  return owned(ObservationMessage.encode(observation.toWire(value, '') as object).finish());
}

export function decodeObservation(encoded: Uint8Array): Observation {
  return observation.fromWire(readable('observation', encoded, ObservationMessage.decode), '');
}
