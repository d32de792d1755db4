import type { Balancer, BalancerParameters, VerdictPolicy } from '../definition/balancer.ts';
import type { Definition } from '../definition/definition.ts';
import type { Listener } from '../definition/listener.ts';
import type { Override, OverrideParameters } from '../definition/override.ts';
import type { ReverseRule, Route, RouteMatch, RouteTarget } from '../definition/route.ts';
import { parseVerdictPolicy, verdictPolicyText } from '../definition/verdict-policy.ts';
import type {
  DirectorySettings,
  Location,
  ReadTimeoutStage,
  RequestReadTimeout,
  ServerName,
  ServerSettings,
  VirtualHost,
  VirtualHostAddress,
} from '../definition/virtual-host.ts';
import {
  HEALTH_CHECK_METHODS,
  type HealthCheckMethod,
  type Worker,
  type WorkerParameters,
} from '../definition/worker.ts';
import type { StatusChange } from '../definition/worker-status.ts';
import {
  bool,
  type Codec,
  CodecError,
  double,
  enumeration,
  list,
  message,
  optional,
  safeInteger,
  safeUnsigned,
  text,
  uint32,
} from './field.ts';

/** The definition and its parts as messages of `proto/definition.proto`. */

const healthCheckMethod: Codec<HealthCheckMethod> = {
  toWire: (method) => method,
  fromWire(wire, at) {
    const method = HEALTH_CHECK_METHODS.find((known) => known === wire);
    if (method === undefined)
      throw new CodecError(at, `unknown method ${JSON.stringify(wire)} (sent by a newer version?)`);
    return method;
  },
};

const workerParameters = message<WorkerParameters>('parameters', {
  loadfactor: optional(double),
  lbset: optional(uint32),
  status: optional(text),
  route: optional(text),
  redirect: optional(text),
  retryMs: optional(safeUnsigned),
  timeoutMs: optional(safeUnsigned),
  connectiontimeoutMs: optional(safeUnsigned),
  acquireMs: optional(safeUnsigned),
  max: optional(safeUnsigned),
  smax: optional(safeUnsigned),
  min: optional(safeUnsigned),
  ttlMs: optional(safeUnsigned),
  keepalive: optional(bool),
  disablereuse: optional(bool),
  addressttlMs: optional(safeInteger),
  pingMs: optional(safeUnsigned),
  iobuffersize: optional(safeUnsigned),
  receivebuffersize: optional(safeUnsigned),
  responsefieldsize: optional(safeUnsigned),
  upgrade: optional(text),
  hcmethod: optional(healthCheckMethod),
  hcintervalMs: optional(safeUnsigned),
  hcpasses: optional(uint32),
  hcfails: optional(uint32),
  hcuri: optional(text),
});

export const workerCodec = message<Worker>('worker', { url: text, parameters: workerParameters }, 'url');

/** A message of its own on the wire, because an empty list differs from none. */
const statusList: Codec<readonly number[]> = (() => {
  const wrapped = message<{ readonly statuses: readonly number[] }>('list', { statuses: list(uint32) });
  return {
    toWire: (statuses, at) => wrapped.toWire({ statuses }, at),
    fromWire: (wire, at) => wrapped.fromWire(wire, at).statuses,
  };
})();

const verdictPolicy: Codec<VerdictPolicy> = {
  toWire: verdictPolicyText,
  fromWire(wire, at) {
    const policy = parseVerdictPolicy(wire as string);
    if (policy === undefined)
      throw new CodecError(at, `unknown policy ${JSON.stringify(wire)} (sent by a newer version?)`);
    return policy;
  },
};

const balancerParameters = message<BalancerParameters>('parameters', {
  lbmethod: optional(enumeration({ byrequests: 1, bytraffic: 2, bybusyness: 3 })),
  maxattempts: optional(safeUnsigned),
  timeoutMs: optional(safeUnsigned),
  stickysession: optional(message('stickysession', { cookie: text, url: text })),
  stickysessionsep: optional(text),
  scolonpathdelim: optional(bool),
  nofailover: optional(bool),
  failonstatus: optional(statusList),
  failontimeout: optional(bool),
  forcerecovery: optional(bool),
  growth: optional(safeUnsigned),
  nonce: optional(text),
  verdict: optional(verdictPolicy),
  panic: optional(uint32),
  fleetbalance: optional(bool),
});

export const balancerCodec = message<Balancer>(
  'balancer',
  { name: text, virtualHost: optional(text), parameters: balancerParameters, members: list(workerCodec) },
  'name',
);

const match: Codec<RouteMatch> = {
  toWire: (value, at) =>
    value.kind === 'prefix'
      ? { prefix: text.toWire(value.path, `${at}: prefix`) }
      : { regex: text.toWire(value.pattern, `${at}: regex`) },
  fromWire(wire, at) {
    const { prefix, regex } = wire as { prefix?: string | null; regex?: string | null };
    if (typeof prefix === 'string') return { kind: 'prefix', path: prefix };
    if (typeof regex === 'string') return { kind: 'regex', pattern: regex };
    throw new CodecError(at, 'neither prefix nor regex (sent by a newer version?)');
  },
};

