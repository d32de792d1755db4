import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Definition } from '#shared/definition/definition.ts';
import { definitionSchema } from '#shared/definition/schema.ts';
import type { CommandOutcome, CommandTerms } from '../../command-handler.ts';
import { OVERRIDE_KEYS } from '../../core/decide/set-override.ts';
import { parseDuration } from '../../core/duration.ts';
import { changeViews } from '../../core/view/commit-view.ts';
import { waitForNodes } from '../../wait-for-nodes.ts';
import type { AdminApiParts } from './parts.ts';
import { problem, problemOfRejection, sendProblem } from './problem.ts';
import {
  actorText,
  answers,
  commandHeaders,
  commandQuery,
  durationText,
  messageText,
  outcomeSchema,
} from './schemas.ts';

type Common = { readonly actor?: string; readonly message?: string };
type Query = { readonly dryRun?: string; readonly wait?: string };
type WorkerName = { readonly balancer: string; readonly worker: string };

const workerName = {
  balancer: { type: 'string', minLength: 1, maxLength: 512, description: 'name or id of a balancer' },
  worker: { type: 'string', minLength: 1, maxLength: 383, description: 'URL, or host:port if only one has it' },
} as const;

/** How long an answer to a command waits for its commit to be on the bus. */
const PUBLISHED_WITHIN_MS = 500;

