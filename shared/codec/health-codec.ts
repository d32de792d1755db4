import { penstock } from '#proto/gen/penstock.js';
import type { FleetTraffic, HealthFrame, Member, Members, Verdict, WorkerTraffic } from '../health/health-frame.ts';
import { list, message, optional, safeUnsigned, sha256, text, uint64 } from './field.ts';
import { owned, readable } from './snapshot-codec.ts';

const { HealthFrame: FrameMessage, Members: MembersMessage, FleetTraffic: TrafficMessage } = penstock.v1;

/** What the control plane tells nodes of workers and of each other, as messages of `proto/health.proto`. */

const verdict = message<Verdict>(
  'verdict',
  { balancer: text, worker: text, zones: list(text), reason: text, since: safeUnsigned },
  'worker',
);

const healthFrame = message<HealthFrame>(
  'health frame',
  {
    fleet: text,
    version: safeUnsigned,
    periodMs: safeUnsigned,
    unavailable: list(verdict),
    frozen: optional(text),
    membersVersion: sha256,
  },
  'fleet',
);

const member = message<Member>('member', { node: text, zone: optional(text) }, 'node');

const members = message<Members>('members', { fleet: text, version: sha256, members: list(member) }, 'fleet');

const workerTraffic = message<WorkerTraffic>(
  'worker',
  { balancer: text, worker: text, elected: uint64, bytes: uint64 },
  'worker',
);

const fleetTraffic = message<FleetTraffic>(
  'fleet traffic',
  { fleet: text, periodMs: safeUnsigned, workers: list(workerTraffic) },
  'fleet',
);

export function encodeHealthFrame(value: HealthFrame): Uint8Array {
  return owned(FrameMessage.encode(healthFrame.toWire(value, '') as object).finish());
}

/** @throws CodecError naming what is wrong */
export function decodeHealthFrame(encoded: Uint8Array): HealthFrame {
  return healthFrame.fromWire(readable('health frame', encoded, FrameMessage.decode), '');
}

export function encodeMembers(value: Members): Uint8Array {
  return owned(MembersMessage.encode(members.toWire(value, '') as object).finish());
}

/** @throws CodecError naming what is wrong */
export function decodeMembers(encoded: Uint8Array): Members {
  return members.fromWire(readable('members', encoded, MembersMessage.decode), '');
}

export function encodeFleetTraffic(value: FleetTraffic): Uint8Array {
  return owned(TrafficMessage.encode(fleetTraffic.toWire(value, '') as object).finish());
}

/** @throws CodecError naming what is wrong */
export function decodeFleetTraffic(encoded: Uint8Array): FleetTraffic {
  return fleetTraffic.fromWire(readable('fleet traffic', encoded, TrafficMessage.decode), '');
}
