import * as fc from 'fast-check';
import type { Balancer } from '#shared/definition/balancer.ts';
import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import type { ReverseRule, Route } from '#shared/definition/route.ts';
import type { Location, VirtualHost } from '#shared/definition/virtual-host.ts';
import type { Worker } from '#shared/definition/worker.ts';

/**
 * Small definitions of few names, so that everything refers to everything, and changes to them. As with deltas, a change makes new
 * objects of what it touches and leaves every other object as it is.
 */
export type Configuration = { readonly definition: Definition; readonly overrides: readonly Override[] };

export type Change = { readonly name: string; readonly to: (now: Configuration) => Configuration };

const BALANCERS = ['a', 'b'];
const URLS = ['http://h1', 'http://h1/x', 'http://h2:81', 'http://h1/x"y', 'http://h3/$1'];

const path = fc.constantFrom('/', '/x', '/x/', '/y');
const pattern = fc.constantFrom('^/x(.*)$', '^/(y)', 'z$');
const match: fc.Arbitrary<Route['match']> = fc.oneof(
  path.map((value) => ({ kind: 'prefix' as const, path: value })),
  pattern.map((value) => ({ kind: 'regex' as const, pattern: value })),
);
const target: fc.Arbitrary<Route['target']> = fc.oneof(
  fc.constant({ kind: 'local' as const }),
  fc.record({
    kind: fc.constant('balancer' as const),
    name: fc.constantFrom(...BALANCERS, 'nobody'),
    path: fc.constantFrom('', '/p'),
  }),
  fc.record({ kind: fc.constant('url' as const), url: fc.constantFrom(...URLS) }),
);
const route: fc.Arbitrary<Route> = fc.oneof(
  fc.record({ match, target }),
  fc.record({ match, target, nocanon: fc.boolean() }),
);
const reverseRule: fc.Arbitrary<ReverseRule> = fc.record({
  path,
  target: fc.constantFrom('balancer://a', 'balancer://b/p/', 'http://h1/x', '/z'),
});
const location: fc.Arbitrary<Location> = fc
  .record({
    match,
    route: fc.option(route, { nil: undefined }),
    reverseRules: fc.array(reverseRule, { maxLength: 2 }),
    settings: fc.constantFrom({}, { proxyPreserveHost: true }),
  })
  .map(({ route: rule, ...rest }) => (rule === undefined ? rest : { ...rest, route: rule }));
const worker: fc.Arbitrary<Worker> = fc.record({
  url: fc.constantFrom(...URLS),
  parameters: fc.constantFrom({}, { loadfactor: 2 }, { retryMs: 0 }, { max: 3 }, { status: 'H' }),
});
const balancer: fc.Arbitrary<Balancer> = fc
  .record({
    name: fc.constantFrom(...BALANCERS),
    virtualHost: fc.constantFrom(undefined, undefined, 'v1', 'v2'),
    parameters: fc.constantFrom({}, { lbmethod: 'bytraffic' as const }, { maxattempts: 1 }),
    members: fc.array(worker, { maxLength: 4 }),
  })
  .map(({ virtualHost, ...rest }) => (virtualHost === undefined ? rest : { ...rest, virtualHost }));
const server = fc.record({
  addresses: fc.constantFrom(
    [{ address: '*', port: 80 }],
    [{ address: '*', port: '*' as const }],
    [
      { address: '127.0.0.1', port: 80 },
      { address: '*', port: 80 },
    ],
  ),
  serverName: fc.constantFrom({ host: 'one.test' }, { host: 'two.test' }),
  serverAliases: fc.constantFrom([], ['*.test'], ['three.test']),
  settings: fc.constantFrom({}, { timeoutMs: 5 }),
  locations: fc.array(location, { maxLength: 2 }),
  routes: fc.array(route, { maxLength: 4 }),
  reverseRules: fc.array(reverseRule, { maxLength: 2 }),
  workers: fc.array(worker, { maxLength: 3 }),
});
const virtualHost: fc.Arbitrary<VirtualHost> = fc
  .record({ id: fc.constantFrom('v1', 'v2', 'v3'), server })
  .map(({ id, server: rest }) => ({ id, ...rest }));
const override: fc.Arbitrary<Override> = fc.record({
  balancer: fc.constantFrom(...BALANCERS, 'v1/a'),
  worker: fc.constantFrom(...URLS),
  parameters: fc.constantFrom({ loadfactor: 3 }, { status: { set: 0x20, clear: 0 } }, { route: 'r' }),
  actor: fc.constant('ada'),
  sinceMs: fc.nat(9),
});

const place = fc.nat(5);

