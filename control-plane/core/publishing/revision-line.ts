import { encodeDelta } from '#shared/codec/delta-codec.ts';
import { type ChainBreak, isChainBreak, verifyLink } from '#shared/event/commit-chain.ts';
import type { StoredCommit } from '#shared/event/fleet-event.ts';
import { type FleetState, foldCommit } from '#shared/event/fold.ts';
import { diffSnapshots } from '#shared/snapshot/delta.ts';
import { snapshotOf } from '#shared/snapshot/from-state.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { type HashedState, hashNext, hashState } from '#shared/snapshot/state-hasher.ts';

/** The newest revision, whole, and what is known of the ones before it. A value. */
export type RevisionLine = {
  readonly fleet: string;
  readonly state: FleetState;
  readonly snapshot: Snapshot;
  readonly hashed: HashedState;
  /** Ascending, without gaps; the last is the newest. At most `LINE_LENGTH`. */
  readonly entries: readonly LineEntry[];
};

/** One revision of the line. What is only needed until it is on the bus is dropped then (`slim`). */
export type LineEntry = {
  readonly epoch: number;
  readonly revision: number;
  /** Lower-case hex. */
  readonly chainHash: string;
  /** Lower-case hex. */
  readonly stateHash: string;
  /** Encoded, from the revision before. Absent: too large, or the line begins here, or it has been published. */
  readonly delta?: Uint8Array;
  /** Size of the delta; undefined if there is none to publish. */
  readonly deltaBytes?: number;
  /** Until its copy is published. */
  readonly stored?: StoredCommit;
};

/** Revisions remembered: enough to recognise what other replicas publish, and to fill the copies of commits. */
export const LINE_LENGTH = 512;

/** Revisions whose delta and commit wait for a bus that is away: beyond these, a snapshot and the store itself stand in. */
const WAITING = 64;

/** A line that begins with a folded state. */
export function lineFrom(fleet: string, state: FleetState): RevisionLine {
  const snapshot = snapshotOf(fleet, state);
  const hashed = hashState(snapshot);
  return { fleet, state, snapshot, hashed, entries: [entryOf(state, hashed)] };
}

/**
 * The line one commit further. Costs what the commit changed.
 *
 * @param maxDeltaBytes larger deltas are not published: nodes take a snapshot
 * @returns what is broken, if the commit does not continue the line
 */
export function advanceLine(
  line: RevisionLine,
  stored: StoredCommit,
  maxDeltaBytes: number,
): RevisionLine | ChainBreak {
  const link = verifyLink(line.state, { ...stored, revision: stored.commit.revision });
  if (isChainBreak(link)) return link;
  const { fleet } = line;
  const state = foldCommit(line.state, stored);
  const snapshot = snapshotOf(fleet, state);
  const hashed = hashNext(line.hashed, snapshot);
  const encoded = encodeDelta({
    fleet,
    epoch: state.epoch,
    from: line.state.revision,
    to: state.revision,
    stateHash: hashed.stateHash,
    ...diffSnapshots(line.snapshot, snapshot),
  });
  const delta = encoded.length > maxDeltaBytes ? {} : { delta: encoded, deltaBytes: encoded.length };
  const entries = [...line.entries.slice(1 - LINE_LENGTH), { ...entryOf(state, hashed), ...delta, stored }];
  return withoutBacklog({ fleet, state, snapshot, hashed, entries });
}

/** The entry of a revision, if the line reaches back to it. */
export function entryAt({ entries }: RevisionLine, revision: number): LineEntry | undefined {
  const first = entries[0]?.revision ?? 0;
  return entries[revision - first];
}

/** Without bytes that are on the bus now. */
export function slim(line: RevisionLine, revision: number, what: 'delta' | 'stored'): RevisionLine {
  return replaceEntry(line, revision, ({ [what]: _, ...rest }) => rest);
}

/** With a delta that is not to be had from the bus: nodes take a snapshot instead. */
export function withoutDelta(line: RevisionLine, revision: number): RevisionLine {
  return replaceEntry(line, revision, ({ delta: _, deltaBytes: __, ...rest }) => rest);
}

/** After the bus lost what was published: only what still waits can be had of it. */
export function withoutPublished(line: RevisionLine): RevisionLine {
  const entries = line.entries.map((entry) => {
    if (entry.delta !== undefined || entry.deltaBytes === undefined) return entry;
    const { deltaBytes: _, ...rest } = entry;
    return rest;
  });
  return { ...line, entries };
}

function replaceEntry(line: RevisionLine, revision: number, change: (entry: LineEntry) => LineEntry): RevisionLine {
  const index = revision - (line.entries[0]?.revision ?? 0);
  const entry = line.entries[index];
  return entry === undefined ? line : { ...line, entries: line.entries.with(index, change(entry)) };
}

function entryOf({ epoch, revision, chainHash }: FleetState, { stateHash }: HashedState): LineEntry {
  return { epoch, revision, chainHash, stateHash };
}

/** What has waited longest gives way when the bus is away for long. */
function withoutBacklog(line: RevisionLine): RevisionLine {
  const stale = line.state.revision - WAITING;
  const waits = entryAt(line, stale)?.delta !== undefined;
  return slim(waits ? withoutDelta(line, stale) : line, stale, 'stored');
}
