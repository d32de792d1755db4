import { statusWords } from '#shared/definition/worker-status.ts';
import { compareHeads, type Head } from '#shared/snapshot/head.ts';
import type { Agent } from '../agent/agent.ts';
import { lagOf, standingErrors } from '../agent/follower-state.ts';
import type { NodeIdentity } from '../agent/reporter.ts';

export type StatusSources = {
  readonly identity: NodeIdentity;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startedMs: number;
  readonly threads: { readonly configured: number; readonly up: number; readonly deaths: number };
  readonly agent: Pick<Agent, 'view' | 'workers' | 'listeners'>;
  readonly stopping: boolean;
};

export type StatusView = ReturnType<typeof statusView>;

/**
 * What a node says of itself: what it serves, how far behind that is, why it does not serve the newest, and how everything it needs
 * for that is. Durations are milliseconds; revisions and hashes are as acknowledged.
 */
export function statusView({ identity, version, labels, startedMs, threads, agent, stopping }: StatusSources) {
  const { follower, bus, poll, health, unmatchedMappings, earlierRuns, dropped } = agent.view();
  const { served, target, newest, swapping } = follower;
  const ofWorker = new Map(health.workers.map((worker) => [`${worker.balancer} ${worker.url}`, worker]));
  return {
    ...identity,
    version,
    labels,
    upMs: Math.round(performance.now() - startedMs),
    stopping,
    serving: served && headView(served.head),
    /** Whether the bus or a control plane has vouched for it in this run, or only the disk has. */
    confirmed: follower.confirmed,
    newest: newest && { ...headView(newest.head), seenForMs: Math.round(performance.now() - newest.atMs) },
    lagRevisions: lagOf(follower),
    goingTo: (swapping ?? target) && headView((swapping ?? target)?.head as Head),
    attempts: target?.attempts ?? 0,
    errors: standingErrors(follower),
    rejected: follower.refusals
      .toSorted(compareHeads)
      .map(({ epoch, revision, stateHash, passing, errors }) => ({ epoch, revision, stateHash, passing, errors })),
    bus: { ...bus, forMs: Math.round(bus.forMs) },
    poll,
    threads,
    listeners: agent.listeners(),
    unmatchedMappings,
    earlierRunsToReport: earlierRuns,
    dropped,
    health: { frames: health.frames, version: health.version, frozen: health.frozen },
    workers: agent.workers().map((worker) => {
      const { balancer, url } = worker;
      const { balancer: _, url: __, ...known } = ofWorker.get(`${balancer} ${url}`) ?? { balancer, url };
      return { ...worker, status: statusWords(worker.status), ...known };
    }),
  };
}

function headView({ epoch, revision, chainHash, stateHash }: Head) {
  return { epoch, revision, chainHash, stateHash };
}

/** JSON of it; counters become text, for they may outgrow its numbers. */
export function statusJson(view: StatusView): string {
  return JSON.stringify(view, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2);
}