/** Puts an item into a list, in the place of another, or takes one out. */
function listEdit<T>(item: fc.Arbitrary<T>): fc.Arbitrary<(list: readonly T[]) => readonly T[]> {
  return fc
    .record({ place, kind: fc.constantFrom('insert', 'replace', 'remove', 'rotate'), item })
    .map(({ place: at, kind, item: value }) => (list) => {
      if (kind === 'rotate') return [...list.slice(1), ...list.slice(0, 1)];
      return list.toSpliced(
        Math.min(at, list.length),
        kind === 'insert' ? 0 : 1,
        ...(kind === 'remove' ? [] : [value]),
      );
    });
}

/** Main server, or a virtual host by its place. */
function serverEdit(edit: (host: VirtualHost) => VirtualHost, at: number) {
  return (now: Configuration): Configuration => {
    const { definition } = now;
    const { virtualHosts, mainServer } = definition;
    const host = virtualHosts[at - 1];
    const changed =
      host === undefined ? { mainServer: edit(mainServer) } : { virtualHosts: virtualHosts.with(at - 1, edit(host)) };
    return { ...now, definition: { ...definition, ...changed } };
  };
}

function listsOf<Key extends 'routes' | 'locations' | 'reverseRules' | 'workers'>(
  key: Key,
  item: fc.Arbitrary<VirtualHost[Key][number]>,
): fc.Arbitrary<Change> {
  return fc.record({ at: place, edit: listEdit(item) }).map(({ at, edit }) => ({
    name: `${key} of server ${at}`,
    to: serverEdit((host) => ({ ...host, [key]: edit(host[key]) }), at),
  }));
}

const serverHead = fc.record({ at: place, server }).map(({ at, server: other }) => ({
  name: `settings of server ${at}`,
  to: serverEdit((host) => {
    const { settings, serverName, serverAliases, addresses } = other;
    return { ...host, settings, serverName, serverAliases, addresses: host.id === 'main' ? [] : addresses };
  }, at),
}));

const members = fc.record({ at: place, edit: listEdit(worker) }).map(({ at, edit }) => ({
  name: `members of balancer ${at}`,
  to: ({ definition, overrides }: Configuration): Configuration => {
    const balancers = definition.balancers.map((each, i) =>
      i === at ? { ...each, members: edit(each.members) } : each,
    );
    return { definition: { ...definition, balancers }, overrides };
  },
}));

const balancers = listEdit(balancer).map((edit) => ({
  name: 'balancers',
  to: ({ definition, overrides }: Configuration): Configuration => ({
    definition: { ...definition, balancers: unique(edit(definition.balancers), (b) => `${b.virtualHost} ${b.name}`) },
    overrides,
  }),
}));

const virtualHosts = listEdit(virtualHost).map((edit) => ({
  name: 'virtual hosts',
  to: ({ definition, overrides }: Configuration): Configuration => ({
    definition: { ...definition, virtualHosts: unique(edit(definition.virtualHosts), ({ id }) => id) },
    overrides,
  }),
}));

const overrides = listEdit(override).map((edit) => ({
  name: 'overrides',
  to: ({ definition, overrides: now }: Configuration): Configuration => ({ definition, overrides: edit(now) }),
}));

const nothing: Change = { name: 'nothing', to: (now) => now };
/** As a snapshot does that is decoded from bytes. */
const copied: Change = { name: 'every object anew', to: (now) => structuredClone(now) };

export const arbitraryChange: fc.Arbitrary<Change> = fc.oneof(
  listsOf('routes', route),
  listsOf('locations', location),
  listsOf('reverseRules', reverseRule),
  listsOf('workers', worker),
  serverHead,
  members,
  balancers,
  virtualHosts,
  overrides,
  fc.constant(nothing),
  fc.constant(copied),
);

export const arbitraryConfiguration: fc.Arbitrary<Configuration> = fc
  .record({
    main: server,
    hosts: fc.array(virtualHost, { maxLength: 3 }),
    defined: fc.array(balancer, { maxLength: 4 }),
    acts: fc.array(override, { maxLength: 2 }),
  })
  .map(({ main, hosts, defined, acts }) => ({
    definition: {
      ...EMPTY_DEFINITION,
      mainServer: { ...EMPTY_DEFINITION.mainServer, ...main, addresses: [] },
      virtualHosts: unique(hosts, ({ id }) => id),
      balancers: unique(defined, (each) => `${each.virtualHost} ${each.name}`),
    },
    overrides: acts,
  }));

function unique<T>(list: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(list.map((item) => [keyOf(item), item])).values()];
}
