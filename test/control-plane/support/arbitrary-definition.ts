import fc from 'fast-check';
import type { Balancer } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Listener } from '#shared/definition/listener.ts';
import type { Route } from '#shared/definition/route.ts';
import type { Location, ServerSettings, VirtualHost } from '#shared/definition/virtual-host.ts';
import type { Worker, WorkerParameters } from '#shared/definition/worker.ts';

/** Small valid definitions over few names, so that two of them share objects, differ in some and disagree on order. */
export function arbitraryDefinition(): fc.Arbitrary<Definition> {
  return fc
    .record({
      listeners: fc.uniqueArray(listener, { maxLength: 3, selector: ({ port }) => port }),
      mainServer: server('main'),
      virtualHosts: fc.uniqueArray(fc.constantFrom('*:80/a.test', '*:80/b.test', '*:80/c.test').chain(server), {
        maxLength: 3,
        selector: ({ id }) => id,
      }),
      balancers: fc.uniqueArray(balancer, { maxLength: 4, selector: ({ name }) => name }),
    })
    .map(withResolvedRoutes);
}

/** Events' bytes say nothing of absent properties, so neither may definitions. */
function compact<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const listener: fc.Arbitrary<Listener> = fc.record({
  address: fc.constantFrom('*', '127.0.0.1', '::1'),
  port: fc.constantFrom(80, 8080, 8081, 443),
});

const workerParameters: fc.Arbitrary<WorkerParameters> = fc
  .record(
    {
      loadfactor: fc.integer({ min: 1, max: 100 }),
      lbset: fc.integer({ min: 0, max: 2 }),
      status: fc.constantFrom('H', 'D', 'R'),
      retryMs: fc.constantFrom(0, 1000, 60_000),
      timeoutMs: fc.constantFrom(1000, 90_000),
      disablereuse: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map(compact);

const worker: fc.Arbitrary<Worker> = fc.record({
  url: fc.integer({ min: 1, max: 5 }).map((n) => `http://10.0.0.${n}:8080`),
  parameters: workerParameters,
});

const balancer: fc.Arbitrary<Balancer> = fc.record({
  name: fc.constantFrom('app', 'images', 'api', 'old', 'new'),
  parameters: fc
    .record(
      {
        lbmethod: fc.constantFrom('byrequests' as const, 'bytraffic' as const),
        maxattempts: fc.nat(5),
        failonstatus: fc.uniqueArray(fc.constantFrom(500, 502, 503), { minLength: 1 }),
        stickysession: fc.constant({ cookie: 'ID', url: 'id' }),
      },
      { requiredKeys: [] },
    )
    .map(compact),
  members: fc.uniqueArray(worker, { maxLength: 4, selector: ({ url }) => url }),
});

const route: fc.Arbitrary<Route> = fc.record({
  match: fc.record({ kind: fc.constant('prefix' as const), path: fc.constantFrom('/', '/images', '/app/') }),
  target: fc.oneof(
    fc.record({ kind: fc.constant('local' as const) }),
    fc.record({
      kind: fc.constant('balancer' as const),
      name: fc.constantFrom('app', 'images', 'api'),
      path: fc.constantFrom('', '/'),
    }),
  ),
});

const settings: fc.Arbitrary<ServerSettings> = fc
  .record({ timeoutMs: fc.constantFrom(1000, 5000), keepAlive: fc.boolean() }, { requiredKeys: [] })
  .map(compact);

const location: fc.Arbitrary<Location> = fc.record({
  match: fc.record({ kind: fc.constant('prefix' as const), path: fc.constantFrom('/x', '/y') }),
  reverseRules: fc.array(fc.record({ path: fc.constant('/x'), target: fc.constant('http://10.0.0.1/') }), {
    maxLength: 1,
  }),
  settings: fc.record({ proxyPreserveHost: fc.boolean() }, { requiredKeys: [] }).map(compact),
});

function server(id: string): fc.Arbitrary<VirtualHost> {
  return fc.record({
    id: fc.constant(id),
    addresses: fc.constant(id === 'main' ? [] : [{ address: '*', port: 80 }]),
    serverAliases: fc.uniqueArray(fc.constantFrom('x.test', '*.y.test'), { maxLength: 2 }),
    settings,
    locations: fc.array(location, { maxLength: 2 }),
    routes: fc.array(route, { maxLength: 3 }),
    reverseRules: fc.constant([]),
    workers: fc.constant([]),
  });
}

/** Routes to balancers the definition lacks become exclusions, since a reference to nothing is refused. */
function withResolvedRoutes(definition: Definition): Definition {
  const names = new Set(definition.balancers.map(({ name }) => name));
  const resolve = (one: VirtualHost): VirtualHost => ({
    ...one,
    routes: one.routes.map((route) =>
      route.target.kind === 'balancer' && !names.has(route.target.name)
        ? { ...route, target: { kind: 'local' } }
        : route,
    ),
  });
  return {
    ...definition,
    mainServer: resolve(definition.mainServer),
    virtualHosts: definition.virtualHosts.map(resolve),
  };
}
