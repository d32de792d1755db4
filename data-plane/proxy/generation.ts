import type { ElectionBalancer, ElectionMember } from '#shared/balancing/balancing.ts';
import { balancerId } from '#shared/definition/balancer.ts';
import {
  effectivePlainWorker,
  effectiveWorker,
  electionBalancer,
  electionMember,
} from '#shared/definition/defaults.ts';
import { plainOwner } from '#shared/definition/plain-owner.ts';
import type { EffectiveWorker } from '#shared/definition/worker.ts';
import { RouteCompiler } from '#shared/routing/route-compiler.ts';
import { buildRouteTable, type RouteTable } from '#shared/routing/route-table.ts';
import { eachInSteps, keepEqual, mapInSteps, type Steps } from '#shared/slices.ts';
import { NOTHING_PLACED, type PlacedBalancer, type PlacedDefinition, type PlacedWorker } from './placed-definition.ts';
import { type Generation, workerKey } from './thread-message.ts';
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
  /** What it was compiled from. */
  readonly definition: PlacedDefinition;
  readonly routes: RouteTable;
  readonly balancers: ReadonlyMap<string, ProxyBalancer>;
  /** Plain workers by URL, by the id of their server. */
  readonly workers: ReadonlyMap<string, ReadonlyMap<string, ProxyWorker>>;
  readonly pools: ReadonlyMap<string, UpstreamPool>;
  /** Exchanges begun on it and not finished. */
  exchanges: number;
};

/** A generation ready to be swapped to, and what becomes of connections. */
export type CompiledGeneration = {
  readonly generation: ProxyGeneration;
  /** Pools of the generation before that it has no use for. */
  readonly left: readonly UpstreamPool[];
  /** Pools that only it has. */
  readonly fresh: readonly UpstreamPool[];
};

type ThreadShare = { readonly wheel: TimerWheel; readonly thread: number; readonly threads: number };

/** Something made from a list of compiled workers. */
type Compiled<T> = { readonly from: readonly CompiledWorker[]; readonly made: T };

type CompiledWorker = { readonly worker: ProxyWorker; readonly member: ElectionMember; readonly poolKey: string };

/** What a thread serves before it has been told anything. */
export function emptyGeneration(): ProxyGeneration {
  return {
    number: 0,
    revision: 0,
    definition: NOTHING_PLACED,
    routes: buildRouteTable(NOTHING_PLACED),
    balancers: new Map(),
    workers: new Map(),
    pools: new Map(),
    exchanges: 0,
  };
}

/**
 * Compiles one configuration after the other for a thread. What a configuration has in common with one before, object for object,
 * is taken over: routes, workers, balancers, and pools with their connections.
 */
export class GenerationCompiler {
  readonly #share: ThreadShare;
  readonly #routes = new RouteCompiler();
  readonly #workers = new WeakMap<PlacedWorker, CompiledWorker>();
  readonly #lists = new WeakMap<readonly PlacedWorker[], readonly CompiledWorker[]>();
  readonly #balancers = new WeakMap<PlacedBalancer, Compiled<ProxyBalancer>>();
  readonly #plain = new WeakMap<readonly PlacedWorker[], Compiled<ReadonlyMap<string, ProxyWorker>>>();

  constructor(share: ThreadShare) {
    this.#share = share;
  }

