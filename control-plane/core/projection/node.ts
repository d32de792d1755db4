import type { Ack, AckPhase, NodeError, Observation, Report, WorkerReport } from '#shared/node-message.ts';
import { addReport, type BootCounters, type CounterTotals, NO_COUNTERS, type NodeCounters } from './counters.ts';

export type { BootCounters, CounterTotals };

/** What the control plane knows of one node. Times are epoch milliseconds of this control plane's clock. */
export type NodeState = {
  readonly name: string;
  readonly bootId: string;
  /** Revision and content hash it serves; absent until it serves one. */
  readonly serving?: { readonly revision: number; readonly contentHash: string };
  /** Its last answer to a snapshot. */
  readonly lastAck?: {
    readonly revision: number;
    readonly contentHash: string;
    readonly phase: AckPhase;
    readonly applyMs: number;
    readonly errors: readonly NodeError[];
  };
  readonly lastSeenMs: number;
  readonly lastReportMs?: number;
  /** It said good-bye. */
  readonly stopped: boolean;
  /** Rows of its last report. */
  readonly workers: readonly WorkerReport[];
  readonly counters: NodeCounters;
  /** The newest failures it saw, newest last. */
  readonly observations: readonly Observation[];
  /** Boots before the current one, newest last: what they still send counts, but says nothing of the node now. */
  readonly earlierBoots: readonly string[];
};

/** A node without a message for this long is not counted on any more. */
export const NODE_LEASE_MS = 35_000;

const OBSERVATIONS_KEPT = 32;
const BOOTS_KEPT = 64;

/**
 * Whether the node is there: it reported within its lease and did not stop. Seen in the future by more than that means that the clock
 * was set back: then its next message tells.
 */
export function isLive(node: NodeState, nowMs: number): boolean {
  return !node.stopped && Math.abs(nowMs - node.lastSeenMs) < NODE_LEASE_MS;
}

/** Folds an acknowledgement. */
export function foldAck(node: NodeState | undefined, ack: Ack, nowMs: number): NodeState {
  const current = ofBoot(node, ack.node, ack.bootId, nowMs);
  if (current.bootId !== ack.bootId) return current;
  const { revision, contentHash, phase, applyMs, errors } = ack;
  const { lastAck } = current;
  // Acks can overtake each other: an older revision, or "received" after the verdict on it, is no news.
  const isOld =
    lastAck !== undefined && (revision < lastAck.revision || (revision === lastAck.revision && phase === 'received'));
  if (isOld) return { ...current, lastSeenMs: nowMs };
  const serves = phase === 'serving' && revision >= (current.serving?.revision ?? 0);
  return {
    ...current,
    lastSeenMs: nowMs,
    lastAck: { revision, contentHash, phase, applyMs, errors },
    ...(serves ? { serving: { revision, contentHash } } : {}),
  };
}

/** Folds a report: its counters always, its states if it is the newest of the current boot. */
export function foldReport(node: NodeState | undefined, report: Report, nowMs: number): NodeState {
  const before = ofBoot(node, report.node, report.bootId, nowMs);
  const lastSeq = before.counters.boots.get(report.bootId)?.seq ?? 0;
  // An acknowledgement may have overtaken the report; a node never goes back while it runs.
  const isBehind = (report.serving?.revision ?? 0) < (before.serving?.revision ?? 0);
  const counted = { ...before, counters: addReport(before.counters, report) };
  if (before.bootId !== report.bootId || report.seq <= lastSeq) return counted;
  return {
    ...counted,
    lastSeenMs: nowMs,
    lastReportMs: nowMs,
    workers: report.workers,
    stopped: report.final,
    ...(report.serving === undefined || isBehind ? {} : { serving: report.serving }),
  };
}

/** Folds an observation: kept for those who ask why a worker is out. */
export function foldObservation(node: NodeState | undefined, observation: Observation, nowMs: number): NodeState {
  const current = ofBoot(node, observation.node, observation.bootId, nowMs);
  if (current.bootId !== observation.bootId) return current;
  const observations = [...current.observations, observation].slice(-OBSERVATIONS_KEPT);
  return { ...current, lastSeenMs: nowMs, observations };
}

/** The node as of a message's boot: unknown boots are new ones and begin afresh, but keep the counters. */
function ofBoot(node: NodeState | undefined, name: string, bootId: string, nowMs: number): NodeState {
  if (node !== undefined && (node.bootId === bootId || node.earlierBoots.includes(bootId))) return node;
  return {
    name,
    bootId,
    lastSeenMs: nowMs,
    stopped: false,
    workers: [],
    counters: node?.counters ?? NO_COUNTERS,
    observations: node?.observations ?? [],
    earlierBoots: node === undefined ? [] : [...node.earlierBoots, node.bootId].slice(-BOOTS_KEPT),
  };
}
