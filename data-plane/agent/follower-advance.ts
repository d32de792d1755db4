import type { NodeErrorCode } from '#shared/node-message.ts';
import { implausibility } from '#shared/snapshot/sanity.ts';
import { withoutDelta, withoutDeltasTo } from './delta-cache.ts';
import {
  backoffMs,
  deltaKey,
  type FollowerEffect,
  type FollowerRules,
  type FollowerState,
  type FollowerStep,
  type Moment,
  snapshotKey,
  type Target,
} from './follower-state.ts';
import type { ProvenState } from './proof.ts';
import { refuse } from './refusals.ts';

/** Attempts that lead to something else than the head says, after which the control plane is told. */
const TELL_AFTER = 3;

type Work = NonNullable<FollowerState['work']>;

/**
 * Goes as far towards the target as what is at hand allows: applies deltas, asks for those that are missing, and hands over what is
 * proved. Gives the same answer however often it is called.
 */
export function advance(rules: FollowerRules, before: FollowerState, moment: Moment): FollowerStep {
  const { target } = before;
  if (target === undefined || before.swapping !== undefined) return { state: before, effects: [] };
  if (target.notBeforeMs > moment.nowMs) return waitFor(before, target);
  const { work: _, ...rest } = before;
  const work = before.work ?? startWork(rules, before, target);
  if (work === undefined) return fetchSnapshot(rules, before, target, moment);
  return goOn(rules, { ...rest, target }, target, work, moment);
}

/** From what is served, if deltas may lead from there. */
function startWork(
  { maxGap }: FollowerRules,
  { served }: FollowerState,
  { head, deltasFail }: Target,
): Work | undefined {
  if (served === undefined || deltasFail) return undefined;
  const gap = head.revision - served.head.revision;
  return gap >= 0 && gap <= maxGap ? { state: served.state, from: 'served' } : undefined;
}

function goOn(rules: FollowerRules, before: FollowerState, target: Target, begun: Work, moment: Moment): FollowerStep {
  let { cache } = before;
  let { state } = begun;
  const { revision } = target.head;
  const { from } = begun;
  while (state.snapshot.revision < revision) {
    const next = state.snapshot.revision + 1;
    const cached = cache.deltas.get(next);
    const at = { ...before, cache };
    if (cached === undefined) {
      if (!before.absent.has(deltaKey(next))) return fetchDeltas(rules, at, target, { state, from });
      return detour(
        rules,
        at,
        target,
        from,
        { code: undefined, text: `delta to revision ${next} is not there` },
        moment,
      );
    }
    const applied = rules.proof.apply(state, cached.delta);
    if ('error' in applied) {
      // Asked for again, it may be another one.
      cache = withoutDelta(cache, next);
      return detour(rules, { ...before, cache }, target, from, { code: 'unreadable', text: applied.error }, moment);
    }
    ({ state } = applied);
  }
  const wrong = rules.proof.objection(target.head, state);
  const at = { ...before, cache };
  return wrong === undefined
    ? handOver(at, target, state)
    : detour(rules, at, target, from, { code: 'unreadable', text: wrong }, moment);
}

/** Proved: to the threads with it, unless it would empty a node that works. */
function handOver(before: FollowerState, target: Target, state: ProvenState): FollowerStep {
  const { head, signedHead, receivedAtMs, fromDisk } = target;
  const { served } = before;
  // Whoever raises the epoch puts another state in place of this one on purpose.
  const implausible =
    served?.head.epoch === head.epoch ? implausibility(served.state.snapshot, state.snapshot) : undefined;
  if (implausible !== undefined) {
    const { target: _, ...rest } = before;
    return refuse(rest, head, [{ object: `snapshot ${head.revision}`, code: 'implausible', text: implausible }]);
  }
  const candidate = { head, signedHead, state, receivedAtMs, fromDisk };
  return { state: { ...before, swapping: candidate }, effects: [{ type: 'swap', candidate }] };
}

type Obstacle = { readonly code: NodeErrorCode | undefined; readonly text: string };

