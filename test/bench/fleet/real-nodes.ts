import { type PenstockNode, startPenstockNode } from '#test/support/penstock-node.ts';
import { freePort } from '#test/support/ports.ts';
import { eventually } from '#test/support/wait.ts';

/** A node process, and where it serves. */
export type RealNode = PenstockNode & {
  /** Port that the definition's 8080 is mapped to. */
  readonly port: number;
  /** When it swapped to a revision, by its own log, epoch milliseconds; waits for it. */
  servingAt(revision: number): Promise<number>;
};

/** Starts `penstock node` processes, a few at a time. */
export async function startRealNodes(options: {
  readonly nats: string;
  readonly fleet: string;
  readonly count: number;
}): Promise<RealNode[]> {
  const { nats, fleet, count } = options;
  const nodes: RealNode[] = [];
  try {
    while (nodes.length < count) {
      const port = await freePort();
      const node = await startPenstockNode({
        nats,
        fleet,
        name: `node-${nodes.length + 1}`,
        listen: [`8080=127.0.0.1:${port}`],
        args: ['--graceful-timeout', '100'],
      });
      nodes.push({ ...node, port, servingAt: (revision) => servingAt(node, revision) });
    }
  } catch (err) {
    await Promise.all(nodes.map((node) => node.close()));
    throw err;
  }
  return nodes;
}

function servingAt(node: PenstockNode, revision: number): Promise<number> {
  return eventually(`${node.name} serving revision ${revision}`, () => servingLogged(node.output(), revision), 60_000);
}

function servingLogged(output: string, revision: number): number | undefined {
  return timeOf(output, 'DP1101', ({ snapshotVersion }) => snapshotVersion === revision);
}

/** Time of the newest line with this code, if it is not older than `sinceMs`. */
export function loggedAfter(output: string, code: string, sinceMs: number): number | undefined {
  return timeOf(output, code, ({ time }) => time >= sinceMs);
}

type Line = { readonly time: number; readonly snapshotVersion?: number };

/** Looks at the lines with this code, the newest first. */
function timeOf(output: string, code: string, wanted: (line: Line) => boolean): number | undefined {
  for (let at = output.length; at > 0; ) {
    at = output.lastIndexOf(`"code":"${code}"`, at - 1);
    const end = output.indexOf('\n', at);
    if (at < 0) break;
    if (end < 0) continue;
    const line = JSON.parse(output.slice(output.lastIndexOf('\n', at) + 1, end)) as Line;
    if (wanted(line)) return line.time;
  }
  return undefined;
}
