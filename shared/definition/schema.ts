import { MAX_QUORUM } from './verdict-policy.ts';
import { HEALTH_CHECK_METHODS } from './worker.ts';

/**
 * The JSON form of a `Definition` as JSON Schema (draft 07, which fastify validates with and OpenAPI shows). It holds shape,
 * types and ranges; what needs more than one value at a time is `validateDefinition`'s.
 */
type Schema = Readonly<Record<string, unknown>>;

const text = (maxLength: number, description?: string): Schema => ({
  type: 'string',
  maxLength,
  ...(description === undefined ? {} : { description }),
});
const integer = (minimum: number, maximum: number, description?: string): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  ...(description === undefined ? {} : { description }),
});
const flag: Schema = { type: 'boolean' };
const list = (items: Schema, maxItems: number): Schema => ({ type: 'array', items, maxItems });

function object(properties: Record<string, Schema>, required: readonly string[] = Object.keys(properties)): Schema {
  return { type: 'object', additionalProperties: false, properties, required };
}

/** The most of each kind one definition may hold; beyond, a command is refused before it is decided. */
export const DEFINITION_LIMITS = {
  listeners: 1_000,
  virtualHosts: 10_000,
  balancers: 20_000,
  membersPerBalancer: 10_000,
  /** Routes, reverse rules, locations, aliases or plain workers of one server. */
  rulesPerServer: 20_000,
  /** All workers of the fleet. */
  workers: 100_000,
  /** Canonical JSON. */
  bytes: 16 * 1024 * 1024,
} as const;

const TEXT = 8_190;
const MAX_INT = 2_147_483_647;
const MAX_MS = MAX_INT * 1_000;
const bytes = integer(0, MAX_INT);
const ms = (minimum: number): Schema => integer(minimum, MAX_MS, 'milliseconds');

export const workerParametersSchema = object(
  {
    loadfactor: { type: 'number', minimum: 1, maximum: 100 },
    lbset: integer(0, 99),
    status: text(8, 'initial flags, letters of I N D S E H R C'),
    route: text(63),
    redirect: text(63),
    retryMs: ms(0),
    timeoutMs: ms(1),
    connectiontimeoutMs: ms(1),
    acquireMs: ms(1),
    max: integer(0, MAX_INT),
    smax: integer(0, MAX_INT),
    min: integer(0, MAX_INT),
    ttlMs: ms(1),
    keepalive: flag,
    disablereuse: flag,
    addressttlMs: ms(-1),
    pingMs: ms(1),
    iobuffersize: bytes,
    receivebuffersize: bytes,
    responsefieldsize: bytes,
    upgrade: text(15),
    hcmethod: { type: 'string', enum: HEALTH_CHECK_METHODS },
    hcintervalMs: integer(100, MAX_MS, 'milliseconds'),
    hcpasses: integer(0, MAX_INT),
    hcfails: integer(0, MAX_INT),
    hcuri: text(63),
  },
  [],
);

const workerSchema = object({ url: text(383), parameters: workerParametersSchema });

const balancerSchema = object(
  {
    name: text(383),
    virtualHost: text(512),
    parameters: object(
      {
        lbmethod: { type: 'string', enum: ['byrequests', 'bytraffic', 'bybusyness'] },
        maxattempts: integer(0, MAX_INT),
        timeoutMs: ms(0),
        stickysession: object({ cookie: text(63), url: text(63) }),
        stickysessionsep: text(1),
        scolonpathdelim: flag,
        nofailover: flag,
        failonstatus: list(integer(100, 599), 500),
        failontimeout: flag,
        forcerecovery: flag,
        growth: integer(1, 100),
        nonce: text(36),
        verdict: {
          type: 'object',
          oneOf: [
            object({ kind: { type: 'string', enum: ['any', 'majority', 'off'] } }),
            object({ kind: { type: 'string', enum: ['quorum'] }, nodes: integer(1, MAX_QUORUM) }),
          ],
        },
        panic: integer(0, 100, 'percent'),
        fleetbalance: flag,
      },
      [],
    ),
    members: list(workerSchema, DEFINITION_LIMITS.membersPerBalancer),
  },
  ['name', 'parameters', 'members'],
);

