import { decodeDelta } from '#shared/codec/delta-codec.ts';
import { decodeKeptConfiguration } from '#shared/codec/head-codec.ts';
import { decodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import type { NodeErrorCode } from '#shared/node-message.ts';
import { applyDelta, type Delta } from '#shared/snapshot/delta.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { isRefusal, openConfiguration, openHead, proved, snapshotHash, type Trust } from '#shared/snapshot/open.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { type HashedState, hashNext, hashState } from '#shared/snapshot/state-hasher.ts';
import type { Configuration } from './follower-state.ts';

/** A configuration with its hash; whether a head vouches for it is another matter. */
export type ProvenState = { readonly snapshot: Snapshot; readonly hashed: HashedState };

export type HeadReading =
  | { readonly kind: 'head'; readonly head: Head }
  /** It can be read, and is not to be followed. */
  | { readonly kind: 'refused'; readonly head: Head; readonly code: NodeErrorCode; readonly text: string }
  | { readonly kind: 'unreadable'; readonly text: string };

export type Proof = ReturnType<typeof createProof>;

type Wrong = { readonly error: string };

/**
 * Reads what comes from bus, disk and polling, and proves it: a head by its signature, a snapshot by the hash the head names, deltas
 * and kept configurations by the state hash they lead to. Pure.
 */
export function createProof(trust: Trust) {
  return {
    readHead(encoded: Uint8Array): HeadReading {
      const opened = openHead(encoded, trust);
      if (!isRefusal(opened)) return { kind: 'head', head: opened.head };
      const { head, code, text } = opened;
      return head === undefined ? { kind: 'unreadable', text } : { kind: 'refused', head, code, text };
    },

    readDelta(encoded: Uint8Array): { readonly delta: Delta } | Wrong {
      return attempt(() => {
        const delta = decodeDelta(encoded);
        if (delta.fleet === trust.fleet) return { delta };
        return { error: `a delta of fleet "${delta.fleet}" reached a node of fleet "${trust.fleet}"` };
      });
    },

    /** @param hash of the bytes, as the head names it */
    readSnapshot(encoded: Uint8Array, hash: string): { readonly state: ProvenState } | Wrong {
      const actual = snapshotHash(encoded);
      if (actual !== hash) return { error: `the snapshot has hash ${actual}, the head says ${hash}` };
      return attempt(() => {
        const snapshot = decodeSnapshot(encoded);
        return { state: { snapshot, hashed: hashState(snapshot) } };
      });
    },

    /** The state after a delta, which has the hash the delta says. */
    apply(state: ProvenState, delta: Delta): { readonly state: ProvenState } | Wrong {
      return attempt(() => {
        const snapshot = applyDelta(state.snapshot, delta);
        const hashed = hashNext(state.hashed, snapshot);
        if (hashed.stateHash === delta.stateHash) return { state: { snapshot, hashed } };
        return {
          error: `delta to revision ${delta.to} leads to state ${hashed.stateHash}, it says ${delta.stateHash}`,
        };
      });
    },

    /** What does not fit between a head and a state; undefined if the head vouches for it. */
    objection(head: Head, { snapshot, hashed }: ProvenState): string | undefined {
      const result = proved(head, snapshot, hashed);
      return isRefusal(result) ? result.text : undefined;
    },

    /** A configuration with its proof, as on disk. */
    readKept(encoded: Uint8Array): { readonly configuration: Configuration } | Wrong {
      return attempt(() => {
        const opened = openConfiguration(encoded, trust);
        if (isRefusal(opened)) return { error: opened.text };
        const { head, snapshot, hashed } = opened;
        const { signedHead } = decodeKeptConfiguration(encoded);
        return { configuration: { head, signedHead, state: { snapshot, hashed } } };
      });
    },
  };
}

/** Bytes from outside may hold anything: what reading throws is what is wrong with them. */
function attempt<T>(read: () => T | Wrong): T | Wrong {
  try {
    return read();
  } catch (error) {
    return { error: (error as Error).message };
  }
}
