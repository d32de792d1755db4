import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import type { Head, KeptConfiguration } from '#shared/snapshot/head.ts';
import { snapshotHash } from '#shared/snapshot/open.ts';
import { headOf, isSignedByOthersOnly, signedBytes } from './heads.ts';
import type { PublisherRules, PublisherState, Regression } from './publisher-state.ts';
import { relate } from './relation.ts';

/** For readiness and for answers to commands. */
export type PublicationStatus = {
  /** Newest revision of this history on the bus; 0 before the first. */
  readonly publishedRevision: number;
  /** Its state hash; undefined before the first. */
  readonly stateHash?: string;
  /** Newest revision folded here. */
  readonly foldedRevision: number;
  readonly connected: boolean;
  readonly failures: number;
  /** Of the last failure, until something succeeds. */
  readonly lastFailure?: string;
  /** Why nothing is published any more, in words: the store does not have what the bus has. */
  readonly regressed?: string;
  readonly regression?: Regression;
  /** What may keep nodes from taking what is published, in words. */
  readonly warnings: readonly string[];
};

export function publicationStatus(rules: PublisherRules, state: PublisherState): PublicationStatus {
  const { kept, line, connected, failures, lastFailure } = state;
  const relation = relate(state);
  const ours = kept.kind === 'head' && (relation.kind === 'same' || relation.kind === 'older') ? kept.head : undefined;
  const current = ours?.epoch === line.state.epoch ? ours : undefined;
  return {
    publishedRevision: current?.revision ?? 0,
    ...(current === undefined ? {} : { stateHash: current.stateHash }),
    foldedRevision: line.state.revision,
    connected,
    failures,
    ...(lastFailure === undefined ? {} : { lastFailure }),
    ...(relation.kind === 'regressed'
      ? { regressed: relation.regression.problem, regression: relation.regression }
      : {}),
    warnings: [
      ...(relation.kind === 'same' && current?.stateHash !== line.hashed.stateHash ? [DIVERGENT] : []),
      ...(kept.kind === 'head' && isSignedByOthersOnly(kept.signed, rules.signingKeys) ? [KEYLESS] : []),
    ],
  };
}

const DIVERGENT = 'replicas of different versions hash this revision differently; nodes serve either: run one version';
const KEYLESS =
  'other replicas sign heads, this one has no key: nodes that check signatures refuse what it publishes until another signs it';

/** A configuration with its proof, for nodes that cannot reach the bus. */
export type ProvedConfiguration = KeptConfiguration & { readonly head: Head };

/**
 * The newest folded configuration, whether or not the bus has it; undefined for an empty fleet, and while the store does not have what
 * was published.
 */
export function newestConfiguration(rules: PublisherRules, state: PublisherState): ProvedConfiguration | undefined {
  const { line } = state;
  const entry = line.entries.at(-1);
  if (entry === undefined || entry.revision === 0 || relate(state).kind === 'regressed') return undefined;
  const snapshot = encodeSnapshot(line.snapshot);
  const head = headOf(rules.fleet, entry, { revision: entry.revision, hash: snapshotHash(snapshot) });
  return { head, signedHead: signedBytes(head, rules.signingKeys), snapshot };
}