const pathOrPatternSchema: Schema = {
  type: 'object',
  oneOf: [
    object({ kind: { type: 'string', enum: ['prefix'] }, path: text(TEXT) }),
    object({ kind: { type: 'string', enum: ['regex'] }, pattern: text(TEXT) }),
  ],
};

const routeSchema = object(
  {
    match: pathOrPatternSchema,
    target: {
      type: 'object',
      oneOf: [
        object({ kind: { type: 'string', enum: ['local'] } }),
        object({ kind: { type: 'string', enum: ['balancer'] }, name: text(383), path: text(TEXT) }),
        object({ kind: { type: 'string', enum: ['url'] }, url: text(TEXT) }),
      ],
    },
    nocanon: flag,
  },
  ['match', 'target'],
);

const reverseRulesSchema = list(object({ path: text(TEXT), target: text(TEXT) }), DEFINITION_LIMITS.rulesPerServer);

const directorySettings = { proxyPreserveHost: flag, proxyAddHeaders: flag, limitRequestBody: integer(0, 2 ** 53 - 1) };
const readTimeoutStage = object({ initialMs: ms(0), maxMs: ms(0), minRate: integer(1, MAX_INT) }, ['initialMs']);

const settingsSchema = object(
  {
    ...directorySettings,
    timeoutMs: ms(1),
    proxyTimeoutMs: ms(1),
    keepAlive: flag,
    keepAliveTimeoutMs: ms(0),
    maxKeepAliveRequests: integer(0, MAX_INT),
    proxyVia: { type: 'string', enum: ['off', 'on', 'full', 'block'] },
    limitRequestLine: bytes,
    limitRequestFieldSize: bytes,
    limitRequestFields: bytes,
    requestReadTimeout: object({ header: readTimeoutStage, body: readTimeoutStage }, []),
  },
  [],
);

const virtualHostSchema = object(
  {
    id: text(512),
    addresses: list(
      object({ address: text(255), port: { oneOf: [integer(0, 65_535), { type: 'string', enum: ['*'] }] } }),
      DEFINITION_LIMITS.listeners,
    ),
    serverName: object(
      { scheme: { type: 'string', enum: ['http', 'https'] }, host: text(255), port: integer(1, 65_535) },
      ['host'],
    ),
    serverAliases: list(text(255), DEFINITION_LIMITS.rulesPerServer),
    settings: settingsSchema,
    locations: list(
      object(
        {
          match: pathOrPatternSchema,
          route: routeSchema,
          reverseRules: reverseRulesSchema,
          settings: object(directorySettings, []),
        },
        ['match', 'reverseRules', 'settings'],
      ),
      DEFINITION_LIMITS.rulesPerServer,
    ),
    routes: list(routeSchema, DEFINITION_LIMITS.rulesPerServer),
    reverseRules: reverseRulesSchema,
    workers: list(workerSchema, DEFINITION_LIMITS.rulesPerServer),
  },
  ['id', 'addresses', 'serverAliases', 'settings', 'locations', 'routes', 'reverseRules', 'workers'],
);

/** A whole `Definition`; unknown properties are refused, because a misspelt parameter must not be lost silently. */
export const definitionSchema = object({
  listeners: list(
    object({ address: text(255, 'IP literal without brackets, or *'), port: integer(0, 65_535, '0: any free port') }),
    DEFINITION_LIMITS.listeners,
  ),
  mainServer: virtualHostSchema,
  virtualHosts: list(virtualHostSchema, DEFINITION_LIMITS.virtualHosts),
  balancers: list(balancerSchema, DEFINITION_LIMITS.balancers),
});
