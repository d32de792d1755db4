import fc from 'fast-check';
import type { Balancer, BalancerParameters } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import { listenerId } from '#shared/definition/listener.ts';
import type { ReverseRule, Route, RouteMatch, RouteTarget } from '#shared/definition/route.ts';
import type {
  DirectorySettings,
  Location,
  ReadTimeoutStage,
  ServerName,
  ServerSettings,
  VirtualHost,
  VirtualHostAddress,
} from '#shared/definition/virtual-host.ts';
import { HEALTH_CHECK_METHODS, type Worker, type WorkerParameters } from '#shared/definition/worker.ts';
import { normaliseWorkerUrl } from '#shared/definition/worker-url.ts';
import { virtualHostId } from '#shared/httpd-conf/directives/listener.ts';
import { PlainWorkers } from '#shared/httpd-conf/plain-workers.ts';
import { WorkerNames } from '#shared/httpd-conf/worker-names.ts';
import { checkPattern, hasWildcards } from '#shared/routing/pattern.ts';

/** Leaves out properties that are undefined, whose absence a definition means. */
function present<T extends object>(object: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

function record<T extends object>(
  model: { [Name in keyof Required<T>]: fc.Arbitrary<Required<T>[Name]> },
): fc.Arbitrary<T> {
  const optional = Object.fromEntries(
    Object.entries(model).map(([key, value]) => [key, option(value as fc.Arbitrary<unknown>)]),
  );
  return fc.record(optional).map((object) => present<T>(object as never));
}

/** Text with everything that quoting has to get right; line ends can't be written in a configuration. */
const nasty = fc
  .array(
    fc.constantFrom(
      'a',
      'B',
      '7',
      ' ',
      '"',
      "'",
      '\\',
      '#',
      '<',
      '>',
      '$',
      '{',
      '}',
      '${X}',
      '\t',
      '\r',
      '=',
      '/',
      'é',
      '…',
      '?=',
      '%41',
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

const path = nasty.map((text) => `/${text}`);
const port = fc.integer({ min: 1, max: 65_535 });
const ms = fc.integer({ min: 1, max: 100_000 });
const wholeSeconds = fc.integer({ min: 1, max: 1_000 }).map((seconds) => seconds * 1_000);
const bytes = fc.integer({ min: 0, max: 1_000_000 });
const small = fc.integer({ min: 0, max: 99 });
const token = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abcXYZ019._-"\\ =|${}#') });

const workerParameters = record<WorkerParameters>({
  loadfactor: fc.integer({ min: 100, max: 10_000 }).map((hundredths) => hundredths / 100),
  lbset: small,
  status: fc.subarray([...'INDSEHRC'], { minLength: 1 }).map((letters) => letters.join('')),
  route: fc.oneof(token, fc.constant('')),
  redirect: token,
  retryMs: fc.oneof(ms, fc.constant(0)),
  timeoutMs: ms,
  connectiontimeoutMs: ms,
  acquireMs: ms,
  max: small,
  smax: small,
  min: small,
  ttlMs: wholeSeconds,
  keepalive: fc.boolean(),
  disablereuse: fc.boolean(),
  addressttlMs: fc.oneof(wholeSeconds, fc.constantFrom(-1, 0)),
  pingMs: ms,
  iobuffersize: fc.constantFrom(0, 512, 70_000),
  receivebuffersize: fc.constantFrom(0, 512, 70_000),
  responsefieldsize: bytes,
  upgrade: fc.constantFrom('ANY', 'websocket', 'a,b', ''),
  hcmethod: fc.constantFrom(...HEALTH_CHECK_METHODS),
  hcintervalMs: fc.integer({ min: 100, max: 100_000 }),
  hcpasses: small,
  hcfails: small,
  hcuri: fc.constantFrom('', '/health', 'ready?a=b', '/"quoted"', "/$1${X}#'"),
});

const balancerParameters = record<BalancerParameters>({
  lbmethod: fc.constantFrom('byrequests', 'bytraffic', 'bybusyness'),
  maxattempts: small,
  timeoutMs: fc.integer({ min: 10, max: 100_000 }),
  stickysession: fc.oneof(
    token.filter((name) => !name.includes('|')).map((name) => ({ cookie: name, url: name })),
    fc.record({ cookie: token.filter((name) => !name.includes('|')), url: token }),
  ),
  stickysessionsep: fc.constantFrom('.', '', '!', ' ', '"', '#'),
  scolonpathdelim: fc.boolean(),
  nofailover: fc.boolean(),
  failonstatus: fc.uniqueArray(fc.integer({ min: 100, max: 599 }), { minLength: 1, maxLength: 4 }),
  failontimeout: fc.boolean(),
  forcerecovery: fc.boolean(),
  growth: fc.integer({ min: 1, max: 100 }),
  nonce: fc.oneof(
    token.filter((text) => text.toLowerCase() !== 'none'),
    fc.constant(''),
  ),
  verdict: fc.oneof(
    fc.record({ kind: fc.constantFrom('any' as const, 'majority' as const, 'off' as const) }),
    fc.record({ kind: fc.constant('quorum' as const), nodes: fc.integer({ min: 1, max: 10_000 }) }),
  ),
  panic: fc.integer({ min: 0, max: 100 }),
  fleetbalance: fc.boolean(),
});

const directorySettings = record<DirectorySettings>({
  proxyPreserveHost: fc.boolean(),
  proxyAddHeaders: fc.boolean(),
  limitRequestBody: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});

const stage: fc.Arbitrary<ReadTimeoutStage> = fc.oneof(
  wholeSeconds.map((initialMs) => ({ initialMs })),
  fc.record({ initialMs: wholeSeconds, minRate: fc.integer({ min: 1, max: 9_999 }) }),
  fc
    .record({ initialMs: wholeSeconds, more: wholeSeconds, minRate: fc.integer({ min: 1, max: 9_999 }) })
    .map(({ initialMs, more, minRate }) => ({ initialMs, maxMs: initialMs + more, minRate })),
);

const settings = record<ServerSettings>({
  timeoutMs: wholeSeconds,
  proxyTimeoutMs: wholeSeconds,
  keepAlive: fc.boolean(),
  keepAliveTimeoutMs: fc.oneof(ms, fc.constant(0)),
  maxKeepAliveRequests: small,
  proxyVia: fc.constantFrom('off', 'on', 'full', 'block'),
  limitRequestLine: bytes,
  limitRequestFieldSize: bytes,
  limitRequestFields: small,
  requestReadTimeout: fc.oneof(
    fc.record({ header: stage }),
    fc.record({ body: stage }),
    fc.record({ header: stage, body: stage }),
  ),
  proxyPreserveHost: fc.boolean(),
  proxyAddHeaders: fc.boolean(),
  limitRequestBody: bytes,
});

/** Few hosts and paths, so that names often begin with each other. */
const url = fc
  .record({
    scheme: fc.constantFrom('http', 'ws'),
    host: fc.constantFrom('h', 'h2', '10.0.0.1', '[::1]'),
    port: fc.constantFrom('', ':8080', ':80801'.slice(0, 5)),
    rest: fc.constantFrom('', '/', '/a', '/a/', '/a/b', '/ab', '/a"b', "/a\\b'", '/%20=x', '/ä', '/${X}'),
  })
  .map(({ scheme, host, port: colonPort, rest }) => normalised(`${scheme}://${host}${colonPort}${rest}`));

const patternUrl = fc
  .record({ base: url, rest: fc.constantFrom('', '$1', '/$1', '/x$1y$2', '/a/$1?q=$2') })
  .map(({ base, rest }) => normalised(`${base}${rest}`));

function normalised(text: string): string {
  const result = normaliseWorkerUrl(text, { pattern: true });
  if (!result.ok) throw new Error(result.error);
  return result.url;
}

const pattern = fc.constantFrom(
  '^/a/(.*)$',
  '/x',
  '(?i)^/B',
  '^/a"b\\\\c\\d+',
  '[[:alpha:]]+ /',
  '^/\\.\\"',
  'a{2}$',
  '(a|b)*$',
  '#',
);

/** Balancers of a server that rules may name. */
function routeTarget(names: readonly string[], regex: boolean): fc.Arbitrary<RouteTarget> {
  const choices: fc.Arbitrary<RouteTarget>[] = [
    fc.constant({ kind: 'local' }),
    (regex ? fc.oneof(patternUrl, url) : url).map((target) => ({ kind: 'url', url: target })),
  ];
  if (names.length > 0) {
    const rest = nasty.map((text) => (text === '' ? '' : `/${text}`));
    choices.push(fc.record({ kind: fc.constant('balancer' as const), name: fc.constantFrom(...names), path: rest }));
  }
  return fc.oneof(...choices);
}

function routeOf(match: RouteMatch, names: readonly string[]): fc.Arbitrary<Route> {
  return fc
    .record({ target: routeTarget(names, match.kind === 'regex'), nocanon: fc.boolean() })
    .map(({ target, nocanon }) => ({
      match,
      target,
      ...(nocanon && target.kind !== 'local' ? { nocanon } : {}),
    }));
}

function route(names: readonly string[]): fc.Arbitrary<Route> {
  const match: fc.Arbitrary<RouteMatch> = fc.oneof(
    path.map((text) => ({ kind: 'prefix' as const, path: text })),
    pattern.map((text) => ({ kind: 'regex' as const, pattern: text })),
  );
  return match.chain((chosen) => routeOf(chosen, names));
}

const reverseTarget = nasty.filter((text) => text !== '' && text.toLowerCase() !== 'interpolate');
const reverseRule: fc.Arbitrary<ReverseRule> = fc.record({ path, target: reverseTarget });

function location(names: readonly string[]): fc.Arbitrary<Location> {
  const match: fc.Arbitrary<Location['match']> = fc.oneof(
    path.map((text) => ({ kind: 'prefix' as const, path: text })),
    pattern.map((text) => ({ kind: 'regex' as const, pattern: text })),
  );
  return match.chain((section) => {
    const text = section.kind === 'prefix' ? section.path : section.pattern;
    const byRegex = checkPattern(text) === undefined ? [{ kind: 'regex' as const, pattern: text }] : [];
    const byPrefix = hasWildcards(text) ? [] : [{ kind: 'prefix' as const, path: text }];
    const matches: readonly RouteMatch[] = [...byRegex, ...byPrefix];
    const rule =
      matches.length === 0
        ? fc.constant(undefined)
        : option(fc.constantFrom(...matches).chain((one) => routeOf(one, names)));
    return fc
      .record({ rule, targets: fc.array(reverseTarget, { maxLength: 2 }), settings: directorySettings })
      .map(({ rule: made, targets, settings: own }) => ({
        match: section,
        ...(made === undefined ? {} : { route: made }),
        reverseRules: targets.map((target) => ({ path: text, target })),
        settings: own,
      }));
  });
}

/** The plain workers that these rules make when they are applied in some order, among sections for workers of their own. */
function plainWorkers(routes: readonly Route[]): fc.Arbitrary<readonly Worker[]> {
  const own = fc.array(url, { maxLength: 2 });
  return own
    .chain((urls) => fc.shuffledSubarray([...routes, ...urls], { minLength: routes.length + urls.length }))
    .chain((order) => {
      const made = new PlainWorkers();
      for (const one of order) {
        const target = typeof one === 'string' ? { kind: 'url' as const, url: one } : one.target;
        const kind = typeof one === 'string' || one.match.kind === 'prefix' ? 'prefix' : 'pattern';
        if (target.kind === 'url' && made.find(target.url, kind) === undefined) {
          made.add(target.url, kind, { file: '', line: 0, column: 0 });
        }
      }
      const list = made.list();
      return fc
        .array(workerParameters, { minLength: list.length, maxLength: list.length })
        .map((parameters) => list.map((worker, i) => ({ ...worker, parameters: parameters[i] ?? {} })));
    });
}

type Identity = { readonly addresses: readonly VirtualHostAddress[]; readonly serverName: ServerName | undefined };

const serverName: fc.Arbitrary<ServerName> = fc
  .record({
    scheme: option(fc.constantFrom('http', 'https')),
    host: fc.constantFrom('a.test', 'b.test'),
    port: option(port),
  })
  .map((name) => present<ServerName>(name));

const address: fc.Arbitrary<VirtualHostAddress> = fc.record({
  address: fc.constantFrom('*', '127.0.0.1', '::1'),
  port: fc.oneof(port, fc.constant('*' as const)),
});

function server(
  id: string,
  { addresses, serverName: name }: Identity,
  names: readonly string[],
): fc.Arbitrary<VirtualHost> {
  return fc
    .record({
      routes: fc.array(route(names), { maxLength: 5 }),
      locations: fc.array(location(names), { maxLength: 3 }),
      reverseRules: fc.array(reverseRule, { maxLength: 3 }),
      settings,
      aliases:
        addresses.length === 0
          ? fc.constant([])
          : fc.array(fc.constantFrom('a', '*.b.test', 'c?', 'x"y z'), { maxLength: 3 }),
    })
    .chain(({ routes, locations, reverseRules, settings: own, aliases }) =>
      plainWorkers([...routes, ...locations.flatMap((one) => one.route ?? [])]).map((workers) => ({
        id,
        addresses,
        ...(name === undefined ? {} : { serverName: name }),
        serverAliases: aliases,
        settings: own,
        locations,
        routes,
        reverseRules,
        workers,
      })),
    );
}

function members(min: number): fc.Arbitrary<readonly Worker[]> {
  return fc.array(fc.record({ url, parameters: workerParameters }), { minLength: min, maxLength: 4 }).map((workers) => {
    const names = new WorkerNames<true>();
    return workers.filter((worker) => {
      if (names.find(worker.url) !== undefined) return false;
      names.add(worker.url, 'prefix', true);
      return true;
    });
  });
}

function balancersOf(virtualHost: string | undefined, min: number): fc.Arbitrary<readonly Balancer[]> {
  const one = fc.record({
    name: fc.constantFrom('c', 'myset', "a.b_c-~!$&'()*+,;=%"),
    parameters: balancerParameters,
    members: members(min),
  });
  return fc
    .uniqueArray(one, { maxLength: 2, selector: ({ name }) => name })
    .map((list) => list.map((balancer) => ({ ...balancer, ...(virtualHost === undefined ? {} : { virtualHost }) })));
}

/** Definitions as a configuration can express them. */
export const definitions: fc.Arbitrary<Definition> = fc
  .record({
    listeners: fc.uniqueArray(fc.record({ address: fc.constantFrom('*', '127.0.0.1', '::1'), port }), {
      minLength: 1,
      maxLength: 3,
      selector: listenerId,
    }),
    mainName: option(serverName),
    hosts: fc.array(
      fc.record({ addresses: fc.array(address, { minLength: 1, maxLength: 2 }), serverName: option(serverName) }),
      {
        maxLength: 2,
      },
    ),
  })
  .chain(({ listeners, mainName, hosts }) => {
    const identities = hosts.map((identity, i) => {
      const base = (of: Identity) => virtualHostId(of.addresses, of.serverName?.host);
      const earlier = hosts.slice(0, i).filter((other) => base(other) === base(identity)).length;
      return { ...identity, id: earlier === 0 ? base(identity) : `${base(identity)}#${earlier + 1}` };
    });
    // A virtual host's balancer without members would be a copy of the main server's.
    return fc
      .tuple(balancersOf(undefined, 0), ...identities.map(({ id }) => balancersOf(id, 1)))
      .chain(([main, ...own]) => {
        const names = (list: readonly Balancer[]) => list.map(({ name }) => name);
        return fc
          .tuple(
            server('main', { addresses: [], serverName: mainName }, names(main)),
            ...identities.map((identity, i) =>
              server(identity.id, identity, [...new Set(names([...main, ...(own[i] ?? [])]))]),
            ),
          )
          .map(([mainServer, ...virtualHosts]) => ({
            listeners,
            mainServer,
            virtualHosts,
            balancers: [...main, ...own.flat()],
          }));
      });
  })
  // fast-check's records have no prototype; definitions are plain objects.
  .map((definition) => structuredClone(definition));
