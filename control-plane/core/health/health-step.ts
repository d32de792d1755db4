import { unreachable } from '#shared/assert.ts';
import type { HealthEntry } from '#shared/health/health-event.ts';
import { membersOf } from '#shared/health/members.ts';
import { workerKey } from '#shared/health/verdict.ts';
import type { ObservationKind } from '#shared/node-message.ts';
import { discardOpinions, retainWorkers } from './evidence.ts';
import { type HealthConfig, OPINION_FRESH_MS } from './health-config.ts';
import { adoptFleet, adoptWitnesses, type HealthCore, type HealthEffect, type HealthInput } from './health-core.ts';
import { foldHealth, type HealthState } from './health-state.ts';
import { expireNodes, forgiveSilence, isDeaf, isWarm, listen, memberList } from './membership.ts';
import { publications } from './publications.ts';
import { receiveObservations, receiveReport } from './receive.ts';
import { recording, turnOf } from './recording.ts';

export type HealthStep = { readonly state: HealthCore; readonly effects: readonly HealthEffect[] };

/** Steps further apart than this: the replica did not run in between, and nobody's silence means anything. */
const STALL_MS = 5_000;
/** How long a log that cannot be written is left alone. */
const STORE_RETRY_MS = 1_000;
/** How long a bus that refuses is left alone: it may say so at once. */
const PUBLISH_RETRY_MS = 500;
/** Requests of operators that wait at most. */
const MAX_CLEARS = 100;

/**
 * One step of central health: takes an input, gives what is to be done about it. The state is changed in place and belongs to the
 * caller. Steps need a `tick` at least every second.
 *
 * @param nowMs monotonic, milliseconds; never less than in the step before
 */
export function healthStep(state: HealthCore, input: HealthInput, nowMs: number): HealthStep {
  const gapMs = nowMs - state.steppedMs;
  if (gapMs > STALL_MS) forgiveSilence(state.evidence, nowMs, gapMs);
  state.steppedMs = nowMs;
  const effects = [...take(state, input, nowMs), ...recording(state, nowMs), ...publications(state, nowMs)];
  return { state, effects };
}

function take(core: HealthCore, input: HealthInput, nowMs: number): readonly HealthEffect[] {
  switch (input.kind) {
    case 'observations': {
      const against = new Set(input.message.observations.filter(({ kind }) => SPEAKS_AGAINST[kind]).map(workerKey));
      for (const key of receiveObservations(core.evidence, input.message, nowMs)) {
        if (against.has(key) || core.watched.has(key)) core.dirty.add(key);
      }
      return [];
    }
    case 'report':
      for (const key of receiveReport(core.evidence, input.message, nowMs)) markIfWatched(core, key);
      return [];
    case 'configured':
      configure(core, input.config);
      return [];
    case 'entries':
      // They go on from what the log lost; and only its reading ends the need for it.
      if (core.rereading) return [];
      core.storeFailing = undefined;
      return foldAll(core, input.entries, false, nowMs);
    case 'appended':
      core.inFlight = undefined;
      if (core.rereading) return [];
      core.storeFailing = undefined;
      return foldAll(core, [input.entry], true, nowMs);
    case 'append-conflict':
      returnInFlight(core, true);
      if (core.rereading) return [];
      core.storeFailing = undefined;
      if (input.version < core.log.version) return reread(core);
      core.knownVersion = input.version;
      return [{ kind: 'read', fromVersion: core.log.version + 1 }];
    case 'log-gone-back':
      return reread(core);
    case 'append-failed':
      // What an operator asked for is not done later behind their back: they are told, and ask again.
      returnInFlight(core, false);
      core.storeFailing = {
        sinceMs: core.storeFailing?.sinceMs ?? nowMs,
        reason: input.reason,
        retryMs: nowMs + STORE_RETRY_MS,
      };
      return [];
    case 'reloaded':
      replaceLog(core, input.state, nowMs);
      return [];
    case 'clear':
      if (core.clears.length < MAX_CLEARS) core.clears = [...core.clears, input.request];
      return [];
    case 'frame-seen':
      seeFrame(core, input.version, nowMs);
      return [];
    case 'members-seen':
      core.membersOnBus = { version: input.version, atMs: nowMs };
      return [];
    case 'members-kept':
      adoptFleet(core, input.members, nowMs);
      return [];
    case 'publish-failed':
      core.publishAgainMs = nowMs + PUBLISH_RETRY_MS;
      core.lastFrame = undefined;
      core.membersDue = true;
      return [];
    case 'bus':
      // Whatever was not heard while the bus was away is nobody's silence.
      if (input.connected && !core.busConnected) {
        forgiveSilence(core.evidence, nowMs, Number.POSITIVE_INFINITY);
        core.frameDue = 'always';
        core.membersDue = true;
        core.publishAgainMs = Number.NEGATIVE_INFINITY;
      }
      core.busConnected = input.connected;
      return [];
    case 'tick':
      passTime(core, nowMs);
      if (!core.rereading || core.storeFailing === undefined || nowMs < core.storeFailing.retryMs) return [];
      core.storeFailing = { ...core.storeFailing, retryMs: nowMs + STORE_RETRY_MS };
      return [{ kind: 'reload' }];
    default:
      return unreachable(input);
  }
}

