import type { HealthEvent } from '#shared/health/health-event.ts';
import { workerKey } from '#shared/health/verdict.ts';
import { decideWorker, type Grounds, markLastWorkers, type VerdictEvent } from './decide.ts';
import { type ClearRequest, type HealthCore, type HealthEffect, isConfigured } from './health-core.ts';
import { type Hearing, isDeaf, isTooQuiet, liveNodes, STABLE_MS, SUSPECT_MS, SUSPECT_WINDOW_MS } from './membership.ts';

/** Workers whose verdicts change within this are counted together. */
const MASS_WINDOW_MS = 10_000;
const FEWEST_IN_MASS = 4;
/** While many change, how far entries are apart. */
const MASS_APPEND_MS = 1_000;
/** Most events of one entry; the rest come with the next. */
const MAX_EVENTS = 5_000;
/** Events of an entry beyond which each names one witness only, to keep the entry small. */
const MANY_EVENTS = 100;

/** What the log should say that it does not say yet: one entry at a time, decided on all that is known of the log. */
export function recording(core: HealthCore, nowMs: number): readonly HealthEffect[] {
  if (!mayRecord(core, nowMs)) return [];
  const clears = core.clears.filter((request) => core.log.verdicts.has(workerKey(request)));
  const events: HealthEvent[] = clears.map(clearEvent);
  core.clears = [];

  const turn = turnEvent(core);
  if (turn !== undefined) events.push(turn);
  const cleared = new Set(clears.map(workerKey));
  const decided = isHeard(core, nowMs) && !isInMassPause(core, nowMs) ? decideDirty(core, cleared, nowMs) : [];
  events.push(...markLastWorkers(decided, core));
  if (events.length === 0) return [];
  core.inFlight = { keys: decided.map(workerKey), clears };
  return [{ kind: 'append', expectedVersion: core.log.version, events: trimmed(events) }];
}

function mayRecord(core: HealthCore, nowMs: number): boolean {
  if (!isConfigured(core)) return false;
  if (core.rereading || core.inFlight !== undefined || core.knownVersion > core.log.version) return false;
  return core.storeFailing === undefined || nowMs >= core.storeFailing.retryMs;
}

/** A replica that hears nobody knows nothing to judge by. */
function isHeard(core: HealthCore, nowMs: number): boolean {
  return core.busConnected && !isDeaf(core.hearing, nowMs);
}

/** Half the fleet's workers change at once: entries are made of what a second brings. */
function isInMassPause(core: HealthCore, nowMs: number): boolean {
  core.recent = core.recent.filter(({ atMs }) => nowMs - atMs < MASS_WINDOW_MS);
  const changed = core.recent.reduce((sum, { count }) => sum + count, 0);
  const isMass = changed >= FEWEST_IN_MASS && changed * 2 > core.config.workers.size;
  return isMass && nowMs - core.lastEntryMs < MASS_APPEND_MS;
}

function decideDirty(core: HealthCore, except: ReadonlySet<string>, nowMs: number): readonly VerdictEvent[] {
  if (core.dirty.size === 0) return [];
  const grounds: Grounds = {
    state: core.log,
    evidence: core.evidence,
    config: core.config,
    live: liveNodes(core.evidence),
    minNodes: core.settings.minNodes,
    frozen: core.log.frozen !== undefined || core.turn?.kind === 'freeze',
    warm: core.warm,
    learntMs: core.learntMs,
  };
  const events: VerdictEvent[] = [];
  for (const key of core.dirty) {
    if (events.length === MAX_EVENTS) break;
    core.dirty.delete(key);
    if (except.has(key)) continue;
    const { event, againMs } = decideWorker(key, grounds, nowMs);
    if (event !== undefined) events.push(event);
    if (againMs !== Number.POSITIVE_INFINITY || core.log.verdicts.has(key)) core.watched.set(key, againMs);
    else core.watched.delete(key);
  }
  return events;
}

function trimmed(events: readonly HealthEvent[]): readonly HealthEvent[] {
  if (events.length <= MANY_EVENTS) return events;
  return events.map((event) => ('witnesses' in event ? { ...event, witnesses: event.witnesses.slice(0, 1) } : event));
}

function clearEvent({ balancer, worker, actor, reason }: ClearRequest): HealthEvent {
  return { type: 'worker-available', balancer, worker, reason, witnesses: [], actor };
}

/** Whether verdicts should be frozen or resumed now, as far as this replica hears. */
export function turnOf(core: HealthCore, nowMs: number): HealthCore['turn'] {
  const { hearing, log, frozenMs } = core;
  if (log.frozen === undefined) {
    const { newSuspects, nodes } = hearing;
    if (isDeaf(hearing, nowMs) || !isTooQuiet(newSuspects, nodes)) return undefined;
    const reason = `${newSuspects} of ${nodes} nodes fell silent within ${SUSPECT_WINDOW_MS / 1_000} s`;
    return { kind: 'freeze', reason };
  }
  // Not at once: replicas that hear differently would take turns.
  if (nowMs - frozenMs < SUSPECT_MS) return undefined;
  return resumption(hearing, frozenMs, nowMs);
}

function resumption(hearing: Hearing, frozenMs: number, nowMs: number): HealthCore['turn'] {
  const { suspects, nodes, lastSuspectMs } = hearing;
  if (!isTooQuiet(suspects, nodes)) {
    return { kind: 'resume', reason: `${nodes - suspects} of ${nodes} nodes are heard` };
  }
  if (isDeaf(hearing, nowMs) || nowMs - Math.max(frozenMs, lastSuspectMs) < STABLE_MS) return undefined;
  return {
    kind: 'resume',
    reason: `no more nodes fell silent for ${STABLE_MS / 60_000} min; ${suspects} of ${nodes} are gone`,
  };
}

function turnEvent({ log, turn }: HealthCore): HealthEvent | undefined {
  if (turn?.kind === 'freeze' && log.frozen === undefined) return { type: 'verdicts-frozen', reason: turn.reason };
  if (turn?.kind === 'resume' && log.frozen !== undefined) return { type: 'verdicts-resumed', reason: turn.reason };
  return undefined;
}
