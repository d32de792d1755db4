import { type Fleet, KEPT_WITHIN_MS } from './fleet.ts';
import { patiently } from './patiently.ts';
import { answeredOf, type NodeOutcomes, type VerifiedTraffic } from './verified-traffic.ts';

/** When a node was killed, by `performance.now()`. */
export type Kill = { readonly node: string; readonly atMs: number };

/**
 * Whether the fleet's counts of each node are what its clients saw: exactly, unless the node was killed. Then what it had counted
 * since it last wrote its counters down may be lost, and nothing else. Nothing may be under way any more.
 *
 * @returns what does not hold; empty when all does
 */
export async function nodeCountFaults(
  fleet: Fleet,
  traffic: VerifiedTraffic,
  kills: readonly Kill[],
): Promise<readonly string[]> {
  let faults: readonly string[] = [];
  // Last words of killed runs come a moment after everything is back.
  await patiently('counts of all nodes', async () => {
    faults = await currentFaults(fleet, traffic, kills);
    return faults.length === 0;
  }).catch(() => {});
  return faults;
}

async function currentFaults(fleet: Fleet, traffic: VerifiedTraffic, kills: readonly Kill[]): Promise<string[]> {
  const faults: string[] = [];
  for (const replica of fleet.replicas.filter((each) => each.isRunning())) {
    for (const { name } of fleet.nodes) {
      const { counters } = await replica.get(`/v1/counters?by=node&node=${name}`);
      const counted = Number(counters[0]?.responses ?? 0);
      const outcomes = traffic.of(name);
      const { least, most } = boundsOf(
        outcomes,
        kills.filter(({ node }) => node === name),
      );
      if (counted >= least && counted <= most) continue;
      faults.push(`${replica.name} counts ${counted} answers of ${name}, want ${least} to ${most}`);
    }
  }
  return faults;
}

function boundsOf(outcomes: NodeOutcomes, kills: readonly Kill[]): { least: number; most: number } {
  const answered = answeredOf(outcomes);
  const { begunMs, failures } = outcomes;
  const lost = begunMs.filter((ms) => kills.some(({ atMs }) => ms > atMs - KEPT_WITHIN_MS && ms <= atMs)).length;
  // An answer that was cut off on its way to the client may have left the node whole.
  return { least: answered - lost, most: answered + (kills.length === 0 ? 0 : failures.length) };
}
