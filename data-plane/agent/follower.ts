import { unreachable } from '#shared/assert.ts';
import type { NodeError, NodeErrorCode } from '#shared/node-message.ts';
import { compareHeads, type Head } from '#shared/snapshot/head.ts';
import { withDelta, withoutDeltasTo } from './delta-cache.ts';
import { advance } from './follower-advance.ts';
import {
  backoffMs,
  type Candidate,
  type Configuration,
  deltaKey,
  type FollowerEffect,
  type FollowerInput,
  type FollowerRules,
  type FollowerState,
  type FollowerStep,
  identityOf,
  type Moment,
  snapshotKey,
} from './follower-state.ts';
import { refusalOf, refuse, wasUnbelieved } from './refusals.ts';

/** Configurations on the way that late messages may speak of. */
const MAX_PASSED = 256;

/**
 * One step of a node on its way to the fleet's newest configuration: by deltas from what it serves, else by snapshot and deltas.
 * Promises, whatever is lost, repeated, late or forged: it never gives out for serving what a head it believes does not vouch for,
 * never goes back, goes to the newest head only, and gets there once messages stop being lost.
 *
 * @source protocol P1, P2, P4, P6, P7, P9
 */
export function follow(rules: FollowerRules, state: FollowerState, input: FollowerInput, moment: Moment): FollowerStep {
  switch (input.type) {
    case 'head':
      return onward(rules, receiveHead(rules, state, input.encoded, moment), moment);
    case 'offered':
      return onward(rules, judge(rules, state, input.configuration, moment, input), moment);
    case 'delta':
      return onward(rules, receiveDelta(rules, state, input.encoded), moment);
    case 'fetched-delta':
      return onward(rules, receiveFetchedDelta(rules, state, input), moment);
    case 'fetched-snapshot':
      return onward(rules, receiveSnapshot(rules, state, input), moment);
    case 'swapped':
      return onward(rules, swapped(state, input.faults, moment), moment);
    case 'swap-failed':
      return onward(rules, swapFailed(rules, state, input, moment), moment);
    case 'nodes':
      return just({ ...state, nodes: input.count });
    case 'tick':
      return onward(rules, just(state), moment);
    default:
      return unreachable(input);
  }
}

function onward(rules: FollowerRules, step: FollowerStep, moment: Moment): FollowerStep {
  const next = advance(rules, step.state, moment);
  return { state: next.state, effects: [...step.effects, ...next.effects] };
}

function receiveHead(rules: FollowerRules, state: FollowerState, encoded: Uint8Array, moment: Moment): FollowerStep {
  const reading = rules.proof.readHead(encoded);
  switch (reading.kind) {
    case 'unreadable':
      return just(state, [log('error', 'DP1107', 'message on the head key is unreadable', { reason: reading.text })]);
    case 'refused':
      return refuse(state, reading.head, [fault(reading.head, reading.code, reading.text)]);
    case 'head':
      return judge(rules, state, { head: reading.head, signedHead: encoded }, moment);
    default:
      return unreachable(reading);
  }
}

type Offer = Pick<Configuration, 'head' | 'signedHead'> & Partial<Pick<Configuration, 'state'>>;

/** What a head that can be believed means for a node that is where it is. */
function judge(
  rules: FollowerRules,
  state: FollowerState,
  offer: Offer,
  moment: Moment,
  { fromDisk }: { readonly fromDisk: boolean } = { fromDisk: false },
): FollowerStep {
  const { head } = offer;
  const { served } = state;
  const identity = identityOf(head);
  if (served !== undefined) {
    if (identity === identityOf(served.head)) return confirm(noted(state, head, moment));
    const order = compareHeads(head, served.head);
    if (order < 0) return older(rules, state, head, moment);
    if (order === 0) {
      const text = `revision ${head.revision} is served with state ${served.head.stateHash} and chain ${served.head.chainHash}; this one has state ${head.stateHash} and chain ${head.chainHash}`;
      return refuse(state, head, [forked(head, text)]);
    }
  }
  const known = noted(state, head, moment);
  const refusal = refusalOf(known, identity);
  // With nothing to go back to, even what crashed it once is more than nothing.
  const standing = refusal !== undefined && !refusal.passing && !(served === undefined && isCrash(refusal.errors));
  if (standing) return refuse(known, head, refusal.errors);
  const { target } = known;
  if (target === undefined) return adopt(known, offer, moment, fromDisk);
  if (identityOf(target.head) === identity) return just(withPointer(known, offer));
  // Of two with one number neither of which is served, the later put is the one that is kept.
  return compareHeads(head, target.head) < 0 ? just(known) : adopt(known, offer, moment, fromDisk);
}

