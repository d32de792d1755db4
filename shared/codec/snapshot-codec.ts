import { penstock } from '#proto/gen/penstock.js';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { definitionCodec, overrideCodec } from './definition-codec.ts';
import { bool, CodecError, list, message, optional, safeUnsigned, text } from './field.ts';

const { Snapshot: SnapshotMessage } = penstock.v1;

const snapshotCodec = message<Snapshot>('snapshot', {
  fleet: text,
  revision: safeUnsigned,
  definition: definitionCodec,
  overrides: list(overrideCodec),
  allowShrink: optional(bool),
  shrinkAllowedAt: optional(safeUnsigned),
});

/** `penstock.v1.Snapshot`; equal snapshots give equal bytes. Fails with `CodecError` on a value no field can hold. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  return owned(SnapshotMessage.encode(snapshotCodec.toWire(snapshot, '') as object).finish());
}

/** Fails with `CodecError` naming the object that is incomplete or says what this version does not know. */
export function decodeSnapshot(encoded: Uint8Array): Snapshot {
  return snapshotCodec.fromWire(readable('snapshot', encoded, SnapshotMessage.decode), '');
}

/** Bytes that are no message become a `CodecError` like any other unreadable content. */
export function readable<T>(kind: string, encoded: Uint8Array, decode: (bytes: Uint8Array) => T): T {
  try {
    return decode(encoded);
  } catch (error) {
    throw new CodecError(kind, `not a readable message: ${(error as Error).message}`);
  }
}

/** protobufjs may hand out a slice of its pool; these bytes are hashed, kept and sent, so they get memory of their own. */
export function owned(encoded: Uint8Array): Uint8Array {
  return new Uint8Array(encoded);
}
