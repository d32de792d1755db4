import type { ObservationKind } from '#shared/node-message.ts';
import { MAX_WORKER_KEY } from '../projection/node-limits.ts';
import { OPINION_FRESH_MS } from './health-config.ts';
import { countVoice, createVoices, dropVoice, type WorkerVoices } from './opinions.ts';

/**
 * What nodes have said of workers, and when this replica heard it. In memory only: nodes say it again. It belongs to one
 * health core and is changed in place, since there may be millions of opinions. Times are milliseconds of the replica's
 * monotonic clock; clocks of nodes decide nothing.
 */
export type Evidence = {
  readonly nodes: Map<string, NodeEvidence>;
  /** Nodes that hold an opinion of a worker, or use it, and what they add up to, by `workerKey`. */
  readonly byWorker: Map<string, WorkerVoices>;
  /** Whether the newest configuration has a worker. */
  isConfigured: (key: string) => boolean;
  /** How long results of checks of a worker count. */
  checkFreshMs: (key: string) => number;
  readonly limits: EvidenceLimits;
  /** Opinions and uses held now. */
  held: number;
  /** What was not taken for want of room. */
  dropped: number;
  /** Grows with every node that comes, stops, goes or changes its zone. */
  membershipVersion: number;
};

export type EvidenceLimits = {
  readonly nodes: number;
  /** Opinions and uses, over all nodes. */
  readonly held: number;
  /**
   * Of those, what one node may hold of workers that are not configured: it may be ahead of this replica, but not for long and not by
   * much. Of configured ones it has no more to say than there are. Default `STRANGERS`.
   */
  readonly strangers?: number;
};

const STRANGERS = 20_000;

export type NodeEvidence = {
  readonly name: string;
  /** '' while it is only known from the members another replica has told. */
  bootId: string;
  /** Newest last: what they still send is old. */
  earlierBoots: readonly string[];
  observationsSeq: number;
  reportSeq: number;
  zone?: string;
  heardMs: number;
  /** How long reports are apart. */
  intervalMs: number;
  /** Since when it is silent for too long. */
  suspectMs?: number;
  /** Told by others and not heard in full yet: until then this replica knows less of it than they do. */
  adopted: boolean;
  /** It said good-bye; kept for a while so that its old messages are known to be old. */
  stopped: boolean;
  readonly opinions: Map<string, Opinion>;
  readonly uses: Map<string, Use>;
  /** How many of its opinions and uses are of workers that are not configured. */
  strangers: number;
};

/** What a node last said of a worker. */
export type Opinion = {
  readonly kind: ObservationKind;
  readonly reason: string;
  /** By the node's clock: the same opinion said again has the same. */
  readonly timeMs: number;
  readonly atMs: number;
  /** An operator said that it is wrong. */
  readonly discarded: boolean;
};

/** How far a worker's counter of responses is on a node. */
type Use = {
  readonly incarnation: number;
  readonly responses: bigint;
  /** When it was last seen to grow; absent: it was not. */
  readonly grownMs?: number;
};

export function createEvidence(limits: EvidenceLimits): Evidence {
  return {
    nodes: new Map(),
    byWorker: new Map(),
    isConfigured: () => false,
    checkFreshMs: () => OPINION_FRESH_MS,
    limits,
    held: 0,
    dropped: 0,
    membershipVersion: 0,
  };
}

/** Discards what was said of a worker so far: the same said again counts no more, only something new does. */
export function discardOpinions(evidence: Evidence, key: string, nowMs: number): void {
  for (const name of [...(evidence.byWorker.get(key)?.counted.keys() ?? [])]) {
    const node = evidence.nodes.get(name);
    const opinion = node?.opinions.get(key);
    if (node === undefined || opinion === undefined) continue;
    node.opinions.set(key, { ...opinion, discarded: true });
    countVoice(evidence, node, key, nowMs);
  }
}

/** Forgets a node. @returns keys of the workers it spoke of */
export function removeNode(evidence: Evidence, node: NodeEvidence): Iterable<string> {
  evidence.nodes.delete(node.name);
  evidence.membershipVersion++;
  return forgetOpinions(evidence, node);
}

/** There is a configuration: forgets what was said of workers that it does not have. */
export function retainWorkers(evidence: Evidence, isKnown: (key: string) => boolean): void {
  for (const [key, { counted }] of [...evidence.byWorker]) {
    if (isKnown(key)) continue;
    for (const name of counted.keys()) {
      const node = evidence.nodes.get(name);
      if (node?.opinions.delete(key)) evidence.held--;
      if (node?.uses.delete(key)) evidence.held--;
    }
    evidence.byWorker.delete(key);
  }
  evidence.isConfigured = isKnown;
  for (const node of evidence.nodes.values()) node.strangers = 0;
}

/** A node known only by name: from the members that another replica, or this one before its restart, has told. */
export function adoptNode(evidence: Evidence, name: string, zone: string | undefined, nowMs: number): void {
  if (evidence.nodes.has(name)) return;
  const node = addNode(evidence, name, '', nowMs);
  if (node === undefined) return;
  node.adopted = true;
  setZone(evidence, node, zone, nowMs);
}

