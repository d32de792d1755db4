import { createHash } from 'node:crypto';
import { decodeDelta } from '../codec/delta-codec.ts';
import { CodecError } from '../codec/field.ts';
import { decodeHead, decodeKeptConfiguration, decodeSignedHead } from '../codec/head-codec.ts';
import { decodeSnapshot } from '../codec/snapshot-codec.ts';
import type { NodeErrorCode } from '../node-message.ts';
import { applyDelta } from './delta.ts';
import { type Head, type SignedHead, unknownFeatures } from './head.ts';
import { PatchError } from './list-patch.ts';
import { type TrustedKey, verifyHead } from './signature.ts';
import type { Snapshot } from './snapshot.ts';
import { type HashedState, hashNext, hashState } from './state-hasher.ts';

/** Why something published is not to be believed: a code for acknowledgements, and words. */
export type Refusal = {
  readonly code: Extract<NodeErrorCode, 'unreadable' | 'wrong-fleet' | 'signature' | 'unsupported'>;
  readonly text: string;
  /** What it claims to be, as far as it could be read. */
  readonly head?: Head;
};

export type OpenedHead = { readonly head: Head; readonly signed: SignedHead };

export type Trust = {
  readonly fleet: string;
  /** None: heads need no signature. */
  readonly trustedKeys: readonly TrustedKey[];
};

/** A configuration that was verified whole. */
export type OpenedConfiguration = {
  readonly head: Head;
  readonly snapshot: Snapshot;
  /** From which the next revision's hash costs what changes. */
  readonly hashed: HashedState;
};

/** Tells a refusal from what was opened. */
export function isRefusal<T extends object>(result: T | Refusal): result is Refusal {
  return 'code' in result && 'text' in result;
}

/**
 * Reads an encoded `SignedHead`: of this fleet, signed by a trusted key if there are any, and readable by this build.
 */
export function openHead(encoded: Uint8Array, { fleet, trustedKeys }: Trust): OpenedHead | Refusal {
  try {
    const signed = decodeSignedHead(encoded);
    const head = decodeHead(signed.head);
    if (head.fleet !== fleet) {
      return { code: 'wrong-fleet', text: `it is of fleet "${head.fleet}", this is "${fleet}"`, head };
    }
    const distrust = verifyHead(signed, trustedKeys);
    if (distrust !== undefined) return { code: 'signature', text: `revision ${head.revision}: ${distrust}`, head };
    const unknown = unknownFeatures(head);
    if (unknown.length > 0) {
      return {
        code: 'unsupported',
        text: `revision ${head.revision} needs ${unknown.join(', ')}; run a newer node`,
        head,
      };
    }
    return { head, signed };
  } catch (err) {
    return unreadable(err);
  }
}

/**
 * Reads an encoded `KeptConfiguration`, as a node's disk or an answer has it: the head must be one to believe, and the snapshot
 * of its fleet and revision must have its state hash, computed here.
 */
export function openConfiguration(encoded: Uint8Array, trust: Trust): OpenedConfiguration | Refusal {
  try {
    const kept = decodeKeptConfiguration(encoded);
    const opened = openHead(kept.signedHead, trust);
    if (isRefusal(opened)) return opened;
    return proved(opened.head, decodeSnapshot(kept.snapshot));
  } catch (err) {
    return unreadable(err);
  }
}

/**
 * The configuration a head stands for, from what the bus keeps: the snapshot it names and every delta from there on, in order.
 *
 * @param snapshot encoded, of `head.snapshotRevision`
 * @param deltas encoded; none if the snapshot is of the head's revision
 */
export function assemble(
  head: Head,
  snapshot: Uint8Array,
  deltas: readonly Uint8Array[],
): OpenedConfiguration | Refusal {
  try {
    const hash = snapshotHash(snapshot);
    if (hash !== head.snapshotHash) {
      const text = `snapshot ${head.snapshotRevision} hashes to ${hash}, the head of revision ${head.revision} names ${head.snapshotHash}`;
      return { code: 'unreadable', text, head };
    }
    let state = decodeSnapshot(snapshot);
    if (state.revision !== head.snapshotRevision) {
      const text = `the snapshot named for revision ${head.snapshotRevision} is of ${state.revision}`;
      return { code: 'unreadable', text, head };
    }
    for (const delta of deltas) state = applyDelta(state, decodeDelta(delta));
    return proved(head, state);
  } catch (err) {
    return unreadable(err, head);
  }
}

/**
 * Whether a snapshot is what a head stands for.
 *
 * @param before the state it was made from, to hash only what changed
 */
export function proved(head: Head, snapshot: Snapshot, before?: HashedState): OpenedConfiguration | Refusal {
  if (snapshot.fleet !== head.fleet || snapshot.revision !== head.revision) {
    const inside = `${snapshot.fleet} revision ${snapshot.revision}`;
    return {
      code: 'unreadable',
      text: `content is of ${inside}, its head of ${head.fleet} revision ${head.revision}`,
      head,
    };
  }
  const hashed = before === undefined ? hashState(snapshot) : hashNext(before, snapshot);
  if (hashed.stateHash !== head.stateHash) {
    const text = `state hash of revision ${head.revision} is ${hashed.stateHash}, its head says ${head.stateHash}`;
    return { code: 'unreadable', text, head };
  }
  return { head, snapshot, hashed };
}

/** SHA-256 of an encoded snapshot, lower-case hex: what `Head.snapshotHash` names. */
export function snapshotHash(encoded: Uint8Array): string {
  return createHash('sha256').update(encoded).digest('hex');
}

function unreadable(err: unknown, head?: Head): Refusal {
  if (!(err instanceof CodecError || err instanceof PatchError)) throw err;
  return { code: 'unreadable', text: err.message, ...(head === undefined ? {} : { head }) };
}