  /**
   * Compiles a configuration whole, pausing as it goes: nothing of it is visible to requests before the thread swaps to it. The caller
   * retires the `fresh` pools if it never does, and the `left` ones when it has. Dropped half-way it leaves nothing behind.
   *
   * @param served what the thread serves now: pools whose workers' connection settings are the same are taken over
   * @throws Error if a pattern does not compile
   */
  *compile(source: Omit<Generation, 'listeners'>, served: ProxyGeneration): Steps<CompiledGeneration> {
    const { number, revision, definition } = source;
    const pools = new Map<string, UpstreamPool>();
    const poolOf = (key: string, settings: EffectiveWorker): UpstreamPool => {
      const known = pools.get(key) ?? served.pools.get(key);
      const pool = known ?? this.#newPool(settings);
      pools.set(key, pool);
      return pool;
    };

    const balancers = new Map<string, ProxyBalancer>();
    for (const balancer of definition.balancers) {
      yield;
      const id = balancerId(balancer);
      const compiled = yield* this.#workersOf(id, balancer.members, memberSettings, poolOf);
      balancers.set(id, this.#balancerOf(balancer, compiled));
    }
    const workers = new Map<string, ReadonlyMap<string, ProxyWorker>>();
    for (const server of [definition.mainServer, ...definition.virtualHosts]) {
      yield;
      if (server.workers.length === 0) continue;
      const compiled = yield* this.#workersOf(plainOwner(server.id), server.workers, effectivePlainWorker, poolOf);
      workers.set(server.id, this.#plainOf(server.workers, compiled));
    }
    const routes = yield* this.#routes.compile(definition);

    const left: UpstreamPool[] = [];
    const fresh: UpstreamPool[] = [];
    yield* eachInSteps(served.pools, ([key, pool]) => {
      if (pools.get(key) !== pool) left.push(pool);
    });
    yield* eachInSteps(pools, ([key, pool]) => {
      if (served.pools.get(key) !== pool) fresh.push(pool);
    });
    const generation = { number, revision, definition, routes, balancers, workers, pools, exchanges: 0 };
    return { generation, left, fresh };
  }

  #newPool(settings: EffectiveWorker): UpstreamPool {
    const { thread, threads, wheel } = this.#share;
    return new UpstreamPool(settings, shareOf(settings.max, thread, threads), wheel);
  }

  /** The list of last time, if each of its workers can be taken over. */
  *#workersOf(
    owner: string,
    list: readonly PlacedWorker[],
    settingsOf: (worker: PlacedWorker) => EffectiveWorker,
    poolOf: (key: string, settings: EffectiveWorker) => UpstreamPool,
  ): Steps<readonly CompiledWorker[]> {
    const known = this.#lists.get(list);
    const compiled = yield* mapInSteps(list, (placed) => {
      const before = this.#workers.get(placed);
      if (before !== undefined && poolOf(before.poolKey, before.worker.settings) === before.worker.pool) return before;
      const made = compileWorker(workerKey(owner, placed.url), placed.slot, settingsOf(placed), poolOf);
      this.#workers.set(placed, made);
      return made;
    });
    const kept = keepEqual(known, compiled);
    this.#lists.set(list, kept);
    return kept;
  }

  #balancerOf(balancer: PlacedBalancer, from: readonly CompiledWorker[]): ProxyBalancer {
    const known = this.#balancers.get(balancer);
    if (known?.from === from) return known.made;
    const members = from.map(({ member }) => member);
    const made = {
      election: electionBalancer(balancer, members),
      lock: balancer.lock,
      workers: from.map(({ worker }) => worker),
    };
    this.#balancers.set(balancer, { from, made });
    return made;
  }

  #plainOf(list: readonly PlacedWorker[], from: readonly CompiledWorker[]): ReadonlyMap<string, ProxyWorker> {
    const known = this.#plain.get(list);
    if (known?.from === from) return known.made;
    const made = new Map(from.map(({ worker }) => [worker.settings.url, worker]));
    this.#plain.set(list, { from, made });
    return made;
  }
}

function compileWorker(
  key: string,
  slot: number,
  settings: EffectiveWorker,
  poolOf: (key: string, settings: EffectiveWorker) => UpstreamPool,
): CompiledWorker {
  const poolKey = `${key} ${connectionSettings(settings)}`;
  const worker = { key, slot, settings, hostField: hostField(settings), pool: poolOf(poolKey, settings) };
  return { worker, member: electionMember(settings, slot), poolKey };
}

function memberSettings(worker: PlacedWorker): EffectiveWorker {
  return effectiveWorker(worker, worker.override);
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