/** What changes the fleet. */
export function commandRoutes(api: FastifyInstance, parts: AdminApiParts): void {
  const { commands, config } = parts;
  const common = { actor: actorText, message: messageText };
  const schemaOf = (summary: string, properties: object, required: readonly string[]) => ({
    summary,
    headers: commandHeaders,
    querystring: commandQuery,
    body: { type: 'object', additionalProperties: false, properties: { ...properties, ...common }, required },
    response: answers(outcomeSchema),
  });

  api.post<{ Querystring: Query; Body: Common & { definition: Definition; allowShrink?: boolean } }>(
    '/apply',
    {
      bodyLimit: config.maxDefinitionBodyBytes,
      schema: schemaOf(
        "Make a definition the fleet's",
        {
          definition: definitionSchema,
          allowShrink: { type: 'boolean', description: 'leave to make the configuration much smaller' },
        },
        ['definition'],
      ),
    },
    async (request, reply) => {
      const { definition, allowShrink = false } = request.body;
      return run(request, reply, request.body, (terms) => commands.apply({ definition, allowShrink }, terms));
    },
  );

  api.post<{ Querystring: Query; Body: Common & { revision: number } }>(
    '/rollback',
    {
      schema: schemaOf(
        'Restore the definition of an old revision, as a new commit; overrides stay',
        { revision: { type: 'integer', minimum: 1 } },
        ['revision'],
      ),
    },
    async (request, reply) => {
      const { revision } = request.body;
      return run(request, reply, request.body, (terms) => commands.rollback({ revision }, terms));
    },
  );

  api.put<{
    Querystring: Query;
    Body: Common & WorkerName & { parameters: Record<string, string | number>; reason?: string; for?: string };
  }>(
    '/overrides',
    {
      schema: schemaOf(
        'Change a worker while it runs',
        {
          ...workerName,
          parameters: {
            type: 'object',
            maxProperties: 10,
            additionalProperties: { anyOf: [{ type: 'string', maxLength: 200 }, { type: 'number' }] },
            description: `as in the configuration, of ${OVERRIDE_KEYS.join(', ')}: { "status": "+N-H", "loadfactor": 5 }`,
          },
          reason: { type: 'string', maxLength: 1_000 },
          for: { ...durationText, description: 'how long it lasts; absent: until it is cleared' },
        },
        ['balancer', 'worker', 'parameters'],
      ),
    },
    async (request, reply) => {
      const { balancer, worker, parameters, reason, for: duration } = request.body;
      const forMs = duration === undefined ? undefined : parseDuration(duration);
      const command = {
        balancer,
        worker,
        parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)])),
        ...(reason === undefined ? {} : { reason }),
        ...(forMs === undefined ? {} : { forMs }),
      };
      return run(request, reply, request.body, (terms) => commands.setOverride(command, terms));
    },
  );

  api.delete<{ Querystring: Query & WorkerName & Common }>(
    '/overrides',
    {
      schema: {
        summary: 'Take back what operators changed on a worker',
        headers: commandHeaders,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { ...commandQuery.properties, ...workerName, ...common },
          required: ['balancer', 'worker'],
        },
        response: answers(outcomeSchema),
      },
    },
    async (request, reply) => {
      const { balancer, worker } = request.query;
      return run(request, reply, request.query, (terms) => commands.clearOverride({ balancer, worker }, terms));
    },
  );

  /** Whether a commit is on its way to the nodes; a bus that is down is known at once, a slow one is not waited for. */
  async function propagationOf(revision: number) {
    const { connected, detail } = parts.bus.status();
    if (!connected) return { published: false, reason: `not propagated: ${detail}` };
    const published = await parts.publisher().whenPublished(revision, PUBLISHED_WITHIN_MS);
    return published ? { published } : { published, reason: 'not propagated yet; see /v1/store' };
  }

  async function waitFor(revision: number, waitMs: number, reply: FastifyReply) {
    const { epoch } = await commands.state();
    return waitForNodes(parts.registry, { epoch, revision }, waitMs, gone(reply, parts.stopping));
  }

  async function run(
    request: FastifyRequest<{ Querystring: Query }>,
    reply: FastifyReply,
    { actor = 'api', message }: Common,
    command: (terms: CommandTerms) => Promise<CommandOutcome>,
  ): Promise<FastifyReply> {
    const expectedRevision = expectedIn(request.headers['if-match']);
    if (Number.isNaN(expectedRevision)) {
      const detail = `If-Match ${request.headers['if-match']}: want one revision in quotes, as in "12"`;
      return sendProblem(reply, problem('invalid-request', detail));
    }
    const waitMs = parseDuration(request.query.wait ?? '0s') ?? 0;
    if (waitMs > config.maxWaitMs) {
      return sendProblem(
        reply,
        problem('invalid-request', `wait=${request.query.wait}: at most ${config.maxWaitMs / 60_000}m`),
      );
    }
    // A store that came back a moment ago may lack what it had. Whether it is there at all, the command finds out.
    await parts.guard.check().catch(() => undefined);
    const key = request.headers['idempotency-key'];
    const outcome = await command({
      actor,
      ...(message === undefined ? {} : { message }),
      ...(typeof key === 'string' ? { commandId: key } : {}),
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
      dryRun: request.query.dryRun === 'true',
    });
    if (outcome.kind === 'rejected') return sendProblem(reply, problemOfRejection(outcome.rejection));
    const { kind, revision, changes, warnings, replayed, durability } = outcome;
    const waits = waitMs > 0 && kind !== 'planned' && revision > 0;
    const nodes = waits ? await waitFor(revision, waitMs, reply) : undefined;
    const propagation = kind === 'committed' ? await propagationOf(revision) : undefined;
    return reply.header('etag', `"${revision}"`).send({
      outcome: kind,
      revision,
      changes: changeViews(changes),
      warnings,
      replayed,
      ...(durability && { durability }),
      ...(propagation && { propagation }),
      ...(nodes && { nodes }),
    });
  }
}

/** The revision of an If-Match header; `*` expects nothing in particular; NaN when it is neither. */
function expectedIn(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^"(\d{1,15})"$/.exec(header.trim());
  return match === null ? Number.NaN : Number(match[1]);
}

/** Aborted when the client went away or the control plane stops: nobody is left to wait for. */
function gone(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const closed = new AbortController();
  reply.raw.once('close', () => closed.abort());
  return AbortSignal.any([closed.signal, stopping]);
}
