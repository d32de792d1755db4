import { type Balancer, balancerId, type LbMethod } from '#shared/definition/balancer.ts';
import { effectivePlainWorker, effectiveWorker, overrideOf } from '#shared/definition/defaults.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Override, OverrideParameters } from '#shared/definition/override.ts';
import type { EffectiveWorker } from '#shared/definition/worker.ts';
import { type StatusChange, WorkerStatus } from '#shared/definition/worker-status.ts';
import { plainOwner, workerKey } from '../proxy/thread-message.ts';

/** Every worker of a configuration, by `workerKey`, and every balancer, by id: what has a place in the scoreboard. */
export type WorkerRoll = {
  readonly workers: ReadonlyMap<string, RolledWorker>;
  readonly balancers: ReadonlyMap<string, RolledBalancer>;
};

export type RolledWorker = {
  /** `balancerId`, or `plainOwner`. */
  readonly owner: string;
  readonly url: string;
  readonly effective: EffectiveWorker;
  /** An operator's change of flags, without E, which no operator can set; it is part of `effective.status`. */
  readonly statusChange: StatusChange | undefined;
};

export type RolledBalancer = { readonly lbmethod: LbMethod; readonly members: readonly string[] };

export const EMPTY_ROLL: WorkerRoll = { workers: new Map(), balancers: new Map() };

/** Calls the roll. A URL that a balancer names twice is one worker, with the parameters of the first. */
export function rollOf(definition: Definition, overrides: readonly Override[]): WorkerRoll {
  const workers = new Map<string, RolledWorker>();
  const balancers = new Map<string, RolledBalancer>();
  for (const balancer of definition.balancers) {
    const rolled = rollMembers(balancer, overrides);
    for (const [key, worker] of rolled) workers.set(key, worker);
    const lbmethod = balancer.parameters.lbmethod ?? 'byrequests';
    balancers.set(balancerId(balancer), { lbmethod, members: [...rolled.keys()] });
  }
  for (const server of [definition.mainServer, ...definition.virtualHosts]) {
    const owner = plainOwner(server.id);
    for (const worker of server.workers) {
      const key = workerKey(owner, worker.url);
      if (workers.has(key)) continue;
      workers.set(key, { owner, url: worker.url, effective: effectivePlainWorker(worker), statusChange: undefined });
    }
  }
  return { workers, balancers };
}

function rollMembers(balancer: Balancer, overrides: readonly Override[]): Map<string, RolledWorker> {
  const owner = balancerId(balancer);
  const own = overrides.filter((override) => override.balancer === owner);
  const members = new Map<string, RolledWorker>();
  for (const member of balancer.members) {
    const key = workerKey(owner, member.url);
    if (members.has(key)) continue;
    const override = withoutError(overrideOf(own, member.url));
    const effective = effectiveWorker(member, override);
    members.set(key, { owner, url: member.url, effective, statusChange: override?.status });
  }
  return members;
}

/** @source apache-semantics section 18: `E cannot be changed` by hand; clearing it is our addition. */
function withoutError(override: OverrideParameters | undefined): OverrideParameters | undefined {
  if (override?.status === undefined) return override;
  return { ...override, status: { ...override.status, set: override.status.set & ~WorkerStatus.IN_ERROR } };
}
