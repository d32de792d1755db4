import type { ElectionBalancer } from '#shared/balancing/balancing.ts';
import { type Balancer, balancerId } from '#shared/definition/balancer.ts';
import { effectiveBalancer, effectivePlainWorker, effectiveWorker, overrideOf } from '#shared/definition/defaults.ts';
import type { EffectiveWorker } from '#shared/definition/worker.ts';
import { buildRouteTable, type RouteTable } from '#shared/routing/route-table.ts';
import { type Generation, plainOwner, workerKey } from './thread-message.ts';
import type { TimerWheel } from './timers.ts';
import { UpstreamPool } from './upstream-pool.ts';

/** A worker ready to be used by a thread. */
export type ProxyWorker = {
  readonly key: string;
  readonly slot: number;
  readonly settings: EffectiveWorker;
  /** `Host` the worker gets: its port only if it is neither the scheme's default nor 80. */
  readonly hostField: string;
  readonly pool: UpstreamPool;
};

/** A balancer ready to be elected from; `workers` runs parallel to `election.members`. */
export type ProxyBalancer = {
  readonly election: ElectionBalancer;
  /** Scoreboard lock that makes elections one sequence over all threads. */
  readonly lock: number;
  readonly workers: readonly ProxyWorker[];
};

/** One configuration as a thread serves it. Exchanges in flight keep the one they began on. */
export type ProxyGeneration = {
  readonly number: number;
  readonly revision: number;
  readonly routes: RouteTable;
  readonly balancers: ReadonlyMap<string, ProxyBalancer>;
  /** Plain workers by `workerKey(plainOwner(virtual host), url)`. */
  readonly workers: ReadonlyMap<string, ProxyWorker>;
  readonly pools: ReadonlyMap<string, UpstreamPool>;
  /** Exchanges begun on it and not finished. */
  exchanges: number;
};

type PoolSource = {
  readonly wheel: TimerWheel;
  readonly thread: number;
  readonly threads: number;
  /** Pools of the generation served now; one whose worker's connection settings are the same is taken over. */
  readonly pools: ReadonlyMap<string, UpstreamPool>;
};

/**
 * Compiles a configuration whole: nothing of it is visible to requests before the thread swaps to it.
 *
 * @throws Error if a worker has no slot or a balancer no lock (the agent's mistake), or a pattern does not compile
 */
export function compileGeneration(generation: Generation, source: PoolSource): ProxyGeneration {
  const pools = new Map<string, UpstreamPool>();
  const compileWorker = (key: string, settings: EffectiveWorker): ProxyWorker => {
    const slot = generation.slots.get(key);
    if (slot === undefined) throw new Error(`worker ${key} has no scoreboard slot`);
    const poolKey = `${key} ${connectionSettings(settings)}`;
    let pool = pools.get(poolKey) ?? source.pools.get(poolKey);
    pool ??= new UpstreamPool(settings, shareOf(settings.max, source.thread, source.threads), source.wheel);
    pools.set(poolKey, pool);
    return { key, slot, settings, hostField: hostField(settings), pool };
  };

  const { definition, overrides } = generation;
  const compileBalancer = (balancer: Balancer): ProxyBalancer => {
    const id = balancerId(balancer);
    const lock = generation.locks.get(id);
    if (lock === undefined) throw new Error(`balancer ${id} has no scoreboard lock`);
    const acts = overrides.filter((override) => override.balancer === id);
    const workers = balancer.members.map((member) =>
      compileWorker(workerKey(id, member.url), effectiveWorker(member, overrideOf(acts, member.url))),
    );
    const slots = new Map(workers.map((worker) => [worker.settings.url, worker.slot]));
    const election = effectiveBalancer(balancer, overrides, (url) => slots.get(url) ?? missingSlot(id, url));
    return { election, lock, workers };
  };

  const workers = new Map<string, ProxyWorker>();
  for (const host of [definition.mainServer, ...definition.virtualHosts]) {
    for (const worker of host.workers) {
      const key = workerKey(plainOwner(host.id), worker.url);
      workers.set(key, compileWorker(key, effectivePlainWorker(worker)));
    }
  }
  return {
    number: generation.number,
    revision: generation.revision,
    routes: buildRouteTable(definition),
    balancers: new Map(definition.balancers.map((balancer) => [balancerId(balancer), compileBalancer(balancer)])),
    workers,
    pools,
    exchanges: 0,
  };
}

/** What a pool is made from: as long as this stays the same, live connections outlive a configuration change. */
function connectionSettings(worker: EffectiveWorker): string {
  const { scheme, host, port, max, smax, ttlMs, acquireMs, keepalive, disablereuse, addressttlMs } = worker;
  return JSON.stringify([
    scheme,
    host,
    port,
    String(max),
    String(smax),
    ttlMs,
    acquireMs,
    keepalive,
    disablereuse,
    addressttlMs,
  ]);
}

/** A thread's share of a worker's connections: the shares of all threads add up to `max`, but none is less than 1. */
function shareOf(max: number, thread: number, threads: number): number {
  if (!Number.isFinite(max)) return max;
  return Math.max(1, Math.floor(max / threads) + (thread < max % threads ? 1 : 0));
}

function hostField({ host, port, scheme }: EffectiveWorker): string {
  const name = host.includes(':') ? `[${host}]` : host;
  const standard = scheme === 'https' || scheme === 'wss' ? 443 : 80;
  return port === standard || port === 80 ? name : `${name}:${port}`;
}

function missingSlot(balancer: string, url: string): never {
  throw new Error(`member ${url} of balancer ${balancer} has no scoreboard slot`);
}
