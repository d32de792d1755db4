import type { Ack, NodeError } from '#shared/node-message.ts';
import { type CounterTotals, type NodeCounters, ZERO_TOTALS } from '../projection/counters.ts';
import type { FleetTotals } from '../projection/fleet-counters.ts';
import { inFlight, isLive, type Liveness, liveness, type NodeState } from '../projection/node.ts';
import { isRival } from '../projection/rival.ts';

/** One node as the API and `penstock nodes` show it. */
export type NodeView = {
  readonly name: string;
  /** Absent of a node that is only known by what it has counted. */
  readonly bootId?: string;
  /** `suspect`: it is late; `silent`: nothing is heard of it any more. */
  readonly state: Liveness;
  /** Reported within its lease and did not stop. */
  readonly live: boolean;
  readonly stopped: boolean;
  /** Product version; '' if it did not say. */
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent until it serves a configuration, like the next three. */
  readonly servingRevision?: number;
  readonly servingEpoch?: number;
  readonly stateHash?: string;
  /** Revisions that the fleet is ahead of it. */
  readonly behind?: number;
  /** It serves the fleet's current revision. */
  readonly current: boolean;
  /** Its last answer to a configuration. */
  readonly lastAck?: Pick<Ack, 'epoch' | 'revision' | 'phase' | 'applyMs' | 'errors'>;
  /** Why it refused the newest configuration it knows of, or could not keep it on disk. */
  readonly errors: readonly NodeError[];
  /** Another run of it, `bootId`, that reports as well: two processes go by its name. */
  readonly rival?: string;
  /** Absent before the first report; of a node known by its counts only, since they last grew. */
  readonly lastReportAgeMs?: number;
  readonly reportIntervalMs: number;
  /** Requests in progress. */
  readonly busy: number;
  /** Over all its workers and restarts. */
  readonly totals: CounterTotals;
  /** Failures of workers it saw lately, newest last. */
  readonly failures: readonly {
    readonly balancer: string;
    readonly worker: string;
    readonly reason: string;
    readonly time: string;
  }[];
};

/** By name: those heard of since this control plane runs, and those that counted before. */
export function nodesView(
  nodes: readonly NodeState[],
  sums: FleetTotals,
  current: { readonly revision: number; readonly epoch: number },
  nowMs: number,
): readonly NodeView[] {
  const heard = new Set(nodes.map(({ name }) => name));
  const totalsOf = (name: string) => sums.byNode().get(name) ?? ZERO_TOTALS;
  return [
    ...nodes.map((node) => heardView(node, totalsOf(node.name), current, nowMs)),
    ...[...sums.nodes()]
      .filter(([name]) => !heard.has(name))
      .map(([name, counters]) => countedView(name, counters, totalsOf(name), nowMs)),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function heardView(
  node: NodeState,
  totals: CounterTotals,
  current: { readonly revision: number; readonly epoch: number },
  nowMs: number,
): NodeView {
  const { name, bootId, stopped, version, labels, serving, lastAck, lastReportMs, errors, observations } = node;
  const isCurrent = serving?.revision === current.revision && serving.epoch === current.epoch;
  return {
    name,
    bootId,
    state: liveness(node, nowMs),
    live: isLive(node, nowMs),
    stopped,
    version,
    labels,
    ...(serving === undefined
      ? {}
      : {
          servingRevision: serving.revision,
          servingEpoch: serving.epoch,
          stateHash: serving.stateHash,
          behind: Math.max(0, current.revision - serving.revision),
        }),
    current: isCurrent,
    ...(lastAck === undefined ? {} : { lastAck: ackView(lastAck) }),
    // Once it serves the newest, an old refusal is no news; that it could not keep it on disk is.
    errors: isCurrent ? errors.filter(({ code }) => code === 'storage') : errors,
    ...(isRival(node.rival, nowMs) ? { rival: node.rival.bootId } : {}),
    ...(lastReportMs === undefined ? {} : { lastReportAgeMs: Math.max(0, nowMs - lastReportMs) }),
    reportIntervalMs: node.intervalMs,
    busy: inFlight(node),
    totals,
    failures: observations
      .filter(({ kind }) => kind === 'failed' || kind === 'check-failed')
      .map(({ balancer, worker, reason, timeMs }) => ({
        balancer,
        worker,
        reason,
        time: new Date(timeMs).toISOString(),
      })),
  };
}

/** A node of which only its counters are left: its restarts, or ours, were before. */
function countedView(name: string, { boots }: NodeCounters, totals: CounterTotals, nowMs: number): NodeView {
  const last = [...boots].toSorted(([, a], [, b]) => b.changedMs - a.changedMs)[0];
  const stopped = last?.[1].final ?? true;
  return {
    name,
    ...(last === undefined ? {} : { bootId: last[0], lastReportAgeMs: Math.max(0, nowMs - last[1].changedMs) }),
    state: stopped ? 'stopped' : 'silent',
    live: false,
    stopped,
    version: '',
    labels: {},
    current: false,
    errors: [],
    reportIntervalMs: 0,
    busy: 0,
    totals,
    failures: [],
  };
}

function ackView({ epoch, revision, phase, applyMs, errors }: NonNullable<NodeState['lastAck']>) {
  return { epoch, revision, phase, applyMs, errors };
}
