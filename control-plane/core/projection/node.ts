import type { Ack, Observation, Observations, Report, Serving, WorkerReport } from '#shared/node-message.ts';
import { isSaneRow, MAX_BOOT_ID, MAX_NODE_ROWS, MAX_REASON, MAX_WORKER_KEY } from './node-limits.ts';
import { foldRival, isRival, type Rival } from './rival.ts';

/** What the control plane knows of one node. Times are epoch milliseconds of this control plane's clock. */
export type NodeState = {
  readonly name: string;
  readonly bootId: string;
  /** Absent until it serves a configuration. */
  readonly serving?: Serving;
  /** Its last answer to a configuration. */
  readonly lastAck?: Pick<Ack, 'epoch' | 'revision' | 'stateHash' | 'phase' | 'applyMs' | 'errors'>;
  readonly lastSeenMs: number;
  readonly lastReportMs?: number;
  /** It said good-bye. */
  readonly stopped: boolean;
  /** Of the newest report of this boot; 0 before the first. */
  readonly reportSeq: number;
  /** What its newest report said of the node itself. */
  readonly labels: Report['labels'];
  readonly version: string;
  /** How far its reports are apart; 0 before the first. */
  readonly intervalMs: number;
  /** Why it refused the newest configuration it knows of. */
  readonly errors: Report['errors'];
  /** Its newest word on each row of its scoreboard. */
  readonly rows: Rows;
  /** Rows of its reports there was no room for; absent: none. */
  readonly rowsDropped?: number;
  readonly observationSeq: number;
  /** The newest changes of opinion about workers, newest last. For display: who decides listens himself. */
  readonly observations: readonly Observation[];
  /** Boots before the current one, newest last: what they still send says nothing of the node now. */
  readonly earlierBoots: readonly string[];
  /** One of them, if it does not stop reporting. */
  readonly rival?: Rival;
};

/** By worker and incarnation. */
export type Rows = ReadonlyMap<string, WorkerReport>;

/** A node without a message for this long is not counted on any more. */
export const NODE_LEASE_MS = 35_000;
/** Silent for this long, it is suspected; or for three of its reports, if that is longer. */
export const SUSPECT_AFTER_MS = 15_000;
/** What a node says of its interval is believed up to here, or it could be taken for live for ever. */
const MAX_INTERVAL_MS = 300_000;

const OBSERVATIONS_KEPT = 32;
const BOOTS_KEPT = 64;

/** `silent`: its lease is over. */
export type Liveness = 'live' | 'suspect' | 'silent' | 'stopped';

/**
 * Judged by when messages came, never by what they say of time. Seen in the future by more than the lease means that the clock was set
 * back: then its next message tells.
 */
export function liveness(node: NodeState, nowMs: number): Liveness {
  if (node.stopped) return 'stopped';
  const silentMs = Math.abs(nowMs - node.lastSeenMs);
  const suspectMs = Math.max(SUSPECT_AFTER_MS, 3 * Math.min(node.intervalMs, MAX_INTERVAL_MS));
  if (silentMs >= Math.max(NODE_LEASE_MS, suspectMs)) return 'silent';
  return silentMs >= suspectMs ? 'suspect' : 'live';
}

/** Whether the node is there: within its lease and not stopped; a suspect is. */
export function isLive(node: NodeState, nowMs: number): boolean {
  const state = liveness(node, nowMs);
  return state === 'live' || state === 'suspect';
}

/** Folds an acknowledgement. */
export function foldAck(node: NodeState | undefined, ack: Ack, nowMs: number): NodeState {
  const current = ofBoot(node, ack.node, ack.bootId, nowMs);
  if (current.bootId !== ack.bootId) return current;
  const { epoch, revision, stateHash, phase, applyMs, errors } = ack;
  const { lastAck } = current;
  // Acks can overtake each other: an older revision, or "received" after the verdict on it, is no news.
  const order = lastAck === undefined ? 1 : comparePositions(ack, lastAck);
  if (order < 0 || (order === 0 && phase === 'received')) return { ...current, lastSeenMs: nowMs };
  const serves = phase === 'serving' && !isBehind(ack, current.serving);
  return {
    ...current,
    lastSeenMs: nowMs,
    lastAck: { epoch, revision, stateHash, phase, applyMs, errors },
    ...(serves ? { serving: { epoch, revision, stateHash } } : {}),
  };
}

/**
 * Folds a report's states if it is the newest of the current boot: a complete one replaces all rows, another one those it holds. Its
 * counters are `addReport`'s matter.
 */
