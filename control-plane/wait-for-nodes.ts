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
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', finish);
      resolve(look());
    };
    const timer = setTimeout(finish, timeoutMs);
    const stop = registry.onChange(() => {
      if (look().kind !== 'waiting') finish();
    });
    signal.addEventListener('abort', finish);
    if (signal.aborted || look().kind !== 'waiting') finish();
  });
}
