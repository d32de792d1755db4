import { penstock } from '#proto/gen/penstock.js';
import type { CommitCopy, Head, KeptConfiguration, Signature, SignedHead } from '../snapshot/head.ts';
import { bytes, type Codec, CodecError, list, message, safeUnsigned, sha256, text } from './field.ts';
import { owned, readable } from './snapshot-codec.ts';

/** Heads and what goes with them, as messages of `proto/snapshot.proto`. */

const { v1 } = penstock;

const headCodec = message<Head>('head', {
  fleet: text,
  epoch: safeUnsigned,
  revision: safeUnsigned,
  chainHash: sha256,
  stateHash: sha256,
  snapshotRevision: safeUnsigned,
  snapshotHash: sha256,
  requiredFeatures: list(text),
});

const signatureCodec = message<Signature>(
  'signature',
  { keyId: text, value: ofLength(bytes, 64, 'an Ed25519 signature') },
  'keyId',
);

const signedHeadCodec = message<SignedHead>('signed head', { head: bytes, signatures: list(signatureCodec) });

const keptCodec = message<KeptConfiguration>('kept configuration', { signedHead: bytes, snapshot: bytes });

const commitCopyCodec = message<CommitCopy>('commit copy', {
  fleet: text,
  revision: safeUnsigned,
  prevHash: sha256,
  hash: sha256,
  commit: bytes,
});

/** Equal heads give equal bytes. */
export function encodeHead(head: Head): Uint8Array {
  return owned(v1.Head.encode(headCodec.toWire(head, '') as object).finish());
}

/** @throws CodecError naming what is wrong */
export function decodeHead(encoded: Uint8Array): Head {
  const head = headCodec.fromWire(readable('head', encoded, v1.Head.decode), '');
  if (head.snapshotRevision <= head.revision) return head;
  throw new CodecError(
    'head',
    `snapshotRevision is ${head.snapshotRevision}, beyond the head's own revision ${head.revision}`,
  );
}

export function encodeSignedHead(signed: SignedHead): Uint8Array {
  return owned(v1.SignedHead.encode(signedHeadCodec.toWire(signed, '') as object).finish());
}

/** Whether a signature is right is `verifyHead`'s matter. @throws CodecError naming what is wrong */
export function decodeSignedHead(encoded: Uint8Array): SignedHead {
  return signedHeadCodec.fromWire(readable('signed head', encoded, v1.SignedHead.decode), '');
}

export function encodeKeptConfiguration(kept: KeptConfiguration): Uint8Array {
  return owned(v1.KeptConfiguration.encode(keptCodec.toWire(kept, '') as object).finish());
}

/** What it holds is proved by `openConfiguration`. @throws CodecError naming what is wrong */
export function decodeKeptConfiguration(encoded: Uint8Array): KeptConfiguration {
  return keptCodec.fromWire(readable('kept configuration', encoded, v1.KeptConfiguration.decode), '');
}

export function encodeCommitCopy(copy: CommitCopy): Uint8Array {
  return owned(v1.CommitCopy.encode(commitCopyCodec.toWire(copy, '') as object).finish());
}

/** Whether its bytes have its hash is `verifyLink`'s matter. @throws CodecError naming what is wrong */
export function decodeCommitCopy(encoded: Uint8Array): CommitCopy {
  return commitCopyCodec.fromWire(readable('commit copy', encoded, v1.CommitCopy.decode), '');
}

function ofLength(codec: Codec<Uint8Array>, length: number, what: string): Codec<Uint8Array> {
  return {
    toWire: codec.toWire,
    fromWire(wire, at) {
      const value = codec.fromWire(wire, at);
      if (value.length === length) return value;
      throw new CodecError(at, `${what} has ${length} bytes, not ${value.length}`);
    },
  };
}
