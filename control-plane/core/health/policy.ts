import { unreachable } from '#shared/assert.ts';
import type { VerdictPolicy } from '#shared/definition/balancer.ts';

/** Live nodes: how many there are to say anything. */
export type LiveNodes = { readonly total: number; readonly byZone: ReadonlyMap<string, number> };

/** What fresh opinions amount to; `zones` sorted, empty for everywhere. */
export type Judgement =
  | { readonly unavailable: false }
  | { readonly unavailable: true; readonly zones: readonly string[] };

/** How many nodes of each zone find a worker available and unavailable; '' for nodes without a zone. */
export type Tally = ReadonlyMap<string, Votes>;

type Votes = { readonly available: number; readonly unavailable: number };

const AVAILABLE: Judgement = { unavailable: false };
const EVERYWHERE: Judgement = { unavailable: true, zones: [] };

/**
 * What fresh opinions say of a worker under a policy: one witness (`any`), `K` of them but never more than nodes live
 * (`quorum=K`), more than half of those who use or check it and at least two of them (`majority`), nobody (`off`).
 *
 * Where zones differ in opinion, the trouble is between a zone and the worker: if witnesses satisfy the policy within their
 * zones, while others find the worker available, it is unavailable in those zones only.
 */
export function judge(policy: VerdictPolicy, tally: Tally, live: LiveNodes): Judgement {
  const everywhere = satisfies(policy, sumOf([...tally.values()]), live.total);
  const bad = badZones(policy, tally, live);
  const othersFindItAvailable = [...tally].some(([zone, { available }]) => available > 0 && !bad.includes(zone));
  const named = bad.filter((zone) => zone !== NO_ZONE);
  // Nodes without a zone cannot be addressed: what they alone see is a matter for all, or for nobody.
  if (othersFindItAvailable && named.length > 0) return { unavailable: true, zones: named.toSorted() };
  return everywhere ? EVERYWHERE : AVAILABLE;
}

const NO_ZONE = '';

/** Zones whose own nodes satisfy the policy; if none does alone, all with a witness, when they do so together. */
function badZones(policy: VerdictPolicy, tally: Tally, live: LiveNodes): readonly string[] {
  const alone = [...tally].filter(([zone, votes]) => satisfies(policy, votes, live.byZone.get(zone) ?? 0));
  if (alone.length > 0) return alone.map(([zone]) => zone);
  const withWitness = [...tally].filter(([, { unavailable }]) => unavailable > 0);
  const liveThere = withWitness.reduce((sum, [zone]) => sum + (live.byZone.get(zone) ?? 0), 0);
  const together = sumOf(withWitness.map(([, votes]) => votes));
  return satisfies(policy, together, liveThere) ? withWitness.map(([zone]) => zone) : [];
}

function satisfies(policy: VerdictPolicy, { available, unavailable }: Votes, liveNodes: number): boolean {
  switch (policy.kind) {
    case 'any':
      return unavailable >= 1;
    case 'quorum':
      return unavailable >= Math.max(1, Math.min(policy.nodes, liveNodes));
    case 'majority':
      // One alone is no majority: its own link may be what is broken. For itself it goes by that anyway.
      return unavailable > available && unavailable + available >= Math.min(2, Math.max(1, liveNodes));
    case 'off':
      return false;
    default:
      return unreachable(policy);
  }
}

/** Votes of several zones together. */
export function sumOf(votes: readonly Votes[]): Votes {
  const add = (a: Votes, b: Votes) => ({
    available: a.available + b.available,
    unavailable: a.unavailable + b.unavailable,
  });
  return votes.reduce(add, { available: 0, unavailable: 0 });
}

/** What becomes of a standing verdict. */
export type Change =
  | { readonly kind: 'none' }
  | { readonly kind: 'end' }
  | { readonly kind: 'set'; readonly zones: readonly string[] };

/**
 * From the verdict that stands to the one that should.
 *
 * A verdict ends when the policy is no longer satisfied and somebody finds the worker available: with nobody left to say
 * anything it stays. It spreads to more zones only by a witness there: silence in a zone that has stopped using the worker is
 * no reason.
 *
 * @param standing zones of the verdict that stands; undefined: none does
 */
export function changeOf(standing: readonly string[] | undefined, judgement: Judgement, tally: Tally): Change {
  if (!judgement.unavailable) {
    const someoneAnswers = [...tally.values()].some(({ available }) => available > 0);
    return { kind: standing !== undefined && someoneAnswers ? 'end' : 'none' };
  }
  const { zones } = judgement;
  if (standing === undefined) return { kind: 'set', zones };
  if (!widens(standing, zones)) return sameZones(standing, zones) ? { kind: 'none' } : { kind: 'set', zones };
  const hasNewWitness = [...tally].some(([zone, { unavailable }]) => unavailable > 0 && !standing.includes(zone));
  return hasNewWitness ? { kind: 'set', zones } : { kind: 'none' };
}

/** Whether a verdict for `wanted` takes a worker out anywhere that one for `standing` does not. */
export function widens(standing: readonly string[], wanted: readonly string[]): boolean {
  if (standing.length === 0) return false;
  return wanted.length === 0 || wanted.some((zone) => !standing.includes(zone));
}

function sameZones(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((zone, i) => zone === b[i]);
}