/** The way does not lead there: by snapshot, if that was not the way; else the same again, later. */
function detour(
  rules: FollowerRules,
  before: FollowerState,
  target: Target,
  from: Work['from'],
  obstacle: Obstacle,
  moment: Moment,
): FollowerStep {
  if (from !== 'served') return tryLater(rules, before, target, obstacle, moment);
  const step = advance(rules, { ...before, target: { ...target, deltasFail: true } }, moment);
  if (obstacle.code === undefined) return step;
  const fields = { snapshotVersion: target.head.revision, reason: obstacle.text };
  return withLog(step, 'warn', 'DP1109', 'deltas do not lead to the configuration; the snapshot is taken', fields);
}

function fetchDeltas(rules: FollowerRules, before: FollowerState, target: Target, work: Work): FollowerStep {
  const first = work.state.snapshot.revision + 1;
  // What leads no further than here is in the way of what does.
  const cache = withoutDeltasTo(before.cache, first - 1);
  // With little room left, those that lead further would only push each other out.
  const window = cache.bytes > rules.cache.bytes / 2 ? 1 : rules.window;
  const last = Math.min(target.head.revision, first + window - 1);
  const asked = new Set(before.asked);
  const effects: FollowerEffect[] = [];
  for (let revision = first; revision <= last; revision++) {
    const key = deltaKey(revision);
    if (cache.deltas.has(revision) || asked.has(key) || before.absent.has(key)) continue;
    asked.add(key);
    effects.push({ type: 'fetch-delta', revision });
  }
  return { state: { ...before, cache, asked, work }, effects };
}

function fetchSnapshot(rules: FollowerRules, before: FollowerState, target: Target, moment: Moment): FollowerStep {
  const { snapshotHash: hash, snapshotRevision: revision } = target.head;
  const key = snapshotKey(hash);
  if (before.absent.has(key)) {
    return tryLater(rules, before, target, { code: undefined, text: `snapshot ${revision} is not there` }, moment);
  }
  if (before.asked.has(key)) return { state: before, effects: [] };
  const turnMs = target.queued || before.served === undefined ? 0 : turnOf(rules, before.nodes, moment);
  const queued = { ...target, queued: true, notBeforeMs: moment.nowMs + turnMs };
  if (turnMs > 0) return waitFor({ ...before, target: queued }, queued);
  const asked = new Set(before.asked).add(key);
  return { state: { ...before, target: queued, asked }, effects: [{ type: 'fetch-snapshot', revision, hash }] };
}

/** A node that works can wait for its turn; one that serves nothing cannot. */
function turnOf({ herd }: FollowerRules, nodes: number, { random }: Moment): number {
  if (nodes < herd.fewNodes) return 0;
  return Math.min(herd.maxMs, nodes * herd.perNodeMs) * random();
}

function tryLater(
  rules: FollowerRules,
  before: FollowerState,
  target: Target,
  { code, text }: Obstacle,
  { nowMs, random }: Moment,
): FollowerStep {
  const attempts = target.attempts + 1;
  const notBeforeMs = nowMs + backoffMs(rules.missing, target.attempts, random);
  const again = { ...target, attempts, notBeforeMs, missing: true, deltasFail: false };
  const later = { ...before, target: again, absent: new Set<string>() };
  const waiting = waitFor(later, again);
  if (code !== undefined && attempts >= TELL_AFTER) {
    const told = refuse(later, target.head, [{ object: `snapshot ${target.head.revision}`, code, text }], {
      passing: true,
    });
    return { state: told.state, effects: [...told.effects, ...waiting.effects] };
  }
  if (attempts > 1) return waiting;
  const fields = { snapshotVersion: target.head.revision, reason: text };
  return withLog(waiting, 'warn', 'DP1110', 'configuration cannot be had yet', fields);
}

function waitFor(state: FollowerState, { notBeforeMs }: Target): FollowerStep {
  return { state, effects: [{ type: 'tick-at', atMs: notBeforeMs }] };
}

function withLog(step: FollowerStep, level: 'warn', code: string, text: string, fields: object): FollowerStep {
  return { ...step, effects: [{ type: 'log', level, code, text, fields }, ...step.effects] };
}
