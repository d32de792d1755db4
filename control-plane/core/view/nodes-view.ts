import type { AckPhase, NodeError } from '#shared/node-message.ts';
import { isLive, type NodeState } from '../projection/node.ts';

/** One node as the API and `penstock nodes` show it. */
export type NodeView = {
  readonly name: string;
  readonly bootId: string;
  /** Reported within its lease and did not stop. */
  readonly live: boolean;
  readonly stopped: boolean;
  /** Absent until it serves a configuration. */
  readonly servingRevision?: number;
  readonly stateHash?: string;
  /** It serves the fleet's current revision. */
  readonly current: boolean;
  /** Its last answer to a configuration. */
  readonly lastAck?: {
    readonly revision: number;
    readonly phase: AckPhase;
    readonly applyMs: number;
    readonly errors: readonly NodeError[];
  };
  /** Absent before the first report. */
  readonly lastReportAgeMs?: number;
  /** Failures of workers it saw lately, newest last. */
  readonly failures: readonly {
    readonly balancer: string;
    readonly worker: string;
    readonly reason: string;
    readonly time: string;
  }[];
};

export function nodesView(nodes: readonly NodeState[], currentRevision: number, nowMs: number): readonly NodeView[] {
  return nodes.map((node) => {
    const { name, bootId, stopped, serving, lastAck, lastReportMs, observations } = node;
    return {
      name,
      bootId,
      live: isLive(node, nowMs),
      stopped,
      ...(serving === undefined ? {} : { servingRevision: serving.revision, stateHash: serving.stateHash }),
      current: serving?.revision === currentRevision,
      ...(lastAck === undefined ? {} : { lastAck: ackView(lastAck) }),
      ...(lastReportMs === undefined ? {} : { lastReportAgeMs: Math.max(0, nowMs - lastReportMs) }),
      failures: observations
        .filter(({ kind }) => kind === 'failed')
        .map(({ balancer, worker, reason, timeMs }) => ({
          balancer,
          worker,
          reason,
          time: new Date(timeMs).toISOString(),
        })),
    };
  });
}

function ackView({ revision, phase, applyMs, errors }: NonNullable<NodeState['lastAck']>) {
  return { revision, phase, applyMs, errors };
}
