import type { ReverseRule, Route } from '../definition/route.ts';
import type { Location, VirtualHost } from '../definition/virtual-host.ts';
import type { Worker } from '../definition/worker.ts';
import { keepEqual, mapInSteps, type Steps } from '../slices.ts';
import { type CompiledRoute, compileRoute, type RouteContext, workersBehind } from './compiled-route.ts';
import { type CompiledLocation, compileLocation } from './location.ts';
import { indexWorkers, type OriginWorkers, type WorkerIndex } from './plain-worker.ts';
import { balancerOfReverseRule, type CompiledReverseRule, compileReverseRule } from './proxy-pass-reverse.ts';

/** Members of a balancer by the name a server's rules use for it. */
export type Members = (balancerName: string) => readonly Worker[] | undefined;

/**
 * What was compiled for one server, by the object it was compiled from: definitions are never changed in place, so the same object
 * under the same circumstances gives the same result. Lists come out as the very list of last time when nothing in them changed.
 */
export class ServerMemo {
  readonly #routes = new WeakMap<
    Route,
    { readonly compiled: CompiledRoute; readonly behind: OriginWorkers | undefined }
  >();
  readonly #reverse = new WeakMap<
    ReverseRule,
    { readonly compiled: CompiledReverseRule; readonly members: readonly Worker[] | undefined }
  >();
  readonly #locations = new WeakMap<
    Location,
    {
      readonly compiled: CompiledLocation;
      readonly behind: OriginWorkers | undefined;
      readonly reverse: readonly CompiledReverseRule[];
    }
  >();
  #index: { readonly of: readonly Worker[]; readonly index: WorkerIndex } | undefined;
  #routeList:
    | { readonly of: readonly Route[]; readonly workers: WorkerIndex; readonly compiled: readonly CompiledRoute[] }
    | undefined;
  #locationList: readonly CompiledLocation[] | undefined;
  #mainLocationList: readonly CompiledLocation[] | undefined;
  #reverseList: readonly CompiledReverseRule[] | undefined;

  *workers({ id, workers }: VirtualHost): Steps<WorkerIndex> {
    if (this.#index?.of === workers) return this.#index.index;
    const index = yield* indexWorkers(id, workers, this.#index?.index);
    this.#index = { of: workers, index };
    return index;
  }

  *routes(routes: readonly Route[], context: RouteContext): Steps<readonly CompiledRoute[]> {
    const last = this.#routeList;
    const { workers } = context;
    if (last?.of === routes && last.workers === workers) return last.compiled;
    const made = yield* mapInSteps(routes, (route) => {
      const known = this.#routes.get(route);
      const behind = workersBehind(route, workers);
      if (known !== undefined && known.behind === behind) return known.compiled;
      const compiled = compileRoute(route, context);
      this.#routes.set(route, { compiled, behind });
      return compiled;
    });
    const compiled = keepEqual(last?.compiled, made);
    this.#routeList = { of: routes, workers, compiled };
    return compiled;
  }

  *reverse(rules: readonly ReverseRule[], members: Members): Steps<readonly CompiledReverseRule[]> {
    const compiled = yield* mapInSteps(rules, (rule) => this.reverseRule(rule, members));
    this.#reverseList = keepEqual(this.#reverseList, compiled);
    return this.#reverseList;
  }

  reverseRule(rule: ReverseRule, members: Members): CompiledReverseRule {
    const name = balancerOfReverseRule(rule);
    const ofBalancer = name === undefined ? undefined : members(name);
    const known = this.#reverse.get(rule);
    if (known !== undefined && known.members === ofBalancer) return known.compiled;
    const compiled = compileReverseRule(rule, members);
    this.#reverse.set(rule, { compiled, members: ofBalancer });
    return compiled;
  }

  *locations(
    locations: readonly Location[],
    context: RouteContext,
    members: Members,
  ): Steps<readonly CompiledLocation[]> {
    const compiled = yield* mapInSteps(locations, (location) => {
      const { route, reverseRules } = location;
      const known = this.#locations.get(location);
      const behind = route === undefined ? undefined : workersBehind(route, context.workers);
      const rules = reverseRules.map((rule) => this.reverseRule(rule, members));
      const reverse = keepEqual(known?.reverse, rules);
      if (known !== undefined && known.behind === behind && known.reverse === reverse) return known.compiled;
      const made = compileLocation(location, context, reverse);
      this.#locations.set(location, { compiled: made, behind, reverse });
      return made;
    });
    this.#locationList = keepEqual(this.#locationList, compiled);
    return this.#locationList;
  }

  /**
   * The main server's sections inside a virtual host that has balancers of its own: their reverse rules follow those.
   *
   * @param compiled the sections as the main server has them, parallel to `locations`
   */
  *mainLocations(
    locations: readonly Location[],
    compiled: readonly CompiledLocation[],
    members: Members,
    redefined: (rules: readonly ReverseRule[]) => boolean,
  ): Steps<readonly CompiledLocation[]> {
    const before = this.#mainLocationList;
    const inside = yield* mapInSteps(compiled, (section, place) => {
      const rules = locations[place]?.reverseRules ?? [];
      if (!redefined(rules)) return section;
      const known = before?.[place];
      const reverse = keepEqual(
        known?.reverse,
        rules.map((rule) => this.reverseRule(rule, members)),
      );
      const { match, settings, route } = section;
      const same = known?.reverse === reverse && known.match === match && known.settings === settings;
      return same && known.route === route ? known : { ...section, reverse };
    });
    this.#mainLocationList = keepEqual(before, inside);
    return this.#mainLocationList;
  }
}
