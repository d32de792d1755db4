import { penstock } from '#proto/gen/penstock.js';
import type { Ack, NodeError, Observation, Observations, Report, RouteReport, WorkerReport } from '../node-message.ts';
import {
  bool,
  type Codec,
  CodecError,
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

const { Ack: AckMessage, Report: ReportMessage, Observations: ObservationsMessage } = penstock.v1;

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
      signature: 9,
      unsupported: 10,
      crash: 11,
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
    epoch: safeUnsigned,
    revision: safeUnsigned,
    stateHash: sha256,
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

const routeReport = message<RouteReport>(
  'route',
  {
    virtualHost: text,
    route: text,
    incarnation: safeUnsigned,
    requests: uint64,
    responses: uint64,
    errors: uint64,
    bytesIn: uint64,
    bytesOut: uint64,
  },
  'route',
);

const label = message<{ readonly name: string; readonly value: string }>('label', { name: text, value: text }, 'name');

/** An object here, a list ordered by name on the wire; a name that comes twice is refused, since one value would be lost. */
const labels: Codec<Readonly<Record<string, string>>> = {
  toWire: (record, at) =>
    Object.keys(record)
      .sort()
      .map((name) => label.toWire({ name, value: record[name] ?? '' }, at)),
  fromWire(wire, at) {
    const entries = (wire as readonly unknown[]).map((one) => label.fromWire(one, at));
    const names = new Set<string>();
    for (const { name } of entries) {
      if (names.has(name)) throw new CodecError(at, `label ${JSON.stringify(name)} comes twice`);
      names.add(name);
    }
    return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  },
};

const report = message<Report>(
  'report',
  {
    node: text,
    bootId: text,
    fleet: text,
    seq: safeUnsigned,
    timeMs: safeUnsigned,
    serving: optional(message('serving', { epoch: safeUnsigned, revision: safeUnsigned, stateHash: sha256 })),
    final: bool,
    complete: bool,
    workers: list(workerReport),
    routes: list(routeReport),
    labels,
    intervalMs: safeUnsigned,
    errors: list(nodeError),
    version: text,
  },
  'node',
);

const observation = message<Observation>(
  'observation',
  {
    balancer: text,
    worker: text,
    kind: enumeration({ failed: 1, answered: 2, 'check-failed': 3, 'check-passed': 4 }),
    reason: text,
    timeMs: safeUnsigned,
  },
  'worker',
);

const observations = message<Observations>(
  'observations',
  {
    node: text,
    bootId: text,
    fleet: text,
    seq: safeUnsigned,
    complete: bool,
    observations: list(observation),
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

/**
 * Rows of a report by themselves. A report without rows, followed by such pieces, is the message of the report that has them all:
 * so a large one need not be encoded in one go.
 */
export function encodeReportRows(rows: Pick<Report, 'workers' | 'routes'>): Uint8Array {
  const workers = rows.workers.map((row) => workerReport.toWire(row, 'report'));
  const routes = rows.routes.map((row) => routeReport.toWire(row, 'report'));
  return owned(ReportMessage.encode({ workers, routes } as object).finish());
}

export function decodeReport(encoded: Uint8Array): Report {
  return report.fromWire(readable('report', encoded, ReportMessage.decode), '');
}

export function encodeObservations(value: Observations): Uint8Array {
  return owned(ObservationsMessage.encode(observations.toWire(value, '') as object).finish());
}

export function decodeObservations(encoded: Uint8Array): Observations {
  return observations.fromWire(readable('observations', encoded, ObservationsMessage.decode), '');
}