/** Remembers the newest head; one that is not older than what is served clears the suspicion that the store has gone back. */
function noted(state: FollowerState, head: Head, { nowMs }: Moment): FollowerState {
  const { doubt: _, ...rest } = state;
  const served = state.served?.head;
  const isServed = served !== undefined && identityOf(head) === identityOf(served);
  const refusals = state.refusals.filter(
    (refusal) => !wasUnbelieved(refusal) && !(isServed && compareHeads(refusal, served) <= 0),
  );
  const isNewest = state.newest === undefined || compareHeads(head, state.newest.head) >= 0;
  return { ...rest, refusals, ...(isNewest ? { newest: { head, atMs: nowMs } } : {}) };
}

function confirm(state: FollowerState): FollowerStep {
  const { served } = state;
  if (served === undefined || state.confirmed) return just(state);
  const { head } = served;
  return just({ ...state, confirmed: true }, [
    { type: 'ack', head, phase: 'serving', applyMs: 0, errors: [] },
    { type: 'confirmed', revision: head.revision },
  ]);
}

/** A node never goes back. Whether the head is a late message or the store has lost commits only time can tell. */
function older(rules: FollowerRules, state: FollowerState, head: Head, { nowMs }: Moment): FollowerStep {
  const { served, doubt, confirmed, passed } = state;
  const isLate = passed.some(
    ({ epoch, revision, stateHash }) =>
      epoch === head.epoch && revision === head.revision && stateHash === head.stateHash,
  );
  if (isLate || served === undefined) return just(state);
  const identity = identityOf(head);
  if (confirmed && doubt?.identity !== identity) return just({ ...state, doubt: { identity, sinceMs: nowMs } });
  if (confirmed && doubt !== undefined && nowMs - doubt.sinceMs < rules.doubtMs) return just(state);
  const text = `revision ${served.head.revision} of epoch ${served.head.epoch} is served; a node never goes back, a rollback is a new revision`;
  return refuse(state, head, [forked(head, text)]);
}

function adopt(state: FollowerState, offer: Offer, { nowMs }: Moment, fromDisk: boolean): FollowerStep {
  const { head, signedHead } = offer;
  const target = {
    head,
    signedHead,
    receivedAtMs: nowMs,
    fromDisk,
    attempts: 0,
    failedSwaps: { soon: 0, late: 0 },
    notBeforeMs: 0,
    missing: false,
    deltasFail: false,
    queued: false,
  };
  const next = withWork({ ...state, target, absent: new Set() }, offer);
  const effects: FollowerEffect[] = fromDisk ? [] : [{ type: 'ack', head, phase: 'received', applyMs: 0, errors: [] }];
  return just(next, effects);
}

/** The same configuration by a newer snapshot, or whole. */
function withPointer(state: FollowerState, offer: Offer): FollowerState {
  const { target } = state;
  if (target === undefined) return state;
  const isNewer = offer.head.snapshotRevision > target.head.snapshotRevision;
  const next = isNewer ? { ...state, target: { ...target, head: offer.head, signedHead: offer.signedHead } } : state;
  return withWork(next, offer);
}

function withWork(state: FollowerState, { head, state: whole }: Offer): FollowerState {
  if (whole !== undefined) return { ...state, work: { state: whole, from: 'whole' } };
  const { work, ...rest } = state;
  // On the way to an older target; what leads elsewhere shows in its hash.
  return work !== undefined && work.state.snapshot.revision <= head.revision ? state : rest;
}

function receiveDelta(rules: FollowerRules, state: FollowerState, encoded: Uint8Array): FollowerStep {
  const read = rules.proof.readDelta(encoded);
  if ('error' in read) return just(state, [log('warn', 'DP1109', 'delta is unreadable', { reason: read.error })]);
  const { delta } = read;
  if (state.served !== undefined && delta.to <= state.served.head.revision) return just(state);
  const cache = withDelta(state.cache, delta, encoded.length, rules.cache);
  const absent = without(state.absent, deltaKey(delta.to));
  const { target } = state;
  if (target === undefined || !target.missing || delta.to > target.head.revision)
    return just({ ...state, cache, absent });
  // What was waited for may have come after all.
  return just({ ...state, cache, absent, target: { ...target, notBeforeMs: 0, missing: false } });
}

function receiveFetchedDelta(
  rules: FollowerRules,
  before: FollowerState,
  { revision, encoded }: Extract<FollowerInput, { type: 'fetched-delta' }>,
): FollowerStep {
  const key = deltaKey(revision);
  const state = { ...before, asked: without(before.asked, key) };
  const read = encoded === undefined ? { error: undefined } : rules.proof.readDelta(encoded);
  if ('delta' in read && read.delta.to === revision && encoded !== undefined) {
    return just({ ...state, cache: withDelta(state.cache, read.delta, encoded.length, rules.cache) });
  }
  // The live one may have come meanwhile.
  if (state.cache.deltas.has(revision)) return just(state);
  return just({ ...state, absent: new Set(state.absent).add(key) });
}

