import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FleetState } from '#shared/event/fold.ts';
import { printHttpdConf } from '#shared/httpd-conf/printer.ts';
import { describeStates } from '../../command-handler.ts';
import { commitBatches } from '../../commit-batches.ts';
import { unifiedDiff } from '../../core/unified-diff.ts';
import { changeViews, commitSummary } from '../../core/view/commit-view.ts';
import { readStateAt } from '../../state-reader.ts';
import type { AdminApiParts } from './parts.ts';
import { type Problem, problem, sendProblem } from './problem.ts';
import { answers, changesSchema, limitText, revisionText } from './schemas.ts';

/** What the fleet's configuration is, was, and how it came to be. */
export function historyRoutes(api: FastifyInstance, { commands, store }: AdminApiParts): void {
  /** The fleet at a revision given as text; the head when none is. */
  async function stateAt(text: string | undefined): Promise<FleetState | Problem> {
    const head = await commands.state();
    if (text === undefined) return head;
    const revision = Number(text);
    const state = revision <= head.revision ? await readStateAt(store, revision) : undefined;
    return state ?? problem('unknown-revision', `there is no revision ${text}; the newest is ${head.revision}`);
  }

  async function stateBefore(revision: number): Promise<FleetState | undefined> {
    const isOldest = revision > 1 && revision === (await store.firstRevision());
    return isOldest ? undefined : readStateAt(store, revision - 1);
  }

  api.get<{ Querystring: { at?: string; format?: 'json' | 'httpd' } }>(
    '/definition',
    {
      schema: {
        summary: 'The definition, now or at a revision',
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { at: revisionText, format: { type: 'string', enum: ['json', 'httpd'] } },
        },
        response: answers({
          description: 'the definition; text/plain for format=httpd',
          type: 'object',
          properties: { revision: { type: 'integer' }, definition: { type: 'object', additionalProperties: true } },
        }),
      },
    },
    async (request, reply) => {
      const state = await stateAt(request.query.at);
      if ('status' in state) return sendProblem(reply, state);
      const etag = `"${state.revision}"`;
      reply.header('etag', etag);
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
      if (request.query.format === 'httpd') {
        return sendText(reply, printHttpdConf(state.definition));
      }
      return { revision: state.revision, definition: state.definition };
    },
  );

  api.get<{ Querystring: { limit?: string; before?: string } }>(
    '/history',
    {
      schema: {
        summary: 'Commits, newest first',
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            limit: limitText,
            before: { ...revisionText, description: 'only commits before this revision' },
          },
        },
        response: answers({
          description: 'a page of commits',
          type: 'object',
          properties: {
            commits: { type: 'array', items: { type: 'object', additionalProperties: true } },
            before: { type: ['integer', 'null'], description: 'ask with this for the next page; null at the end' },
          },
        }),
      },
    },
    async (request) => {
      const head = await commands.state();
      const limit = Number(request.query.limit ?? 50);
      const last = Math.min(head.revision, Number(request.query.before ?? head.revision + 1) - 1);
      const oldest = await store.firstRevision();
      const first = Math.max(oldest, last - limit + 1);
      const commits: ReturnType<typeof commitSummary>[] = [];
      for await (const batch of commitBatches(store, first, last)) commits.push(...batch.map(commitSummary));
      return { commits: commits.toReversed(), before: first > oldest && last >= first ? first : null };
    },
  );

  api.get<{ Params: { revision: string } }>(
    '/commits/:revision',
    {
      schema: {
        summary: 'One commit with its events and changes',
        params: { type: 'object', properties: { revision: revisionText } },
        response: answers({ description: 'the commit', type: 'object', additionalProperties: true }),
      },
    },
    async (request, reply) => {
      const revision = Number(request.params.revision);
      const after = await stateAt(request.params.revision);
      if ('status' in after) return sendProblem(reply, after);
      const [stored] = await store.read(revision, 1);
      if (stored === undefined || stored.commit.revision !== revision) {
        return sendProblem(
          reply,
          problem('unknown-revision', `there is no commit ${request.params.revision}; the first is 1`),
        );
      }
      const before = await stateBefore(revision);
      const { commit, hash, prevHash } = stored;
      return {
        ...commitSummary(stored),
        id: commit.id,
        prevHash,
        hash,
        events: commit.events,
        // Of the oldest commit held nobody knows what it changed.
        ...(before === undefined ? {} : { changes: changeViews(describeStates(before, after)) }),
      };
    },
  );

  api.get<{ Querystring: { from: string; to?: string } }>(
    '/diff',
    {
      schema: {
        summary: 'What differs between two revisions; 0 is the empty fleet, to is the newest unless given',
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { from: revisionText, to: revisionText },
          required: ['from'],
        },
        response: answers({
          description: 'the differences',
          type: 'object',
          properties: {
            from: { type: 'integer' },
            to: { type: 'integer' },
            changes: changesSchema,
            unified: { type: 'string', description: 'of the httpd configurations, as diff -u writes it' },
          },
        }),
      },
    },
    async (request, reply) => {
      const before = await stateAt(request.query.from);
      if ('status' in before) return sendProblem(reply, before);
      const after = await stateAt(request.query.to);
      if ('status' in after) return sendProblem(reply, after);
      const [from, to] = [before.revision, after.revision];
      const unified = unifiedDiff(printHttpdConf(before.definition), printHttpdConf(after.definition));
      return {
        from,
        to,
        changes: changeViews(describeStates(before, after)),
        unified: unified === '' ? '' : `--- revision ${from}\n+++ revision ${to}\n${unified}`,
      };
    },
  );
}

/** @source RFC 9110 section 13.1.2: weak comparison */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/plain; charset=utf-8').serializer(String).send(text);
}
