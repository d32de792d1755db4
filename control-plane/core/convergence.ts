import type { NodeError, Serving } from '#shared/node-message.ts';
import { comparePositions, type NodeState } from './projection/node.ts';

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

/** A revision of the history that an epoch began. */
export type Target = Pick<Serving, 'epoch' | 'revision'>;

/**
 * Whether the fleet serves a revision, or a later one; of an earlier epoch, none is.
 *
 * @param nodes those to be counted on: live, or live when the wait began
 */
export function convergence(nodes: readonly NodeState[], target: Target): Convergence {
  const { revision } = target;
  const reached = (position: Target | undefined) => position !== undefined && comparePositions(position, target) >= 0;
  const refused = ({ lastAck }: NodeState) => lastAck?.phase === 'rejected' && reached(lastAck);
  // A node that serves a later revision and refuses this one is on a history that the store no longer has.
  const answers = ({ lastAck }: NodeState) => lastAck !== undefined && comparePositions(lastAck, target) === 0;
  const forked = (node: NodeState) => node.lastAck?.phase === 'rejected' && answers(node);
  const serves = (node: NodeState) => reached(node.serving) && !forked(node);
  const serving = nodes.filter(serves);
  const rejected = nodes.filter((node) => !serves(node) && refused(node));
  const waiting = nodes.filter((node) => !serves(node) && !refused(node));
  const slowest = serving
    .filter(answers)
    .map(({ name, lastAck }) => ({ node: name, applyMs: lastAck?.applyMs ?? 0 }))
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
