import type { ObservationKind } from '#shared/node-message.ts';
import type { Evidence, NodeEvidence } from './evidence.ts';
import { OPINION_FRESH_MS } from './health-config.ts';
import type { Tally } from './policy.ts';

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

/** Who speaks of a worker, and what it adds up to. */
export type WorkerVoices = {
  /** By node: +1 finds it available, -1 unavailable, 0 counts for nothing. */
  readonly counted: Map<string, 1 | 0 | -1>;
  readonly tally: Map<string, { available: number; unavailable: number }>;
  /** A voice counted here may have gone stale by then: count again. */
  staleMs: number;
};

const AVAILABLE: Readonly<Record<ObservationKind, boolean>> = {
  failed: false,
  answered: true,
  'check-failed': false,
  'check-passed': true,
};

export function createVoices(): WorkerVoices {
  return { counted: new Map(), tally: new Map(), staleMs: Number.POSITIVE_INFINITY };
}

/**
 * What fresh opinions of a worker add up to, by zone. Kept along as opinions come, so that a fleet of a thousand nodes that all lose
 * all workers costs no more than its messages; counted anew only when some may have gone stale.
 */
export function tallyOf(
  evidence: Evidence,
  key: string,
  nowMs: number,
): { readonly tally: Tally; readonly staleMs: number } {
  const voices = evidence.byWorker.get(key);
  if (voices === undefined) return { tally: new Map(), staleMs: Number.POSITIVE_INFINITY };
  if (voices.staleMs <= nowMs) {
    voices.tally.clear();
    voices.staleMs = Number.POSITIVE_INFINITY;
    for (const name of voices.counted.keys()) {
      voices.counted.set(name, 0);
      const node = evidence.nodes.get(name);
      if (node !== undefined) countVoice(evidence, node, key, nowMs);
    }
  }
  return voices;
}

/** Counts a node's opinion of a worker as it is now in place of what it was. */
export function countVoice(evidence: Evidence, node: NodeEvidence, key: string, nowMs: number): void {
  const voices = evidence.byWorker.get(key);
  if (voices === undefined) return;
  takeBack(voices, node);
  const { sign, freshForMs } = standOf(evidence, node, key, nowMs);
  voices.counted.set(node.name, sign);
  if (sign === 0) return;
  add(voices, node, sign, 1);
  voices.staleMs = Math.min(voices.staleMs, nowMs + freshForMs);
}

/** A node speaks of a worker no more, or is about to speak from another zone. */
export function dropVoice(voices: WorkerVoices, node: NodeEvidence): void {
  takeBack(voices, node);
  voices.counted.delete(node.name);
}

function takeBack(voices: WorkerVoices, node: NodeEvidence): void {
  const sign = voices.counted.get(node.name) ?? 0;
  if (sign !== 0) add(voices, node, sign, -1);
}

function add({ tally }: WorkerVoices, { zone = '' }: NodeEvidence, sign: 1 | -1, by: 1 | -1): void {
  const sums = tally.get(zone) ?? { available: 0, unavailable: 0 };
  if (sign === 1) sums.available += by;
  else sums.unavailable += by;
  if (sums.available + sums.unavailable === 0) tally.delete(zone);
  else tally.set(zone, sums);
}

/** What every node that uses or checks a worker thinks of it. */
export function opinionsOf(evidence: Evidence, key: string, nowMs: number): NodeOpinion[] {
  const names = evidence.byWorker.get(key)?.counted.keys() ?? [];
  return [...names].flatMap((name) => opinionOfNode(evidence, name, key, nowMs) ?? []);
}

/** Some of the fresh opinions, those against the worker first: enough to say why, however many nodes there are. */
export function someFreshOpinions(evidence: Evidence, key: string, nowMs: number): NodeOpinion[] {
  const room = { '-1': SAMPLE, '1': SAMPLE };
  const names: string[] = [];
  for (const [name, sign] of evidence.byWorker.get(key)?.counted ?? []) {
    if (sign !== 0 && room[sign]-- > 0) names.push(name);
  }
  return names.flatMap((name) => opinionOfNode(evidence, name, key, nowMs) ?? []);
}

/** Opinions of each kind that are looked at for reasons and witnesses. */
const SAMPLE = 32;

function opinionOfNode(evidence: Evidence, name: string, key: string, nowMs: number): NodeOpinion | undefined {
  const node = evidence.nodes.get(name);
  if (node === undefined) return undefined;
  const said = node.opinions.get(key);
  const { sign, bySaying, ageMs, freshForMs } = standOf(evidence, node, key, nowMs);
  if (ageMs === Number.POSITIVE_INFINITY) return undefined;
  const { kind, reason } = bySaying && said !== undefined ? said : ANSWERS;
  return {
    node: name,
    ...(node.zone === undefined ? {} : { zone: node.zone }),
    available: kind === ANSWERS.kind || AVAILABLE[kind],
    saw: reason === '' ? kind : `${kind} ${reason}`,
    reason: reason === '' ? kind : reason,
    ageMs,
    fresh: sign !== 0,
    freshForMs,
  };
}

const ANSWERS = { kind: 'answers requests', reason: '' } as const;

type Stand = {
  readonly sign: 1 | 0 | -1;
  /** By its own words, not by its counters. */
  readonly bySaying: boolean;
  /** Infinity: it has said nothing. */
  readonly ageMs: number;
  readonly freshForMs: number;
};

/**
 * Where a node stands on a worker. Its own words count before its counters: a report may have been on its way when the failure it does
 * not know of was told.
 */
function standOf(evidence: Evidence, node: NodeEvidence, key: string, nowMs: number): Stand {
  const said = node.opinions.get(key);
  if (said !== undefined) {
    const isCheck = said.kind === 'check-failed' || said.kind === 'check-passed';
    const freshMs = isCheck ? evidence.checkFreshMs(key) : OPINION_FRESH_MS;
    const ageMs = nowMs - said.atMs;
    if (ageMs < freshMs && !said.discarded) {
      return { sign: AVAILABLE[said.kind] ? 1 : -1, bySaying: true, ageMs, freshForMs: freshMs - ageMs };
    }
  }
  const usedAgoMs = nowMs - (node.uses.get(key)?.grownMs ?? Number.NEGATIVE_INFINITY);
  const isUsed = usedAgoMs < OPINION_FRESH_MS;
  if (isUsed || said === undefined) {
    const freshForMs = Math.max(0, OPINION_FRESH_MS - usedAgoMs);
    return { sign: isUsed ? 1 : 0, bySaying: false, ageMs: usedAgoMs, freshForMs };
  }
  return { sign: 0, bySaying: true, ageMs: nowMs - said.atMs, freshForMs: 0 };
}
