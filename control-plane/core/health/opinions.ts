import type { ObservationKind } from '#shared/node-message.ts';
import type { Evidence, NodeEvidence } from './evidence.ts';
import { OPINION_FRESH_MS } from './health-config.ts';

/** One node's opinion of a worker as of now. */
export type NodeOpinion = {
  readonly node: string;
  readonly zone?: string;
  readonly available: boolean;
  /** What it said: `failed connect-refused`, `check-passed`, `answers requests`. */
  readonly saw: string;
  /** Why it is not available, without what kind of opinion it is. */
  readonly reason: string;
  readonly ageMs: number;
  /** It counts: it was said lately, and no operator has discarded it. */
  readonly fresh: boolean;
  /** Milliseconds until it no longer counts. */
  readonly freshForMs: number;
};

const AVAILABLE: Readonly<Record<ObservationKind, boolean>> = {
  failed: false,
  answered: true,
  'check-failed': false,
  'check-passed': true,
};

/**
 * What every node that uses or checks a worker thinks of it. A node's own words count before its counters: a report may have
 * been on its way when the failure it does not know of was told.
 *
 * @param checkFreshMs how long results of checks count
 */
export function opinionsOf(evidence: Evidence, key: string, checkFreshMs: number, nowMs: number): NodeOpinion[] {
  const opinions: NodeOpinion[] = [];
  for (const name of evidence.byWorker.get(key) ?? []) {
    const node = evidence.nodes.get(name);
    const opinion = node && opinionOfNode(node, key, checkFreshMs, nowMs);
    if (opinion !== undefined) opinions.push(opinion);
  }
  return opinions;
}

function opinionOfNode(node: NodeEvidence, key: string, checkFreshMs: number, nowMs: number): NodeOpinion | undefined {
  const who = { node: node.name, ...(node.zone === undefined ? {} : { zone: node.zone }) };
  const said = node.opinions.get(key);
  const grownMs = node.uses.get(key)?.grownMs;
  const inUse = grownMs === undefined ? undefined : freshness(nowMs - grownMs, OPINION_FRESH_MS);
  const answers = { ...who, available: true, saw: 'answers requests', reason: '' };
  if (said === undefined) return inUse === undefined ? undefined : { ...answers, ...inUse };

  const isCheck = said.kind === 'check-failed' || said.kind === 'check-passed';
  const age = freshness(nowMs - said.atMs, isCheck ? checkFreshMs : OPINION_FRESH_MS);
  const counts = age.fresh && !said.discarded;
  if (!counts && inUse?.fresh === true) return { ...answers, ...inUse };
  const { kind, reason } = said;
  const saw = reason === '' ? kind : `${kind} ${reason}`;
  return { ...who, available: AVAILABLE[kind], saw, reason: reason === '' ? kind : reason, ...age, fresh: counts };
}

function freshness(ageMs: number, freshMs: number) {
  return { ageMs, fresh: ageMs < freshMs, freshForMs: Math.max(0, freshMs - ageMs) };
}
