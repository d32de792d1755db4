import { isPlainOwner } from '#shared/definition/plain-owner.ts';
import { workerKey } from '#shared/health/verdict.ts';
import type { Observation, Observations, Report } from '#shared/node-message.ts';
import { MAX_BOOT_ID, MAX_REASON } from '../projection/node-limits.ts';
import {
  addNode,
  countOrForget,
  type Evidence,
  forgetOpinions,
  forgetUses,
  giveRoom,
  type NodeEvidence,
  setZone,
  takeRoom,
} from './evidence.ts';
import { countVoice } from './opinions.ts';

const BOOTS_KEPT = 64;
/** Longest zone's name: they go out to all nodes, as members and with verdicts. */
const MAX_ZONE = 255;
/** Of all room for evidence. */
const USES_SHARE = 0.5;

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
  // What it no longer says makes room for what it says.
  if (message.complete) {
    node.adopted = false;
    const said = new Set(message.observations.map(workerKey));
    for (const key of [...node.opinions.keys()].filter((held) => !said.has(held))) {
      node.opinions.delete(key);
      giveRoom(evidence, node, key);
      countOrForget(evidence, node, key, nowMs);
      changed.add(key);
    }
  }
  for (const observation of message.observations) {
    if (setOpinion(evidence, node, observation, nowMs)) changed.add(workerKey(observation));
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
  setZone(evidence, node, report.labels.zone?.slice(0, MAX_ZONE).toWellFormed(), nowMs);
  if (report.final) {
    node.stopped = true;
    evidence.membershipVersion++;
    return forgetOpinions(evidence, node);
  }
  const changed: string[] = [];
  for (const { balancer, url, incarnation, responses, retired } of report.workers) {
    // Of plain workers nothing is ever decided.
    if (retired || isPlainOwner(balancer)) continue;
    const key = workerKey({ balancer, worker: url });
    const before = node.uses.get(key);
    if (before === undefined && !takeRoom(evidence, node, key, USES_SHARE)) continue;
    const grown = before?.incarnation === incarnation && responses > before.responses;
    const grownMs = grown ? nowMs : before?.grownMs;
    node.uses.set(key, { incarnation, responses, ...(grownMs === undefined ? {} : { grownMs }) });
    if (!grown) continue;
    countVoice(evidence, node, key, nowMs);
    changed.push(key);
  }
  return changed;
}

/** Whoever sent a message, as of its boot; undefined if the message is of an earlier boot, of none, or of a node too many. */
function speaker(
  evidence: Evidence,
  { node: name, bootId }: { readonly node: string; readonly bootId: string },
  nowMs: number,
): NodeEvidence | undefined {
  if (bootId.length > MAX_BOOT_ID) {
    evidence.dropped++;
    return undefined;
  }
  const node = evidence.nodes.get(name);
  if (node === undefined) return addNode(evidence, name, bootId, nowMs);
  if (node.bootId !== bootId) {
    if (node.earlierBoots.includes(bootId)) return undefined;
    // Opinions stay until the new boot's complete set comes: workers do not recover because a node restarts.
    if (node.bootId !== '') node.earlierBoots = [...node.earlierBoots, node.bootId].slice(-BOOTS_KEPT);
    if (node.stopped) evidence.membershipVersion++;
    Object.assign(node, { bootId, observationsSeq: 0, reportSeq: 0, stopped: false });
    forgetUses(evidence, node, nowMs);
  }
  return node.stopped ? undefined : node;
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
  countVoice(evidence, node, key, nowMs);
  return true;
}
