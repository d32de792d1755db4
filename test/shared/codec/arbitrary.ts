import * as fc from 'fast-check';
import type { Balancer, BalancerParameters } from '#shared/definition/balancer.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Override } from '#shared/definition/override.ts';
import type { ReverseRule, Route, RouteMatch, RouteTarget } from '#shared/definition/route.ts';
import type {
  DirectorySettings,
  Location,
  ReadTimeoutStage,
  RequestReadTimeout,
  ServerSettings,
  VirtualHost,
} from '#shared/definition/virtual-host.ts';
import { HEALTH_CHECK_METHODS, type Worker, type WorkerParameters } from '#shared/definition/worker.ts';

/** Values of every shape the types allow, sensible or not: what a codec must carry. */

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const whole = fc.nat(Number.MAX_SAFE_INTEGER);
const small = fc.nat(0xffff_ffff);
const few = { maxLength: 3 };

/** Any subset of the fields: absent stays absent. */
function some<T extends object>(model: { [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> }): fc.Arbitrary<T> {
  return fc.record(model, { requiredKeys: [] }) as unknown as fc.Arbitrary<T>;
}

const workerParameters = some<WorkerParameters>({
  loadfactor: fc.integer({ min: 100, max: 10_000 }).map((hundredths) => hundredths / 100),
  lbset: fc.nat(99),
  status: fc.constantFrom('', 'H', 'DS'),
  route: text,
  redirect: text,
  retryMs: whole,
  timeoutMs: whole,
  connectiontimeoutMs: whole,
  acquireMs: whole,
  max: whole,
  smax: whole,
  min: whole,
  ttlMs: whole,
  keepalive: fc.boolean(),
  disablereuse: fc.boolean(),
  addressttlMs: fc.oneof(fc.constant(-1), whole),
  pingMs: whole,
  iobuffersize: whole,
  receivebuffersize: whole,
  responsefieldsize: whole,
  upgrade: text,
  hcmethod: fc.constantFrom(...HEALTH_CHECK_METHODS),
  hcintervalMs: whole,
  hcpasses: small,
  hcfails: small,
  hcuri: text,
});

const worker: fc.Arbitrary<Worker> = fc.record({ url: text, parameters: workerParameters });

const balancerParameters = some<BalancerParameters>({
  lbmethod: fc.constantFrom('byrequests', 'bytraffic', 'bybusyness'),
  maxattempts: whole,
  timeoutMs: whole,
  stickysession: fc.record({ cookie: text, url: text }),
  stickysessionsep: text,
  scolonpathdelim: fc.boolean(),
  nofailover: fc.boolean(),
  failonstatus: fc.array(small, few),
  failontimeout: fc.boolean(),
  forcerecovery: fc.boolean(),
  growth: whole,
  nonce: text,
  verdict: fc.oneof(
    fc.record({ kind: fc.constantFrom('any' as const, 'majority' as const, 'off' as const) }),
    fc.record({ kind: fc.constant('quorum' as const), nodes: fc.integer({ min: 1, max: 10_000 }) }),
  ),
  panic: small,
  fleetbalance: fc.boolean(),
});

const balancer = fc.record(
  { name: text, virtualHost: text, parameters: balancerParameters, members: fc.array(worker, few) },
  { requiredKeys: ['name', 'parameters', 'members'] },
) as fc.Arbitrary<Balancer>;

const match: fc.Arbitrary<RouteMatch> = fc.oneof(
  fc.record({ kind: fc.constant('prefix' as const), path: text }),
  fc.record({ kind: fc.constant('regex' as const), pattern: text }),
);

const target: fc.Arbitrary<RouteTarget> = fc.oneof(
  fc.constant({ kind: 'local' as const }),
  fc.record({ kind: fc.constant('balancer' as const), name: text, path: text }),
  fc.record({ kind: fc.constant('url' as const), url: text }),
);

const route = fc.record(
  { match, target, nocanon: fc.boolean() },
  { requiredKeys: ['match', 'target'] },
) as fc.Arbitrary<Route>;

const reverseRule: fc.Arbitrary<ReverseRule> = fc.record({ path: text, target: text });

const directory = { proxyPreserveHost: fc.boolean(), proxyAddHeaders: fc.boolean(), limitRequestBody: whole };

const location = fc.record(
  { match, route, reverseRules: fc.array(reverseRule, few), settings: some<DirectorySettings>(directory) },
  { requiredKeys: ['match', 'reverseRules', 'settings'] },
) as fc.Arbitrary<Location>;

const stage = fc.record(
  { initialMs: whole, maxMs: whole, minRate: whole },
  { requiredKeys: ['initialMs'] },
) as fc.Arbitrary<ReadTimeoutStage>;

const settings = some<ServerSettings>({
  ...directory,
  timeoutMs: whole,
  proxyTimeoutMs: whole,
  keepAlive: fc.boolean(),
  keepAliveTimeoutMs: whole,
  maxKeepAliveRequests: whole,
  proxyVia: fc.constantFrom('off', 'on', 'full', 'block'),
  limitRequestLine: whole,
  limitRequestFieldSize: whole,
  limitRequestFields: whole,
  requestReadTimeout: some<RequestReadTimeout>({ header: stage, body: stage }),
});

const virtualHost = fc.record(
  {
    id: text,
    addresses: fc.array(fc.record({ address: text, port: fc.oneof(small, fc.constant('*' as const)) }), few),
    serverName: fc.record(
      { scheme: fc.constantFrom('http', 'https'), host: text, port: small },
      { requiredKeys: ['host'] },
    ),
    serverAliases: fc.array(text, few),
    settings,
    locations: fc.array(location, few),
    routes: fc.array(route, few),
    reverseRules: fc.array(reverseRule, few),
    workers: fc.array(worker, few),
  },
  {
    requiredKeys: ['id', 'addresses', 'serverAliases', 'settings', 'locations', 'routes', 'reverseRules', 'workers'],
    noNullPrototype: true,
  },
) as fc.Arbitrary<VirtualHost>;

export const arbitraryDefinition: fc.Arbitrary<Definition> = fc.record({
  listeners: fc.array(fc.record({ address: text, port: small }), few),
  mainServer: virtualHost,
  virtualHosts: fc.array(virtualHost, few),
  balancers: fc.array(balancer, few),
});

export const arbitraryOverride = fc.record(
  {
    balancer: text,
    worker: text,
    parameters: some<Override['parameters']>({
      status: fc.record({ set: small, clear: small }),
      loadfactor: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
      lbset: small,
      route: text,
      redirect: text,
    }),
    actor: text,
    reason: text,
    sinceMs: whole,
    untilMs: whole,
  },
  { requiredKeys: ['balancer', 'worker', 'parameters', 'actor', 'sinceMs'] },
) as fc.Arbitrary<Override>;
