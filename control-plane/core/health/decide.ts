import { verdictPolicyText } from '#shared/definition/verdict-policy.ts';
import type { HealthEvent, Witness } from '#shared/health/health-event.ts';
import { workerKey } from '#shared/health/verdict.ts';
import type { Evidence } from './evidence.ts';
import type { HealthConfig, WorkerTerms } from './health-config.ts';
import type { HealthState, StandingVerdict } from './health-state.ts';
import { type NodeOpinion, someFreshOpinions, tallyOf } from './opinions.ts';
import { changeOf, judge, type LiveNodes, sumOf, type Tally, widens } from './policy.ts';

/** What verdicts are decided from. */
export type Grounds = {
  readonly state: HealthState;
  readonly evidence: Evidence;
  readonly config: HealthConfig;
  readonly live: LiveNodes;
  /** Fewer live nodes than this make no verdict: each goes by its own experience. */
  readonly minNodes: number;
  /** No worker may be taken out now. */
  readonly frozen: boolean;
  /** False soon after a start: then only policies that count witnesses, not proportions, take a worker out, and nothing ends. */
  readonly warm: boolean;
  /** When this replica learnt of a standing verdict, by its monotonic clock. */
  readonly learntMs: ReadonlyMap<string, number>;
};

/** A verdict that comes or goes. */
export type VerdictEvent = Extract<HealthEvent, { type: 'worker-available' | 'worker-unavailable' }>;

export type WorkerDecision = {
  readonly event?: VerdictEvent;
  /** When time alone may change the answer; Infinity: never. */
  readonly againMs: number;
};

/**
 * A verdict stands at least this long unless an operator clears it: evidence of a replica may lag behind another's verdict, and a
 * worker that comes and goes must not fill the log.
 */
export const LEAST_STAND_MS = 1_000;

/** Witnesses recorded with a verdict; the reason counts them all. */
const WITNESSES_RECORDED = 8;

/** Decides one worker's verdict afresh. */
export function decideWorker(key: string, grounds: Grounds, nowMs: number): WorkerDecision {
  const { state, evidence, config, live } = grounds;
  const standing = state.verdicts.get(key);
  const terms = config.workers.get(key);
  if (terms === undefined || terms.policy.kind === 'off') {
    const reason = terms === undefined ? 'no longer configured' : 'verdict=off';
    return { ...(standing === undefined ? {} : { event: withoutEvidence(standing, reason) }), againMs: NEVER };
  }
  const { tally, staleMs: countedUntilMs } = tallyOf(evidence, key, nowMs);
  const change = changeOf(standing?.zones, judge(terms.policy, tally, live), tally);
  const isOfInterest = standing !== undefined || [...tally.values()].some(({ unavailable }) => unavailable > 0);
  const staleMs = isOfInterest ? countedUntilMs : NEVER;
  if (change.kind === 'none') return { againMs: staleMs };

  const takesOut = change.kind === 'set' && (standing === undefined || widens(standing.zones, change.zones));
  if (takesOut) {
    const mayTakeOut = grounds.warm || terms.policy.kind !== 'majority';
    if (grounds.frozen || !mayTakeOut || live.total < grounds.minNodes) return { againMs: staleMs };
  } else {
    const standsUntilMs = (grounds.learntMs.get(key) ?? nowMs) + LEAST_STAND_MS;
    if (!grounds.warm || nowMs < standsUntilMs)
      return { againMs: Math.min(staleMs, Math.max(standsUntilMs, nowMs + 1)) };
  }
  const some = someFreshOpinions(evidence, key, nowMs);
  const event =
    change.kind === 'end' ? availableEvent(terms, tally, some) : unavailableEvent(terms, change.zones, tally, some);
  return { event, againMs: staleMs };
}

const NEVER = Number.POSITIVE_INFINITY;

function withoutEvidence({ balancer, worker }: StandingVerdict, reason: string): VerdictEvent {
  return { type: 'worker-available', balancer, worker, reason, witnesses: [] };
}

function unavailableEvent(
  { balancer, worker, policy }: WorkerTerms,
  zones: readonly string[],
  tally: Tally,
  some: readonly NodeOpinion[],
): VerdictEvent {
  const concerns = (zone = '') => zones.length === 0 || zones.includes(zone);
  const { available, unavailable } = sumOf([...tally].flatMap(([zone, votes]) => (concerns(zone) ? votes : [])));
  const where = zones.length === 0 ? '' : ` in ${zones.length === 1 ? 'zone' : 'zones'} ${zones.join(', ')}`;
  const why = causes(some.filter((opinion) => !opinion.available && concerns(opinion.zone)));
  return {
    type: 'worker-unavailable',
    balancer,
    worker,
    zones,
    policy: verdictPolicyText(policy),
    reason: `${unavailable} of ${nodes(available + unavailable)}${where}: ${why}`,
    witnesses: witnesses(some),
  };
}

function availableEvent({ balancer, worker }: WorkerTerms, tally: Tally, some: readonly NodeOpinion[]): VerdictEvent {
  const { available, unavailable } = sumOf([...tally.values()]);
  const reason = `${available} of ${nodes(available + unavailable)} ${available === 1 ? 'finds' : 'find'} it available`;
  return { type: 'worker-available', balancer, worker, reason, witnesses: witnesses(some) };
}

/**
 * Says in the reason of each verdict that leaves a balancer without any worker that this is so: such a verdict changes nothing
 * while the nodes' panic rule holds, and whoever reads it must know.
 */
export function markLastWorkers(
  events: readonly VerdictEvent[],
  { log: state, config }: { readonly log: HealthState; readonly config: HealthConfig },
): readonly VerdictEvent[] {
  const out = new Set([...state.verdicts].filter(([, { zones }]) => zones.length === 0).map(([key]) => key));
  return events.map((event) => {
    if (event.type === 'worker-available') out.delete(workerKey(event));
    if (event.type === 'worker-available' || event.zones.length > 0) return event;
    const key = workerKey(event);
    out.add(key);
    const members = config.members.get(event.balancer) ?? [];
    const others = members.filter((member) => !out.has(member) && config.workers.get(member)?.inService === true);
    if (others.length > 0) return event;
    return { ...event, reason: `${event.reason}; no other worker of ${event.balancer} is available` };
  });
}

function nodes(count: number): string {
  return `${count} ${count === 1 ? 'node' : 'nodes'}`;
}

/** Distinct causes, the commonest first, three at most. */
function causes(against: readonly NodeOpinion[]): string {
  const groups = [...Map.groupBy(against, ({ reason }) => reason)].toSorted(
    ([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1),
  );
  const named = groups.slice(0, 3).map(([reason]) => reason);
  return groups.length > named.length ? `${named.join(', ')}, …` : named.join(', ');
}

/** Those who speak against it first, each part by name: the same evidence gives the same record. */
function witnesses(fresh: readonly NodeOpinion[]): readonly Witness[] {
  return fresh
    .toSorted((a, b) => Number(a.available) - Number(b.available) || (a.node < b.node ? -1 : 1))
    .slice(0, WITNESSES_RECORDED)
    .map(({ node, zone, available, saw }) => ({ node, ...(zone === undefined ? {} : { zone }), available, saw }));
}
