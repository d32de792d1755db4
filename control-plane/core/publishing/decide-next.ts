import { encodeSnapshot } from '#shared/codec/snapshot-codec.ts';
import { snapshotHash } from '#shared/snapshot/open.ts';
import { adopted } from './absorb.ts';
import { countersign, headOf, signedBytes } from './heads.ts';
import type {
  Basis,
  Moment,
  PublisherEffect,
  PublisherRules,
  PublisherState,
  PublisherStep,
} from './publisher-state.ts';
import { relate } from './relation.ts';
import { entryAt, type LineEntry, type RevisionLine, withoutDelta } from './revision-line.ts';

/** Names removed, and commits copied, in one effect: a commit that comes meanwhile waits for no more. */
const BATCH = 32;

/** The most urgent thing to do now, if nothing is under way. Gives the same answer however often it is asked. */
export function decideNext(rules: PublisherRules, before: PublisherState, moment: Moment): PublisherStep {
  const { nowMs } = moment;
  const state = adopted(rules, before, moment);
  if (state.underWay !== undefined || !state.connected) return { state };
  if (nowMs < state.retryAtMs) return { state, wakeAtMs: state.retryAtMs };
  if (state.auditAtMs === 0) return begin(state, { type: 'audit' });
  const relation = relate(state);
  switch (relation.kind) {
    case 'unknown':
      return begin(state, { type: 'read-head' });
    case 'look-up':
      return lookUp(rules, state, relation.revision, moment);
    case 'ahead':
    case 'regressed':
      return waitForStore(rules, state, moment);
    case 'none':
    case 'older':
    case 'same':
      return publish(rules, state, relation.kind, moment);
  }
}

/** One head at a time is compared with the store; another one at once. */
function lookUp(rules: PublisherRules, state: PublisherState, revision: number, { nowMs }: Moment): PublisherStep {
  const askedAtMs = state.lookUp?.revision === revision ? state.lookUp.atMs : Number.NEGATIVE_INFINITY;
  const dueMs = askedAtMs + rules.lookUpMs;
  return nowMs >= dueMs
    ? begin(state, { type: 'look-up', revision, own: state.line.state.revision })
    : { state, wakeAtMs: dueMs };
}

/** Only the store can tell when publishing may go on; and the bus, when somebody took its head away. */
function waitForStore(rules: PublisherRules, state: PublisherState, moment: Moment): PublisherStep {
  if (moment.nowMs >= state.auditAtMs) return begin(state, { type: 'audit' });
  if (state.kept.kind !== 'head' || state.broken !== undefined) return { state, wakeAtMs: state.auditAtMs };
  const step = lookUp(rules, state, state.kept.head.revision, moment);
  return { ...step, wakeAtMs: Math.min(step.wakeAtMs ?? state.auditAtMs, state.auditAtMs) };
}

function publish(
  rules: PublisherRules,
  before: PublisherState,
  relation: 'none' | 'older' | 'same',
  moment: Moment,
): PublisherStep {
  if (before.line.state.revision === 0) return idle(before, [before.auditAtMs], moment);
  const state = prepared(before);
  return (
    nextHead(rules, state, moment) ??
    nextDelta(state) ??
    nextUpkeep(rules, state, relation, moment) ??
    nextChore(state) ??
    idle(state, wakeTimes(state, relation), moment)
  );
}

/** Where no node could use a delta, none is put: over an epoch, or when there is no head at all. */
function prepared(state: PublisherState): PublisherState {
  const { line, kept, deltasUpTo } = state;
  const { revision, epoch } = line.state;
  const useful = kept.kind === 'head' && kept.head.epoch === epoch;
  let { line: slimmer } = state;
  let upTo = deltasUpTo;
  while (upTo < revision && (!useful || entryAt(slimmer, upTo + 1)?.delta === undefined)) {
    upTo++;
    slimmer = withoutDelta(slimmer, upTo);
  }
  return upTo === deltasUpTo ? state : { ...state, line: slimmer, deltasUpTo: upTo };
}

