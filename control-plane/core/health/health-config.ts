import { type Balancer, balancerId, type VerdictPolicy } from '#shared/definition/balancer.ts';
import { effectiveWorker } from '#shared/definition/defaults.ts';
import { DEFAULT_VERDICT } from '#shared/definition/verdict-policy.ts';
import type { Worker } from '#shared/definition/worker.ts';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { type FleetContent, overrideKey } from '#shared/event/fold.ts';
import { workerKey } from '#shared/health/verdict.ts';

/** What of a configuration verdicts depend on. */
export type HealthConfig = {
  /** Members of balancers by `workerKey`. Plain workers are not here: there is nothing to use in their place. */
  readonly workers: ReadonlyMap<string, WorkerTerms>;
  /** Keys of each balancer's members. */
  readonly members: ReadonlyMap<string, readonly string[]>;
};

/** The terms one worker is judged on. */
export type WorkerTerms = {
  readonly balancer: string;
  readonly worker: string;
  readonly policy: VerdictPolicy;
  /** How long the result of a check counts, milliseconds. */
  readonly checkFreshMs: number;
  /** Operators let it take requests. */
  readonly inService: boolean;
};

export const NOTHING_CONFIGURED: HealthConfig = { workers: new Map(), members: new Map() };

/**
 * How long an opinion counts that is not said again. Nodes repeat what they hold every 30 s; the rest is for a repetition that
 * comes late, so that an opinion does not end and begin again in between.
 */
export const OPINION_FRESH_MS = 45_000;

const DEFAULT_HCINTERVAL_MS = 30_000;

export function healthConfig({ definition, overrides }: FleetContent): HealthConfig {
  const workers = new Map<string, WorkerTerms>();
  const members = new Map<string, readonly string[]>();
  for (const balancer of definition.balancers) {
    const terms = balancer.members.map((worker) => termsOf(balancer, worker, overrides));
    for (const one of terms) workers.set(workerKey(one), one);
    members.set(balancerId(balancer), terms.map(workerKey));
  }
  return { workers, members };
}

function termsOf(balancer: Balancer, worker: Worker, overrides: FleetContent['overrides']): WorkerTerms {
  const name = { balancer: balancerId(balancer), worker: worker.url };
  const { status } = effectiveWorker(worker, overrides.get(overrideKey(name))?.parameters);
  const { hcmethod = 'NONE', hcintervalMs = DEFAULT_HCINTERVAL_MS } = worker.parameters;
  return {
    ...name,
    policy: balancer.parameters.verdict ?? DEFAULT_VERDICT,
    checkFreshMs: hcmethod === 'NONE' ? OPINION_FRESH_MS : Math.max(OPINION_FRESH_MS, 3 * hcintervalMs),
    inService: (status & (WorkerStatus.DISABLED | WorkerStatus.STOPPED)) === 0,
  };
}
