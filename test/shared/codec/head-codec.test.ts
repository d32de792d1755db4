import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { penstock } from '#proto/gen/penstock.js';
import {
  decodeCommitCopy,
  decodeHead,
  decodeKeptConfiguration,
  decodeSignedHead,
  encodeCommitCopy,
  encodeHead,
  encodeKeptConfiguration,
  encodeSignedHead,
} from '#shared/codec/head-codec.ts';
import type { Head } from '#shared/snapshot/head.ts';

const head: Head = {
  fleet: 'f',
  epoch: 1,
  revision: 12,
  chainHash: 'ab'.repeat(32),
  stateHash: 'cd'.repeat(32),
  snapshotRevision: 10,
  snapshotHash: 'ef'.repeat(32),
  requiredFeatures: [],
};

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
const whole = fc.nat(Number.MAX_SAFE_INTEGER);

describe('head codec', () => {
  it('gives back exactly what it was given', () => {
    const arbitraryHead = fc
      .record({
        fleet: fc.string(),
        epoch: whole,
        revision: whole,
        chainHash: hash,
        stateHash: hash,
        behind: fc.nat(40),
        snapshotHash: hash,
        requiredFeatures: fc.array(fc.string(), { maxLength: 3 }),
      })
      .map(({ behind, ...rest }) => ({ ...rest, snapshotRevision: Math.max(0, rest.revision - behind) }));
    fc.assert(
      fc.property(arbitraryHead, fc.uint8Array({ minLength: 64, maxLength: 64 }), (some, value) => {
        const encoded = encodeHead(some);
        expect(decodeHead(encoded)).toEqual(some);
        expect(encodeHead(structuredClone(some))).toEqual(encoded);
        const signed = { head: encoded, signatures: [{ keyId: 'k', value }] };
        expect(decodeSignedHead(encodeSignedHead(signed))).toEqual(signed);
      }),
    );
  });

  it('tolerates what a newer version adds', () => {
    const unknown = Uint8Array.of(0xf8, 0x01, 7); // Field 31, varint 7.
    expect(decodeHead(Buffer.concat([encodeHead(head), unknown]))).toEqual(head);
  });

  it.each([
    ['without a state hash', { stateHash: null }, 'head: stateHash is missing'],
    ['with a short hash', { chainHash: new Uint8Array(31) }, 'head: chainHash: a SHA-256 has 32 bytes, not 31'],
    [
      'with a snapshot of its future',
      { snapshotRevision: { low: 13, high: 0 } },
      "head: snapshotRevision is 13, beyond the head's own revision 12",
    ],
  ])('refuses a head %s by name', (_, change, message) => {
    const { Head: HeadMessage } = penstock.v1;
    const wire = { ...HeadMessage.decode(encodeHead(head)), ...change };
    expect(() => decodeHead(HeadMessage.encode(wire as never).finish())).toThrow(message);
  });

  it('refuses to write a hash that is none', () => {
    expect(() => encodeHead({ ...head, chainHash: 'XY' })).toThrow(/chainHash: "XY" is not a SHA-256/);
  });

  it('refuses noise, and signatures of a wrong length', () => {
    expect(() => decodeHead(Uint8Array.of(0xff))).toThrow(/^head: not a readable message/);
    const signed = { head: encodeHead(head), signatures: [{ keyId: 'k', value: new Uint8Array(63) }] };
    expect(() => decodeSignedHead(encodeSignedHead(signed))).toThrow(
      'signed head: signatures[0]: signature "k": value: an Ed25519 signature has 64 bytes, not 63',
    );
  });

  it('carries kept configurations and copies of commits', () => {
    const kept = { signedHead: Uint8Array.of(1), snapshot: Uint8Array.of(2, 3) };
    expect(decodeKeptConfiguration(encodeKeptConfiguration(kept))).toEqual(kept);
    const copy = {
      fleet: 'f',
      revision: 3,
      prevHash: 'ab'.repeat(32),
      hash: 'cd'.repeat(32),
      commit: Uint8Array.of(9),
    };
    expect(decodeCommitCopy(encodeCommitCopy(copy))).toEqual(copy);
  });
});
