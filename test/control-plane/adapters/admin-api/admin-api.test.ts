import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { subjects } from '#shared/bus.ts';
import { decodeDelta } from '#shared/codec/delta-codec.ts';
import { encodeAck } from '#shared/codec/node-codec.ts';
import type { Definition } from '#shared/definition/definition.ts';
import type { Ack } from '#shared/node-message.ts';
import { type ControlPlaneFixture, controlPlaneFixture } from '../../support/control-plane.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';

const one = definitionOf(balancer('app', [worker(1), worker(2)]));
const two = definitionOf(balancer('app', [worker(1, { loadfactor: 3 }), worker(2)]));

describe('the REST API', () => {
  let api: ControlPlaneFixture;
  let nowMs = 1_800_000_000_000;

  beforeEach(async () => {
    api = await controlPlaneFixture({ clock: () => nowMs });
  });

  afterEach(() => api.dispose());

  const apply = (definition: Definition, path = '/v1/apply', headers = {}, more = {}) =>
    api.call('POST', path, { body: { definition, ...more }, headers });

  const ack = (node: string, revision: number, change: Partial<Ack> = {}) =>
    api.bus.publish(
      subjects('default').ack(node),
      encodeAck({
        node,
        bootId: '01890000-0000-4000-8000-000000000001',
        fleet: 'default',
        epoch: 0,
        revision,
        stateHash: '0'.repeat(64),
        phase: 'serving',
        applyMs: 7,
        errors: [],
        ...change,
      }),
    );

  const nodesKnown = (count: number) =>
    vi.waitFor(async () => expect((await api.call('GET', '/v1/nodes')).body.nodes).toHaveLength(count));

  describe('applying', () => {
    test('commits a definition and says what changed', async () => {
      const first = await apply(one, '/v1/apply', {}, { message: 'begin', actor: 'ann' });
      expect(first.status).toBe(200);
      expect(first.headers.etag).toBe('"1"');
      expect(first.body).toMatchObject({ outcome: 'committed', revision: 1, replayed: false, warnings: [] });
      const second = await apply(two);
      expect(second.body).toMatchObject({ outcome: 'committed', revision: 2 });
      expect(second.body.changes).toEqual([
        {
          kind: 'changed',
          object: 'worker',
          id: 'balancer app worker http://10.0.0.1:8080',
          parameter: 'loadfactor',
          after: '3',
          text: 'balancer app worker http://10.0.0.1:8080: loadfactor (default) -> 3',
        },
      ]);
    });

    test('makes no commit of what is so already', async () => {
      await apply(one);
      expect((await apply(one)).body).toMatchObject({ outcome: 'unchanged', revision: 1, changes: [] });
    });

    test('only says what would change on a dry run', async () => {
      await apply(one);
      const planned = await apply(two, '/v1/apply?dryRun=true');
      expect(planned.body).toMatchObject({ outcome: 'planned', revision: 1, changes: [{ parameter: 'loadfactor' }] });
      expect((await api.call('GET', '/v1/definition')).body).toEqual({ revision: 1, definition: one });
    });

    test('gives a repeated idempotency key its first result and commits once', async () => {
      const headers = { 'idempotency-key': 'k1' };
      await apply(one, '/v1/apply', headers);
      await apply(two);
      expect((await apply(one, '/v1/apply', headers)).body).toMatchObject({
        outcome: 'committed',
        revision: 1,
        replayed: true,
        changes: [{ kind: 'added' }, { kind: 'added' }, { kind: 'added' }],
      });
      expect((await api.call('GET', '/v1/definition')).body).toMatchObject({ revision: 2, definition: two });
      const misused = await apply(two, '/v1/apply', headers);
      expect(misused).toMatchObject({ status: 422, body: { type: 'urn:penstock:problem:key-reused' } });
    });

    test('remembers a key whose command changed nothing', async () => {
      await apply(one);
      const headers = { 'idempotency-key': 'k2' };
      expect((await apply(one, '/v1/apply', headers)).body).toMatchObject({ outcome: 'unchanged', revision: 1 });
      await apply(two);
      expect((await apply(one, '/v1/apply', headers)).body).toMatchObject({ outcome: 'unchanged', replayed: true });
      expect((await api.call('GET', '/v1/definition')).body.definition).toEqual(two);
    });

    test('refuses with 412 when another revision was expected, naming the current one', async () => {
      await apply(one);
      expect((await apply(two, '/v1/apply', { 'if-match': '"1"' })).status).toBe(200);
      const refused = await apply(one, '/v1/apply', { 'if-match': '"1"' });
      expect(refused).toMatchObject({
        status: 412,
        body: { type: 'urn:penstock:problem:revision-mismatch', currentRevision: 2 },
      });
      expect(refused.headers['content-type']).toContain('application/problem+json');
      expect((await apply(one, '/v1/apply', { 'if-match': 'W/"2"' })).status).toBe(400);
    });

    test('lists every mistake of meaning with its path and changes nothing', async () => {
      const wrong = definitionOf(balancer('app', [{ url: 'ftp://x', parameters: {} }, worker(2), worker(2)]));
      const refused = await apply(wrong);
      expect(refused).toMatchObject({ status: 422, body: { type: 'urn:penstock:problem:invalid-definition' } });
      expect(refused.body.errors.map(({ path }: { path: string }) => path)).toEqual([
        '$.definition.balancers[0].members[2]',
        '$.definition.balancers[0].members[0].url',
      ]);
      expect((await api.call('GET', '/v1/definition')).body.revision).toBe(0);
    });

    test('lists every mistake of shape with its path, unknown properties by name', async () => {
      const wrong = {
        ...one,
        listeners: [{ address: '*', port: 'x' }, { address: '*' }],
        balancers: [balancer('app', [{ ...worker(1), parameters: { loadfactr: 1 } as object, weight: 2 } as never])],
      };
      const { status, body } = await apply(wrong as never);
      expect(status).toBe(400);
      expect(body.errors).toEqual(
        expect.arrayContaining([
          { path: '$.definition.listeners[0].port', detail: 'must be integer' },
          { path: '$.definition.listeners[1]', detail: "must have required property 'port'" },
          {
            path: '$.definition.balancers[0].members[0].parameters',
            detail: 'must NOT have additional properties: "loadfactr"',
          },
          { path: '$.definition.balancers[0].members[0]', detail: 'must NOT have additional properties: "weight"' },
        ]),
      );
    });

    test('refuses to shrink to less than half unless allowed, and tells nodes when it was', async () => {
      const many = definitionOf(
        balancer(
          'app',
          Array.from({ length: 20 }, (_, i) => worker(i + 1)),
        ),
      );
      await apply(many);
      expect(await apply(one)).toMatchObject({
        status: 422,
        body: { type: 'urn:penstock:problem:implausible-shrink' },
      });
      expect((await apply(one, '/v1/apply', {}, { allowShrink: true })).body).toMatchObject({ revision: 2 });
      const leaves: boolean[] = [];
      await api.bus.watchLatest(subjects('default').delta(2), (payload) => {
        leaves.push(decodeDelta(payload).allowShrink === true);
      });
      await vi.waitFor(() => expect(leaves).toEqual([true]));
    });

    test('refuses a body that is too large', async () => {
      const raw = `{"definition":"${'x'.repeat(33 * 1024 * 1024)}"}`;
      const refused = await api.call('POST', '/v1/apply', { raw, headers: { 'content-type': 'application/json' } });
      expect(refused).toMatchObject({ status: 413, body: { type: 'urn:penstock:problem:too-large' } });
    });

    test('has all of several concurrent changes, one after the other', async () => {
      await apply(one);
      const set = (n: number) =>
        api.call('PUT', '/v1/overrides', {
          body: { balancer: 'app', worker: `10.0.0.${(n % 2) + 1}:8080`, parameters: { loadfactor: n + 2 } },
        });
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => set(n)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(answers.map(({ body }) => body.revision).toSorted((a, b) => a - b)).toEqual(answers.map((_, i) => i + 2));
    });
  });

  describe('waiting for nodes', () => {
    test('returns when every live node serves the revision, naming the slowest', async () => {
      await apply(one);
      await ack('n1', 1);
      await ack('n2', 1);
      await nodesKnown(2);
      const waiting = apply(two, '/v1/apply?wait=30s');
      await vi.waitFor(async () => expect((await api.call('GET', '/v1/definition')).body.revision).toBe(2));
      await ack('n1', 2, { phase: 'received', applyMs: 0 });
      await ack('n1', 2, { applyMs: 12 });
      await ack('n2', 2, { applyMs: 40 });
      expect((await waiting).body.nodes).toEqual({
        kind: 'converged',
        revision: 2,
        serving: ['n1', 'n2'],
        rejected: [],
        waitingFor: [],
        slowest: { node: 'n2', applyMs: 40 },
      });
    });

    test('returns at once with the reasons when a node rejects it', async () => {
      await apply(one);
      await ack('n1', 1);
      await nodesKnown(1);
      const waiting = apply(two, '/v1/apply?wait=30s');
      const errors = [{ object: 'listener *:8080', code: 'listen', text: 'in use' }] as const;
      await vi.waitFor(async () => expect((await api.call('GET', '/v1/definition')).body.revision).toBe(2));
      await ack('n1', 2, { phase: 'rejected', errors });
      expect((await waiting).body.nodes).toMatchObject({ kind: 'rejected', rejected: [{ node: 'n1', errors }] });
      expect((await api.call('GET', '/v1/nodes')).body.nodes).toMatchObject([
        { name: 'n1', servingRevision: 1, current: false, lastAck: { revision: 2, phase: 'rejected' } },
      ]);
    });

    test('names the nodes that did not answer in time', async () => {
      await apply(one);
      await ack('n1', 1);
      await nodesKnown(1);
      const { body } = await apply(two, '/v1/apply?wait=50ms');
      expect(body.nodes).toMatchObject({ kind: 'waiting', waitingFor: ['n1'] });
    });
  });

  describe('history', () => {
    beforeEach(async () => {
      await apply(one, '/v1/apply', {}, { message: 'first', actor: 'ann' });
      await apply(two, '/v1/apply', {}, { message: 'more for 1', actor: 'ben' });
    });

    test('shows the definition at any revision, with its revision as ETag', async () => {
      const answer = await api.call('GET', '/v1/definition?at=1');
      expect(answer).toMatchObject({ status: 200, body: { revision: 1, definition: one } });
      expect(answer.headers.etag).toBe('"1"');
      expect((await api.call('GET', '/v1/definition', { headers: { 'if-none-match': '"2"' } })).status).toBe(304);
      expect((await api.call('GET', '/v1/definition', { headers: { 'if-none-match': '"1"' } })).status).toBe(200);
      expect(await api.call('GET', '/v1/definition?at=9')).toMatchObject({
        status: 404,
        body: { type: 'urn:penstock:problem:unknown-revision', detail: 'there is no revision 9; the newest is 2' },
      });
    });

    test('prints the definition as httpd configuration', async () => {
      const { headers, text } = await api.call('GET', '/v1/definition?format=httpd');
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(text).toContain('BalancerMember');
      expect(text).toContain('loadfactor=3');
    });

    test('lists commits newest first, in pages', async () => {
      const { body } = await api.call('GET', '/v1/history?limit=1');
      expect(body).toMatchObject({ commits: [{ revision: 2, actor: 'ben', message: 'more for 1' }], before: 2 });
      const rest = await api.call('GET', '/v1/history?limit=1&before=2');
      expect(rest.body).toMatchObject({ commits: [{ revision: 1, command: 'apply' }], before: null });
      expect((await api.call('GET', '/v1/history?before=1')).body).toEqual({ commits: [], before: null });
    });

    test('shows one commit with its events and changes', async () => {
      const { body } = await api.call('GET', '/v1/commits/2');
      expect(body).toMatchObject({
        revision: 2,
        events: [{ type: 'balancer-set' }],
        changes: [{ parameter: 'loadfactor' }],
      });
      expect((await api.call('GET', '/v1/commits/0')).status).toBe(404);
    });

    test('compares revisions in words and as text', async () => {
      const { body } = await api.call('GET', '/v1/diff?from=1');
      expect(body).toMatchObject({ from: 1, to: 2, changes: [{ after: '3' }] });
      expect(body.unified).toMatch(/^--- revision 1\n\+\+\+ revision 2\n@@ .*\n.*\n\+.*loadfactor=3/s);
      expect((await api.call('GET', '/v1/diff?from=2&to=2')).body).toMatchObject({ changes: [], unified: '' });
      expect((await api.call('GET', '/v1/diff')).status).toBe(400);
    });

    test('rolls back by a new commit and leaves overrides in force', async () => {
      await api.call('PUT', '/v1/overrides', {
        body: { balancer: 'app', worker: worker(1).url, parameters: { status: '+N' } },
      });
      const { body } = await api.call('POST', '/v1/rollback', { body: { revision: 1 } });
      expect(body).toMatchObject({
        outcome: 'committed',
        revision: 4,
        warnings: [expect.stringContaining('overrides stay')],
      });
      expect((await api.call('GET', '/v1/definition')).body).toEqual({ revision: 4, definition: one });
      expect((await api.call('GET', '/v1/overrides')).body.overrides).toHaveLength(1);
      expect((await api.call('GET', '/v1/history?limit=1')).body.commits).toMatchObject([
        { command: 'rollback', restores: 1, message: 'Roll back to revision 1' },
      ]);
      expect((await api.call('POST', '/v1/rollback', { body: { revision: 9 } })).status).toBe(404);
    });

    test('verifies the chain', async () => {
      const { body } = await api.call('GET', '/v1/verify');
      expect(body).toEqual({ ok: true, revision: 2, chainHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    });

    test('has everything again after a restart', async () => {
      const before = await api.call('GET', '/v1/history');
      await api.restart();
      expect((await api.call('GET', '/v1/history')).body).toEqual(before.body);
      expect((await api.call('GET', '/readyz')).status).toBe(200);
    });
  });

  describe('overrides', () => {
    beforeEach(() => apply(one));

    const set = (body: object, query = '') => api.call('PUT', `/v1/overrides${query}`, { body });

    test('change a worker, named by as much as is unambiguous', async () => {
      const answer = await set({
        balancer: 'app',
        worker: '10.0.0.1:8080',
        parameters: { status: '+N' },
        reason: 'kernel',
        for: '10m',
      });
      expect(answer.body).toMatchObject({ outcome: 'committed', revision: 2 });
      expect((await api.call('GET', '/v1/overrides')).body.overrides).toEqual([
        {
          balancer: 'app',
          worker: worker(1).url,
          parameters: { status: '+N' },
          actor: 'api',
          reason: 'kernel',
          since: new Date(nowMs).toISOString(),
          until: new Date(nowMs + 600_000).toISOString(),
        },
      ]);
      expect((await api.call('GET', '/v1/workers')).body.workers).toMatchObject([
        { url: worker(1).url, status: 'Init Drn Ok', override: { reason: 'kernel' }, requests: 0, busy: 0 },
        { url: worker(2).url, status: 'Init Ok' },
      ]);
    });

    test('are taken back by an operator', async () => {
      await set({ balancer: 'app', worker: worker(1).url, parameters: { loadfactor: 5 } });
      const gone = await api.call('DELETE', '/v1/overrides?balancer=app&worker=10.0.0.1:8080');
      expect(gone.body).toMatchObject({ outcome: 'committed', revision: 3 });
      const again = await api.call('DELETE', '/v1/overrides?balancer=app&worker=10.0.0.1:8080');
      expect(again).toMatchObject({ status: 404, body: { type: 'urn:penstock:problem:no-override' } });
    });

    test('end by themselves when their time is up, also if that was while nobody ran', async () => {
      await set({ balancer: 'app', worker: worker(1).url, parameters: { loadfactor: 5 }, for: '1m' });
      await api.plane.stop();
      nowMs += 60_001;
      await api.restart();
      await vi.waitFor(async () => expect((await api.call('GET', '/v1/overrides')).body.overrides).toEqual([]));
      const { commits } = (await api.call('GET', '/v1/history?limit=1')).body;
      expect(commits).toMatchObject([{ command: 'expire', actor: 'penstock', revision: 3 }]);
    });

    test.each([
      [{ balancer: 'ap', worker: 'x', parameters: { lbset: 1 } }, 404, 'unknown-balancer', 'did you mean app?'],
      [{ balancer: 'app', worker: '10.0.0.1:8081', parameters: { lbset: 1 } }, 404, 'unknown-worker', 'did you mean'],
      [{ balancer: 'app', worker: '10.0.0.1', parameters: { retry: 1 } }, 422, 'invalid-override', 'cannot be changed'],
      [{ balancer: 'app', worker: '10.0.0.1', parameters: { lbset: 100 } }, 422, 'invalid-override', '0..99'],
      [{ balancer: 'app', worker: '10.0.0.1', parameters: { status: '+E' } }, 422, 'invalid-override', "nodes' own"],
      [{ balancer: 'app', worker: '10.0.0.1', parameters: {} }, 422, 'invalid-override', 'nothing to set'],
    ])('refuse %j', async (body, status, type, detail) => {
      const answer = await set(body);
      expect(answer).toMatchObject({ status, body: { type: `urn:penstock:problem:${type}` } });
      expect(answer.body.detail.replaceAll("'", "'")).toContain(detail);
    });

    test('of a worker that goes are cleared with it', async () => {
      await set({ balancer: 'app', worker: worker(2).url, parameters: { loadfactor: 5 } });
      await apply(definitionOf(balancer('app', [worker(1)])));
      expect((await api.call('GET', '/v1/overrides')).body.overrides).toEqual([]);
    });
  });

  describe('access', () => {
    test.each([['rebound.example.com'], ['penstock.test:7400'], ['127.0.0.1.evil.test']])(
      'refuses to be called by the name %s',
      async (host) => {
        const answer = await api.call('GET', '/v1/nodes', { headers: { host } });
        expect(answer).toMatchObject({ status: 403, body: { type: 'urn:penstock:problem:forbidden-host' } });
      },
    );

    test.each([['localhost'], ['localhost:1'], ['[::1]:7400'], ['127.0.0.1']])('answers to %s', async (host) => {
      expect((await api.call('GET', '/v1/nodes', { headers: { host } })).status).toBe(200);
    });

    test('refuses pages of other sites', async () => {
      const answer = await api.call('GET', '/v1/nodes', { headers: { origin: 'https://evil.test' } });
      expect(answer).toMatchObject({ status: 403, body: { type: 'urn:penstock:problem:forbidden-origin' } });
    });

    test.each([['text/plain'], ['application/x-www-form-urlencoded'], ['']])('refuses to write %j', async (type) => {
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
      const answer = await api.call('POST', '/v1/rollback', { raw: '{"revision":1}', headers });
      expect(answer).toMatchObject({ status: 415, body: { type: 'urn:penstock:problem:unsupported-media-type' } });
    });

    test('tells what it does not have', async () => {
      expect(await api.call('GET', '/v1/nothing')).toMatchObject({
        status: 404,
        body: { type: 'urn:penstock:problem:not-found' },
      });
      const broken = await api.call('POST', '/v1/rollback', {
        raw: '{',
        headers: { 'content-type': 'application/json' },
      });
      expect(broken).toMatchObject({ status: 400, body: { type: 'urn:penstock:problem:invalid-request' } });
    });

    test.each([
      ['/v1/definition?at=latest', 'the query has 1 mistake', '$.at', 'must be a revision, a number such as 12'],
      ['/v1/commits/latest', 'the path has 1 mistake', '$.revision', 'must be a revision, a number such as 12'],
      ['/v1/history?limit=501', 'the query has 1 mistake', '$.limit', 'must be a number, 1 to 500'],
    ])('says in words what %s should be', async (path, detail, where, words) => {
      expect(await api.call('GET', path)).toMatchObject({
        status: 400,
        body: { detail, errors: [{ path: where, detail: words }] },
      });
    });

    test('describes itself as OpenAPI', async () => {
      const { body } = await api.call('GET', '/v1/openapi.json');
      expect(body.openapi).toBe('3.1.0');
      expect(Object.keys(body.paths)).toEqual(
        expect.arrayContaining([
          '/livez',
          '/metrics',
          '/readyz',
          '/v1/apply',
          '/v1/balancers',
          '/v1/commits/{revision}',
          '/v1/counters',
          '/v1/definition',
          '/v1/diff',
          '/v1/history',
          '/v1/nodes',
          '/v1/overrides',
          '/v1/rollback',
          '/v1/routes',
          '/v1/verify',
          '/v1/workers',
        ]),
      );
    });

    test('gives metrics', async () => {
      await apply(one);
      await vi.waitFor(async () => expect((await api.call('GET', '/readyz')).status).toBe(200));
      const { text } = await api.call('GET', '/metrics');
      expect(text).toContain('penstock_revision 1');
      expect(text).toContain('penstock_published_revision 1');
      for (const name of ['store_reachable', 'store_in_order', 'bus_connected']) {
        expect(text).toContain(`penstock_${name} 1`);
      }
      expect(text).toContain('penstock_workers_unavailable 0');
    });
  });
});

describe('the REST API with a token', () => {
  const token = 'correct-horse-battery';
  let api: ControlPlaneFixture;

  beforeEach(async () => {
    api = await controlPlaneFixture({ input: { env: { PENSTOCK_TOKEN: token } } });
  });

  afterEach(() => api.dispose());

  test.each([
    ['none', {}, 401],
    ['a wrong one', { authorization: 'Bearer wrong-horse-battery' }, 401],
    ['another scheme', { authorization: `Basic ${token}` }, 401],
    ['the right one', { authorization: `Bearer ${token}` }, 200],
  ])('with %s', async (_, headers, status) => {
    const answer = await api.call('GET', '/v1/nodes', { headers });
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer realm="penstock"');
  });

  test('asks for it everywhere but for life and readiness', async () => {
    expect((await api.call('GET', '/livez')).status).toBe(200);
    expect((await api.call('GET', '/readyz')).status).toBe(200);
    expect((await api.call('GET', '/metrics')).status).toBe(401);
    expect((await api.call('GET', '/v1/openapi.json')).status).toBe(401);
    expect((await api.call('GET', '/nothing')).status).toBe(401);
  });
});
