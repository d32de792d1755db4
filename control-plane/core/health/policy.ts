import { unreachable } from '#shared/assert.ts';
import type { VerdictPolicy } from '#shared/definition/balancer.ts';
import type { NodeOpinion } from './opinions.ts';

/** Live nodes: how many there are to say anything. */
export type LiveNodes = { readonly total: number; readonly byZone: ReadonlyMap<string, number> };

/** What fresh opinions amount to; `zones` sorted, empty for everywhere. */
export type Judgement =
  | { readonly unavailable: false }
  | { readonly unavailable: true; readonly zones: readonly string[] };

type Voice = Pick<NodeOpinion, 'zone' | 'available'>;

const AVAILABLE: Judgement = { unavailable: false };
const EVERYWHERE: Judgement = { unavailable: true, zones: [] };

/**
 * What fresh opinions say of a worker under a policy: one witness (`any`), `K` of them but never more than nodes live
 * (`quorum=K`), more than half of those who use or check it (`majority`), nobody (`off`).
 *
 * Where zones differ in opinion, the trouble is between a zone and the worker: if witnesses satisfy the policy within their
 * zones, while others find the worker available, it is unavailable in those zones only.
 */
export function judge(policy: VerdictPolicy, fresh: readonly Voice[], live: LiveNodes): Judgement {
  const everywhere = satisfies(policy, fresh, live.total);
  const byZone = Map.groupBy(fresh, ({ zone }) => zone ?? NO_ZONE);
  const bad = badZones(policy, byZone, live);
  const othersFindItAvailable = [...byZone].some(
    ([zone, voices]) => !bad.includes(zone) && voices.some(({ available }) => available),
  );
  const named = bad.filter((zone) => zone !== NO_ZONE);
  // Nodes without a zone cannot be addressed: what they alone see is a matter for all, or for nobody.
  if (othersFindItAvailable && named.length > 0) return { unavailable: true, zones: named.toSorted() };
  return everywhere ? EVERYWHERE : AVAILABLE;
}

const NO_ZONE = '';

/** Zones whose own nodes satisfy the policy; if none does alone, all with a witness, when they do so together. */
function badZones(policy: VerdictPolicy, byZone: ReadonlyMap<string, readonly Voice[]>, live: LiveNodes): string[] {
  const alone = [...byZone].filter(([zone, voices]) => satisfies(policy, voices, live.byZone.get(zone) ?? 0));
  if (alone.length > 0) return alone.map(([zone]) => zone);
  const withWitness = [...byZone].filter(([, voices]) => voices.some(({ available }) => !available));
  const liveThere = withWitness.reduce((sum, [zone]) => sum + (live.byZone.get(zone) ?? 0), 0);
  const together = withWitness.flatMap(([, voices]) => voices);
  return satisfies(policy, together, liveThere) ? withWitness.map(([zone]) => zone) : [];
}

function satisfies(policy: VerdictPolicy, voices: readonly Voice[], liveNodes: number): boolean {
  const witnesses = voices.filter(({ available }) => !available).length;
  switch (policy.kind) {
    case 'any':
      return witnesses >= 1;
    case 'quorum':
      return witnesses >= Math.max(1, Math.min(policy.nodes, liveNodes));
    case 'majority':
      return witnesses >= 1 && witnesses * 2 > voices.length;
    case 'off':
      return false;
    default:
      return unreachable(policy);
  }
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
export function changeOf(
  standing: readonly string[] | undefined,
  judgement: Judgement,
  fresh: readonly Voice[],
): Change {
  if (!judgement.unavailable) {
    const someoneAnswers = fresh.some(({ available }) => available);
    return { kind: standing !== undefined && someoneAnswers ? 'end' : 'none' };
  }
  const { zones } = judgement;
  if (standing === undefined) return { kind: 'set', zones };
  if (!widens(standing, zones)) return sameZones(standing, zones) ? { kind: 'none' } : { kind: 'set', zones };
  const hasNewWitness = fresh.some(
    ({ zone, available }) => !available && (zone === undefined || !standing.includes(zone)),
  );
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