function configure(core: HealthCore, config: HealthConfig): void {
  // Nodes may be ahead of this replica, and have spoken of workers that were not known here yet.
  for (const key of config.workers.keys()) {
    if (!core.config.workers.has(key) && core.evidence.byWorker.has(key)) core.dirty.add(key);
  }
  for (const key of core.log.verdicts.keys()) core.dirty.add(key);
  markWatched(core);
  const isShown = (key: string) => core.config.workers.has(key) === config.workers.has(key);
  if (![...core.log.verdicts.keys()].every(isShown)) core.frameDue = 'always';
  core.config = config;
  retainWorkers(core.evidence, (key) => config.workers.has(key));
  core.evidence.checkFreshMs = (key) => config.workers.get(key)?.checkFreshMs ?? OPINION_FRESH_MS;
  for (const voices of core.evidence.byWorker.values()) voices.staleMs = Number.NEGATIVE_INFINITY;
}

const SPEAKS_AGAINST: Readonly<Record<ObservationKind, boolean>> = {
  failed: true,
  'check-failed': true,
  answered: false,
  'check-passed': false,
};

/** @param own recorded by this replica: its evidence is what the entry was made from */
function foldAll(core: HealthCore, entries: readonly HealthEntry[], own: boolean, nowMs: number): HealthEffect[] {
  const effects: HealthEffect[] = [];
  for (const entry of entries) {
    if (entry.version <= core.log.version) continue;
    const before = core.log;
    core.log = foldHealth(before, entry);
    core.lastEntryMs = nowMs;
    if (core.log.frozen !== undefined && before.frozen === undefined) core.frozenMs = nowMs;
    if (core.log.frozen === undefined && before.frozen !== undefined) markWatched(core);
    let changed = 0;
    for (const event of entry.events) {
      if (event.type !== 'worker-available' && event.type !== 'worker-unavailable') continue;
      changed++;
      const key = workerKey(event);
      if (event.type === 'worker-unavailable') {
        core.learntMs.set(key, nowMs);
        core.watched.set(key, core.watched.get(key) ?? Number.POSITIVE_INFINITY);
        if (!own) adoptWitnesses(core, key, nowMs);
      } else {
        core.learntMs.delete(key);
        if (event.actor !== undefined) discardOpinions(core.evidence, key, nowMs);
      }
    }
    if (changed > 0) core.recent = [...core.recent, { atMs: nowMs, count: changed }];
    if (entry.version % core.settings.checkpointEvery === 0) effects.push({ kind: 'checkpoint', state: core.log });
    if (core.frameDue === 'no') core.frameDue = 'unless-seen';
  }
  core.knownVersion = Math.max(core.knownVersion, core.log.version);
  return effects;
}

function reread(core: HealthCore): readonly HealthEffect[] {
  core.rereading = true;
  return [{ kind: 'reload' }];
}

/** The log has gone back: what it says now holds, and evidence makes good what it has lost. */
function replaceLog(core: HealthCore, state: HealthState, nowMs: number): void {
  for (const key of [...core.log.verdicts.keys(), ...state.verdicts.keys()]) core.dirty.add(key);
  core.log = state;
  core.knownVersion = state.version;
  core.rereading = false;
  core.storeFailing = undefined;
  core.learntMs.clear();
  for (const key of state.verdicts.keys()) core.learntMs.set(key, nowMs);
  markWatched(core);
  core.lastFrame = undefined;
  core.frameDue = 'always';
}

function returnInFlight(core: HealthCore, withClears: boolean): void {
  for (const key of core.inFlight?.keys ?? []) core.dirty.add(key);
  if (withClears) core.clears = [...(core.inFlight?.clears ?? []), ...core.clears];
  core.inFlight = undefined;
}

function passTime(core: HealthCore, nowMs: number): void {
  if (!core.busConnected) return;
  core.hearing = listen(core.evidence, nowMs);
  core.turn = turnOf(core, nowMs);
  const isFrozen = core.log.frozen !== undefined || core.turn?.kind === 'freeze';
  if (!isFrozen && !isDeaf(core.hearing, nowMs)) {
    for (const key of expireNodes(core.evidence, nowMs)) markIfWatched(core, key);
  }
  if (core.evidence.membershipVersion !== core.membershipVersion) {
    core.membershipVersion = core.evidence.membershipVersion;
    const members = membersOf(core.fleet, memberList(core.evidence));
    core.membersDue ||= members.version !== core.members.version;
    core.members = members;
    markWatched(core);
  }
  if (!core.warm && core.knowsMembers && isWarm(core.evidence, core.startedMs, nowMs)) {
    core.warm = true;
    markWatched(core);
  }
  for (const [key, atMs] of core.watched) if (atMs <= nowMs) core.dirty.add(key);
}

function seeFrame(core: HealthCore, version: number, nowMs: number): void {
  const { lastFrame } = core;
  const isEcho = lastFrame?.own === true && lastFrame.version === version && nowMs - lastFrame.atMs < ECHO_MS;
  if (isEcho) return;
  // An older frame took the place of what is kept for those who join late.
  if (version < core.log.version) core.frameDue = 'always';
  core.lastFrame = { version, atMs: nowMs, own: false };
}

/** One's own frame comes back within this. */
const ECHO_MS = 1_000;

function markIfWatched(core: HealthCore, key: string): void {
  if (core.watched.has(key)) core.dirty.add(key);
}

function markWatched(core: HealthCore): void {
  for (const key of core.watched.keys()) core.dirty.add(key);
}
