import { describe, expect, it } from 'vitest';
import {
  type AttemptFacts,
  type AttemptOutcome,
  afterResponse,
  decideFailover,
  type FailoverDecision,
} from '#shared/balancing/failover.ts';
import { balancerOf } from './table-of.ts';

/** First attempt of two, on a usable balanced worker, over fresh connections. */
const FACTS: AttemptFacts = {
  isBalanced: true,
  ignoreErrors: false,
  usableAfter: true,
  tries: 0,
  maxattempts: 1,
  reusedBackendConnection: false,
  clientConnectionReused: false,
};

type Kind = Exclude<AttemptOutcome['kind'], 'responded'>;

function decide(kind: Kind, facts: Partial<AttemptFacts> = {}): FailoverDecision {
  return decideFailover({ kind }, { ...FACTS, ...facts });
}

const NOT_SENT: readonly Kind[] = ['connect-failed', 'connect-timeout', 'acquire-timeout', 'continue-timeout'];

describe('decideFailover', () => {
  it.each([
    ['connect-failed', true, 'try-again', 503, 'next-worker'],
    ['connect-timeout', true, 'try-again', 503, 'next-worker'],
    ['acquire-timeout', true, 'try-again', 503, 'next-worker'],
    ['continue-timeout', true, 'try-again', 503, 'next-worker'],
    ['dns-failure', true, 'answer', 500, 'internal-failure'],
    ['tls-failure', true, 'answer', 500, 'internal-failure'],
    ['unsupported-scheme', false, 'answer', 500, 'internal-failure'],
    ['send-failed', false, 'answer', 502, 'request-already-sent'],
    ['send-timeout', false, 'answer', 504, 'request-already-sent'],
    ['closed-before-response', false, 'answer', 502, 'request-already-sent'],
    ['response-timeout', false, 'answer', 502, 'request-already-sent'],
    ['malformed-response', false, 'answer', 502, 'request-already-sent'],
    ['response-head-too-large', false, 'answer', 502, 'request-already-sent'],
    ['too-many-interim', false, 'answer', 502, 'request-already-sent'],
    ['unexpected-upgrade', false, 'answer', 502, 'request-already-sent'],
    ['failed-inside-body', false, 'cut', 0, 'response-already-begun'],
    ['timeout-inside-body', false, 'cut', 0, 'response-already-begun'],
    ['no-worker', false, 'answer', 503, 'no-usable-worker'],
    ['nofailover', false, 'answer', 503, 'session-worker-unusable'],
  ] as const)('after %s: error %s, %s, status %s, %s', (kind, workerError, next, status, reason) => {
    expect(decide(kind)).toEqual({ workerError, next, status, reason });
  });

  it('relays whatever the worker answers, errors too', () => {
    for (const status of [200, 404, 500, 503]) {
      const decision = decideFailover({ kind: 'responded', status }, FACTS);
      expect(decision).toEqual({ workerError: false, next: 'answer', status, reason: 'responded' });
    }
  });

  it.each(NOT_SENT)('gives up after %s when the tries are used up, with the worker in error', (kind) => {
    const decision = { workerError: true, next: 'answer', status: 503, reason: 'tries-exhausted' };
    expect(decide(kind, { tries: 1 })).toEqual(decision);
    expect(decide(kind, { maxattempts: 0 })).toEqual(decision);
    expect(decide(kind, { tries: 1, maxattempts: 2 })).toMatchObject({ next: 'try-again' });
  });

  it.each(NOT_SENT)('stays with a worker that ignores errors after %s, so the client gets a 503', (kind) => {
    const decision = { workerError: false, next: 'answer', status: 503, reason: 'worker-stays-usable' };
    expect(decide(kind, { ignoreErrors: true })).toEqual(decision);
  });

  it.each(NOT_SENT)('leaves a worker that ignores errors after %s if it was disabled meanwhile', (kind) => {
    const decision = { workerError: false, next: 'try-again', status: 503, reason: 'next-worker' };
    expect(decide(kind, { ignoreErrors: true, usableAfter: false })).toEqual(decision);
  });

  it('never puts a plain worker in error and never moves on from it', () => {
    const plain = { isBalanced: false, ignoreErrors: false, usableAfter: false, maxattempts: 9 };
    for (const kind of NOT_SENT) {
      expect(decide(kind, plain)).toEqual({ workerError: false, next: 'answer', status: 503, reason: 'plain-worker' });
    }
    for (const kind of ['dns-failure', 'tls-failure', 'closed-before-response'] as const) {
      expect(decide(kind, { ...plain, clientConnectionReused: true }).workerError).toBe(false);
    }
  });

  it('closes a kept-alive client connection silently; only a lost fresh backend connection is the worker’s fault', () => {
    const silent = { next: 'close-client', status: 0, reason: 'client-may-repeat' };
    const kept = { clientConnectionReused: true };
    expect(decide('closed-before-response', kept)).toEqual({ ...silent, workerError: true });
    const reused = { ...kept, reusedBackendConnection: true };
    expect(decide('closed-before-response', reused)).toEqual({ ...silent, workerError: false });
    const ignoring = { ...kept, ignoreErrors: true };
    expect(decide('closed-before-response', ignoring)).toEqual({ ...silent, workerError: false });
  });

  it('answers a timeout on a kept-alive client connection', () => {
    expect(decide('response-timeout', { clientConnectionReused: true })).toMatchObject({ next: 'answer', status: 502 });
  });
});

describe('afterResponse', () => {
  const after = (parameters: { failonstatus?: ReadonlySet<number>; failontimeout?: boolean }) =>
    balancerOf([], parameters).balancer;

  it('puts the worker in error for a status in failonstatus', () => {
    const balancer = after({ failonstatus: new Set([404, 502]) });
    expect([200, 404, 502, 503].map((status) => afterResponse(balancer, status, true))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('puts the worker in error for a timeout only with failontimeout', () => {
    expect(afterResponse(after({ failontimeout: true }), 502, true)).toBe(true);
    expect(afterResponse(after({ failontimeout: true }), 502, false)).toBe(false);
    expect(afterResponse(after({}), 502, true)).toBe(false);
  });
});
