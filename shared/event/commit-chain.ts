import { createHash } from 'node:crypto';
import { canonicalBytes } from './canonical-json.ts';
import type { Commit, StoredCommit } from './fleet-event.ts';
import { upcastCommit } from './upcast.ts';

/** Chain hash before revision 1. */
export const GENESIS_HASH = '0'.repeat(64);

/** Where a chain ends: revision 0 and `GENESIS_HASH` for an empty one. */
export type ChainHead = { readonly revision: number; readonly chainHash: string };

export const GENESIS: ChainHead = { revision: 0, chainHash: GENESIS_HASH };

/** What makes a link wrong, and where. */
export type ChainBreak = { readonly revision: number; readonly problem: string };

/** SHA-256 over the parent's hash (ASCII hex) and the commit's bytes as stored; lower-case hex. */
export function chainHash(prevHash: string, bytes: Uint8Array): string {
  return createHash('sha256').update(prevHash, 'ascii').update(bytes).digest('hex');
}

/** Fixes a commit's bytes and its place in the chain. */
export function sealCommit(commit: Commit, prevHash: string): StoredCommit {
  const bytes = canonicalBytes(commit);
  return { commit, bytes, prevHash, hash: chainHash(prevHash, bytes) };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a commit's stored bytes.
 *
 * @throws when they are no commit of a version this build knows
 */
export function decodeCommit(bytes: Uint8Array): Commit {
  return upcastCommit(JSON.parse(decoder.decode(bytes)));
}

/**
 * Checks that a stored commit continues the chain: next revision, parent's hash, and a hash that its bytes really have.
 *
 * @returns the new head, or what is broken
 */
export function verifyLink(
  head: ChainHead,
  stored: Omit<StoredCommit, 'commit'> & { revision: number },
): ChainHead | ChainBreak {
  const revision = head.revision + 1;
  if (stored.revision !== revision) {
    return { revision, problem: `revision ${revision} is missing: the next one stored is ${stored.revision}` };
  }
  if (stored.prevHash !== head.chainHash) {
    return {
      revision,
      problem: `names parent ${stored.prevHash}, but revision ${head.revision} has ${head.chainHash}`,
    };
  }
  const actual = chainHash(stored.prevHash, stored.bytes);
  if (actual !== stored.hash) {
    return {
      revision,
      problem: `its bytes hash to ${actual}, but ${stored.hash} was recorded: the commit was altered`,
    };
  }
  return { revision, chainHash: stored.hash };
}

/** Tells a break from a head. */
export function isChainBreak(result: ChainHead | ChainBreak): result is ChainBreak {
  return 'problem' in result;
}
