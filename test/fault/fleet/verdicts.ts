import type { Fleet, FleetNode } from '#test/support/fleet/fleet.ts';

/** Whether a node goes by a verdict of the fleet against a backend; undefined if it does not answer. */
export async function goesByVerdict(fleet: Fleet, node: FleetNode, backend: number): Promise<boolean | undefined> {
  const status = await node.status();
  const url = fleet.backends[backend]?.url;
  const worker = status?.workers.find((each: { url: string }) => each.url === url);
  return worker && worker.verdict !== undefined;
}

/** Whether every node does. */
export async function hasVerdict(fleet: Fleet, backend: number): Promise<boolean> {
  const all = await Promise.all(fleet.nodes.map((node) => goesByVerdict(fleet, node, backend)));
  return all.every((known) => known === true);
}

/** Whether none does, all being there. */
export async function hasNoVerdict(fleet: Fleet, backend: number): Promise<boolean> {
  const all = await Promise.all(fleet.nodes.map((node) => goesByVerdict(fleet, node, backend)));
  return all.every((known) => known === false);
}
