import { workerKey } from '#shared/health/verdict.ts';
import type { Observation, ObservationKind, Observations, Report } from '#shared/node-message.ts';

/**
 * What nodes have said of workers, and when this replica heard it. In memory only: nodes say it again. It belongs to one
 * health core and is changed in place, since there may be millions of opinions. Times are milliseconds of the replica's
 * monotonic clock; clocks of nodes decide nothing.
 */
export type Evidence = {
  readonly nodes: Map<string, NodeEvidence>;
  /** Nodes that hold an opinion of a worker, or use it, by `workerKey`. */
  readonly byWorker: Map<string, Set<string>>;
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
};

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

const BOOTS_KEPT = 64;

export function createEvidence(limits: EvidenceLimits): Evidence {
  return { nodes: new Map(), byWorker: new Map(), limits, held: 0, dropped: 0, membershipVersion: 0 };
}

/**
 * Takes a node's opinions. Messages of an earlier boot, and of a sequence number that is not newer, change nothing.
 *
 * @returns keys of the workers of which something has changed
 */
export function receiveObservations(evidence: Evidence, message: Observations, nowMs: number): Iterable<string> {
  const node = speaker(evidence, message, nowMs);
  if (node === undefined || message.seq <= node.observationsSeq) return [];
  node.observationsSeq = message.seq;
  node.heardMs = nowMs;
  const changed = new Set<string>();
  for (const observation of message.observations) {
    if (setOpinion(evidence, node, observation, nowMs)) changed.add(workerKey(observation));
  }
  if (message.complete) {
    node.adopted = false;
    const said = new Set(message.observations.map(workerKey));
    for (const key of [...node.opinions.keys()].filter((held) => !said.has(held))) {
      node.opinions.delete(key);
      evidence.held--;
      forgetIfUnused(evidence, node, key);
      changed.add(key);
    }
  }
  return changed;
}

/**
 * Takes what a report says of a node's life, of its zone and of the workers that answer its requests.
 *
 * @returns keys of workers that are newly known to answer; all that the node spoke of when it has stopped
 */
export function receiveReport(evidence: Evidence, report: Report, nowMs: number): Iterable<string> {
  const node = speaker(evidence, report, nowMs);
  if (node === undefined || report.seq <= node.reportSeq) return [];
  node.reportSeq = report.seq;
  node.heardMs = nowMs;
  node.intervalMs = report.intervalMs;
  setZone(evidence, node, report.labels.zone);
  if (report.final) {
    node.stopped = true;
    evidence.membershipVersion++;
    return forgetOpinions(evidence, node);
  }
  const changed: string[] = [];
  for (const { balancer, url, incarnation, responses, retired } of report.workers) {
    if (retired) continue;
    const key = workerKey({ balancer, worker: url });
    const before = node.uses.get(key);
    if (before === undefined && !takeRoom(evidence, node, key)) continue;
    const grown = before?.incarnation === incarnation && responses > before.responses;
    const grownMs = grown ? nowMs : before?.grownMs;
    node.uses.set(key, { incarnation, responses, ...(grownMs === undefined ? {} : { grownMs }) });
    if (grown) changed.push(key);
  }
  return changed;
}

/** Discards what was said of a worker so far: the same said again counts no more, only something new does. */
export function discardOpinions(evidence: Evidence, key: string): void {
  for (const name of evidence.byWorker.get(key) ?? []) {
    const opinions = evidence.nodes.get(name)?.opinions;
    const opinion = opinions?.get(key);
    if (opinion !== undefined) opinions?.set(key, { ...opinion, discarded: true });
  }
}

/** Forgets a node. @returns keys of the workers it spoke of */
export function removeNode(evidence: Evidence, node: NodeEvidence): Iterable<string> {
  evidence.nodes.delete(node.name);
  evidence.membershipVersion++;
  return forgetOpinions(evidence, node);
}

/** Forgets what was said of workers that a configuration does not have. */
export function retainWorkers(evidence: Evidence, isKnown: (key: string) => boolean): void {
  for (const [key, names] of [...evidence.byWorker]) {
    if (isKnown(key)) continue;
    for (const name of names) {
      const node = evidence.nodes.get(name);
      if (node?.opinions.delete(key)) evidence.held--;
      if (node?.uses.delete(key)) evidence.held--;
    }
    evidence.byWorker.delete(key);
  }
}

