import { setTimeout as delay } from 'node:timers/promises';
import type { FleetNode } from './fleet.ts';

/** Looks at nodes all the time. */
export type NodeWatch = {
  /** Where a running node went back, or served two configurations under one revision: must never happen. */
  faults(): readonly string[];
  stop(): Promise<void>;
};

/** Watches that no node ever goes back while it runs, whatever happens around it. */
export function watchNodes(nodes: readonly FleetNode[]): NodeWatch {
  const faults: string[] = [];
  const hashes = new Map<string, string>();
  let stopped = false;

  async function watch(node: FleetNode): Promise<void> {
    let last = { bootId: '', epoch: 0, revision: 0 };
    while (!stopped) {
      const status = await node.status();
      const { serving, bootId } = status ?? {};
      if (serving !== undefined) {
        const { epoch, revision, stateHash } = serving;
        const isBack = epoch < last.epoch || (epoch === last.epoch && revision < last.revision);
        if (bootId === last.bootId && isBack) {
          faults.push(`${node.name} went from ${last.epoch}/${last.revision} to ${epoch}/${revision}`);
        }
        last = { bootId, epoch, revision };
        const key = `${epoch}/${revision}`;
        const known = hashes.get(key) ?? stateHash;
        hashes.set(key, known);
        if (known !== stateHash) faults.push(`${node.name} serves ${stateHash} as ${key}, others ${known}`);
      }
      await delay(50);
    }
  }

  const watching = nodes.map(watch);
  return {
    faults: () => faults,
    async stop() {
      stopped = true;
      await Promise.all(watching);
    },
  };
}
