import { unreachable } from '../assert.ts';
import type { ElectionBalancer } from './balancing.ts';

/** How one attempt of a request ended. */
export type AttemptOutcome =
  /** Refused, unreachable: no address of the worker took a connection. */
  | { readonly kind: 'connect-failed' }
  | { readonly kind: 'connect-timeout' }
  /** No connection of a full pool became free within `acquire`. */
  | { readonly kind: 'acquire-timeout' }
  /** Neither 100 Continue nor an answer in time (`ping`, or the read timeout); only the head was sent. */
  | { readonly kind: 'continue-timeout' }
  | { readonly kind: 'dns-failure' }
  | { readonly kind: 'tls-failure' }
  /** The worker's URL has a scheme nobody here speaks. */
  | { readonly kind: 'unsupported-scheme' }
  | { readonly kind: 'send-failed' }
  | { readonly kind: 'send-timeout' }
  /** Close or reset before the status line, after the request was sent. */
  | { readonly kind: 'closed-before-response' }
  /** No status line within the read timeout. */
  | { readonly kind: 'response-timeout' }
  | { readonly kind: 'malformed-response' }
  | { readonly kind: 'response-head-too-large' }
  /** Ten or more interim answers. */
  | { readonly kind: 'too-many-interim' }
  /** 101 that was not asked for, or to another protocol. */
  | { readonly kind: 'unexpected-upgrade' }
  | { readonly kind: 'failed-inside-body' }
  | { readonly kind: 'timeout-inside-body' }
  /** The election found nobody. */
  | { readonly kind: 'no-worker' }
  /** The session's worker is unusable and the balancer has `nofailover`. */
  | { readonly kind: 'nofailover' }
  /** The worker answered; whatever it answered is relayed. */
  | { readonly kind: 'responded'; readonly status: number };

/** What else the decision rests on. */
export type AttemptFacts = {
  /** False for a plain worker: it never enters the error state and there is nobody to fail over to. */
  readonly isBalanced: boolean;
  /** The worker has flag I. */
  readonly ignoreErrors: boolean;
  /** The worker is usable after the attempt, its own failure left aside (an operator may have disabled it meanwhile). */
  readonly usableAfter: boolean;
  /** Attempts made before this one; 0 at the first. */
  readonly tries: number;
  /** The balancer's: extra tries after the first. */
  readonly maxattempts: number;
  /** The attempt used a pooled connection that had carried a request before. */
  readonly reusedBackendConnection: boolean;
  /** The client connection had carried a request before this one. */
  readonly clientConnectionReused: boolean;
};

/** Why a decision was made; stable names for logs, metrics and explanations. */
export type FailoverReason =
  | 'responded'
  | 'next-worker'
  | 'tries-exhausted'
  | 'worker-stays-usable'
  | 'plain-worker'
  | 'internal-failure'
  | 'request-already-sent'
  | 'client-may-repeat'
  | 'response-already-begun'
  | 'no-usable-worker'
  | 'session-worker-unusable';

export type FailoverDecision = {
  /** The worker enters the error state now (`errorState`). */
  readonly workerError: boolean;
  /**
   * `try-again`: elect once more, `tries` + 1. `answer`: the client gets `status`. `close-client`: its connection is closed
   * without an answer. `cut`: an answer has begun; it is cut off and the connection closed.
   */
  readonly next: 'try-again' | 'answer' | 'close-client' | 'cut';
  /** Status for the client, or what it would be if no worker were left (`try-again`); 0 if there is none to send. */
  readonly status: number;
  readonly reason: FailoverReason;
};

/**
 * Decides what follows an attempt. Failover happens only where nothing but a request head can have reached the worker, so
 * the method does not matter; everything after that is answered, since repeating it could do the work twice.
 *
 * @source mod_proxy.c:proxy_handler, mod_proxy_http.c:ap_proxy_http_process_response
 */
export function decideFailover(outcome: AttemptOutcome, facts: AttemptFacts): FailoverDecision {
  switch (outcome.kind) {
    case 'connect-failed':
    case 'connect-timeout':
    case 'acquire-timeout':
    case 'continue-timeout':
      return unavailable(facts);
    case 'dns-failure':
    case 'tls-failure':
      return answer(500, 'internal-failure', mayError(facts));
    case 'unsupported-scheme':
      return answer(500, 'internal-failure');
    case 'send-timeout':
      return answer(504, 'request-already-sent');
    case 'closed-before-response':
      return facts.clientConnectionReused ? silentClose(facts) : answer(502, 'request-already-sent');
    case 'send-failed':
    case 'response-timeout': // httpd answers 502 here, not 504.
    case 'malformed-response':
    case 'response-head-too-large':
    case 'too-many-interim':
    case 'unexpected-upgrade':
      return answer(502, 'request-already-sent');
    case 'failed-inside-body':
    case 'timeout-inside-body':
      return { workerError: false, next: 'cut', status: 0, reason: 'response-already-begun' };
    case 'no-worker':
      return answer(503, 'no-usable-worker');
    case 'nofailover':
      return answer(503, 'session-worker-unusable');
    case 'responded':
      return answer(outcome.status, 'responded');
    default:
      return unreachable(outcome);
  }
}

/**
 * Whether the final status of a balanced request, relayed or made here, puts its last worker in error (`errorState`, which
 * spares those with flag I). With ProxyErrorOverride the worker's own status counts. The client keeps its answer.
 *
 * @param timedOut the status line was not read in time (`response-timeout`); timeouts inside the body do not count
 * @source ProxySet `failonstatus=`, `failontimeout=` (mod_proxy_balancer.c:proxy_balancer_post_request)
 */
export function afterResponse(balancer: ElectionBalancer, finalStatus: number, timedOut: boolean): boolean {
  return balancer.failonstatus.has(finalStatus) || (balancer.failontimeout && timedOut);
}

/** A 503 made here: the one status that moves on to another worker, and only if this one is out of service now. */
function unavailable(facts: AttemptFacts): FailoverDecision {
  const workerError = mayError(facts);
  if (!facts.isBalanced) return answer(503, 'plain-worker', workerError);
  if (!workerError && facts.usableAfter) return answer(503, 'worker-stays-usable', workerError);
  if (facts.tries >= facts.maxattempts) return answer(503, 'tries-exhausted', workerError);
  return { workerError, next: 'try-again', status: 503, reason: 'next-worker' };
}

/**
 * A kept-alive client is left to repeat its request, as it must expect to. A reused backend connection may just have met the
 * worker's own keep-alive limit; losing a fresh one is the worker's fault (httpd's 500 that nobody sees).
 */
function silentClose(facts: AttemptFacts): FailoverDecision {
  const workerError = !facts.reusedBackendConnection && mayError(facts);
  return { workerError, next: 'close-client', status: 0, reason: 'client-may-repeat' };
}

function answer(status: number, reason: FailoverReason, workerError = false): FailoverDecision {
  return { workerError, next: 'answer', status, reason };
}

function mayError(facts: AttemptFacts): boolean {
  return facts.isBalanced && !facts.ignoreErrors;
}
