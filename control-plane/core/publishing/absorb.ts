import { unreachable } from '#shared/assert.ts';
import type { Head } from '#shared/snapshot/head.ts';
import { choresOf, NO_CHORES } from './clean-up.ts';
import { isNewer, isSigned, readHead } from './heads.ts';
import type {
  Audit,
  EffectFailure,
  KeptHead,
  Moment,
  PublisherEffect,
  PublisherResult,
  PublisherRules,
  PublisherState,
  ReadHead,
} from './publisher-state.ts';
import { relate } from './relation.ts';
import { entryAt, type RevisionLine, slim, withoutDelta, withoutPublished } from './revision-line.ts';

/** A head that came live from the bus. */
export function absorbSeenHead(
  rules: PublisherRules,
  before: PublisherState,
  payload: Uint8Array,
  moment: Moment,
): PublisherState {
  const read = readHead(payload, rules.fleet);
  const { kept } = before;
  if (read === undefined) return before;
  if (kept.kind === 'head') {
    if (sameBytes(kept.bytes, payload)) return seen(rules, before, moment);
    // Late: an audit tells if it should be kept in truth.
    if (isNewer(kept.head, read.head)) return before;
  }
  const underWay = before.underWay && { ...before.underWay, overtaken: true };
  const state = { ...before, ...(underWay === undefined ? {} : { underWay }) };
  return adopted(rules, withKept(state, { payload, version: undefined }, read), moment);
}

/** The answer to an effect. */
export function absorbResult(
  rules: PublisherRules,
  before: PublisherState,
  result: PublisherResult,
  moment: Moment,
): PublisherState {
  const { underWay, lastFailure: _, ...rest } = before;
  const state: PublisherState = { ...rest, retryAtMs: 0, retryMs: rules.retry.minMs };
  const overtaken = underWay?.overtaken === true;
  switch (result.type) {
    case 'audit':
      return absorbAudit(rules, state, result, overtaken, moment);
    case 'read-head':
      return overtaken ? state : absorbKept(rules, state, result.kept, moment);
    case 'look-up': {
      const { type: __, ...answer } = result;
      return adopted(rules, { ...state, lookUp: { ...answer, atMs: moment.nowMs } }, moment);
    }
    case 'put-delta': {
      const deltasUpTo = Math.max(state.deltasUpTo, result.revision);
      return { ...state, deltasUpTo, line: slim(state.line, result.revision, 'delta') };
    }
    case 'put-snapshot': {
      const { revision, hash, size } = result;
      // Another replica's newer one was adopted meanwhile.
      if (state.basis !== undefined && state.basis.revision >= revision) return state;
      return { ...state, basis: { revision, hash, size, upTo: revision } };
    }
    case 'put-head':
      return absorbPutHead(rules, state, result, moment);
    case 'put-copy': {
      const copiesUpTo = Math.max(state.copiesUpTo, result.revision);
      return { ...state, copiesUpTo, line: slim(state.line, result.revision, 'stored') };
    }
    case 'copy-commits':
      return { ...state, chores: { ...state.chores, copy: without(state.chores.copy, result.revisions) } };
    case 'remove': {
      const removeKeys = without(state.chores.removeKeys, result.keys);
      const removeObjects = without(state.chores.removeObjects, result.objects);
      return { ...state, chores: { ...state.chores, removeKeys, removeObjects } };
    }
    default:
      return unreachable(result);
  }
}

/** An effect that came to nothing, or of which nothing is known. */
export function absorbFailure(
  rules: PublisherRules,
  before: PublisherState,
  effect: PublisherEffect['type'],
  { code, message, revision }: EffectFailure,
  { nowMs }: Moment,
): PublisherState {
  const { underWay: _, ...state } = before;
  // Whether a head that failed is kept all the same, only the bus knows.
  const kept: KeptHead = effect === 'put-head' ? { kind: 'unknown' } : state.kept;
  if (code === 'conflict' && effect === 'put-head') return { ...state, kept };
  const failed = { ...state, kept, failures: state.failures + 1, lastFailure: message };
  if (code === 'too-large' && effect === 'put-delta' && revision !== undefined) {
    return { ...failed, line: withoutDelta(state.line, revision) };
  }
  // The store is away: publishing what is folded does not need it, and the next audit finds what is missing.
  if (effect === 'copy-commits') return { ...failed, chores: { ...state.chores, copy: [] } };
  return {
    ...failed,
    retryAtMs: nowMs + state.retryMs,
    retryMs: Math.min(state.retryMs * 2, rules.retry.maxMs),
  };
}

/**
 * Counts on what a head of this history needs: others have put it. Whatever stands in the way of knowing that it is of this
 * history, this is asked again at each step. A head says nothing of copies of commits: each replica puts those it knows, and
 * two of them the same.
 */
export function adopted(rules: PublisherRules, state: PublisherState, moment: Moment): PublisherState {
  const { kept, line } = state;
  if (kept.kind !== 'head' || kept.adopted) return state;
  const relation = relate(state);
  if (relation.kind !== 'same' && relation.kind !== 'older') return state;
  const { head, signed } = kept;
  const signedByAll = isSigned(signed, rules.signingKeys);
  const now = announced(rules, { ...state, kept: { ...kept, adopted: true, signedByAll } }, moment);
  const { basis, ...bare } = now;
  if (head.epoch !== line.state.epoch) return bare;

  const trimmed = {
    ...now,
    line: withDeltasOf(line, state.deltasUpTo, head),
    deltasUpTo: Math.max(state.deltasUpTo, head.revision),
  };
  const entry = entryAt(line, head.revision);
  if (entry !== undefined && entry.stateHash !== head.stateHash) {
    // A replica of another version hashes otherwise: what it put does not lead where this one goes.
    const { basis: _, ...alone } = trimmed;
    return alone;
  }
  if (basis?.revision === head.snapshotRevision && basis.hash === head.snapshotHash) {
    return { ...trimmed, basis: { ...basis, upTo: Math.max(basis.upTo, head.revision) } };
  }
  if (basis !== undefined && basis.revision > head.snapshotRevision) return trimmed;
  const { snapshotRevision: revision, snapshotHash: hash } = head;
  return { ...trimmed, basis: { revision, hash, size: 0, upTo: head.revision } };
}

