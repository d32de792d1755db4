import type { CredentialExpiry } from '#shared/credential-expiry.ts';
import { statusWords } from '#shared/definition/worker-status.ts';
import { mapInSteps, type Steps } from '#shared/slices.ts';
import { compareHeads, type Head } from '#shared/snapshot/head.ts';
import type { Agent } from '../agent/agent.ts';
import { lagOf } from '../agent/follower-state.ts';
import type { NodeIdentity } from '../agent/reporter.ts';

export type StatusSources = {
  readonly identity: NodeIdentity;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startedMs: number;
  readonly threads: { readonly configured: number; readonly up: number; readonly deaths: number };
  readonly agent: Pick<Agent, 'view' | 'workers' | 'listeners'>;
  readonly credentials: readonly CredentialExpiry[];
  readonly stopping: boolean;
};

export type StatusView = ReturnType<typeof statusView>;

/**
 * What a node says of itself: what it serves, how far behind that is, why it does not serve the newest, and how everything it needs
 * for that is. Durations are milliseconds; revisions and hashes are as acknowledged.
 */
export function statusView(sources: StatusSources) {
  const { identity, version, labels, startedMs, threads, agent, credentials, stopping } = sources;
  const { follower, errors, bus, poll, health, unmatchedMappings, earlierRuns, dropped } = agent.view();
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
    errors,
    rejected: follower.refusals
      .toSorted(compareHeads)
      .map(({ epoch, revision, stateHash, passing, errors }) => ({ epoch, revision, stateHash, passing, errors })),
    bus: { ...bus, forMs: Math.round(bus.forMs) },
    poll,
    credentials: credentials.map(({ credential, file, expiresMs }) => ({
      credential,
      file,
      expires: new Date(expiresMs).toISOString(),
      expiresInMs: expiresMs - Date.now(),
    })),
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

/** Why a node is not to be sent requests; undefined: it is. */
export function unreadyBecause(node: {
  readonly stopping: boolean;
  readonly serving: number | undefined;
  readonly threadsUp: number;
}): string | undefined {
  if (node.stopping) return 'stopping';
  if (node.serving === undefined) return 'no configuration is served yet';
  return node.threadsUp === 0 ? 'no proxy thread is running' : undefined;
}

/**
 * JSON of it, one worker per line; counters become text, for they may outgrow its numbers. Pauses, since there may be thousands of
 * workers.
 */
export function* statusJson({ workers, ...rest }: StatusView): Steps<string> {
  const lines = yield* mapInSteps(workers, (worker) => `    ${JSON.stringify(worker, withoutBigints)}`);
  const begun = JSON.stringify(rest, withoutBigints, 2).slice(0, -'\n}'.length);
  return `${begun},\n  "workers": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
