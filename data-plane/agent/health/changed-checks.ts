import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { HealthModel, HealthWorker } from './health-model.ts';

/** Whether a worker is asked the same by its checks before and after a change; how often does not matter. */
export function asksSame(before: HealthWorker, after: HealthWorker): boolean {
  const bothChecked = (before.check === undefined) === (after.check === undefined);
  return bothChecked && before.target.request === after.target.request;
}

/**
 * Workers whose checks a change of the configuration ended or replaced: what those found says nothing any more.
 *
 * @source apache-semantics section 21: a change of httpd's configuration is a restart, after which C is gone
 */
export function askedOtherwise(before: HealthModel, after: HealthModel): readonly HealthWorker[] {
  return [...after.workers.values()].filter((worker) => {
    const was = before.workers.get(worker.key);
    return was?.check !== undefined && was.incarnation === worker.incarnation && !asksSame(was, worker);
  });
}

/** Whether C on a worker can only be what checks found: neither the configuration nor an operator wants it. */
export function isFoundByChecks({ flags }: HealthWorker): boolean {
  return (flags & WorkerStatus.HC_FAIL) === 0;
}
