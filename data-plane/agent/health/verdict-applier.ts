import { WorkerStatus } from '#shared/definition/worker-status.ts';
import { decidePanic, type Panic, verdictCounts } from '#shared/health/panic.ts';
import type { Logger } from '../../ports.ts';
import type { WorkerName } from '../configuration-swap.ts';
import type { HealthBalancer, HealthModel, HealthWorker } from './health-model.ts';
import type { HeldVerdicts } from './held-verdicts.ts';

export type VerdictApplierOptions = {
  readonly model: () => HealthModel;
  readonly held: () => HeldVerdicts;
  /** `WorkerStatus` bits of a worker's row now. */
  readonly statusOf: (worker: HealthWorker) => number;
  readonly setFleetDown: (workers: Iterable<WorkerName>, down: boolean) => Promise<void>;
  readonly log: Logger;
};

export type VerdictApplier = ReturnType<typeof createVerdictApplier>;

/** Workers named in one log line. */
const NAMED = 5;
/** Balancers that get log lines of their own at one time; the others are counted in one. */
const SPOKEN_OF = 20;

/** A balancer of thousands that fails as a whole is not gone through for each of its workers, but so often, milliseconds. */
const PAUSE_MS = 50;

/** Which rows of a balancer should carry FLEET_DOWN, and whether panic has a say in that. */
export function wantedDown(
  { members, panic, heedsVerdicts }: HealthBalancer,
  { verdicts }: HeldVerdicts,
  statusOf: (worker: HealthWorker) => number,
): { readonly down: ReadonlySet<string>; readonly panic: Panic } {
  const judged = heedsVerdicts && members.some(({ key }) => verdicts.has(key));
  if (!judged) return { down: new Set(), panic: { kind: 'none' } };
  const seen = members.map((worker) => {
    return { key: worker.key, lbset: worker.lbset, status: statusOf(worker), verdict: verdicts.has(worker.key) };
  });
  const decided = decidePanic(seen, panic);
  return { down: new Set(seen.filter((one) => verdictCounts(one, decided)).map(({ key }) => key)), panic: decided };
}

/**
 * Keeps FLEET_DOWN in the scoreboard as verdicts and panic want it. Compares with the rows themselves, so that whatever came in
 * between (a change of the configuration, a row that began anew) is put right by looking again. One writer, so that an earlier wish
 * never overtakes a later one.
 */
export function createVerdictApplier({ model, held, statusOf, setFleetDown, log }: VerdictApplierOptions) {
  const waiting = new Set<string>();
  /** Balancers with verdicts, and their panic as it was last decided. */
  const panics = new Map<string, Panic>();
  /** Changed by the node's own experience during the pause. */
  const changed = new Set<string>();
  let pause: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let failing = false;
  /** Balancers written to at this time. */
  let written = 0;

  async function work(): Promise<void> {
    for (const id of waiting) {
      waiting.delete(id);
      const balancer = model().balancers.get(id);
      if (balancer === undefined) panics.delete(id);
      else await bring(balancer).catch(failed);
    }
    const unspoken = written - SPOKEN_OF;
    if (unspoken > 0) log.info({ code: 'DP1512', balancers: unspoken }, 'verdicts changed in more balancers');
    written = 0;
  }

  function apply(balancers: Iterable<string>): void {
    for (const id of balancers) waiting.add(id);
    if (waiting.size === 0 || working !== undefined) return;
    working = work().finally(() => {
      working = undefined;
      apply([]);
    });
  }

  function applyChanged(): void {
    pause = undefined;
    if (changed.size === 0) return;
    apply(changed);
    changed.clear();
    pause = setTimeout(applyChanged, PAUSE_MS);
  }

  function failed(err: unknown): void {
    if (!failing) log.error({ code: 'DP1511', err }, 'verdicts could not be written');
    failing = true;
  }

  async function bring(balancer: HealthBalancer): Promise<void> {
    const { down, panic } = wantedDown(balancer, held(), statusOf);
    const isDown = (worker: HealthWorker) => (statusOf(worker) & WorkerStatus.FLEET_DOWN) !== 0;
    const out = balancer.members.filter((worker) => down.has(worker.key) && !isDown(worker));
    const back = balancer.members.filter((worker) => !down.has(worker.key) && isDown(worker));
    notePanic(balancer, panic);
    // Those that come back first: in between nobody must find fewer workers than either state has.
    if (back.length > 0) await setFleetDown(back, false);
    if (out.length > 0) await setFleetDown(out, true);
    failing = false;
    if (back.length + out.length === 0 || ++written > SPOKEN_OF) return;
    note('DP1502', 'workers are in use again', balancer, back);
    note('DP1501', 'workers are left out by the verdict of the fleet', balancer, out);
  }

  function note(code: string, message: string, { id }: HealthBalancer, workers: readonly HealthWorker[]): void {
    if (workers.length === 0) return;
    const named = workers.slice(0, NAMED).map(({ url, key }) => {
      const reason = held().verdicts.get(key)?.reason;
      return reason === undefined ? url : `${url} (${reason})`;
    });
    log.info({ code, balancer: id, count: workers.length, workers: named }, message);
  }

  function notePanic({ id, members, heedsVerdicts }: HealthBalancer, panic: Panic): void {
    const before = panics.get(id)?.kind ?? 'none';
    if (heedsVerdicts && members.some(({ key }) => held().verdicts.has(key))) panics.set(id, panic);
    else panics.delete(id);
    if (before === 'none' && panic.kind !== 'none') {
      log.warn({ code: 'DP1503', balancer: id, panic }, 'verdicts are ignored: too few workers would be left');
    } else if (before !== 'none' && panic.kind === 'none') {
      log.info({ code: 'DP1504', balancer: id }, 'verdicts count again');
    }
  }

  return {
    /** Brings these balancers' rows to what is wanted now; at once if nobody holds their locks. */
    apply,

    /** Panic reckons with what the node itself takes out: at once, but where that has just been done soon. */
    ownExperience(balancer: string): void {
      changed.add(balancer);
      if (pause === undefined) applyChanged();
    },

    /** Looks again at every balancer with verdicts: workers come and go by the node's own experience, which panic reckons with. */
    look: (): void => apply([...panics.keys()]),

    panicOf: (balancer: string): Panic => panics.get(balancer) ?? { kind: 'none' },

    /** Resolves when what was asked for has been written. */
    async stop(): Promise<void> {
      clearTimeout(pause);
      await working;
    },
  };
}
