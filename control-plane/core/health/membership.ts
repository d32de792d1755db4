import type { Member } from '#shared/health/health-frame.ts';
import { type Evidence, type NodeEvidence, removeNode } from './evidence.ts';
import type { LiveNodes } from './policy.ts';

/** A node that has said nothing for this long is a member no more. By the receiver's monotonic clock. */
export const NODE_LEASE_MS = 35_000;
/** A silence that makes one wonder. */
export const SUSPECT_MS = 15_000;
/** How close together nodes must fall silent to be one event. */
export const SUSPECT_WINDOW_MS = 60_000;
/** How long nothing more may happen before the nodes that are left are taken for the fleet. */
export const STABLE_MS = 300_000;
/** So many of the fleet's nodes may fall silent together without it looking like our own trouble. */
const SUSPECT_SHARE = 0.15;
const FEWEST_SUSPECTS = 2;
/** A node that stopped is remembered this long, so that its old messages are known to be old. */
const STOPPED_KEPT_MS = 2 * NODE_LEASE_MS;

/** How the fleet's nodes are, as this replica hears them. */
export type Hearing = {
  /** Nodes that have not stopped. */
  readonly nodes: number;
  /** Those of them that are silent for too long. */
  readonly suspects: number;
  /** Those that fell silent within the window. */
  readonly newSuspects: number;
  /** When the last one fell silent; -Infinity if none did. */
  readonly lastSuspectMs: number;
};

/** Finds who has fallen silent, and who is back. */
export function listen(evidence: Evidence, nowMs: number): Hearing {
  let [nodes, suspects, newSuspects] = [0, 0, 0];
  let lastSuspectMs = Number.NEGATIVE_INFINITY;
  for (const node of evidence.nodes.values()) {
    if (node.stopped) continue;
    nodes++;
    const limitMs = Math.max(SUSPECT_MS, Math.min(1.5 * node.intervalMs, NODE_LEASE_MS));
    if (nowMs - node.heardMs < limitMs) {
      delete node.suspectMs;
      continue;
    }
    node.suspectMs ??= nowMs;
    suspects++;
    if (nowMs - node.suspectMs < SUSPECT_WINDOW_MS) newSuspects++;
    lastSuspectMs = Math.max(lastSuspectMs, node.suspectMs);
  }
  return { nodes, suspects, newSuspects, lastSuspectMs };
}

/** So many nodes are silent that the trouble is more likely in the middle than at each of them. */
export function isTooQuiet(silent: number, nodes: number): boolean {
  return silent >= FEWEST_SUSPECTS && silent > nodes * SUSPECT_SHARE;
}

/** Not one node is heard: this replica is cut off, and knows nothing of the fleet. Only for as long as that is news. */
export function isDeaf({ nodes, suspects, lastSuspectMs }: Hearing, nowMs: number): boolean {
  return nodes >= FEWEST_SUSPECTS && suspects === nodes && nowMs - lastSuspectMs < STABLE_MS;
}

/**
 * Removes nodes whose lease is over, and forgets those that stopped long ago.
 *
 * @returns keys of the workers they spoke of
 */
export function expireNodes(evidence: Evidence, nowMs: number): readonly string[] {
  const keys: string[] = [];
  for (const node of [...evidence.nodes.values()]) {
    const silentMs = nowMs - node.heardMs;
    if (silentMs >= (node.stopped ? STOPPED_KEPT_MS : NODE_LEASE_MS)) keys.push(...removeNode(evidence, node));
  }
  return keys;
}

/** This replica did not run, or heard nobody, for a while that no node is to blame for. */
export function forgiveSilence(evidence: Evidence, nowMs: number, silentMs: number): void {
  for (const node of evidence.nodes.values()) {
    node.heardMs = Math.min(nowMs, node.heardMs + silentMs);
    delete node.suspectMs;
  }
}

/** Nodes that can say something. */
export function liveNodes({ nodes }: Evidence): LiveNodes {
  const byZone = new Map<string, number>();
  let total = 0;
  for (const { stopped, zone = '' } of nodes.values()) {
    if (stopped) continue;
    total++;
    byZone.set(zone, (byZone.get(zone) ?? 0) + 1);
  }
  return { total, byZone };
}

/**
 * Whether what this replica knows of a running fleet is as good as what others know: every node it was told of has said all it
 * holds, or a lease has passed in which it could.
 *
 * @param startedMs when it began to listen
 */
export function isWarm({ nodes }: Evidence, startedMs: number, nowMs: number): boolean {
  if (nowMs - startedMs >= NODE_LEASE_MS) return true;
  return ![...nodes.values()].some(({ adopted, stopped }) => adopted && !stopped);
}

/** Live nodes as other nodes shall know them. */
export function memberList({ nodes }: Evidence): Member[] {
  return [...nodes.values()].filter(({ stopped }) => !stopped).map(memberOf);
}

function memberOf({ name, zone }: NodeEvidence): Member {
  return { node: name, ...(zone === undefined ? {} : { zone }) };
}