const balancerTarget = message<{ readonly name: string; readonly path: string }>('balancer', {
  name: text,
  path: text,
});

const target: Codec<RouteTarget> = {
  toWire(value, at) {
    if (value.kind === 'local') return { local: true };
    if (value.kind === 'url') return { url: text.toWire(value.url, `${at}: url`) };
    return { balancer: balancerTarget.toWire(value, at) };
  },
  fromWire(wire, at) {
    const {
      local,
      balancer: name,
      url,
    } = wire as { local?: boolean | null; balancer?: object | null; url?: string | null };
    if (local === true) return { kind: 'local' };
    if (typeof url === 'string') return { kind: 'url', url };
    if (name) return { kind: 'balancer', ...balancerTarget.fromWire(name, at) };
    throw new CodecError(at, 'neither local, balancer nor url (sent by a newer version?)');
  },
};

export const routeCodec = message<Route>('route', { match, target, nocanon: optional(bool) });

export const reverseRuleCodec = message<ReverseRule>('reverse rule', { path: text, target: text });

const directoryFields = {
  proxyPreserveHost: optional(bool),
  proxyAddHeaders: optional(bool),
  limitRequestBody: optional(safeUnsigned),
};
const directorySettings = message<DirectorySettings>('settings', directoryFields);

export const locationCodec = message<Location>('location', {
  match,
  route: optional(routeCodec),
  reverseRules: list(reverseRuleCodec),
  settings: directorySettings,
});

const readTimeoutStage = message<ReadTimeoutStage>('stage', {
  initialMs: safeUnsigned,
  maxMs: optional(safeUnsigned),
  minRate: optional(safeUnsigned),
});

const ownSettings = message<Omit<ServerSettings, keyof DirectorySettings>>('settings', {
  timeoutMs: optional(safeUnsigned),
  proxyTimeoutMs: optional(safeUnsigned),
  keepAlive: optional(bool),
  keepAliveTimeoutMs: optional(safeUnsigned),
  maxKeepAliveRequests: optional(safeUnsigned),
  proxyVia: optional(enumeration({ off: 1, on: 2, full: 3, block: 4 })),
  limitRequestLine: optional(safeUnsigned),
  limitRequestFieldSize: optional(safeUnsigned),
  limitRequestFields: optional(safeUnsigned),
  requestReadTimeout: optional(
    message<RequestReadTimeout>('request read timeout', {
      header: optional(readTimeoutStage),
      body: optional(readTimeoutStage),
    }),
  ),
});

/** One flat object here, a nested message on the wire: a Location can change only the nested part. */
const serverSettings: Codec<ServerSettings> = {
  toWire: (value, at) => ({
    ...(ownSettings.toWire(value, at) as object),
    directory: directorySettings.toWire(value, at),
  }),
  fromWire(wire, at) {
    const { directory } = wire as { directory?: object | null };
    if (!directory) throw new CodecError(at, 'directory settings are missing');
    return { ...ownSettings.fromWire(wire, at), ...directorySettings.fromWire(directory, at) };
  },
};

const address: Codec<VirtualHostAddress> = {
  toWire: (value, at) => ({
    address: text.toWire(value.address, at),
    ...(value.port === '*' ? { any: true } : { number: uint32.toWire(value.port, `${at}: port`) }),
  }),
  fromWire(wire, at) {
    const {
      address: host,
      number,
      any,
    } = wire as { address?: string | null; number?: number | null; any?: boolean | null };
    if (typeof host !== 'string') throw new CodecError(at, 'address is missing');
    if (any === true) return { address: host, port: '*' };
    if (typeof number === 'number') return { address: host, port: number };
    throw new CodecError(at, 'port is missing');
  },
};

export const virtualHostCodec = message<VirtualHost>(
  'virtual host',
  {
    id: text,
    addresses: list(address),
    serverName: optional(
      message<ServerName>('server name', {
        scheme: optional(enumeration({ http: 1, https: 2 })),
        host: text,
        port: optional(uint32),
      }),
    ),
    serverAliases: list(text),
    settings: serverSettings,
    locations: list(locationCodec),
    routes: list(routeCodec),
    reverseRules: list(reverseRuleCodec),
    workers: list(workerCodec),
  },
  'id',
);

export const listenerCodec = message<Listener>('listener', { address: text, port: uint32 }, 'address');

export const definitionCodec = message<Definition>('definition', {
  listeners: list(listenerCodec),
  mainServer: virtualHostCodec,
  virtualHosts: list(virtualHostCodec),
  balancers: list(balancerCodec),
});

export const overrideCodec = message<Override>('override', {
  balancer: text,
  worker: text,
  parameters: message<OverrideParameters>('parameters', {
    status: optional(message<StatusChange>('status', { set: uint32, clear: uint32 })),
    loadfactor: optional(double),
    lbset: optional(uint32),
    route: optional(text),
    redirect: optional(text),
  }),
  actor: text,
  reason: optional(text),
  sinceMs: safeUnsigned,
  untilMs: optional(safeUnsigned),
});