function receiveSnapshot(
  rules: FollowerRules,
  before: FollowerState,
  { hash, encoded }: Extract<FollowerInput, { type: 'fetched-snapshot' }>,
): FollowerStep {
  const key = snapshotKey(hash);
  const state = { ...before, asked: without(before.asked, key) };
  const { target } = state;
  // A newer head points elsewhere; a snapshot that is before it still leads there.
  if (target === undefined || state.work !== undefined) return just(state);
  const missing: FollowerState = { ...state, absent: new Set(state.absent).add(key) };
  if (encoded === undefined) return just(missing);
  const read = rules.proof.readSnapshot(encoded, hash);
  if ('error' in read) {
    return just(missing, [
      log('warn', 'DP1109', 'snapshot on the bus is not what the head says', { reason: read.error }),
    ]);
  }
  if (read.state.snapshot.revision > target.head.revision) return just(missing);
  return just({ ...state, work: { state: read.state, from: 'snapshot' } });
}

function swapped(state: FollowerState, faults: readonly NodeError[], { nowMs }: Moment): FollowerStep {
  const { swapping: candidate, work, target, ...rest } = state;
  if (candidate === undefined) throw new Error('invariant broken: a swap was answered that nobody asked for');
  const { head, signedHead, fromDisk } = candidate;
  const served: Configuration = { head, signedHead, state: candidate.state };
  const next: FollowerState = {
    ...rest,
    served,
    confirmed: state.confirmed || !fromDisk,
    cache: withoutDeltasTo(state.cache, head.revision),
    refusals: state.refusals.filter((refusal) => compareHeads(refusal, head) > 0),
    passed: [...state.passed, head].slice(-MAX_PASSED),
  };
  const effects: FollowerEffect[] = [
    { type: 'ack', head, phase: 'serving', applyMs: elapsed(candidate, nowMs), errors: faults },
  ];
  if (!fromDisk) effects.push({ type: 'confirmed', revision: head.revision });
  if (target === undefined || identityOf(target.head) === identityOf(head)) return just(next, effects);
  if (compareHeads(target.head, head) > 0) {
    // One that came whole meanwhile is not asked for again.
    return just({ ...next, target, ...(work?.from === 'whole' ? { work } : {}) }, effects);
  }
  // The same number came with other content while threads swapped.
  const text = `revision ${head.revision} is served with state ${head.stateHash}; this one has state ${target.head.stateHash}`;
  const refused = refuse(next, target.head, [forked(target.head, text)]);
  return { state: refused.state, effects: [...effects, ...refused.effects] };
}

function swapFailed(
  rules: FollowerRules,
  state: FollowerState,
  { errors, retry }: Extract<FollowerInput, { type: 'swap-failed' }>,
  { nowMs, random }: Moment,
): FollowerStep {
  const { swapping: candidate, work, target, ...rest } = state;
  if (candidate === undefined) throw new Error('invariant broken: a swap was answered that nobody asked for');
  const applyMs = elapsed(candidate, nowMs);
  if (target === undefined || identityOf(target.head) !== identityOf(candidate.head)) {
    // A newer one is wanted by now, so this one will not be tried again.
    const onward = { ...rest, ...(target === undefined ? {} : { target }), ...(work === undefined ? {} : { work }) };
    return refuse(onward, candidate.head, errors, { applyMs, passing: retry !== undefined });
  }
  const failed = retry === undefined ? 0 : target.failedSwaps[retry];
  const passing = retry !== undefined && failed < rules.retry[retry].attempts;
  const refused = refuse(rest, candidate.head, errors, { applyMs, passing });
  if (!passing) return refused;
  const notBeforeMs = nowMs + backoffMs(rules.retry[retry], failed, random);
  const failedSwaps = { ...target.failedSwaps, [retry]: failed + 1 };
  const again = { ...target, attempts: target.attempts + 1, failedSwaps, notBeforeMs, missing: false };
  return { ...refused, state: { ...refused.state, target: again, work: { state: candidate.state, from: 'whole' } } };
}

function elapsed({ receivedAtMs }: Candidate, nowMs: number): number {
  return Math.max(0, Math.round(nowMs - receivedAtMs));
}

function isCrash(errors: readonly NodeError[]): boolean {
  return errors.some(({ code }) => code === 'crash');
}

function forked(head: Head, text: string): NodeError {
  const advice =
    'was the store restored from an older copy? then raise the epoch, or start the node without its copies on disk';
  return fault(head, 'fork', `${text} (${advice})`);
}

function fault({ revision }: Head, code: NodeErrorCode, text: string): NodeError {
  return { object: `snapshot ${revision}`, code, text };
}

function without(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  next.delete(key);
  return next;
}

function just(state: FollowerState, effects: readonly FollowerEffect[] = []): FollowerStep {
  return { state, effects };
}

function log(level: 'info' | 'warn' | 'error', code: string, text: string, fields: object): FollowerEffect {
  return { type: 'log', level, code, text, fields };
}
