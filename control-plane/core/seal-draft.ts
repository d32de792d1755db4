import { type ChainHead, sealCommit } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { COMMIT_SCHEMA_VERSION } from '#shared/event/upcast.ts';
import type { CommitDraft } from '../ports.ts';

/** Makes a draft the commit after `head`: its exact bytes and its place in the chain. */
export function sealDraft(
  head: ChainHead,
  draft: CommitDraft,
  facts: { readonly fleet: string; readonly id: string; readonly commandId: string; readonly timeMs: number },
): StoredCommit {
  return sealCommit(
    { ...draft, ...facts, schemaVersion: COMMIT_SCHEMA_VERSION, revision: head.revision + 1 },
    head.chainHash,
  );
}
