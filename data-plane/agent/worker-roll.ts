import { balancerId, type LbMethod } from '#shared/definition/balancer.ts';
import { effectivePlainWorker, effectiveWorker } from '#shared/definition/defaults.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Override, OverrideParameters } from '#shared/definition/override.ts';
import { plainOwner } from '#shared/definition/plain-owner.ts';
import type { EffectiveWorker, Worker } from '#shared/definition/worker.ts';
import type { StatusChange } from '#shared/definition/worker-status.ts';
import { workerKey } from '../proxy/thread-message.ts';
import { type Acts, actsOf, NO_ACTS } from './operator-acts.ts';
import type { KeyChange } from './slot-allocator.ts';

/**
 * Every worker of a configuration by its owner, a balancer or the plain workers of a virtual host: what has a place in the
 * scoreboard. Owners and workers of which nothing changed are the same objects from one roll to the next.
 */
export type WorkerRoll = {
  /** By `balancerId` or `plainOwner`. Servers without plain workers have no entry. */
  readonly owners: ReadonlyMap<string, OwnerRoll>;
  readonly acts: ReadonlyMap<string, Acts>;
};

export type OwnerRoll = {
  readonly owner: string;
  /** undefined: plain workers, which have no elections. */
  readonly lbmethod: LbMethod | undefined;
  /** By `workerKey`, in configured order. */
  readonly workers: ReadonlyMap<string, RolledWorker>;
  /** Parallel to `list`: one that is named twice stands here twice. */
  readonly rolled: readonly RolledWorker[];
  /** What it was made from. */
  readonly list: readonly Worker[];
  readonly acts: Acts;
};

export type RolledWorker = {
  readonly key: string;
  /** `balancerId`, or `plainOwner`. */
  readonly owner: string;
  readonly url: string;
  readonly effective: EffectiveWorker;
  /** An operator's change of flags, without E, which no operator can set; it is part of `effective.status`. */
  readonly statusChange: StatusChange | undefined;
  /** What it was made from. */
  readonly worker: Worker;
  readonly override: OverrideParameters | undefined;
};

export const EMPTY_ROLL: WorkerRoll = { owners: new Map(), acts: new Map() };

/**
 * Calls the roll. A URL that an owner names twice is one worker, with the parameters of the first.
 *
 * @param last the roll before: what nothing changed about is taken over
 */
export function rollOf(
  definition: Definition,
  overrides: readonly Override[],
  last: WorkerRoll = EMPTY_ROLL,
): WorkerRoll {
  const acts = actsOf(overrides, last.acts);
  const owners = new Map<string, OwnerRoll>();
  const add = (owner: string, lbmethod: LbMethod | undefined, list: readonly Worker[], own: Acts) => {
    const known = last.owners.get(owner);
    const same = known?.list === list && known.acts === own && known.lbmethod === lbmethod;
    owners.set(owner, same ? known : rollOwner({ owner, lbmethod, list, acts: own }, known));
  };
  for (const balancer of definition.balancers) {
    const id = balancerId(balancer);
    add(id, balancer.parameters.lbmethod ?? 'byrequests', balancer.members, acts.get(id) ?? NO_ACTS);
  }
  for (const server of [definition.mainServer, ...definition.virtualHosts]) {
    if (server.workers.length > 0) add(plainOwner(server.id), undefined, server.workers, NO_ACTS);
  }
  return { owners, acts };
}

function rollOwner(source: Omit<OwnerRoll, 'workers' | 'rolled'>, last: OwnerRoll | undefined): OwnerRoll {
  const { owner, lbmethod, list, acts } = source;
  const effectiveOf = lbmethod === undefined ? effectivePlainWorker : effectiveWorker;
  const workers = new Map<string, RolledWorker>();
  const rolled = list.map((worker, at) => {
    // Nearly all of a long list are where they were: their keys are not put together again.
    const key = last?.list[at]?.url === worker.url ? last.rolled[at]!.key : workerKey(owner, worker.url);
    const first = workers.get(key);
    if (first !== undefined) return first;
    const override = acts.byUrl.get(worker.url)?.merged;
    const known = last?.list[at] === worker ? last.rolled[at] : last?.workers.get(key);
    const same = known?.worker === worker && known.override === override;
    const made = same ? known : rollWorker(worker, key, owner, override, effectiveOf(worker, override));
    workers.set(key, made);
    return made;
  });
  return { ...source, workers, rolled };
}

function rollWorker(
  worker: Worker,
  key: string,
  owner: string,
  override: OverrideParameters | undefined,
  effective: EffectiveWorker,
): RolledWorker {
  return { key, owner, url: worker.url, effective, statusChange: override?.status, worker, override };
}

/** All workers of a roll, in configured order. */
export function* workersOf(roll: WorkerRoll): Generator<RolledWorker> {
  for (const { workers } of roll.owners.values()) yield* workers.values();
}

/** Who comes and goes between two rolls. */
export type RollChange = {
  readonly workers: KeyChange;
  readonly balancers: KeyChange;
  /** The workers of `workers.removed`. */
  readonly removed: readonly RolledWorker[];
};

export function rollChange(from: WorkerRoll, to: WorkerRoll): RollChange {
  const added: string[] = [];
  const removed: RolledWorker[] = [];
  const balancers = { added: [] as string[], removed: [] as string[] };
  for (const [owner, now] of to.owners) {
    const before = from.owners.get(owner);
    if (before === now) continue;
    if (before === undefined && now.lbmethod !== undefined) balancers.added.push(owner);
    for (const key of now.workers.keys()) if (before?.workers.has(key) !== true) added.push(key);
    for (const [key, worker] of before?.workers ?? []) if (!now.workers.has(key)) removed.push(worker);
  }
  for (const [owner, before] of from.owners) {
    if (to.owners.has(owner)) continue;
    if (before.lbmethod !== undefined) balancers.removed.push(owner);
    removed.push(...before.workers.values());
  }
  return { workers: { added, removed: removed.map(({ key }) => key) }, balancers, removed };
}
