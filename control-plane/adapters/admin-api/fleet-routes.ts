import type { FastifyInstance } from 'fastify';
import { COUNTER_GROUPS, type CounterGroup, countersView } from '../../core/view/counters-view.ts';
import { nodesView } from '../../core/view/nodes-view.ts';
import { balancersView, routesView } from '../../core/view/totals-view.ts';
import { NODE_DETAILS, type NodeDetails, overrideView, workersView } from '../../core/view/workers-view.ts';
import type { AdminApiParts } from './parts.ts';
import { answers } from './schemas.ts';

const listOf = (name: string, description: string) =>
  answers({
    description,
    type: 'object',
    properties: {
      revision: { type: 'integer' },
      [name]: { type: 'array', items: { type: 'object', additionalProperties: true } },
      incomplete: {
        type: 'array',
        items: { type: 'string' },
        description: 'why totals are less than they should be; not there when they are not',
      },
    },
  });

const queryOf = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const detailsText = {
  type: 'string',
  enum: NODE_DETAILS,
  description: 'what of each node is told: all (default), only where nodes disagree, none',
} as const;
const nameText = { type: 'string', minLength: 1, maxLength: 512 } as const;

type WorkersQuery = { readonly name?: string; readonly nodes?: NodeDetails };

/** What the fleet is doing now. */
export function fleetRoutes(api: FastifyInstance, parts: AdminApiParts): void {
  const { commands, registry, counters, store, clock, health } = parts;

  /** What every answer with totals says when they are not the truth. */
  const incomplete = () => {
    const { faults } = counters.status();
    return faults.length === 0 ? {} : { incomplete: faults };
  };

  api.get<{ Querystring: WorkersQuery }>(
    '/workers',
    {
      schema: {
        summary: 'Workers: as configured, with overrides, as every live node sees them, and what they did',
        querystring: queryOf({
          name: { ...nameText, description: 'only these: a URL or host:port, or the id of a balancer' },
          nodes: detailsText,
        }),
        response: listOf('workers', 'every worker, in configured order'),
      },
    },
    async (request) => {
      const { name, nodes: details = 'all' } = request.query;
      const state = await commands.state();
      const terms = { nodes: registry.liveNodes(), sums: counters, details, health: health.healthView };
      const workers = workersView(state, terms, name);
      return { revision: state.revision, workers, ...incomplete() };
    },
  );

  api.get(
    '/balancers',
    {
      schema: {
        summary: 'Balancers and what their workers did together, also those that are configured no more',
        response: listOf('balancers', 'every balancer, in configured order; plain workers by virtual host'),
      },
    },
    async () => {
      const { revision, definition } = await commands.state();
      return { revision, balancers: balancersView(definition, registry.liveNodes(), counters), ...incomplete() };
    },
  );

  api.get<{ Querystring: { readonly nodes?: 'all' | 'none' } }>(
    '/routes',
    {
      schema: {
        summary: 'Routes and the requests they were chosen for, over the fleet and by node',
        querystring: queryOf({
          nodes: { ...detailsText, enum: ['all', 'none'], description: 'all (default) or none' },
        }),
        response: listOf('routes', 'every route, in configured order; then those configured no more'),
      },
    },
    async (request) => {
      const { revision, definition } = await commands.state();
      const routes = routesView(definition, counters, request.query.nodes !== 'none');
      return { revision, routes, ...incomplete() };
    },
  );

  api.get<{ Querystring: { readonly by: CounterGroup; readonly node?: string } }>(
    '/counters',
    {
      schema: {
        summary: 'Totals for machines: of everything that ever counted',
        querystring: queryOf(
          { by: { type: 'string', enum: COUNTER_GROUPS }, node: { ...nameText, description: 'only what it counted' } },
          ['by'],
        ),
        response: listOf('counters', 'names and counters, ordered by name'),
      },
    },
    async (request) => {
      const { by, node } = request.query;
      const { revision } = await commands.state();
      return { revision, by, counters: countersView(counters, by, node), ...incomplete() };
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
    {
      schema: {
        summary: 'Nodes: what they serve, how far behind, what they refused, and what they did',
        response: listOf('nodes', 'every node ever counted, by name'),
      },
    },
    async () => {
      const { revision, epoch } = await commands.state();
      const nodes = nodesView(registry.nodes(), counters, { revision, epoch }, clock());
      return { revision, epoch, nodes, ...incomplete() };
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
