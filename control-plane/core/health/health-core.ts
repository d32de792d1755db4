import type { HealthEntry, HealthEvent } from '#shared/health/health-event.ts';
import type { HealthFrame, Members } from '#shared/health/health-frame.ts';
import { membersOf } from '#shared/health/members.ts';
import type { Observations, Report } from '#shared/node-message.ts';
import { adoptNode, adoptOpinion, createEvidence, type Evidence } from './evidence.ts';
import { type HealthConfig, NOTHING_CONFIGURED } from './health-config.ts';
import type { HealthState } from './health-state.ts';
import { type Hearing, isWarm } from './membership.ts';

/**
 * Everything a replica's central health is at a moment. It belongs to whoever steps it and is changed in place by `healthStep`,
 * because evidence may be millions of opinions; nothing outside may keep parts of it. Times are milliseconds of the replica's
 * monotonic clock unless they say otherwise.
 */
export type HealthCore = {
  readonly fleet: string;
  readonly settings: HealthSettings;
  readonly startedMs: number;
  steppedMs: number;
  /** Folded from the health log, and from nothing else. */
  log: HealthState;
  config: HealthConfig;
  readonly evidence: Evidence;
  hearing: Hearing;
  busConnected: boolean;
  /** It has been looked whether there is a running fleet. */
  knowsMembers: boolean;
  /** Everything a running fleet has to say is known here, too. */
  warm: boolean;

  /** Workers to decide on. */
  readonly dirty: Set<string>;
  /** Workers that somebody finds unavailable, or that a verdict stands on: when to decide on them again for time's sake. */
  readonly watched: Map<string, number>;
  /** When each standing verdict became known here. */
  readonly learntMs: Map<string, number>;
  /** What operators want cleared. */
  clears: readonly ClearRequest[];
  /** What is being recorded. */
  inFlight: { readonly keys: readonly string[]; readonly clears: readonly ClearRequest[] } | undefined;
  /** The log is known to be at this version: nothing is decided before it is read up to there. */
  knownVersion: number;
  /** The log has gone back, and has not been read anew yet: what was folded of it is not what it says. */
  rereading: boolean;
  /** The log cannot be written. */
  storeFailing: { readonly sinceMs: number; readonly reason: string; retryMs: number } | undefined;
  /** Whether verdicts should be frozen or resumed, and why; undefined when they should stay as they are. */
  turn: { readonly kind: 'freeze' | 'resume'; readonly reason: string } | undefined;
  /** When freezing became known here. */
  frozenMs: number;
  /** Verdicts that came and went lately, for mass failures. */
  recent: readonly { readonly atMs: number; readonly count: number }[];
  lastEntryMs: number;

  /** The newest frame on the bus. */
  lastFrame: { readonly version: number; readonly atMs: number; readonly own: boolean } | undefined;
  /** A frame is to be published at once; `always`: even if the bus has one of this version. */
  frameDue: 'no' | 'unless-seen' | 'always';
  /** The bus did not take the last publication: nothing is published before. */
  publishAgainMs: number;
  /** Verdicts the last frame had no room for. */
  leftOut: number;
  members: Members;
  /** Of `members`. */
  membershipVersion: number;
  membersOnBus: { readonly version: string; readonly atMs: number } | undefined;
  /** `members` have changed since they were last published from here. */
  membersDue: boolean;
};

export type HealthSettings = {
  /** Frames are this far apart when nothing changes. */
  readonly periodMs: number;
  /** Fewer live nodes than this make no verdict. */
  readonly minNodes: number;
  readonly maxFrameBytes: number;
  /** Nodes known at most. */
  readonly maxNodes: number;
  /** Opinions and uses of workers known at most, over all nodes. */
  readonly maxEvidence: number;
  /** A checkpoint is saved at each version that this divides. */
  readonly checkpointEvery: number;
};

export type ClearRequest = {
  readonly balancer: string;
  readonly worker: string;
  readonly actor: string;
  readonly reason: string;
};