/**
 * Takes over what the health log says that a node has seen, if nothing fresher is known of it: its own message may have been
 * lost, or was sent before this replica began to listen.
 */
export function adoptOpinion(
  evidence: Evidence,
  name: string,
  key: string,
  { saw, zone }: { readonly saw: string; readonly zone?: string },
  nowMs: number,
): void {
  const node = evidence.nodes.get(name);
  if (node === undefined || node.stopped || node.opinions.has(key) || node.uses.get(key)?.grownMs !== undefined) return;
  if (!takeRoom(evidence, node, key)) return;
  if (zone !== undefined && node.zone === undefined) setZone(evidence, node, zone, nowMs);
  const [kind, ...reason] = saw.split(' ');
  node.opinions.set(key, {
    kind: kind === 'check-failed' ? kind : 'failed',
    reason: reason.join(' '),
    timeMs: 0,
    atMs: nowMs,
    discarded: false,
  });
  countVoice(evidence, node, key, nowMs);
}

/** undefined when there are too many. */
export function addNode(evidence: Evidence, name: string, bootId: string, nowMs: number): NodeEvidence | undefined {
  if (evidence.nodes.size >= evidence.limits.nodes) {
    evidence.dropped++;
    return undefined;
  }
  const node: NodeEvidence = {
    name,
    bootId,
    earlierBoots: [],
    observationsSeq: 0,
    reportSeq: 0,
    heardMs: nowMs,
    intervalMs: 0,
    adopted: false,
    stopped: false,
    opinions: new Map(),
    uses: new Map(),
    strangers: 0,
  };
  evidence.nodes.set(name, node);
  evidence.membershipVersion++;
  return node;
}

/** Moves a node, and its opinions with it. */
export function setZone(evidence: Evidence, node: NodeEvidence, zone: string | undefined, nowMs: number): void {
  const wanted = zone === '' ? undefined : zone;
  if (node.zone === wanted) return;
  const keys = keysOf(node);
  for (const key of keys) dropFrom(evidence, node, key);
  if (wanted === undefined) delete node.zone;
  else node.zone = wanted;
  for (const key of keys) countVoice(evidence, node, key, nowMs);
  evidence.membershipVersion++;
}

/**
 * Whether there is room for one more opinion or use.
 *
 * @param share of all room: uses, of which every worker has one on every node, leave some for opinions, which verdicts come from
 */
export function takeRoom(evidence: Evidence, node: NodeEvidence, key: string, share = 1): boolean {
  const { held, strangers = STRANGERS } = evidence.limits;
  const isStranger = !evidence.isConfigured(key);
  const isFull = evidence.held >= held * share || (isStranger && node.strangers >= strangers * share);
  if (isFull || key.length > MAX_WORKER_KEY) {
    evidence.dropped++;
    return false;
  }
  if (isStranger) node.strangers++;
  evidence.held++;
  const voices = evidence.byWorker.get(key) ?? createVoices();
  if (!voices.counted.has(node.name)) voices.counted.set(node.name, 0);
  evidence.byWorker.set(key, voices);
  return true;
}

/** One opinion or use is forgotten. */
export function giveRoom(evidence: Evidence, node: NodeEvidence, key: string): void {
  evidence.held--;
  if (!evidence.isConfigured(key)) node.strangers--;
}

/** A node speaks of no worker any more. @returns those it spoke of */
export function forgetOpinions(evidence: Evidence, node: NodeEvidence): Iterable<string> {
  const keys = keysOf(node);
  for (const key of keys) dropFrom(evidence, node, key);
  evidence.held -= node.opinions.size + node.uses.size;
  node.opinions.clear();
  node.uses.clear();
  node.strangers = 0;
  for (const key of keys) if (evidence.byWorker.get(key)?.counted.size === 0) evidence.byWorker.delete(key);
  return keys;
}

/** A new boot counts from the beginning. */
export function forgetUses(evidence: Evidence, node: NodeEvidence, nowMs: number): void {
  const keys = [...node.uses.keys()];
  node.uses.clear();
  for (const key of keys) {
    giveRoom(evidence, node, key);
    countOrForget(evidence, node, key, nowMs);
  }
}

/** Counts what a node now says of a worker, be it nothing. */
export function countOrForget(evidence: Evidence, node: NodeEvidence, key: string, nowMs: number): void {
  if (node.opinions.has(key) || node.uses.has(key)) {
    countVoice(evidence, node, key, nowMs);
    return;
  }
  dropFrom(evidence, node, key);
  if (evidence.byWorker.get(key)?.counted.size === 0) evidence.byWorker.delete(key);
}

function dropFrom(evidence: Evidence, node: NodeEvidence, key: string): void {
  const voices = evidence.byWorker.get(key);
  if (voices !== undefined) dropVoice(voices, node);
}

function keysOf({ opinions, uses }: NodeEvidence): ReadonlySet<string> {
  return new Set([...opinions.keys(), ...uses.keys()]);
}
