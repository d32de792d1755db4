import { AsyncLocalStorage } from 'node:async_hooks';
import type { AddressInfo } from 'node:net';
import swagger from '@fastify/swagger';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { BusError } from '#shared/bus.ts';
import { formatHostPort } from '../../address.ts';
import type { CommandHandler } from '../../command-handler.ts';
import type { ControlPlaneConfig } from '../../config.ts';
import { toJson } from '../../core/view/to-json.ts';
import { OperatingError } from '../../operating-error.ts';
import { guardAccess } from './access.ts';
import { commandRoutes } from './command-routes.ts';
import { fleetRoutes } from './fleet-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { operationRoutes } from './operation-routes.ts';
import type { AdminApiParts } from './parts.ts';
import { problem, problemOfError, sendProblem } from './problem.ts';
import { storeRoutes } from './store-routes.ts';

export type AdminApi = {
  /** `http://127.0.0.1:7400`, with the port that was bound. */
  readonly url: string;
  close(): Promise<void>;
};

/** How long answers under way may take at the end. */
const CLOSE_MS = 5_000;

/**
 * Serves the REST API v1.
 *
 * @param closeMs how long answers under way may take at `close`
 * @throws OperatingError `in-use` when the address cannot be bound
 */
export async function startAdminApi(parts: AdminApiParts, closeMs = CLOSE_MS): Promise<AdminApi> {
  const { admin } = parts.config;
  const app = await buildAdminApi(parts);
  try {
    await app.listen({ host: admin.host, port: admin.port });
  } catch (err) {
    await app.close();
    throw addressFault(err, formatHostPort(admin));
  }
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://${formatHostPort({ host: admin.host, port })}`, close: () => close(app, closeMs) };
}

/** Answers under way are finished, but a client that does not read its answer holds nothing up. */
async function close(app: FastifyInstance, withinMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), withinMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}

async function buildAdminApi(given: AdminApiParts): Promise<FastifyInstance> {
  const { config, log } = given;
  const reading = readKnownState(given.commands);
  const parts = { ...given, commands: reading.commands };
  const app = fastify({
    bodyLimit: config.maxSmallBodyBytes,
    // Receiving a request is bounded; answering one may wait for nodes.
    requestTimeout: 30_000,
    keepAliveTimeout: 5_000,
    http: { headersTimeout: 10_000 },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 64 },
    // Nothing is dropped, guessed or filled in: what the schema does not know is a mistake, and all mistakes are told.
    ajv: { customOptions: { allErrors: true, removeAdditional: false, coerceTypes: false, useDefaults: false } },
  });
  app.removeContentTypeParser('text/plain');
  // Schemas of answers are documentation: they must not decide what is left out.
  app.setSerializerCompiler(() => (data) => toJson(data));
  app.addHook('onRequest', (_, __, done) => reading.begin(done));
  app.addHook('onSend', async (request, reply) => {
    // What a command did is never stale, whatever it read on the way.
    if (request.method !== 'GET' || reply.statusCode >= 400) return;
    const reasons = [reading.stale(), unheard(given, request.routeOptions.url)].filter((why) => why !== undefined);
    if (reasons.length > 0) reply.header('penstock-stale', reasons.join('; ').replace(/[^\x20-\x7e]/g, '?'));
  });
  guardAccess(app, { host: config.admin.host, allowedHosts: config.allowedHosts, ...tokenOf(config) });
  app.setErrorHandler<FastifyError | OperatingError | BusError>((err, request, reply) => {
    const answer = problemOfError(err);
    // That store or bus is away is told by what keeps the connection, once.
    if (answer.status === 500) {
      log.error({ code: 'CP3001', method: request.method, path: request.routeOptions.url, err }, 'request failed');
    }
    return sendProblem(reply, answer);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problem('not-found', `there is no ${request.method} ${request.url.split('?')[0]}; see /v1/openapi.json`),
    ),
  );
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Penstock control plane',
        version: parts.version,
        description: 'Commands and views of one fleet. Errors are application/problem+json (RFC 9457).',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      ...(config.token === undefined ? {} : { security: [{ token: [] }] }),
    },
  });
  await app.register(
    async (api) => {
      commandRoutes(api, parts);
      historyRoutes(api, parts);
      fleetRoutes(api, parts);
      healthRoutes(api, parts);
      storeRoutes(api, parts);
      api.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
    },
    { prefix: '/v1' },
  );
  operationRoutes(app, parts);
  await app.ready();
  return app;
}

/** Views that show what nodes say. */
const FROM_NODES = ['workers', 'balancers', 'routes', 'counters', 'nodes', 'health'].map((view) => `/v1/${view}`);

/** Why a view does not show what nodes do now. */
function unheard({ bus }: AdminApiParts, url: string | undefined): string | undefined {
  const { connected, detail } = bus.status();
  if (connected || url === undefined || !FROM_NODES.includes(url)) return undefined;
  return `nodes are not heard, the bus cannot be reached: ${detail}`;
}

/**
 * The commands as views read them: while the store cannot be reached they show what was known last, and every answer says so in
 * `penstock-stale`.
 */
function readKnownState(commands: CommandHandler) {
  const requests = new AsyncLocalStorage<{ stale?: string }>();
  async function knownState() {
    const known = await commands.knownState();
    const request = requests.getStore();
    if (request !== undefined && known.stale !== undefined) request.stale = known.stale;
    return known;
  }
  return {
    commands: { ...commands, knownState, state: async () => (await knownState()).state },
    /** Each request has its own answer to whether it was stale. */
    begin: (next: () => void): void => requests.run({}, next),
    stale: () => requests.getStore()?.stale,
  };
}

function tokenOf({ token }: ControlPlaneConfig): { readonly token?: string } {
  return token === undefined ? {} : { token };
}

function addressFault(err: unknown, address: string): unknown {
  const { code } = err as { readonly code?: unknown };
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there; stop it, or name another address with --admin',
    EADDRNOTAVAIL: 'this machine has no such address',
    EACCES: 'this user may not listen there',
    ENOTFOUND: 'there is no such host',
  };
  const reason = typeof code === 'string' ? reasons[code] : undefined;
  if (reason === undefined) return err;
  return new OperatingError('in-use', `admin address ${address}: ${reason}`, { cause: err });
}
