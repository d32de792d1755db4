import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { type CheckCounts, countCheck, type HealthCheck, NO_CHECKS } from '#shared/health/health-check.ts';
import type { Logger } from '../../ports.ts';
import type { Scoreboard } from '../../scoreboard/scoreboard.ts';
import { asksSame, isFoundByChecks } from './changed-checks.ts';
import type { CheckResult, CheckRunner, CheckTarget } from './check-runner.ts';
import { type CheckLimits, type CheckPlan, createCheckScheduler } from './check-scheduler.ts';
import type { HealthWorker } from './health-model.ts';
import type { Clock } from './settings.ts';

export type WorkerChecksOptions = {
  readonly scoreboard: Pick<Scoreboard, 'status' | 'errorTimeMs'>;
  readonly worker: (key: string) => HealthWorker | undefined;
  readonly runner: CheckRunner;
  readonly limits: CheckLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** What the node has told the fleet of a worker: nothing, that it fails, or that it answers. */
  readonly told: (key: string) => 'nothing' | 'bad' | 'good';
  /** There is something to tell. */
  readonly tell: (worker: HealthWorker, kind: 'check-failed' | 'check-passed', reason: string) => void;
};

export type LastCheck = {
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly passed: boolean;
  /** What was seen: `status 200`, `connect-failed ECONNREFUSED`. */
  readonly detail: string;
};

/** Workers named in one log line. */
const NAMED = 5;

export type WorkerChecks = ReturnType<typeof createWorkerChecks>;

/** How often due checks are looked for, milliseconds: httpd's loop takes 100. */
const TICK_MS = 50;

/**
 * A probe waits no longer for a connection, milliseconds. Hosts that answer nothing at all, as when a rack has lost its power, would
 * otherwise keep everybody else from being probed for as long as ProxyTimeout says.
 */
const PROBE_CONNECT_MS = 2_000;

/**
 * Makes the checks that are planned, and does on this node what their results entail: as in httpd, C after `hcfails` failures, and
 * an end to C and E after `hcpasses` passes. A recovery probe changes no flag here: it is evidence for the fleet.
 */
export function createWorkerChecks(options: WorkerChecksOptions) {
  const { scoreboard, worker: workerOf, runner, limits, clock, random, log, told, tell } = options;
  const scheduler = createCheckScheduler(limits, random);
  const counts = new Map<string, CheckCounts>();
  const last = new Map<string, LastCheck>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function tick(): void {
    for (const key of scheduler.due(clock.steadyMs())) void begin(key);
    if (scheduler.size() > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  async function begin(key: string): Promise<void> {
    const worker = workerOf(key);
    const kind = scheduler.planned(key);
    const stoppedByHand = worker !== undefined && (statusOf(worker) & WorkerStatus.STOPPED) !== 0;
    // Nobody checks a stopped worker; a probe only finds out whether the fleet's verdict still holds.
    if (worker === undefined || kind === undefined || (kind === 'check' && stoppedByHand)) {
      scheduler.finished(key, true, clock.steadyMs());
      return;
    }
    const result = await runner.run(kind === 'check' ? worker.target : connectOnly(worker.target));
    if (stopped) return;
    scheduler.finished(key, result.passed, clock.steadyMs());
    const now = workerOf(key);
    // Its row may have gone to another worker meanwhile, or its checks to another node; or they ask something else now.
    if (now?.incarnation !== worker.incarnation || !asksSame(worker, now) || scheduler.planned(key) !== kind) return;
    last.set(key, { timeMs: clock.wallMs(), ...result });
    if (kind === 'check' && now.check !== undefined) judge(now, now.check, result);
    else tellProbe(now, result);
  }

  function judge(worker: HealthWorker, check: HealthCheck, { passed, detail }: CheckResult): void {
    const { key, slot } = worker;
    const before = counts.get(key) ?? NO_CHECKS;
    const opinion = told(key);
    const counted = countCheck(before, check, { status: statusOf(worker), passed, reportedDown: opinion === 'bad' });
    counts.set(key, counted.counts);
    if (counted.counts.fails !== before.fails || counted.effect === 'fail') {
      scoreboard.errorTimeMs[slot] = clock.wallMs();
    }
    if (counted.effect === 'fail') {
      Atomics.or(scoreboard.status, slot, WorkerStatus.HC_FAIL);
      log.warn(
        { code: 'DP1509', balancer: worker.balancer, worker: worker.url, reason: detail },
        'worker fails its checks',
      );
      tell(worker, 'check-failed', detail);
    } else if (counted.effect === 'pass') {
      Atomics.and(scoreboard.status, slot, ~(WorkerStatus.HC_FAIL | WorkerStatus.IN_ERROR));
      log.info({ code: 'DP1510', balancer: worker.balancer, worker: worker.url }, 'worker passes its checks again');
      tell(worker, 'check-passed', detail);
    } else if (passed && opinion === 'nothing') {
      // The fleet must hear of good workers, too, to weigh those who say otherwise.
      tell(worker, 'check-passed', detail);
    }
  }

  function tellProbe(worker: HealthWorker, { passed, detail }: CheckResult): void {
    if (told(worker.key) === (passed ? 'good' : 'bad')) return;
    tell(worker, passed ? 'check-passed' : 'check-failed', detail);
  }

  function statusOf({ slot }: HealthWorker): number {
    return Atomics.load(scoreboard.status, slot);
  }

  return {
    /** What this node checks a worker for, from now on; undefined: not at all. */
    plan(key: string, plan: CheckPlan | undefined): void {
      if (plan === undefined) scheduler.drop(key);
      else if (!stopped) {
        scheduler.plan(key, plan, clock.steadyMs());
        timer ??= setInterval(tick, TICK_MS);
      }
    },

    planned: scheduler.planned,
    last: (key: string): LastCheck | undefined => last.get(key),

    /**
     * Workers that are not asked any more what they were: forgets what checks found, C included, which nobody else would ever clear.
     * The checks that are made now decide afresh.
     */
    beginAnew(workers: readonly HealthWorker[]): void {
      for (const { key } of workers) {
        counts.delete(key);
        last.delete(key);
      }
      const failed = workers.filter((one) => isFoundByChecks(one) && (statusOf(one) & WorkerStatus.HC_FAIL) !== 0);
      if (failed.length === 0) return;
      for (const { slot } of failed) Atomics.and(scoreboard.status, slot, ~WorkerStatus.HC_FAIL);
      const named = failed.slice(0, NAMED).map(({ url }) => url);
      log.info({ code: 'DP1513', count: failed.length, workers: named }, 'checks that workers failed have changed');
    },

    /** Forgets workers that are not configured any more. */
    retain(isConfigured: (key: string) => boolean): void {
      for (const key of scheduler.keys()) if (!isConfigured(key)) scheduler.drop(key);
      for (const key of last.keys()) if (!isConfigured(key)) last.delete(key);
      for (const key of counts.keys()) if (!isConfigured(key)) counts.delete(key);
    },

    stop(): void {
      stopped = true;
      clearInterval(timer);
      runner.close();
    },
  };
}

function connectOnly(target: CheckTarget): CheckTarget {
  return { ...target, request: undefined, connectTimeoutMs: Math.min(target.connectTimeoutMs, PROBE_CONNECT_MS) };
}