export type HealthInput =
  | { readonly kind: 'observations'; readonly message: Observations }
  | { readonly kind: 'report'; readonly message: Report }
  | { readonly kind: 'configured'; readonly config: HealthConfig }
  /** Of the log, ascending; what is known already changes nothing. */
  | { readonly kind: 'entries'; readonly entries: readonly HealthEntry[] }
  /** The answer to `append`; a success comes with its entry. */
  | { readonly kind: 'appended'; readonly entry: HealthEntry }
  | { readonly kind: 'append-conflict'; readonly version: number }
  | { readonly kind: 'append-failed'; readonly reason: string }
  /** Whoever follows the log found that it has gone back. */
  | { readonly kind: 'log-gone-back' }
  /** The answer to `reload`; a failure is an `append-failed`. */
  | { readonly kind: 'reloaded'; readonly state: HealthState }
  | { readonly kind: 'clear'; readonly request: ClearRequest }
  /** Frames and members on the bus, one's own among them. */
  | { readonly kind: 'frame-seen'; readonly version: number }
  | { readonly kind: 'members-seen'; readonly version: string }
  /** What the bus has kept of members when this replica began to listen; undefined: nothing. */
  | { readonly kind: 'members-kept'; readonly members: Members | undefined }
  | { readonly kind: 'publish-failed' }
  | { readonly kind: 'bus'; readonly connected: boolean }
  | { readonly kind: 'tick' };

export type HealthEffect =
  /** Answered by `appended`, `append-conflict` or `append-failed`; no other is asked for before that. */
  | { readonly kind: 'append'; readonly expectedVersion: number; readonly events: readonly HealthEvent[] }
  /** Entries from this version on are wanted, now rather than when the tail brings them. */
  | { readonly kind: 'read'; readonly fromVersion: number }
  /** The log has gone back behind what was folded: it is wanted from its beginning. Nothing is recorded before that is done. */
  | { readonly kind: 'reload' }
  | { readonly kind: 'publish-frame'; readonly frame: HealthFrame }
  | { readonly kind: 'publish-members'; readonly members: Members }
  | { readonly kind: 'checkpoint'; readonly state: HealthState };

/**
 * A core at its start.
 *
 * @param log folded from checkpoint and tail
 */
export function createHealthCore(fleet: string, settings: HealthSettings, log: HealthState, nowMs: number): HealthCore {
  return {
    fleet,
    settings,
    startedMs: nowMs,
    steppedMs: nowMs,
    log,
    config: NOTHING_CONFIGURED,
    evidence: createEvidence({ nodes: settings.maxNodes, held: settings.maxEvidence }),
    hearing: { nodes: 0, suspects: 0, newSuspects: 0, lastSuspectMs: Number.NEGATIVE_INFINITY },
    busConnected: true,
    knowsMembers: false,
    warm: false,
    dirty: new Set(log.verdicts.keys()),
    watched: new Map(),
    learntMs: new Map([...log.verdicts.keys()].map((key) => [key, nowMs])),
    clears: [],
    inFlight: undefined,
    knownVersion: log.version,
    rereading: false,
    storeFailing: undefined,
    turn: undefined,
    frozenMs: nowMs,
    recent: [],
    lastEntryMs: Number.NEGATIVE_INFINITY,
    lastFrame: undefined,
    frameDue: 'always',
    publishAgainMs: Number.NEGATIVE_INFINITY,
    leftOut: 0,
    members: membersOf(fleet, []),
    membershipVersion: -1,
    membersOnBus: undefined,
    membersDue: false,
  };
}

/** Before its first configuration a core decides and tells nothing: every worker would be one that is not configured. */
export function isConfigured({ config }: HealthCore): boolean {
  return config !== NOTHING_CONFIGURED;
}

/** A running fleet's nodes are live until they prove otherwise, and what they were witnesses of still counts. */
export function adoptFleet(core: HealthCore, members: Members | undefined, nowMs: number): void {
  core.knowsMembers = true;
  for (const { node, zone } of members?.members ?? []) adoptNode(core.evidence, node, zone, nowMs);
  if (members !== undefined) core.membersOnBus = { version: members.version, atMs: nowMs };
  core.warm ||= isWarm(core.evidence, core.startedMs, nowMs);
  for (const key of core.log.verdicts.keys()) adoptWitnesses(core, key, nowMs);
}

/** Takes over what the witnesses of a standing verdict have seen. */
export function adoptWitnesses(core: HealthCore, key: string, nowMs: number): void {
  for (const witness of core.log.verdicts.get(key)?.witnesses ?? []) {
    if (!witness.available) adoptOpinion(core.evidence, witness.node, key, witness, nowMs);
  }
}
