import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancerId } from '#shared/definition/balancer.ts';
import { plainOwner } from '#shared/definition/plain-owner.ts';
import { routeIds } from '#shared/routing/route-id.ts';
import { runToEnd } from '#shared/slices.ts';
import { arbitraryChange, arbitraryConfiguration, type Configuration } from '#test/support/changing-definition.ts';
import { keepSame } from '../../../data-plane/agent/keep-same.ts';
import { DefinitionPlacer, type PlacedBefore } from '../../../data-plane/agent/place-definition.ts';
import { emptyPlacement, type Placement, placeRoll, releasePlaces } from '../../../data-plane/agent/placement.ts';
import { routeKey, routeRollOf } from '../../../data-plane/agent/route-roll.ts';
import { rollOf, type WorkerRoll } from '../../../data-plane/agent/worker-roll.ts';
import { emptyGeneration, GenerationCompiler, type ProxyGeneration } from '../../../data-plane/proxy/generation.ts';
import { changeBetween, type GenerationPart, PART_ITEMS } from '../../../data-plane/proxy/generation-change.ts';
import { GenerationIntake } from '../../../data-plane/proxy/generation-intake.ts';
import { NOTHING_PLACED, type PlacedDefinition } from '../../../data-plane/proxy/placed-definition.ts';
import { workerKey } from '../../../data-plane/proxy/thread-message.ts';
import { TimerWheel } from '../../../data-plane/proxy/timers.ts';

const CAPACITY = { slots: 64, locks: 16, routes: 40 };

/** One node without threads: what the agent works out for each configuration. */
function agent() {
  const placer = new DefinitionPlacer();
  let configuration: Configuration | undefined;
  let placement: Placement = emptyPlacement(CAPACITY);
  let before: PlacedBefore | undefined;
  let number = 0;
  return {
    configuration: () => configuration,
    placement: () => placement,
    placed: () => before?.placed ?? NOTHING_PLACED,
    /** @param abandoned as if threads had refused it */
    change(received: Configuration, abandoned: boolean): PlacedDefinition {
      const now = keepSame(configuration, received);
      number++;
      const roll = rollOf(now.definition, now.overrides, placement.roll);
      const result = placeRoll(placement, roll, routeRollOf(now.definition, placement.routeRoll), number);
      if (result.kind === 'full') throw new Error(result.text);
      const placed = placer.place(now.definition, result.placement, before);
      if (abandoned) return placed;
      configuration = now;
      placement = releasePlaces(result.placement, number - 1);
      before = { definition: now.definition, placement, placed };
      return placed;
    },
  };
}

function applied(base: PlacedDefinition, parts: readonly GenerationPart[]): PlacedDefinition {
  const intake = new GenerationIntake(base);
  for (const part of parts) intake.take(structuredClone(part));
  return intake.finish();
}

const history = fc.array(fc.record({ change: arbitraryChange, abandoned: fc.boolean() }), { maxLength: 12 });

