import { decodeHead, decodeSignedHead, encodeHead, encodeSignedHead } from '#shared/codec/head-codec.ts';
import { compareHeads, type Head, type SignedHead } from '#shared/snapshot/head.ts';
import { type SigningKey, signHead, trustedKeyOf, verifyHead } from '#shared/snapshot/signature.ts';
import type { Basis } from './publisher-state.ts';
import type { LineEntry } from './revision-line.ts';

/** Signatures one head carries: those of all keys in use while keys are rotated. */
const MAX_SIGNATURES = 8;

/** The head of a revision whose snapshot and deltas are on the bus. */
export function headOf(fleet: string, entry: LineEntry, basis: Pick<Basis, 'revision' | 'hash'>): Head {
  const { epoch, revision, chainHash, stateHash } = entry;
  return {
    fleet,
    epoch,
    revision,
    chainHash,
    stateHash,
    snapshotRevision: basis.revision,
    snapshotHash: basis.hash,
    // Every node that knows heads knows all that definitions hold today.
    requiredFeatures: [],
  };
}

export function signedBytes(head: Head, keys: readonly SigningKey[]): Uint8Array {
  return encodeSignedHead(signHead(encodeHead(head), keys));
}

/** A head as kept, or undefined where that is none of this fleet that can be read. */
export function readHead(
  payload: Uint8Array,
  fleet: string,
): { readonly head: Head; readonly signed: SignedHead } | undefined {
  try {
    const signed = decodeSignedHead(payload);
    const head = decodeHead(signed.head);
    return head.fleet === fleet ? { head, signed } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether every key of this replica has signed it. */
export function isSigned(signed: SignedHead, keys: readonly SigningKey[]): boolean {
  return keys.every((key) => verifyHead(signed, [trustedKeyOf(key)]) === undefined);
}

/** Whether replicas with keys have signed it, and this one has none. */
export function isSignedByOthersOnly(signed: SignedHead, keys: readonly SigningKey[]): boolean {
  return keys.length === 0 && signed.signatures.length > 0;
}

/** The same bytes with this replica's signatures besides: replicas with different keys come to one head that has them all. */
export function countersign({ head, signatures }: SignedHead, keys: readonly SigningKey[]): Uint8Array {
  const own = signHead(head, keys).signatures;
  const others = signatures.filter(({ keyId }) => !own.some((one) => one.keyId === keyId));
  return encodeSignedHead({ head, signatures: [...own, ...others].slice(0, MAX_SIGNATURES) });
}

/** Whether the first is to be believed over the second as what the bus is at. */
export function isNewer(a: Head, b: Head): boolean {
  return compareHeads(a, b) > 0;
}
