import { type Balancer, balancerId } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { plainOwner } from '#shared/definition/plain-owner.ts';
import type { Route } from '#shared/definition/route.ts';
import type { Location, VirtualHost } from '#shared/definition/virtual-host.ts';
import type { Worker } from '#shared/definition/worker.ts';
import type { CountedRoute } from '#shared/routing/compiled-route.ts';
import { keepEqual } from '#shared/slices.ts';
import type { PlacedBalancer, PlacedDefinition, PlacedServer, PlacedWorker } from '../proxy/placed-definition.ts';
import type { Placement } from './placement.ts';
import { routeKey } from './route-roll.ts';
import type { OwnerRoll, RolledWorker } from './worker-roll.ts';

/** What the node serves, with its places: what the next one is compared with. */
export type PlacedBefore = {
  readonly definition: Definition;
  readonly placement: Pick<Placement, 'roll'>;
  readonly placed: PlacedDefinition;
};

/**
 * Writes everybody's place into a definition, for the threads. Objects that are the same as in the configuration served, and have
 * the same places, come out the same: places never change while a key stays configured.
 */
export class DefinitionPlacer {
  // By the object placed: whoever moved inside a list is found again. What an abandoned configuration left here is checked.
  readonly #workers = new WeakMap<Worker, PlacedWorker>();
  readonly #routes = new WeakMap<Route, CountedRoute>();
  readonly #locations = new WeakMap<Location, Location>();

  place(definition: Definition, placement: Placement, before: PlacedBefore | undefined): PlacedDefinition {
    const { mainServer, virtualHosts, balancers } = definition;
    const servers = new Map(before?.definition.virtualHosts.map((server, i) => [server.id, i]));
    const known = new Map(before?.definition.balancers.map((balancer, i) => [balancerId(balancer), i]));
    const main = before && { source: before.definition.mainServer, placed: before.placed.mainServer };
    return {
      mainServer: this.#server(mainServer, placement, main, before?.placement),
      virtualHosts: virtualHosts.map((server) => {
        const at = servers.get(server.id) ?? -1;
        const [source, placed] = [before?.definition.virtualHosts[at], before?.placed.virtualHosts[at]];
        const last = source && placed && { source, placed };
        return this.#server(server, placement, last, before?.placement);
      }),
      balancers: balancers.map((balancer) => {
        const at = known.get(balancerId(balancer)) ?? -1;
        const [source, placed] = [before?.definition.balancers[at], before?.placed.balancers[at]];
        const last = source && placed && { source, placed };
        return this.#balancer(balancer, placement, last, before?.placement);
      }),
    };
  }

  #server(
    server: VirtualHost,
    placement: Placement,
    last: { readonly source: VirtualHost; readonly placed: PlacedServer } | undefined,
    before: Pick<Placement, 'roll'> | undefined,
  ): PlacedServer {
    const owner = plainOwner(server.id);
    const roll = placement.roll.owners.get(owner);
    if (last?.source === server && roll === before?.roll.owners.get(owner)) return last.placed;
    const ids = placement.routeRoll.get(server.id)?.ids;
    const rowOf = (id: string | undefined) =>
      id === undefined ? undefined : placement.routes.live.get(routeKey(server.id, id))?.slot;
    const routes = server.routes.map((route, i) => this.#route(route, rowOf(ids?.routes[i])));
    const locations = server.locations.map((location, i) => this.#location(location, rowOf(ids?.locations[i])));
    const workers = this.#workersOf(
      server.workers,
      roll,
      placement,
      last && { roll: before?.roll.owners.get(owner), placed: last.placed.workers },
    );
    return {
      ...server,
      routes: keepEqual(last?.placed.routes, routes),
      locations: keepEqual(last?.placed.locations, locations),
      workers: keepEqual(last?.placed.workers, workers),
    };
  }

  #balancer(
    balancer: Balancer,
    placement: Placement,
    last: { readonly source: Balancer; readonly placed: PlacedBalancer } | undefined,
    before: Pick<Placement, 'roll'> | undefined,
  ): PlacedBalancer {
    const id = balancerId(balancer);
    const roll = placement.roll.owners.get(id);
    if (last?.source === balancer && roll === before?.roll.owners.get(id)) return last.placed;
    const lock = placement.locks.live.get(id);
    if (lock === undefined) throw new Error(`invariant broken: balancer ${id} has no scoreboard lock`);
    const members = this.#workersOf(
      balancer.members,
      roll,
      placement,
      last && { roll: before?.roll.owners.get(id), placed: last.placed.members },
    );
    return { ...balancer, lock: lock.slot, members: keepEqual(last?.placed.members, members) };
  }

  #workersOf(
    list: readonly Worker[],
    roll: OwnerRoll | undefined,
    placement: Placement,
    last: { readonly roll: OwnerRoll | undefined; readonly placed: readonly PlacedWorker[] } | undefined,
  ): readonly PlacedWorker[] {
    return list.map((worker, at) => {
      const rolled = roll?.rolled[at];
      if (rolled === undefined) throw new Error(`invariant broken: worker ${worker.url} is not on the roll`);
      // A look at the place it had is all that nearly all of a long list need.
      const before = last?.placed[at];
      const same = before !== undefined && last?.roll?.list[at] === worker && last.roll.rolled[at] === rolled;
      return same ? before : this.#worker(worker, rolled, placement);
    });
  }

  #worker(worker: Worker, { key, override }: RolledWorker, { slots }: Placement): PlacedWorker {
    const slot = slots.live.get(key)?.slot;
    if (slot === undefined) throw new Error(`invariant broken: worker ${key} has no scoreboard slot`);
    const known = this.#workers.get(worker);
    if (known !== undefined && known.slot === slot && known.override === override) return known;
    const placed = { ...worker, slot, ...(override === undefined ? {} : { override }) };
    this.#workers.set(worker, placed);
    return placed;
  }

  #route(route: Route, row: number | undefined): CountedRoute {
    if (row === undefined) return route;
    const known = this.#routes.get(route);
    if (known?.row === row) return known;
    const counted = { ...route, row };
    this.#routes.set(route, counted);
    return counted;
  }

  #location(location: Location, row: number | undefined): Location {
    const { route } = location;
    if (row === undefined || route === undefined) return location;
    const counted = this.#route(route, row);
    const known = this.#locations.get(location);
    if (known?.route === counted) return known;
    const placed = { ...location, route: counted };
    this.#locations.set(location, placed);
    return placed;
  }
}
