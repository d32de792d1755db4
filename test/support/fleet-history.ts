import { createHash } from 'node:crypto';
import { type Bus, subjects } from '#shared/bus.ts';
import { encodeDelta } from '#shared/codec/delta-codec.ts';
import { encodeHead, encodeKeptConfiguration, encodeSignedHead } from '#shared/codec/head-codec.ts';
import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import { diffSnapshots } from '#shared/snapshot/delta.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { type SigningKey, signHead } from '#shared/snapshot/signature.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { stateHash } from '#shared/snapshot/state-hash.ts';

/** One revision as a control plane would publish it. */
export type PublishedRevision = {
  readonly head: Head;
  /** Encoded `SignedHead`. */
  readonly signedHead: Uint8Array;
  readonly snapshot: Snapshot;
  /** Encoded `Snapshot`, by the hash of it that `head` names if this revision has one of its own. */
  readonly snapshotBytes: Uint8Array;
  readonly hasSnapshot: boolean;
  /** Encoded, from the revision before. */
  readonly delta: Uint8Array;
  /** Encoded `KeptConfiguration`. */
  readonly kept: Uint8Array;
};

export type RevisionSource = {
  readonly fleet?: string;
  readonly epoch?: number;
  readonly revision?: number;
  readonly definition?: Definition;
  readonly overrides?: readonly Override[];
  readonly allowShrink?: boolean;
  readonly requiredFeatures?: readonly string[];
  readonly chainHash?: string;
  /** Publish no snapshot for it; the newest before it is pointed to. */
  readonly deltaOnly?: boolean;
};

export const hashOf = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** Publishes revision after revision of a fleet; nothing of it reaches a bus. */
export function fleetHistory(fleet: string, keys: readonly SigningKey[] = []) {
  let before: Snapshot = { fleet, revision: 0, definition: EMPTY_DEFINITION, overrides: [] };
  let pointer: Pick<Head, 'snapshotRevision' | 'snapshotHash'> | undefined;

  return {
    /** The revision after the last one made, or another one. */
    next(source: RevisionSource = {}): PublishedRevision {
      const { epoch = 1, revision = before.revision + 1, overrides = [], allowShrink, requiredFeatures = [] } = source;
      const snapshot: Snapshot = {
        fleet: source.fleet ?? fleet,
        revision,
        definition: source.definition ?? before.definition,
        overrides,
        ...(allowShrink === undefined ? {} : { allowShrink }),
      };
      const snapshotBytes = encodeSnapshot(snapshot);
      const hasSnapshot = source.deltaOnly !== true || pointer === undefined;
      if (hasSnapshot) pointer = { snapshotRevision: revision, snapshotHash: hashOf(snapshotBytes) };
      const state = stateHash(snapshot);
      const head: Head = {
        fleet: snapshot.fleet,
        epoch,
        revision,
        chainHash: source.chainHash ?? hashOf(`${epoch} ${revision} ${state}`),
        stateHash: state,
        snapshotRevision: pointer?.snapshotRevision ?? revision,
        snapshotHash: pointer?.snapshotHash ?? '',
        requiredFeatures,
      };
      const signedHead = encodeSignedHead(signHead(encodeHead(head), keys));
      const delta = encodeDelta({
        ...diffSnapshots(before, snapshot),
        fleet: snapshot.fleet,
        epoch,
        from: revision - 1,
        to: revision,
        stateHash: state,
      });
      before = snapshot;
      const kept = encodeKeptConfiguration({ signedHead, snapshot: snapshotBytes });
      return { head, signedHead, snapshot, snapshotBytes, hasSnapshot, delta, kept };
    },
  };
}

/** Puts a revision on the bus as the control plane does: what the head speaks of before the head. */
export async function publish(bus: Bus, published: PublishedRevision, fleet: string): Promise<void> {
  const { head, signedHead, snapshotBytes, hasSnapshot, delta } = published;
  const subject = subjects(fleet);
  if (hasSnapshot) await bus.putObject(subject.snapshot(head.snapshotRevision, head.snapshotHash), snapshotBytes);
  await bus.putLatest(subject.delta(head.revision), delta);
  await bus.putLatest(subject.head, signedHead);
}
