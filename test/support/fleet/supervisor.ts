import { setTimeout as delay } from 'node:timers/promises';
import type { PenstockNode } from '../penstock-node.ts';

export type Supervisor = {
  /** How often it has started the node again. */
  restarts(): number;
  /** Lets it be; resolves when no start is under way any more. */
  stop(): Promise<void>;
};

/** Starts a node again whenever its process has ended. */
export function supervise(node: Pick<PenstockNode, 'pid' | 'start'>): Supervisor {
  let restarts = 0;
  let stopped = false;

  async function watch(): Promise<void> {
    while (!stopped) {
      if (!runs(node.pid())) {
        restarts++;
        // It may end while it starts: then it is started again.
        await node.start().catch(() => {});
      }
      await delay(20);
    }
  }

  const watching = watch();
  return {
    restarts: () => restarts,
    async stop() {
      stopped = true;
      await watching;
    },
  };
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