/** What a head says of the deltas up to it: those after its snapshot are on the bus, of others nobody knows. */
function withDeltasOf(line: RevisionLine, from: number, head: Head): RevisionLine {
  let next = line;
  for (let revision = from + 1; revision <= head.revision; revision++) {
    next = revision > head.snapshotRevision ? slim(next, revision, 'delta') : withoutDelta(next, revision);
  }
  return next;
}

function absorbAudit(
  rules: PublisherRules,
  before: PublisherState,
  { kept: read, audit }: Extract<PublisherResult, { type: 'audit' }>,
  overtaken: boolean,
  moment: Moment,
): PublisherState {
  const auditAtMs = moment.nowMs + jittered(rules.auditMs, moment);
  if (overtaken) return { ...before, auditAtMs: moment.nowMs + rules.lookUpMs };
  const state = absorbKept(rules, { ...before, auditAtMs }, read, moment);
  const { kept } = state;
  if (kept.kind !== 'head') return state;
  if (audit.problem !== undefined) return lost({ ...state, kept: { ...kept, whole: false } });
  return withChores(rules, { ...state, kept: { ...kept, whole: true } }, audit);
}

function withChores(rules: PublisherRules, state: PublisherState, audit: Audit): PublisherState {
  const { kept, basis } = state;
  if (kept.kind !== 'head' || !kept.adopted) return { ...state, chores: NO_CHORES };
  const measured = basis?.hash === kept.head.snapshotHash ? { basis: { ...basis, size: audit.snapshotBytes } } : {};
  return { ...state, ...measured, chores: choresOf(rules, state, kept.head, audit) };
}

/** What the bus says it keeps, whatever was believed before. */
function absorbKept(
  rules: PublisherRules,
  before: PublisherState,
  read: ReadHead | undefined,
  moment: Moment,
): PublisherState {
  const known = before.kept;
  const parsed = read && readHead(read.payload, rules.fleet);
  if (read === undefined || parsed === undefined) {
    const state: PublisherState = { ...lost(before), kept: { kind: 'none', version: read?.version ?? 0 } };
    // What was there is gone: so may be everything else.
    return known.kind === 'head' ? { ...state, chores: NO_CHORES } : state;
  }
  if (known.kind === 'head' && sameBytes(known.bytes, read.payload)) {
    return adopted(rules, { ...before, kept: { ...known, version: read.version } }, moment);
  }
  const goneBack = known.kind === 'head' && isNewer(known.head, parsed.head);
  return adopted(rules, withKept(goneBack ? lost(before) : before, read, parsed), moment);
}

function absorbPutHead(
  rules: PublisherRules,
  state: PublisherState,
  { head, payload, version }: Extract<PublisherResult, { type: 'put-head' }>,
  moment: Moment,
): PublisherState {
  const { kept, basis } = state;
  // Somebody's newer one was seen before this answer came.
  if (kept.kind === 'head' && isNewer(kept.head, head)) return state;
  const parsed = readHead(payload, rules.fleet);
  if (parsed === undefined) return { ...state, kept: { kind: 'unknown' } };
  const mine: KeptHead = {
    kind: 'head',
    ...parsed,
    bytes: payload,
    version,
    whole: true,
    adopted: true,
    signedByAll: true,
  };
  const next = { ...state, kept: mine };
  const named = basis?.hash === head.snapshotHash ? { ...basis, upTo: Math.max(basis.upTo, head.revision) } : basis;
  const based = named === undefined ? next : { ...next, basis: named };
  const isNews = kept.kind !== 'head' || isNewer(head, kept.head);
  return isNews ? announced(rules, based, moment) : seen(rules, based, moment);
}

function withKept(
  state: PublisherState,
  { payload, version }: { readonly payload: Uint8Array; readonly version: number | undefined },
  parsed: NonNullable<ReturnType<typeof readHead>>,
): PublisherState {
  const kept: KeptHead = {
    kind: 'head',
    ...parsed,
    bytes: payload,
    version,
    whole: true,
    adopted: false,
    signedByAll: false,
  };
  return { ...state, kept };
}

/** A newer head went out: the next one waits, longer each time commits come while it does. */
function announced(rules: PublisherRules, state: PublisherState, moment: Moment): PublisherState {
  const { gapMs, churned } = state.debounce;
  const next = churned ? Math.min(gapMs * 2, rules.debounce.maxMs) : rules.debounce.minMs;
  const debounce = { notBeforeMs: moment.nowMs + next, gapMs: next, churned: false };
  return seen(rules, { ...state, debounce }, moment);
}

function seen(rules: PublisherRules, state: PublisherState, moment: Moment): PublisherState {
  return { ...state, seenAtMs: moment.nowMs, republishAfterMs: jittered(rules.republishMs, moment) };
}

/** Nothing put so far can be counted on any more. */
function lost(state: PublisherState): PublisherState {
  const { basis: _, ...rest } = state;
  return { ...rest, line: withoutPublished(state.line) };
}

function jittered(ms: number, { random }: Moment): number {
  return ms + (ms / 5) * random();
}

function without<T>(all: readonly T[], gone: readonly T[]): readonly T[] {
  const set = new Set(gone);
  return all.filter((one) => !set.has(one));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