/** The newest revision whose deltas are out, once it is time; with a snapshot first, if it is time for one. */
function nextHead(rules: PublisherRules, state: PublisherState, { nowMs }: Moment): PublisherStep | undefined {
  const { kept, line, deltasUpTo, basis, debounce } = state;
  const head = kept.kind === 'head' && kept.head.epoch === line.state.epoch ? kept.head : undefined;
  const isNews = deltasUpTo > (head?.revision ?? 0) && nowMs >= debounce.notBeforeMs;
  const isLacking = kept.kind === 'head' && !kept.whole;
  if (!isNews && !isLacking) return undefined;
  const entry = entryAt(line, deltasUpTo);
  if (basis !== undefined && entry !== undefined && reaches(rules, line, basis, deltasUpTo)) {
    return putHead(rules, state, entry, basis);
  }
  // The deltas up to the snapshot just made come first.
  if (basis !== undefined && basis.revision > deltasUpTo) return undefined;
  const payload = encodeSnapshot(line.snapshot);
  const { revision } = line.state;
  return begin(state, { type: 'put-snapshot', revision, hash: snapshotHash(payload), payload });
}

function putHead(rules: PublisherRules, state: PublisherState, entry: LineEntry, basis: Basis): PublisherStep {
  const { kept } = state;
  if (kept.kind === 'unknown' || (kept.kind === 'head' && kept.version === undefined)) {
    return begin(state, { type: 'read-head' });
  }
  const head = headOf(rules.fleet, entry, basis);
  const payload = signedBytes(head, rules.signingKeys);
  return begin(state, { type: 'put-head', head, payload, ifVersion: kept.version ?? 0 });
}

/** Whether deltas lead from a snapshot to a revision, and are not too many for a node that has nothing yet. */
function reaches(rules: PublisherRules, line: RevisionLine, basis: Basis, revision: number): boolean {
  if (basis.revision > revision || revision - basis.revision > rules.maxDeltas) return false;
  let bytes = 0;
  for (let at = basis.revision + 1; at <= revision; at++) {
    const size = entryAt(line, at)?.deltaBytes;
    if (size === undefined && at > basis.upTo) return false;
    bytes += size ?? 0;
  }
  return bytes <= Math.max(rules.maxDeltasBytes, basis.size);
}

function nextDelta(state: PublisherState): PublisherStep | undefined {
  const revision = state.deltasUpTo + 1;
  const payload = entryAt(state.line, revision)?.delta;
  return payload === undefined ? undefined : begin(state, { type: 'put-delta', revision, payload });
}

/** The same head again: signed by this replica, too, or because nobody has said it for a while. */
function nextUpkeep(
  rules: PublisherRules,
  state: PublisherState,
  relation: 'none' | 'older' | 'same',
  { nowMs }: Moment,
): PublisherStep | undefined {
  const { kept, line } = state;
  if (kept.kind !== 'head' || relation !== 'same') return undefined;
  const isUnsigned = !kept.signedByAll && kept.head.stateHash === line.hashed.stateHash;
  if (!isUnsigned && nowMs < state.seenAtMs + state.republishAfterMs) return undefined;
  if (kept.version === undefined) return begin(state, { type: 'read-head' });
  const payload = isUnsigned ? countersign(kept.signed, rules.signingKeys) : kept.bytes;
  return begin(state, { type: 'put-head', head: kept.head, payload, ifVersion: kept.version });
}

function nextChore({ chores, ...rest }: PublisherState): PublisherStep | undefined {
  const state = { ...rest, chores };
  const { line, copiesUpTo } = state;
  for (let revision = copiesUpTo + 1; revision <= line.state.revision; revision++) {
    const stored = entryAt(line, revision)?.stored;
    if (stored !== undefined) return begin({ ...state, copiesUpTo: revision - 1 }, { type: 'put-copy', stored });
  }
  if (chores.copy.length > 0) return begin(state, { type: 'copy-commits', revisions: chores.copy.slice(0, BATCH) });
  const [keys, objects] = [chores.removeKeys.slice(0, BATCH), chores.removeObjects.slice(0, BATCH)];
  return keys.length + objects.length === 0 ? undefined : begin(state, { type: 'remove', keys, objects });
}

/** Nothing now: the audit, once it is due, or a time to look again. */
function idle(state: PublisherState, times: readonly number[], { nowMs }: Moment): PublisherStep {
  if (nowMs >= state.auditAtMs) return begin(state, { type: 'audit' });
  return { state, wakeAtMs: Math.min(...times) };
}

function wakeTimes(state: PublisherState, relation: 'none' | 'older' | 'same'): readonly number[] {
  const { auditAtMs, debounce, seenAtMs, republishAfterMs } = state;
  return [auditAtMs, relation === 'same' ? seenAtMs + republishAfterMs : debounce.notBeforeMs];
}

function begin(state: PublisherState, effect: PublisherEffect): PublisherStep {
  return { state: { ...state, underWay: { type: effect.type, overtaken: false } }, effect };
}
