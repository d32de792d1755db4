import { describe, expect, it } from 'vitest';
import { decodeSignedHead } from '#shared/codec/head-codec.ts';
import type { SignedHead } from '#shared/snapshot/head.ts';
import { generateKeyPair, readSigningKeys } from '#shared/snapshot/signature.ts';
import {
  countersign,
  headOf,
  isSigned,
  readHead,
  signedBytes,
} from '../../../../control-plane/core/publishing/heads.ts';

const keys = Array.from({ length: 10 }, () => readSigningKeys(generateKeyPair().privatePem, 'key')).flat();
const entry = { epoch: 0, revision: 3, chainHash: 'ab'.repeat(32), stateHash: 'cd'.repeat(32) };
const head = headOf('f', entry, { revision: 2, hash: 'ef'.repeat(32) });

describe('heads as published', () => {
  it('are read back, unless they are of another fleet or none at all', () => {
    const bytes = signedBytes(head, keys.slice(0, 1));
    expect(readHead(bytes, 'f')?.head).toEqual(head);
    expect(readHead(bytes, 'g')).toBeUndefined();
    expect(readHead(Uint8Array.of(1, 2), 'f')).toBeUndefined();
  });

  it('gather the signatures of replicas with different keys over the same bytes, a few at most', () => {
    let signed: SignedHead = decodeSignedHead(signedBytes(head, []));
    for (const key of keys) {
      signed = decodeSignedHead(countersign(signed, [key]));
      expect(isSigned(signed, [key])).toBe(true);
    }
    expect(signed.signatures).toHaveLength(8);
    expect(isSigned(signed, keys.slice(-8))).toBe(true);
    expect(isSigned(signed, keys)).toBe(false);
    expect(readHead(countersign(signed, []), 'f')?.head).toEqual(head);
  });
});
