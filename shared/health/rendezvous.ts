import { hash } from 'node:crypto';
import type { Member, Members } from './health-frame.ts';

/** Which live nodes watch a worker for the whole fleet. Every node computes the same from the same members. */
export type Observers = {
  /**
   * Names of the nodes that watch a worker, best first; all of them in a fleet that has no more than `observerCount`.
   *
   * @param worker its key, the same text on every node
   */
  of(worker: string): readonly string[];
};

/** How many nodes watch one worker: three, five in a fleet of more than 50. */
export function observerCount(members: number): number {
  return members > 50 ? 5 : 3;
}

/**
 * Chooses observers by highest random weight: each node has a score for each worker, so that a node that comes or goes moves
 * only its own share of the watching. The best of each zone come before any zone's second best, since nodes of one zone tend
 * to fail, and to be cut off, together; nodes without a zone count as one.
 */
export function createObservers({ members }: Pick<Members, 'members'>): Observers {
  const k = observerCount(members.length);
  const zones = [...Map.groupBy(members, ({ zone }) => zone ?? '').values()].map((zone) => zone.map(nodeOf));
  return {
    of(worker) {
      const seed = digest(`worker ${worker}`);
      const perZone = Math.min(k, members.length);
      const ranked = zones.map((nodes) => bestOf(nodes, seed, perZone));
      const chosen: string[] = [];
      for (let round = 0; round < perZone && chosen.length < k; round++) {
        const row = ranked.flatMap((zone) => zone[round] ?? []).sort(byScore);
        chosen.push(...row.slice(0, k - chosen.length).map(({ node }) => node));
      }
      return chosen;
    },
  };
}

type Words = readonly [high: number, low: number];
type Node = { readonly node: string; readonly words: Words };
type Scored = { readonly node: string; readonly high: number; readonly low: number };

function nodeOf({ node }: Member): Node {
  return { node, words: digest(`node ${node}`) };
}

/** The `count` highest scores, best first. */
function bestOf(nodes: readonly Node[], [high, low]: Words, count: number): readonly Scored[] {
  const best: Scored[] = [];
  for (const { node, words } of nodes) {
    const scored = { node, high: mix(words[0] ^ high), low: mix(words[1] ^ low) };
    const last = best[count - 1];
    if (last !== undefined && byScore(last, scored) < 0) continue;
    best.push(scored);
    // A handful: sorting them is cheaper than anything cleverer.
    best.sort(byScore);
    best.length = Math.min(best.length, count);
  }
  return best;
}

/** Higher scores first; equal ones, which are next to impossible, by name. */
function byScore(a: Scored, b: Scored): number {
  return b.high - a.high || b.low - a.low || (a.node < b.node ? -1 : 1);
}

/** 64 bits of a name, as two unsigned words: names that look alike must not have scores that do. */
function digest(text: string): Words {
  const bytes = hash('sha256', text, 'buffer');
  return [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
}

/** Murmur3's last step: every bit of the input changes about half of the result's. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
