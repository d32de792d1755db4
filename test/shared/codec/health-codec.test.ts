import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { penstock } from '#proto/gen/penstock.js';
import {
  decodeFleetTraffic,
  decodeHealthFrame,
  decodeMembers,
  encodeFleetTraffic,
  encodeHealthFrame,
  encodeMembers,
} from '#shared/codec/health-codec.ts';
import type { FleetTraffic, HealthFrame, Members } from '#shared/health/health-frame.ts';

const text = fc.string({ maxLength: 12 });
const whole = fc.nat(Number.MAX_SAFE_INTEGER);
const counter = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const few = { maxLength: 4 };

const arbitraryFrame = fc.record(
  {
    fleet: text,
    version: whole,
    periodMs: whole,
    unavailable: fc.array(
      fc.record({ balancer: text, worker: text, zones: fc.array(text, few), reason: text, since: whole }),
      few,
    ),
    frozen: text,
    membersVersion: hash,
  },
  { requiredKeys: ['fleet', 'version', 'periodMs', 'unavailable', 'membersVersion'] },
) as fc.Arbitrary<HealthFrame>;

const arbitraryMembers = fc.record({
  fleet: text,
  version: hash,
  members: fc.array(fc.record({ node: text, zone: text }, { requiredKeys: ['node'] }), few),
}) as fc.Arbitrary<Members>;

const arbitraryTraffic: fc.Arbitrary<FleetTraffic> = fc.record({
  fleet: text,
  periodMs: whole,
  workers: fc.array(fc.record({ balancer: text, worker: text, elected: counter, bytes: counter }), few),
});

describe('health codec', () => {
  it('gives back every frame exactly', () => {
    fc.assert(
      fc.property(arbitraryFrame, (frame) => {
        expect(decodeHealthFrame(encodeHealthFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('gives back all members exactly', () => {
    fc.assert(
      fc.property(arbitraryMembers, (members) => {
        expect(decodeMembers(encodeMembers(members))).toEqual(members);
      }),
    );
  });

  it("gives back the fleet's traffic exactly, to the last of 64 bits", () => {
    fc.assert(
      fc.property(arbitraryTraffic, (traffic) => {
        expect(decodeFleetTraffic(encodeFleetTraffic(traffic))).toEqual(traffic);
      }),
    );
  });

  it('refuses a frame without its version, which nothing could be ordered by', () => {
    const message = penstock.v1.HealthFrame.encode({ fleet: 'f' }).finish();
    expect(() => decodeHealthFrame(message)).toThrow(/health frame "f": version is missing/);
  });

  it('refuses bytes that are no frame', () => {
    expect(() => decodeHealthFrame(Uint8Array.of(0xff, 0xff, 0xff))).toThrow(/health frame: not a readable message/);
  });
});
