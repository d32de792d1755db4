import type { FastifyInstance } from 'fastify';
import { nodesView } from '../../core/view/nodes-view.ts';
import { overrideView, workersView } from '../../core/view/workers-view.ts';
import type { AdminApiParts } from './parts.ts';
import { answers } from './schemas.ts';

const listOf = (name: string, description: string) =>
  answers({
    description,
    type: 'object',
    properties: {
      revision: { type: 'integer' },
      [name]: { type: 'array', items: { type: 'object', additionalProperties: true } },
    },
  });

/** What the fleet is doing now. */
export function fleetRoutes(api: FastifyInstance, { commands, registry, store, clock }: AdminApiParts): void {
  api.get(
    '/workers',
    {
      schema: {
        summary: 'Workers: as configured, with overrides, and as every live node sees them',
        response: listOf('workers', 'every worker, in configured order'),
      },
    },
    async () => {
      const state = await commands.state();
      return { revision: state.revision, workers: workersView(state, registry.liveNodes(), registry.totals()) };
    },
  );

  api.get(
    '/overrides',
    { schema: { summary: 'What operators changed and is in force', response: listOf('overrides', 'every override') } },
    async () => {
      const state = await commands.state();
      return { revision: state.revision, overrides: [...state.overrides.values()].map(overrideView) };
    },
  );

  api.get(
    '/nodes',
    { schema: { summary: 'Nodes and what they serve', response: listOf('nodes', 'every known node, by name') } },
    async () => {
      const { revision } = await commands.state();
      return { revision, nodes: nodesView(registry.nodes(), revision, clock()) };
    },
  );

  api.get(
    '/verify',
    {
      schema: {
        summary: 'Walk the whole chain of commits and check every hash',
        response: answers({
          description: 'ok, or the first revision that does not verify',
          type: 'object',
          properties: {
            ok: { type: 'boolean' },
            revision: { type: 'integer', description: 'the head, or the first broken revision' },
            chainHash: { type: 'string' },
            problem: { type: 'string' },
          },
        }),
      },
    },
    async () => {
      const result = await store.verify();
      return result.ok
        ? { ok: true, ...result.head }
        : { ok: false, revision: result.revision, problem: result.problem };
    },
  );
}
