import type { VerdictPolicy } from '#shared/definition/balancer.ts';
import { isPlainOwner } from '#shared/definition/plain-owner.ts';
import { DEFAULT_VERDICT, verdictPolicyText } from '#shared/definition/verdict-policy.ts';
import type { HealthEntry, HealthEvent } from '#shared/health/health-event.ts';
import { workerKey } from '#shared/health/verdict.ts';
import type { HealthCore } from '../health/health-core.ts';
import { type NodeOpinion, opinionsOf } from '../health/opinions.ts';

/** What the fleet thinks of a worker, and why, as the API shows it. Times are ISO 8601. */
export type WorkerHealthView = {
  readonly balancer: string;
  readonly worker: string;
  readonly verdict: 'available' | 'unavailable';
  /** Zones an `unavailable` holds for; empty: everywhere. */
  readonly zones: readonly string[];
  /** Policy in force: `any`, `majority`, `quorum=2`, `off`. */
  readonly policy: string;
  /** Of an `unavailable`: why, since when, and the health version that made it. */
  readonly reason?: string;
  readonly since?: string;
  readonly version?: number;
  /** Fresh opinions for and against it. */
  readonly opinions: { readonly available: number; readonly unavailable: number };
  /** Those against it first, then the newest; some of them where there are many. */
  readonly witnesses: readonly WitnessView[];
};

export type WitnessView = {
  readonly node: string;
  readonly zone?: string;
  readonly available: boolean;
  readonly saw: string;
  readonly ageMs: number;
  /** It still counts. */
  readonly fresh: boolean;
};

/** Central health of the fleet, as one replica knows it. */
export type HealthView = {
  /** Of the health log. */
  readonly version: number;
  /** While no worker may be taken out: why. */
  readonly frozen?: { readonly reason: string; readonly since: string };
  /** Why verdicts are not recorded now. */
  readonly notRecording?: { readonly reason: string; readonly forMs: number };
  /** This replica has just started: until it knows what nodes think, it forms no verdict by majority, and ends none. */
  readonly warmingUp?: true;
  readonly membersVersion: string;
  readonly members: readonly {
    readonly node: string;
    readonly zone?: string;
    readonly heardAgoMs: number;
    /** It has been silent for too long. */
    readonly suspect: boolean;
  }[];
  /** Workers with a verdict, or that some node finds unavailable. */
  readonly workers: readonly WorkerHealthView[];
};

const WITNESSES_SHOWN = 20;

/** One worker; also one that is not configured, of which then nothing is known. */
export function workerHealthView(
  core: HealthCore,
  name: { readonly balancer: string; readonly worker: string },
  nowMs: number,
): WorkerHealthView {
  const key = workerKey(name);
  const terms = core.config.workers.get(key);
  const standing = core.log.verdicts.get(key);
  const opinions = opinionsOf(core.evidence, key, nowMs);
  const fresh = opinions.filter((opinion) => opinion.fresh);
  const against = fresh.filter(({ available }) => !available).length;
  return {
    balancer: name.balancer,
    worker: name.worker,
    verdict: standing === undefined ? 'available' : 'unavailable',
    zones: standing?.zones ?? [],
    policy: verdictPolicyText(terms?.policy ?? policyOfUnknown(name.balancer)),
    ...(standing === undefined
      ? {}
      : { reason: standing.reason, since: new Date(standing.sinceMs).toISOString(), version: standing.since }),
    opinions: { available: fresh.length - against, unavailable: against },
    witnesses: opinions.toSorted(bySpeakingAgainst).slice(0, WITNESSES_SHOWN).map(witnessView),
  };
}

/** Plain workers have nothing to take their place, and therefore no verdicts. */
function policyOfUnknown(balancer: string): VerdictPolicy {
  return isPlainOwner(balancer) ? { kind: 'off' } : DEFAULT_VERDICT;
}

function bySpeakingAgainst(a: NodeOpinion, b: NodeOpinion): number {
  const weight = ({ fresh, available }: NodeOpinion) => (fresh ? 0 : 2) + (available ? 1 : 0);
  return weight(a) - weight(b) || a.ageMs - b.ageMs || (a.node < b.node ? -1 : 1);
}

function witnessView({ node, zone, available, saw, ageMs, fresh }: NodeOpinion): WitnessView {
  return { node, ...(zone === undefined ? {} : { zone }), available, saw, ageMs: Math.round(ageMs), fresh };
}

export function healthView(core: HealthCore, nowMs: number): HealthView {
  const { log, evidence, config, members, storeFailing } = core;
  const keys = new Set([...log.verdicts.keys(), ...core.watched.keys()]);
  const shown = [...keys].sort().flatMap((key) => log.verdicts.get(key) ?? config.workers.get(key) ?? []);
  return {
    version: log.version,
    ...(log.frozen === undefined
      ? {}
      : { frozen: { reason: log.frozen.reason, since: new Date(log.frozen.sinceMs).toISOString() } }),
    ...(storeFailing === undefined
      ? {}
      : { notRecording: { reason: storeFailing.reason, forMs: Math.round(nowMs - storeFailing.sinceMs) } }),
    ...(core.warm ? {} : { warmingUp: true as const }),
    membersVersion: members.version,
    members: members.members.map(({ node, zone }) => {
      const heard = evidence.nodes.get(node);
      return {
        node,
        ...(zone === undefined ? {} : { zone }),
        heardAgoMs: Math.round(nowMs - (heard?.heardMs ?? nowMs)),
        suspect: heard?.suspectMs !== undefined,
      };
    }),
    workers: shown.map((name) => workerHealthView(core, name, nowMs)),
  };
}

/** An entry of the health log as the API shows it. */
export type HealthEntryView = {
  readonly version: number;
  readonly time: string;
  readonly events: readonly HealthEvent[];
};

export function healthEntryView({ version, timeMs, events }: HealthEntry): HealthEntryView {
  return { version, time: new Date(timeMs).toISOString(), events };
}