describe('a change of configuration', () => {
  it('places what a node that has just started would place, whatever came before and was abandoned', () => {
    fc.assert(
      fc.property(arbitraryConfiguration, history, (first, changes) => {
        const node = agent();
        node.change(first, false);
        for (const { change, abandoned } of changes) {
          const next = change.to(node.configuration() ?? first);
          node.change(next, abandoned);
          if (abandoned) continue;
          expect(node.configuration()).toEqual(next);
          expect(withoutSources(node.placement().roll)).toEqual(
            withoutSources(rollOf(next.definition, next.overrides)),
          );
          expectPlaces(node.placed(), next, node.placement());
        }
      }),
      { numRuns: 300 },
    );
  });

  it('reaches a thread as what is new to it, in bounded parts, and leaves the rest the same objects', () => {
    fc.assert(
      fc.property(arbitraryConfiguration, history, (first, changes) => {
        const node = agent();
        node.change(first, false);
        let thread = applied(NOTHING_PLACED, changeBetween(NOTHING_PLACED, node.placed()));
        for (const { change, abandoned } of changes) {
          const before = node.placed();
          const placed = node.change(change.to(node.configuration() ?? first), abandoned);
          const parts = changeBetween(before, placed);
          for (const part of parts) expect(weightOf(part)).toBeLessThanOrEqual(PART_ITEMS);
          const then = applied(thread, parts);
          expect(then).toEqual(placed);
          for (const [i, server] of placed.virtualHosts.entries()) {
            const was = before.virtualHosts.indexOf(server);
            if (was >= 0) expect(then.virtualHosts[i]).toBe(thread.virtualHosts[was]);
          }
          if (!abandoned) thread = then;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('that changes nothing sends nothing, also when every object of it was decoded anew', () => {
    fc.assert(
      fc.property(arbitraryConfiguration, (configuration) => {
        const node = agent();
        const before = node.change(configuration, false);
        expect(changeBetween(before, node.change(structuredClone(configuration), false))).toEqual([[]]);
      }),
    );
  });

  it('compiles to what a thread that has just started would compile', () => {
    fc.assert(
      fc.property(arbitraryConfiguration, history, (first, changes) => {
        const node = agent();
        const share = { wheel: new TimerWheel(), thread: 0, threads: 2 };
        const compiler = new GenerationCompiler(share);
        let served = emptyGeneration();
        for (const { to, abandoned } of [{ to: () => first, abandoned: false }, ...changes.map(step)]) {
          const placed = node.change(to(node.configuration() ?? first), abandoned);
          const definition = applied(served.definition, changeBetween(served.definition, placed));
          const source = { number: served.number + 1, revision: 1, definition };
          const { generation, left, fresh } = runToEnd(compiler.compile(source, served));
          if (abandoned) continue;
          const scratch = runToEnd(new GenerationCompiler(share).compile(source, emptyGeneration())).generation;
          expect(comparable(generation)).toEqual(comparable(scratch));
          const pools = new Set(generation.pools.values());
          expect(new Set([...served.pools.values(), ...fresh].filter((pool) => !left.includes(pool)))).toEqual(pools);
          expect(inUse(generation).isSubsetOf(pools)).toBe(true);
          served = generation;
        }
      }),
      { numRuns: 200 },
    );
  });
});

function step({ change, abandoned }: { change: { to: (now: Configuration) => Configuration }; abandoned: boolean }) {
  return { to: change.to, abandoned };
}

function weightOf(part: GenerationPart): number {
  return part.reduce(
    (sum, entry) => sum + (entry.kind === 'list' && 'items' in entry.step ? entry.step.items.length : 0),
    0,
  );
}

/** Without the objects it was made from, which say when something was made. */
function withoutSources({ owners }: WorkerRoll): unknown {
  return [...owners].map(([id, { owner, lbmethod, workers }]) => [id, owner, lbmethod, [...workers]]);
}

/** Every worker, balancer and route stands where the placement says, and nobody stands there as well. */
function expectPlaces(placed: PlacedDefinition, { definition }: Configuration, placement: Placement): void {
  const { slots, locks, routes } = placement;
  for (const { id, ...server } of [placed.mainServer, ...placed.virtualHosts]) {
    for (const { url, slot } of server.workers) expect(slots.live.get(workerKey(plainOwner(id), url))?.slot).toBe(slot);
    const ids = routeIds(server);
    const rowOf = (route: string | undefined) =>
      route === undefined ? undefined : routes.live.get(routeKey(id, route))?.slot;
    expect(server.routes.map(({ row }) => row)).toEqual(ids.routes.map(rowOf));
  }
  for (const balancer of placed.balancers) {
    const id = balancerId(balancer);
    expect(locks.live.get(id)?.slot).toBe(balancer.lock);
    for (const { url, slot } of balancer.members) expect(slots.live.get(workerKey(id, url))?.slot).toBe(slot);
  }
  expect(placed.balancers.map(balancerId)).toEqual(definition.balancers.map(balancerId));
  for (const { live } of [slots, locks, routes])
    expect(new Set([...live.values()].map((p) => p.slot)).size).toBe(live.size);
}

function inUse({ balancers, workers }: ProxyGeneration): Set<unknown> {
  const lists = [
    ...[...balancers.values()].map((b) => b.workers),
    ...[...workers.values()].map((w) => [...w.values()]),
  ];
  return new Set(lists.flat().map(({ pool }) => pool));
}

/** Pools are compared by what they are made from. */
function comparable({ routes, balancers, workers, pools, ...generation }: ProxyGeneration): unknown {
  const worker = ({ pool: _, ...rest }: object & { pool: unknown }) => rest;
  return {
    ...generation,
    routes: {
      main: routes.main.routes,
      hosts: routes.virtualHosts.map((host) => host.routes),
      addresses: routes.addresses,
    },
    balancers: [...balancers].map(([id, balancer]) => [id, { ...balancer, workers: balancer.workers.map(worker) }]),
    workers: [...workers].map(([id, own]) => [id, [...own].map(([url, one]) => [url, worker(one)])]),
    pools: [...pools.keys()].toSorted(),
  };
}
