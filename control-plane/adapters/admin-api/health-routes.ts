import type { FastifyInstance } from 'fastify';
import { findWorker } from '../../core/decide/find-worker.ts';
import { healthEntryView } from '../../core/view/health-view.ts';
import type { AdminApiParts } from './parts.ts';
import { problem, problemOfRejection, sendProblem } from './problem.ts';
import { actorText, answers, limitText } from './schemas.ts';

type Clear = { readonly balancer: string; readonly worker: string; readonly reason?: string; readonly actor?: string };

/** What the fleet thinks of its workers, how it came to, and an operator's word against it. */
export function healthRoutes(api: FastifyInstance, { commands, health }: AdminApiParts): void {
  api.get(
    '/health',
    {
      schema: {
        summary: 'Verdicts with their evidence, and the nodes they come from',
        response: answers({
          description: 'central health as this replica knows it',
          type: 'object',
          properties: {
            version: { type: 'integer', description: 'of the health log' },
            frozen: { type: 'object', additionalProperties: true, description: 'no worker is taken out now: why' },
            notRecording: { type: 'object', additionalProperties: true, description: 'the log cannot be written: why' },
            membersVersion: { type: 'string' },
            members: { type: 'array', items: { type: 'object', additionalProperties: true } },
            workers: {
              type: 'array',
              description: 'those with a verdict, or that some node finds unavailable',
              items: { type: 'object', additionalProperties: true },
            },
          },
        }),
      },
    },
    () => health.view(),
  );

  api.get<{ Querystring: { limit?: string } }>(
    '/health/log',
    {
      schema: {
        summary: 'Verdicts as they came and went, newest first',
        querystring: { type: 'object', additionalProperties: false, properties: { limit: limitText } },
        response: answers({
          description: 'entries of the health log',
          type: 'object',
          properties: { entries: { type: 'array', items: { type: 'object', additionalProperties: true } } },
        }),
      },
    },
    async (request) => {
      const entries = await health.history(Number(request.query.limit ?? 50));
      return { entries: entries.map(healthEntryView) };
    },
  );

  api.post<{ Body: Clear }>(
    '/health/clear',
    {
      schema: {
        summary: 'End a wrong verdict, and discard the evidence it came from',
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['balancer', 'worker'],
          properties: {
            balancer: { type: 'string', minLength: 1, maxLength: 512, description: 'name or id of a balancer' },
            worker: {
              type: 'string',
              minLength: 1,
              maxLength: 383,
              description: 'URL, or host:port if only one has it',
            },
            reason: { type: 'string', maxLength: 1_000, description: 'why, for the history' },
            actor: actorText,
          },
        },
        response: answers({
          description: 'the verdict is gone',
          type: 'object',
          properties: {
            balancer: { type: 'string' },
            worker: { type: 'string' },
            version: { type: 'integer', description: 'of the health log' },
          },
        }),
      },
    },
    async (request, reply) => {
      const { balancer, worker, reason = '', actor = 'api' } = request.body;
      const { state } = await commands.knownState();
      const found = findWorker(state.definition, balancer, worker);
      if ('type' in found) return sendProblem(reply, problemOfRejection(found));
      const name = { balancer: found.balancer, worker: found.worker.url };
      const outcome = await health.clear({ ...name, actor: actor.toWellFormed(), reason: reason.toWellFormed() });
      switch (outcome.kind) {
        case 'cleared':
          return { ...name, version: outcome.version };
        case 'no-verdict':
          return sendProblem(
            reply,
            problem(
              'not-found',
              `${name.worker} of ${name.balancer} has no verdict to clear: the fleet finds it available`,
            ),
          );
        case 'not-recorded':
          return sendProblem(reply, problem('store-unavailable', `nothing was cleared: ${outcome.reason}`));
      }
    },
  );
}
