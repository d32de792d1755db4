/** Which configuration the fleet is at, and what proves it. Encoded as `penstock.v1.Head`. */
export type Head = {
  readonly fleet: string;
  /** Raised only by an operator's restore: a higher epoch wins over any revision. */
  readonly epoch: number;
  readonly revision: number;
  /** Commit chain hash at this revision, lower-case hex. */
  readonly chainHash: string;
  /** `stateHash` of the configuration, lower-case hex. */
  readonly stateHash: string;
  /** Newest snapshot on the bus; its revision is at most `revision`, deltas lead from there. */
  readonly snapshotRevision: number;
  /** SHA-256 of that encoded `Snapshot`, lower-case hex. */
  readonly snapshotHash: string;
  /** Names of what a node must know to read it right. */
  readonly requiredFeatures: readonly string[];
};

/** A head as it travels: signatures cover the published bytes, never re-encoded ones. */
export type SignedHead = {
  /** Encoded `Head`. */
  readonly head: Uint8Array;
  readonly signatures: readonly Signature[];
};

export type Signature = {
  /** First 16 hex digits of SHA-256 of the public key (SPKI DER). */
  readonly keyId: string;
  /** Ed25519, 64 bytes. */
  readonly value: Uint8Array;
};

/** A configuration with its proof: what a node keeps on disk. */
export type KeptConfiguration = {
  /** Encoded `SignedHead`, as published. */
  readonly signedHead: Uint8Array;
  /** Encoded `Snapshot` of the head's revision; proved by the head's state hash, so it may be encoded anew. */
  readonly snapshot: Uint8Array;
};

/** A stored commit on the bus, from which a store that lost it can be repaired. */
export type CommitCopy = {
  readonly fleet: string;
  readonly revision: number;
  /** Lower-case hex. */
  readonly prevHash: string;
  /** Lower-case hex. */
  readonly hash: string;
  /** The commit's bytes as stored. */
  readonly commit: Uint8Array;
};

/** Order of configurations: by epoch, then revision. Negative: `a` is older. */
export function compareHeads(a: Pick<Head, 'epoch' | 'revision'>, b: Pick<Head, 'epoch' | 'revision'>): number {
  return a.epoch - b.epoch || a.revision - b.revision;
}

/** Names of `requiredFeatures` this build knows. None so far: everything there is was there from the first head on. */
export const KNOWN_FEATURES: ReadonlySet<string> = new Set();

/** What a head requires and this build does not know: a node with such gaps keeps what it serves. */
export function unknownFeatures({ requiredFeatures }: Pick<Head, 'requiredFeatures'>): readonly string[] {
  return requiredFeatures.filter((feature) => !KNOWN_FEATURES.has(feature));
}
