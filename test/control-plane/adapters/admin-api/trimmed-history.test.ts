import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BusError } from '#shared/bus.ts';
import { problemOfError } from '../../../../control-plane/adapters/admin-api/problem.ts';
import { OperatingError } from '../../../../control-plane/operating-error.ts';
import { type ControlPlaneFixture, controlPlaneFixture } from '../../support/control-plane.ts';
import { balancer, definitionOf, worker } from '../../support/definitions.ts';

describe('a history that was trimmed', () => {
  let api: ControlPlaneFixture;

  const apply = (n: number, key = '') =>
    api.call('POST', '/v1/apply', {
      body: { definition: definitionOf(balancer('app', [worker(n)])), allowShrink: true },
      headers: key === '' ? {} : { 'idempotency-key': key },
    });

  beforeEach(async () => {
    api = await controlPlaneFixture({ checkpointEvery: 3 });
    await apply(1, 'first');
    for (const n of [2, 3, 4, 5]) await apply(n);
    expect((await api.call('POST', '/v1/trim', { body: { before: 4 } })).body).toEqual({ firstRevision: 3 });
  });

  afterEach(() => api.dispose());

  test('is listed in pages that repeat nothing and end with the oldest commit held', async () => {
    const page = async (query: string) => {
      const { body } = await api.call('GET', `/v1/history?limit=2${query}`);
      return { revisions: body.commits.map(({ revision }: { revision: number }) => revision), before: body.before };
    };
    expect(await page('')).toEqual({ revisions: [5, 4], before: 4 });
    expect(await page('&before=4')).toEqual({ revisions: [3], before: null });
    expect(await page('&before=3')).toEqual({ revisions: [], before: null });
    expect(await page('&before=2')).toEqual({ revisions: [], before: null });
  });

  test('answers 410 to what it cannot tell any more, and all the rest', async () => {
    const gone = { status: 410, body: { type: 'urn:penstock:problem:history-trimmed' } };
    expect(await api.call('GET', '/v1/definition?at=2')).toMatchObject(gone);
    expect(await api.call('GET', '/v1/diff?from=2')).toMatchObject(gone);
    expect(await api.call('POST', '/v1/rollback', { body: { revision: 2 } })).toMatchObject(gone);
    expect(await api.call('GET', '/v1/commits/2')).toMatchObject(gone);
    expect(await api.call('GET', '/v1/commits/4')).toMatchObject({ status: 200, body: { revision: 4 } });
    expect(await api.call('GET', '/v1/diff?from=3')).toMatchObject({ status: 200, body: { from: 3, to: 5 } });
  });

  test('shows the oldest commit held, though not what it changed', async () => {
    const { status, body } = await api.call('GET', '/v1/commits/3');
    expect({ status, revision: body.revision, changes: body.changes }).toEqual({ status: 200, revision: 3 });
  });

  test('still gives a known idempotency key its first result', async () => {
    expect((await apply(1, 'first')).body).toMatchObject({ outcome: 'committed', revision: 1, replayed: true });
  });
});

test.each([
  ['store-unavailable', 503, 'store-unavailable'],
  ['store-regressed', 503, 'store-regressed'],
  ['outcome-unknown', 503, 'outcome-unknown'],
  ['history-trimmed', 410, 'history-trimmed'],
  ['corrupt-store', 500, 'corrupt-store'],
  ['closed', 503, 'store-unavailable'],
  ['bad-config', 400, 'invalid-request'],
] as const)('an operating fault %s is answered with %i', (code, status, type) => {
  const answer = problemOfError(new OperatingError(code, 'in words'));
  expect(answer).toMatchObject({ status, type: `urn:penstock:problem:${type}`, detail: 'in words' });
});

test('a bus that is away is no internal fault', () => {
  const answer = problemOfError(new BusError('disconnected', 'no server answers'));
  expect(answer).toMatchObject({
    status: 503,
    type: 'urn:penstock:problem:bus-unavailable',
    detail: 'no server answers',
  });
});
