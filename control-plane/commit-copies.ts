import { type Bus, BusError, subjects } from '#shared/bus.ts';
import { decodeCommitCopy, encodeCommitCopy } from '#shared/codec/head-codec.ts';
import { decodeCommit } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';

/**
 * Keeps a commit on the bus besides the store: under its revision's key, or as an object if it is too large for one message.
 *
 * @throws BusError as `Bus.putLatest`
 */
export async function putCommitCopy(bus: Bus, fleet: string, stored: StoredCommit): Promise<void> {
  const { commit, bytes, prevHash, hash } = stored;
  const { revision } = commit;
  const encoded = encodeCommitCopy({ fleet, revision, prevHash, hash, commit: bytes });
  const names = subjects(fleet);
  if (encoded.length > bus.maxPayloadBytes) await bus.putObject(names.commitObject(revision, hash), encoded);
  else await putOnce(bus, names.commit(revision), encoded);
}

/**
 * Commits whose copies the bus keeps, from a revision on; in any order, several of one revision if there were several histories.
 * What cannot be read is left out: `planRepair` says what is missing.
 */
export async function readCommitCopies(
  bus: Bus,
  fleet: string,
  fromRevision: number,
): Promise<readonly StoredCommit[]> {
  const names = subjects(fleet);
  const commits: StoredCommit[] = [];
  const add = (encoded: Uint8Array | undefined) => {
    const stored = encoded === undefined ? undefined : storedOf(encoded, fleet);
    if (stored !== undefined) commits.push(stored);
  };
  for (const key of await bus.keys(names.allCommits)) {
    if (revisionOfKey(key) >= fromRevision) add((await bus.getLatest(key))?.payload);
  }
  for (const name of await bus.objects(names.allCommitObjects)) {
    if (revisionOfObject(name) >= fromRevision) add(await bus.getObject(name));
  }
  return commits;
}

/** Keeps a payload under a key, without sending it once more if that is kept already. */
export async function putOnce(bus: Bus, key: string, payload: Uint8Array): Promise<void> {
  for (let ifVersion = 0, attempt = 1; ; attempt++) {
    try {
      await bus.putLatest(key, payload, { ifVersion });
      return;
    } catch (err) {
      if (!(err instanceof BusError && err.code === 'conflict') || attempt === MAX_ATTEMPTS) throw err;
    }
    const kept = await bus.getLatest(key);
    if (kept !== undefined && Buffer.compare(kept.payload, payload) === 0) return;
    ifVersion = kept?.version ?? 0;
  }
}

/** Replicas that put the same key at the same time, and then some. */
const MAX_ATTEMPTS = 8;

/** The revision in the name of a kept key: its last token. */
export function revisionOfKey(key: string): number {
  return Number(key.slice(key.lastIndexOf('.') + 1));
}

/** The revision in the name of an object: its second token. */
export function revisionOfObject(name: string): number {
  return Number(name.split('.')[1]);
}

function storedOf(encoded: Uint8Array, fleet: string): StoredCommit | undefined {
  try {
    const copy = decodeCommitCopy(encoded);
    if (copy.fleet !== fleet) return undefined;
    const { commit: bytes, prevHash, hash } = copy;
    return { commit: decodeCommit(bytes), bytes, prevHash, hash };
  } catch {
    // Whatever else may be under the key: it is no commit that could be put back.
    return undefined;
  }
}
