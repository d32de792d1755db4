import type { Verdict } from '#shared/health/health-frame.ts';
import { type Panic, verdictCounts } from '#shared/health/panic.ts';
import type { Observation } from '#shared/node-message.ts';
import type { CheckPlan } from './check-scheduler.ts';
import type { HealthModel } from './health-model.ts';
import type { HeldVerdicts } from './held-verdicts.ts';
import type { Opinions } from './opinions.ts';
import type { LastCheck, WorkerChecks } from './worker-checks.ts';

/** Health as this node sees it, for `/status`. */
export type HealthView = {
  /** `silent`: no frame yet. `stale`: they have stopped, and the node goes by its own experience. */
  readonly frames: HeldVerdicts['state'];
  /** Version of the newest frame; absent without one. */
  readonly version?: number;
  readonly frozen?: string;
  /** Workers there is something to say of, in configured order. */
  readonly workers: readonly WorkerHealthView[];
};

export type WorkerHealthView = {
  readonly balancer: string;
  readonly url: string;
  /** The fleet says that it is unavailable. */
  readonly verdict?: Verdict;
  /** The verdict is not followed: too few workers would be left, or the balancer has `verdict=off`. */
  readonly ignored?: 'panic' | 'off';
  /** This node's own opinion. */
  readonly opinion?: Observation;
  /** What this node checks it for. */
  readonly checking?: CheckPlan['kind'];
  readonly lastCheck?: LastCheck;
};

export type HealthViewSources = {
  readonly model: HealthModel;
  readonly held: HeldVerdicts;
  readonly opinions: Pick<Opinions, 'of'>;
  readonly checks: Pick<WorkerChecks, 'planned' | 'last'>;
  readonly panicOf: (balancer: string) => Panic;
};

export function healthView({ model, held, opinions, checks, panicOf }: HealthViewSources): HealthView {
  const workers: WorkerHealthView[] = [];
  for (const { id, members, heedsVerdicts } of model.balancers.values()) {
    const panic = panicOf(id);
    for (const { key, url, lbset } of members) {
      const verdict = held.verdicts.get(key);
      const opinion = opinions.of(key);
      const checking = checks.planned(key);
      const lastCheck = checks.last(key);
      if (verdict === undefined && opinion === undefined && checking === undefined && lastCheck === undefined) continue;
      const counts = verdictCounts({ lbset, verdict: verdict !== undefined }, panic);
      workers.push({
        balancer: id,
        url,
        ...(verdict === undefined ? {} : { verdict }),
        ...(verdict === undefined || (heedsVerdicts && counts) ? {} : { ignored: heedsVerdicts ? 'panic' : 'off' }),
        ...(opinion === undefined ? {} : { opinion }),
        ...(checking === undefined ? {} : { checking }),
        ...(lastCheck === undefined ? {} : { lastCheck }),
      });
    }
  }
  const { state, version, frozen } = held;
  return {
    frames: state,
    ...(version < 0 ? {} : { version }),
    ...(frozen === undefined ? {} : { frozen }),
    workers,
  };
}
