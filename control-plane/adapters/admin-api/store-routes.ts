import type { FastifyInstance } from 'fastify';
import { encodeKeptConfiguration } from '#shared/codec/head-codec.ts';
import { isRefusal, openConfiguration } from '#shared/snapshot/open.ts';
import type { Snapshot } from '#shared/snapshot/snapshot.ts';
import { loadFromBus } from '../../bus-configuration.ts';
import { commitBatches } from '../../commit-batches.ts';
import type { RepairReport } from '../../store-guard.ts';
import { matches } from './history-routes.ts';
import type { AdminApiParts } from './parts.ts';
import { type Problem, problem, sendProblem } from './problem.ts';
import { actorText, answers, commandHeaders, messageText } from './schemas.ts';

type Repair = {
  readonly from: 'copies' | 'store' | 'bus' | 'configuration';
  readonly configuration?: string;
  readonly actor?: string;
  readonly message?: string;
};

/** The store behind the fleet: what it promises, whether it can be trusted, and how it is repaired. */
export function storeRoutes(api: FastifyInstance, parts: AdminApiParts): void {
  const { store, fleetStore, guard, publisher, bus, commands, config } = parts;

  api.get(
    '/store',
    {
      schema: {
        summary: 'The event store and the bus: what they promise and whether they agree',
        response: answers({ description: 'store, bus and publication', type: 'object', additionalProperties: true }),
      },
    },
    async () => {
      const { state, stale } = await commands.knownState();
      const [inspection, firstRevision, history] = await Promise.all([
        fleetStore.inspect(),
        store.firstRevision().catch(() => undefined),
        // Now: the last look may be older than what the state just told.
        guard.check().catch(() => guard.verdict()),
      ]);
      return {
        ...inspection,
        revision: state.revision,
        epoch: state.epoch,
        chainHash: state.chainHash,
        ...(firstRevision === undefined ? {} : { firstRevision }),
        ...(stale === undefined ? {} : { stale }),
        history,
        bus: bus.status(),
        publication: publisher().status(),
      };
    },
  );

  api.post<{ Body: Repair }>(
    '/repair',
    {
      bodyLimit: config.maxDefinitionBodyBytes,
      schema: {
        summary: 'Repair a store that lost commits: put copies back, or go on in a new epoch',
        headers: { type: 'object', properties: { 'idempotency-key': commandHeaders.properties['idempotency-key'] } },
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['from'],
          properties: {
            from: {
              type: 'string',
              enum: ['copies', 'store', 'bus', 'configuration'],
              description:
                'copies: commits that replicas and the bus still hold, as they were; store: accept the loss; bus: the content nodes serve, from the bus; configuration: the content of a configuration off a node’s disk',
            },
            configuration: { type: 'string', description: 'base64 of the file; with from=configuration' },
            actor: actorText,
            message: messageText,
          },
        },
        response: answers({ description: 'what came of it', type: 'object', additionalProperties: true }),
      },
    },
    async (request, reply) => {
      const { from, actor = 'api', message, configuration = '' } = request.body;
      const asked = { from, configuration };
      const key = request.headers['idempotency-key'];
      const by = {
        actor,
        ...(message === undefined ? {} : { message }),
        ...(typeof key === 'string' ? { commandId: key } : {}),
      };
      if (from === 'copies') return reply.send(await guard.restore());
      // What is on the bus may be what this repair has made of it.
      const done = typeof key === 'string' ? await guard.done(key, asked) : undefined;
      if (done !== undefined) return reply.send(done);
      const content = await contentOf(request.body);
      if (content !== undefined && 'status' in content) return sendProblem(reply, content);
      const report: RepairReport = await guard.beginEpoch({
        ...by,
        request: asked,
        ...(content === undefined ? {} : { content }),
      });
      return reply.send(report);
    },
  );

  async function contentOf({ from, configuration = '' }: Repair): Promise<Snapshot | Problem | undefined> {
    if (from === 'store') return undefined;
    const trust = { fleet: store.fleet, trustedKeys: guard.trustedKeys };
    const opened =
      from === 'bus'
        ? await loadFromBus(bus, trust)
        : openConfiguration(new Uint8Array(Buffer.from(configuration, 'base64')), trust);
    if (opened === undefined) return problem('not-found', 'the bus holds no configuration of this fleet');
    return isRefusal(opened)
      ? problem('invalid-request', `not a configuration to go by: ${opened.text}`)
      : opened.snapshot;
  }

  api.post<{ Body: { readonly before: number } }>(
    '/trim',
    {
      schema: {
        summary: 'Forget old commits, as far as a checkpoint allows; export them first (/v1/export)',
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['before'],
          properties: { before: { type: 'integer', minimum: 2, description: 'the oldest revision to keep' } },
        },
        response: answers({
          description: 'what is left',
          type: 'object',
          properties: { firstRevision: { type: 'integer' } },
        }),
      },
    },
    async (request) => ({ firstRevision: await store.trim(request.body.before) }),
  );

  api.get<{ Querystring: { readonly from?: string } }>(
    '/export',
    {
      schema: {
        summary: 'Stored commits as they are, one JSON line each, with their hashes',
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { from: { type: 'string', pattern: '^\\d{1,15}$' } },
        },
      },
    },
    async (request, reply) => {
      const first = await store.firstRevision();
      const from = Math.max(first, Number(request.query.from ?? first));
      reply.type('application/x-ndjson');
      return reply.send(linesFrom(from));
    },
  );

  function linesFrom(from: number): ReadableStream<Uint8Array> {
    const batches = commitBatches(store, from);
    const encoder = new TextEncoder();
    const decoder = new TextDecoder();
    return new ReadableStream({
      async pull(controller) {
        const { value: batch = [], done } = await batches.next();
        for (const { bytes, prevHash, hash } of batch) {
          const line = `{"prevHash":"${prevHash}","hash":"${hash}","commit":${decoder.decode(bytes)}}\n`;
          controller.enqueue(encoder.encode(line));
        }
        if (done === true) controller.close();
      },
    });
  }

  api.get(
    '/configuration',
    {
      schema: {
        summary: 'The configuration nodes serve, with its proof: for nodes that cannot reach the bus',
        response: { '4xx': { type: 'object', additionalProperties: true } },
      },
    },
    async (request, reply) => {
      const kept = publisher().configuration();
      if (kept === undefined) return sendProblem(reply, problem('not-ready', 'nothing is published yet'));
      const etag = `"${kept.head.epoch}-${kept.head.revision}-${kept.head.stateHash.slice(0, 16)}"`;
      reply.header('etag', etag);
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
      const { signedHead, snapshot } = kept;
      return reply
        .type('application/octet-stream')
        .send(Buffer.from(encodeKeptConfiguration({ signedHead, snapshot })));
    },
  );
}
