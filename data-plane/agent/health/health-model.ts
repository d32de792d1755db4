import { balancerId, type LbMethod } from '#shared/definition/balancer.ts';
import { effectiveSettings } from '#shared/definition/defaults.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { EffectiveWorker } from '#shared/definition/worker.ts';
import { checkRequest, type HealthCheck, healthCheckOf } from '#shared/health/health-check.ts';
import { DEFAULT_PANIC } from '#shared/health/panic.ts';
import { workerKey } from '../../proxy/thread-message.ts';
import type { CheckTarget } from './check-runner.ts';

/** What health needs to know of the configuration in service. Plain workers have no place in it: they have nothing to fail over to. */
export type HealthModel = {
  /** By `balancerId`. */
  readonly balancers: ReadonlyMap<string, HealthBalancer>;
  /** By `workerKey`. */
  readonly workers: ReadonlyMap<string, HealthWorker>;
};

export type HealthBalancer = {
  readonly id: string;
  /** False: `verdict=off`. */
  readonly heedsVerdicts: boolean;
  /** Percent. */
  readonly panic: number;
  readonly lbmethod: LbMethod;
  readonly fleetbalance: boolean;
  /** In configured order. */
  readonly members: readonly HealthWorker[];
};

export type HealthWorker = {
  readonly key: string;
  /** `balancerId`. */
  readonly balancer: string;
  readonly url: string;
  /** Scoreboard row. */
  readonly slot: number;
  /** Generation that made the row. */
  readonly incarnation: number;
  readonly lbset: number;
  readonly lbfactor: number;
  /** `WorkerStatus` bits that the configuration and operators want, E and C included. */
  readonly flags: number;
  /** undefined: `hcmethod` is not set. */
  readonly check: HealthCheck | undefined;
  /** What to connect to, and what to say there. */
  readonly target: CheckTarget;
};

/** A row of the scoreboard, as far as health asks whose it is; the agent's `Row` is one. */
export type HealthRow = {
  readonly slot: number;
  readonly incarnation: number;
  readonly retired: boolean;
  readonly worker: { readonly owner: string; readonly url: string; readonly effective: EffectiveWorker };
};

export const EMPTY_MODEL: HealthModel = { balancers: new Map(), workers: new Map() };

/**
 * The model of a configuration.
 *
 * @param rows of the configuration; those of retired workers do not count
 */
export function healthModel(definition: Definition, rows: readonly HealthRow[]): HealthModel {
  const placed = new Map(
    rows.filter(({ retired }) => !retired).map((row) => [workerKey(row.worker.owner, row.worker.url), row]),
  );
  const servers = new Map(definition.virtualHosts.map((server) => [server.id, server]));
  const balancers = new Map<string, HealthBalancer>();
  const workers = new Map<string, HealthWorker>();
  for (const balancer of definition.balancers) {
    const { parameters: p } = balancer;
    const id = balancerId(balancer);
    const server = servers.get(balancer.virtualHost ?? '') ?? definition.mainServer;
    const { proxyTimeoutMs } = effectiveSettings(definition.mainServer, server);
    for (const { url, parameters } of balancer.members) {
      const key = workerKey(id, url);
      const row = placed.get(key);
      if (row === undefined || workers.has(key)) continue;
      const { slot, incarnation, worker } = row;
      const { lbset, lbfactor, status: flags, host, port, path, connectiontimeoutMs } = worker.effective;
      const { timeoutMs = proxyTimeoutMs } = worker.effective;
      const check = healthCheckOf(parameters);
      const request = check === undefined ? undefined : checkRequest(check, { host, port, path });
      const target = { host, port, connectTimeoutMs: connectiontimeoutMs ?? timeoutMs, timeoutMs, request };
      workers.set(key, { key, balancer: id, url, slot, incarnation, lbset, lbfactor, flags, check, target });
    }
    const members = balancer.members.flatMap(({ url }) => workers.get(workerKey(id, url)) ?? []);
    balancers.set(id, {
      id,
      heedsVerdicts: p.verdict?.kind !== 'off',
      panic: p.panic ?? DEFAULT_PANIC,
      lbmethod: p.lbmethod ?? 'byrequests',
      fleetbalance: p.fleetbalance ?? false,
      members: [...new Set(members)],
    });
  }
  return { balancers, workers };
}
