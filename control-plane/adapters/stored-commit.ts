import {
  type ChainBreak,
  type ChainHead,
  chainHash,
  decodeCommit,
  isChainBreak,
  verifyLink,
} from '#shared/event/commit-chain.ts';
import type { Commit, StoredCommit } from '#shared/event/fleet-event.ts';
import { OperatingError } from '../operating-error.ts';
import type { AppendRequest } from '../ports.ts';

/** A commit as a store holds it. */
export type CommitRow = {
  readonly revision: number;
  readonly prevHash: string;
  readonly hash: string;
  readonly bytes: Uint8Array;
};

/** @throws OperatingError `corrupt-store` when the bytes were altered */
export function storedCommit(row: CommitRow): StoredCommit {
  return { commit: commitOf(row), bytes: row.bytes, prevHash: row.prevHash, hash: row.hash };
}

/** Bytes that are no commit have been altered, or are of a newer build, which says so itself. */
function commitOf({ revision, prevHash, hash, bytes }: CommitRow): Commit {
  try {
    return decodeCommit(bytes);
  } catch (err) {
    if (chainHash(prevHash, bytes) === hash) throw err;
    throw damagedStore(`revision ${revision} does not have the bytes that its hash was taken over`, err);
  }
}

/** Whether a store's head is the one that an append was decided on. */
export function isExpected({ expectedRevision, expectedHash = '' }: AppendRequest, head: ChainHead): boolean {
  return head.revision === expectedRevision && (expectedHash === '' || head.chainHash === expectedHash);
}

/** Where the chain is before a commit: what `verify` starts from when everything before is trimmed. */
export function headBefore({ revision, prevHash }: Pick<CommitRow, 'revision' | 'prevHash'>): ChainHead {
  return { revision: revision - 1, chainHash: prevHash };
}

/** Checks that lost commits fit on a head, byte for byte; the commit is read from the bytes, not taken on trust. */
export function continueChain(
  head: ChainHead,
  commits: readonly StoredCommit[],
  fleet: string,
): { readonly head: ChainHead; readonly commits: readonly StoredCommit[] } | ChainBreak {
  let end = head;
  const read: StoredCommit[] = [];
  for (const { bytes, prevHash, hash } of commits) {
    let commit: Commit;
    try {
      commit = decodeCommit(bytes);
    } catch (err) {
      return { revision: end.revision + 1, problem: `its bytes are no commit: ${(err as Error).message}` };
    }
    if (commit.fleet !== fleet) {
      return { revision: commit.revision, problem: `is of fleet "${commit.fleet}", not "${fleet}"` };
    }
    const next = verifyLink(end, { bytes, prevHash, hash, revision: commit.revision });
    if (isChainBreak(next)) return next;
    end = next;
    read.push({ commit, bytes, prevHash, hash });
  }
  return { head: end, commits: read };
}

export function damagedStore(detail: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'corrupt-store',
    `the event store is damaged: ${detail}; restore it from a backup`,
    cause === undefined ? {} : { cause },
  );
}
