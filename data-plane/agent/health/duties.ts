import { setImmediate as nextTurn } from 'node:timers/promises';
import { WorkerStatus } from '#shared/definition/worker-status.ts';
import type { Members } from '#shared/health/health-frame.ts';
import { createObservers, type Observers } from '#shared/health/rendezvous.ts';
import type { CheckPlan } from './check-scheduler.ts';
import type { HealthModel, HealthWorker } from './health-model.ts';
import type { HeldVerdicts } from './held-verdicts.ts';
import type { Opinions } from './opinions.ts';
import type { HealthSettings } from './settings.ts';
import type { WorkerChecks } from './worker-checks.ts';

export type DutiesOptions = {
  /** This node's name. */
  readonly node: string;
  readonly model: () => HealthModel;
  readonly held: () => HeldVerdicts;
  readonly opinions: Pick<Opinions, 'isBad'>;
  /** `WorkerStatus` bits of a worker's row now. */
  readonly statusOf: (worker: HealthWorker) => number;
  readonly checks: Pick<WorkerChecks, 'plan'>;
  readonly settings: Pick<HealthSettings, 'probeMs' | 'maxProbeMs' | 'dutiesMs'>;
  readonly random: () => number;
};

export type Duties = ReturnType<typeof createDuties>;

/** Workers whose duty is worked out before others get their turn. */
const PIECE = 64;

/**
 * Which workers this node checks, and for what. Observers make the configured checks, and everybody does where nobody else is known to;
 * who has reported a worker checks it, too, to be able to take that back; and so does every node on which C is set, by whomever,
 * since only its own passing checks clear it there. A worker without checks of its own is probed while it is out, as
 * evidence for a fleet that listens.
 */
export function createDuties({ node, model, held, opinions, statusOf, checks, settings, random }: DutiesOptions) {
  let members: Members | undefined;
  /** Made of `members` when it is asked: in a large fleet that is some work, and most nodes with few workers out never ask. */
  let observers: Observers | undefined;
  /** Whether this node observes a worker, by its key; as far as it has been asked. */
  let observed = new Map<string, boolean>();
  /** Which working out of all duties is the newest. */
  let round = 0;
  /** Keys of workers whose verdict has changed. */
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  function planOf(worker: HealthWorker): CheckPlan | undefined {
    const { key, check } = worker;
    const reported = opinions.isBad(key);
    if (check !== undefined) {
      const wanted = reported || (statusOf(worker) & WorkerStatus.HC_FAIL) !== 0 || observes(key);
      return wanted ? { kind: 'check', intervalMs: check.intervalMs } : undefined;
    }
    const { state, verdicts } = held();
    const wanted = reported || (verdicts.has(key) && observes(key));
    if (state !== 'fresh' || !wanted) return undefined;
    return { kind: 'probe', intervalMs: settings.probeMs, maxIntervalMs: settings.maxProbeMs };
  }

  function observes(key: string): boolean {
    if (held().state !== 'fresh' || members === undefined || members.members.length === 0) return true;
    observers ??= createObservers(members);
    let mine = observed.get(key);
    if (mine === undefined) {
      mine = observers.of(key).includes(node);
      observed.set(key, mine);
    }
    return mine;
  }

  function assign(worker: HealthWorker): void {
    checks.plan(worker.key, planOf(worker));
  }

  /** In pieces, until other duties are worked out: choosing observers among many nodes for many workers takes a while. */
  async function assignEach(workers: Iterable<HealthWorker>): Promise<void> {
    const mine = round;
    let done = 0;
    for (const worker of workers) {
      assign(worker);
      if (++done % PIECE !== 0) continue;
      await nextTurn();
      if (mine !== round) return;
    }
  }

  function assignAll(): void {
    round++;
    due.clear();
    void assignEach(model().workers.values());
  }

  function assignDue(): void {
    timer = undefined;
    const { workers } = model();
    const changed = [...due].flatMap((key) => workers.get(key) ?? []);
    due.clear();
    void assignEach(changed);
  }

  return {
    /** Works out one worker's. */
    assign,

    /**
     * Works out those of workers whose verdict has changed, a little later: whatever else this machine runs takes the verdict first, and
     * the nodes of a fleet do not begin their probes in the same moment.
     */
    assignSoon(keys: Iterable<string>): void {
      for (const key of keys) due.add(key);
      if (due.size > 0) timer ??= setTimeout(assignDue, settings.dutiesMs * random());
    },

    /** Works out all of them anew. */
    assignAll,

    /** Other nodes live now. */
    setMembers(next: Members): void {
      if (next.version === members?.version) return;
      members = next;
      observers = undefined;
      observed = new Map();
      assignAll();
    },

    stop(): void {
      round++;
      clearTimeout(timer);
      timer = undefined;
      due.clear();
    },
  };
}
