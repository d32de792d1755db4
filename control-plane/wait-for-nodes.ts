import { type Convergence, convergence, type Target } from './core/convergence.ts';
import type { NodeRegistry } from './node-registry.ts';

/**
 * Waits until every live node serves a revision, one rejects it, or time runs out (`waiting`, naming the nodes that did not
 * answer). Nodes that are live when the wait begins count to its end; those that join meanwhile do not hold it up.
 */
export function waitForNodes(
  registry: NodeRegistry,
  target: Target,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Convergence> {
  const names = new Set(registry.liveNodes().map(({ name }) => name));
  const look = () =>
    convergence(
      registry.nodes().filter(({ name }) => names.has(name)),
      target,
    );
  let waiting = new Set<string>();
  /** All nodes, once those that were waited for have answered; until then one at a time, or a large fleet's answers took for ever. */
  const isOver = () => {
    const { kind, waitingFor } = look();
    waiting = new Set(waitingFor);
    return kind !== 'waiting';
  };
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', finish);
      resolve(look());
    };
    const timer = setTimeout(finish, timeoutMs);
    const stop = registry.onChange((node) => {
      if (!names.has(node.name)) return;
      const { kind } = convergence([node], target);
      if (kind === 'converged') waiting.delete(node.name);
      if (kind === 'rejected' || (waiting.size === 0 && isOver())) finish();
    });
    signal.addEventListener('abort', finish);
    if (signal.aborted || isOver()) finish();
  });
}