export function foldReport(node: NodeState | undefined, report: Report, nowMs: number): NodeState {
  // The last word of a boot nobody here has heard of comes from the disk of the boot after it.
  if (report.final && node !== undefined && !knowsBoot(node, report.bootId)) {
    if (report.bootId.length > MAX_BOOT_ID) return node;
    return { ...node, earlierBoots: [...node.earlierBoots, report.bootId].slice(-BOOTS_KEPT) };
  }
  const before = current(ofBoot(node, report.node, report.bootId, nowMs), report, nowMs);
  if (before.bootId !== report.bootId || report.seq <= before.reportSeq) return before;
  const { seq, labels, version, intervalMs, errors, serving, final } = report;
  return {
    ...before,
    lastSeenMs: nowMs,
    lastReportMs: nowMs,
    reportSeq: seq,
    stopped: final,
    labels,
    version,
    intervalMs,
    errors,
    ...rowsAfter(before, report),
    // An acknowledgement may have overtaken the report; a node never goes back while it runs.
    ...(serving === undefined || isBehind(serving, before.serving) ? {} : { serving }),
  };
}

/** Folds opinions: those that changed are kept for who asks why a worker is out; complete batches only repeat them. */
export function foldObservations(node: NodeState | undefined, message: Observations, nowMs: number): NodeState {
  const before = ofBoot(node, message.node, message.bootId, nowMs);
  if (before.bootId !== message.bootId || message.seq <= before.observationSeq) return before;
  const changed = message.complete ? [] : message.observations.slice(-OBSERVATIONS_KEPT).filter(isSane).map(inShort);
  return {
    ...before,
    lastSeenMs: nowMs,
    observationSeq: message.seq,
    observations: [...before.observations, ...changed].slice(-OBSERVATIONS_KEPT),
  };
}

/** Requests in progress, also those on workers that are no longer configured. */
export function inFlight({ rows }: NodeState): number {
  return rows.values().reduce((sum, { busy }) => sum + busy, 0);
}

/** Positive when `a` is newer: a higher epoch, or a higher revision of the same. */
export function comparePositions(a: Pick<Serving, 'epoch' | 'revision'>, b: Pick<Serving, 'epoch' | 'revision'>) {
  return a.epoch - b.epoch || a.revision - b.revision;
}

function isBehind(a: Pick<Serving, 'epoch' | 'revision'>, served: Serving | undefined): boolean {
  return served !== undefined && comparePositions(a, served) < 0;
}

function isSane({ balancer, worker }: Observation): boolean {
  return balancer.length + worker.length <= MAX_WORKER_KEY;
}

function inShort(observation: Observation): Observation {
  return { ...observation, reason: observation.reason.slice(0, MAX_REASON).toWellFormed() };
}

function rowsAfter(before: NodeState, { complete, workers }: Report): Pick<NodeState, 'rows' | 'rowsDropped'> {
  if (workers.length === 0 && !complete) return { rows: before.rows };
  const rows = new Map(complete ? [] : before.rows);
  let dropped = 0;
  for (const row of workers) {
    const key = `${row.incarnation} ${row.balancer} ${row.url}`;
    // A row that was retired and has nothing in progress will not be heard of again.
    if (row.retired && row.busy === 0) rows.delete(key);
    else if (isSaneRow(row) && (rows.size < MAX_NODE_ROWS || rows.has(key))) rows.set(key, row);
    else dropped++;
  }
  return { rows, ...(dropped === 0 ? {} : { rowsDropped: (before.rowsDropped ?? 0) + dropped }) };
}

/** The node as its newest run; as an earlier one that goes on, once the newest is gone. */
function current(node: NodeState, report: Report, nowMs: number): NodeState {
  if (node.bootId === report.bootId) return node;
  const { rival: before, ...rest } = node;
  const rival = foldRival(before, report, nowMs);
  if (rival?.bootId !== report.bootId || !isRival(rival, nowMs) || isLive(node, nowMs)) {
    return rival === undefined ? rest : { ...rest, rival };
  }
  const earlierBoots = rest.earlierBoots.filter((boot) => boot !== report.bootId);
  return ofBoot({ ...rest, earlierBoots }, node.name, report.bootId, nowMs);
}

function knowsBoot({ bootId, earlierBoots }: NodeState, asked: string): boolean {
  return bootId === asked || earlierBoots.includes(asked);
}

/** The node as of a message's boot: unknown boots are new ones and begin afresh. What is too long for a boot's id begins nothing. */
function ofBoot(node: NodeState | undefined, name: string, bootId: string, nowMs: number): NodeState {
  if (node !== undefined && (knowsBoot(node, bootId) || bootId.length > MAX_BOOT_ID)) return node;
  return {
    name,
    bootId: bootId.slice(0, MAX_BOOT_ID),
    lastSeenMs: nowMs,
    stopped: false,
    reportSeq: 0,
    labels: node?.labels ?? {},
    version: node?.version ?? '',
    intervalMs: node?.intervalMs ?? 0,
    errors: [],
    rows: new Map(),
    observationSeq: 0,
    observations: node?.observations ?? [],
    earlierBoots: node === undefined ? [] : [...node.earlierBoots, node.bootId].slice(-BOOTS_KEPT),
  };
}
