import type { NodeError } from '#shared/node-message.ts';
import type { NodeState } from './projection/node.ts';

/** How far the nodes are with a revision. */
export type Convergence = {
  readonly kind: 'converged' | 'rejected' | 'waiting';
  readonly revision: number;
  /** Names of the nodes that serve it. */
  readonly serving: readonly string[];
  /** Nodes that refused it, with their reasons. */
  readonly rejected: readonly { readonly node: string; readonly errors: readonly NodeError[] }[];
  /** Nodes that have not answered yet. */
  readonly waitingFor: readonly string[];
  /** The node that took longest to serve it, of those that do. */
  readonly slowest?: { readonly node: string; readonly applyMs: number };
};

/**
 * Whether the fleet serves a revision, or a later one.
 *
 * @param nodes those to be counted on: live, or live when the wait began
 */
export function convergence(nodes: readonly NodeState[], revision: number): Convergence {
  const refused = ({ lastAck }: NodeState) => lastAck?.phase === 'rejected' && lastAck.revision >= revision;
  // A node that serves a later revision and refuses this one is on a history that the store no longer has.
  const forked = ({ lastAck }: NodeState) => lastAck?.phase === 'rejected' && lastAck.revision === revision;
  const serves = (node: NodeState) => (node.serving?.revision ?? 0) >= revision && !forked(node);
  const serving = nodes.filter(serves);
  const rejected = nodes.filter((node) => !serves(node) && refused(node));
  const waiting = nodes.filter((node) => !serves(node) && !refused(node));
  const slowest = serving
    .flatMap(({ name, lastAck }) => (lastAck?.revision === revision ? [{ node: name, applyMs: lastAck.applyMs }] : []))
    .toSorted((a, b) => b.applyMs - a.applyMs)[0];
  return {
    kind: rejected.length > 0 ? 'rejected' : waiting.length > 0 ? 'waiting' : 'converged',
    revision,
    serving: serving.map(({ name }) => name),
    rejected: rejected.map(({ name, lastAck }) => ({ node: name, errors: lastAck?.errors ?? [] })),
    waitingFor: waiting.map(({ name }) => name),
    ...(slowest === undefined ? {} : { slowest }),
  };
}