/** A node known only by name: from the members that another replica, or this one before its restart, has told. */
export function adoptNode(evidence: Evidence, name: string, zone: string | undefined, nowMs: number): void {
  if (evidence.nodes.has(name)) return;
  const node = addNode(evidence, name, '', nowMs);
  if (node === undefined) return;
  node.adopted = true;
  setZone(evidence, node, zone);
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
  if (zone !== undefined && node.zone === undefined) setZone(evidence, node, zone);
  const [kind, ...reason] = saw.split(' ');
  node.opinions.set(key, {
    kind: kind === 'check-failed' ? kind : 'failed',
    reason: reason.join(' '),
    timeMs: 0,
    atMs: nowMs,
    discarded: false,
  });
}

/** Whoever sent a message, as of its boot; undefined if the message is of an earlier boot, or of a node too many. */
function speaker(
  evidence: Evidence,
  { node: name, bootId }: { readonly node: string; readonly bootId: string },
  nowMs: number,
): NodeEvidence | undefined {
  const node = evidence.nodes.get(name);
  if (node === undefined) return addNode(evidence, name, bootId, nowMs);
  if (node.bootId !== bootId) {
    if (node.earlierBoots.includes(bootId)) return undefined;
    // Opinions stay until the new boot's complete set comes: workers do not recover because a node restarts.
    if (node.bootId !== '') node.earlierBoots = [...node.earlierBoots, node.bootId].slice(-BOOTS_KEPT);
    if (node.stopped) evidence.membershipVersion++;
    Object.assign(node, { bootId, observationsSeq: 0, reportSeq: 0, stopped: false });
    forgetUses(evidence, node);
  }
  return node.stopped ? undefined : node;
}

function addNode(evidence: Evidence, name: string, bootId: string, nowMs: number): NodeEvidence | undefined {
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
  };
  evidence.nodes.set(name, node);
  evidence.membershipVersion++;
  return node;
}

function setZone(evidence: Evidence, node: NodeEvidence, zone: string | undefined): void {
  const wanted = zone === '' ? undefined : zone;
  if (node.zone === wanted) return;
  if (wanted === undefined) delete node.zone;
  else node.zone = wanted;
  evidence.membershipVersion++;
}

/** @returns whether there was room for it; the same again counts as news too, since it may have gone stale */
function setOpinion(evidence: Evidence, node: NodeEvidence, observation: Observation, nowMs: number): boolean {
  const key = workerKey(observation);
  const before = node.opinions.get(key);
  if (before === undefined && !takeRoom(evidence, node, key)) return false;
  const { kind, timeMs } = observation;
  const isSame = before !== undefined && before.kind === kind && before.timeMs === timeMs;
  const reason = observation.reason.slice(0, MAX_REASON).toWellFormed();
  node.opinions.set(key, { kind, reason, timeMs, atMs: nowMs, discarded: isSame && before.discarded });
  return true;
}

/** Longest reason kept of what a node says. */
const MAX_REASON = 200;

function takeRoom(evidence: Evidence, node: NodeEvidence, key: string): boolean {
  if (evidence.held >= evidence.limits.held) {
    evidence.dropped++;
    return false;
  }
  evidence.held++;
  const names = evidence.byWorker.get(key);
  if (names === undefined) evidence.byWorker.set(key, new Set([node.name]));
  else names.add(node.name);
  return true;
}

function forgetOpinions(evidence: Evidence, node: NodeEvidence): Iterable<string> {
  const keys = new Set([...node.opinions.keys(), ...node.uses.keys()]);
  evidence.held -= node.opinions.size + node.uses.size;
  node.opinions.clear();
  node.uses.clear();
  for (const key of keys) forgetIfUnused(evidence, node, key);
  return keys;
}

/** A new boot counts from the beginning. */
function forgetUses(evidence: Evidence, node: NodeEvidence): void {
  const keys = [...node.uses.keys()];
  evidence.held -= keys.length;
  node.uses.clear();
  for (const key of keys) forgetIfUnused(evidence, node, key);
}

function forgetIfUnused(evidence: Evidence, node: NodeEvidence, key: string): void {
  if (node.opinions.has(key) || node.uses.has(key)) return;
  const names = evidence.byWorker.get(key);
  names?.delete(node.name);
  if (names?.size === 0) evidence.byWorker.delete(key);
}
