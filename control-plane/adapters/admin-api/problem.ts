import type { FastifyError, FastifyReply } from 'fastify';
import { BusError } from '#shared/bus.ts';
import type { DefinitionProblem } from '#shared/definition/validate.ts';
import type { Rejection, RejectionType } from '../../core/decide/decision.ts';
import { OperatingError } from '../../operating-error.ts';
import { PATTERN_WORDS } from './schemas.ts';

export type ProblemType =
  | RejectionType
  | 'invalid-request'
  | 'unauthorized'
  | 'forbidden-host'
  | 'forbidden-origin'
  | 'unsupported-media-type'
  | 'not-found'
  | 'not-ready'
  | 'store-unavailable'
  | 'store-regressed'
  | 'outcome-unknown'
  | 'history-trimmed'
  | 'bus-unavailable'
  | 'corrupt-store'
  | 'internal';

/** An answer of media type `application/problem+json`. @source RFC 9457 */
export type Problem = {
  /** `urn:penstock:problem:<type>`: stable, one per kind of problem. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Every single mistake, with a JSON path into the request's body. */
  readonly errors?: readonly DefinitionProblem[];
  /** Of conflicts: the revision the fleet is at. */
  readonly currentRevision?: number;
};

const PROBLEMS: Readonly<Record<ProblemType, { readonly status: number; readonly title: string }>> = {
  'invalid-request': { status: 400, title: 'The request is not well formed' },
  'invalid-definition': { status: 422, title: 'The definition has mistakes' },
  'too-large': { status: 413, title: 'The request is too large' },
  'implausible-shrink': { status: 422, title: 'The definition is much smaller than the one in force' },
  'unknown-revision': { status: 404, title: 'There is no such revision' },
  'unknown-balancer': { status: 404, title: 'There is no such balancer' },
  'unknown-worker': { status: 404, title: 'There is no such worker' },
  'ambiguous-name': { status: 422, title: 'The name could mean several objects' },
  'invalid-override': { status: 422, title: 'The override has mistakes' },
  'no-override': { status: 404, title: 'There is no such override' },
  'revision-mismatch': { status: 412, title: 'The fleet is at another revision' },
  conflict: { status: 409, title: 'Somebody else changed the same objects' },
  'key-reused': { status: 422, title: 'The idempotency key was used for another command' },
  busy: { status: 503, title: 'Too many commands wait' },
  unauthorized: { status: 401, title: 'An access token is needed' },
  'forbidden-host': { status: 403, title: 'The request was not meant for this server' },
  'forbidden-origin': { status: 403, title: 'The request comes from another web site' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'not-ready': { status: 503, title: 'Not ready' },
  'store-unavailable': { status: 503, title: 'The event store cannot be used now' },
  'store-regressed': { status: 503, title: 'The event store lost commits or holds another history' },
  'history-trimmed': { status: 410, title: 'That part of the history was trimmed' },
  'outcome-unknown': { status: 503, title: 'The event store did not say whether it took the commit' },
  'bus-unavailable': { status: 503, title: 'The bus cannot be used now' },
  'corrupt-store': { status: 500, title: 'The event store is damaged' },
  internal: { status: 500, title: 'Something went wrong inside' },
};

/** What fastify calls the parts of a request, in a client's words. */
const PARTS: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** Faults that are told apart. */
const TOLD_APART = ['corrupt-store', 'store-regressed', 'outcome-unknown', 'history-trimmed', 'key-reused'] as const;

/** Most single mistakes listed in one answer. */
const MAX_ERRORS = 200;

export function problem(
  type: ProblemType,
  detail: string,
  more: Partial<Pick<Problem, 'errors' | 'currentRevision'>> = {},
): Problem {
  return { type: `urn:penstock:problem:${type}`, ...PROBLEMS[type], detail, ...more };
}

export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  if (answer.status === 503) reply.header('retry-after', '1');
  if (answer.status === 401) reply.header('www-authenticate', 'Bearer realm="penstock"');
  return reply.code(answer.status).type('application/problem+json').send(answer);
}

/** A command's rejection; paths are made to start at the request's body. */
export function problemOfRejection({ type, detail, problems, currentRevision }: Rejection): Problem {
  const errors = problems?.slice(0, MAX_ERRORS).map(({ path, detail }) => ({ path: bodyPath(path), detail }));
  return problem(type, detail, {
    ...(errors === undefined ? {} : { errors }),
    ...(currentRevision === undefined ? {} : { currentRevision }),
  });
}

function bodyPath(path: string): string {
  return path.startsWith('$') ? `$.definition${path.slice(1)}` : `$.${path}`;
}

/** What fastify or a handler threw, as an answer; only faults of ours are `internal`, and their text stays inside. */
export function problemOfError(err: FastifyError | OperatingError | BusError): Problem {
  if (err instanceof OperatingError) {
    if (err.code === 'bad-config') return problem('invalid-request', err.message);
    return problem(TOLD_APART.find((type) => type === err.code) ?? 'store-unavailable', err.message);
  }
  if (err instanceof BusError) return problem('bus-unavailable', err.message);
  if (err.validation !== undefined) {
    const errors = err.validation.slice(0, MAX_ERRORS).map(({ instancePath, message, params }) => {
      const extra = (params as { readonly additionalProperty?: unknown }).additionalProperty;
      const allowed = (params as { readonly allowedValues?: unknown }).allowedValues;
      const named = extra === undefined ? '' : `: "${String(extra)}"`;
      const choice = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
      const words = PATTERN_WORDS.get(String((params as { readonly pattern?: unknown }).pattern)) ?? message;
      return { path: jsonPath(instancePath), detail: `${words ?? 'is wrong'}${named}${choice}` };
    });
    const where = PARTS[err.validationContext ?? ''] ?? 'request';
    return problem('invalid-request', `the ${where} has ${errors.length} mistake${errors.length === 1 ? '' : 's'}`, {
      errors,
    });
  }
  switch (err.statusCode) {
    case 413:
      return problem('too-large', err.message);
    case 415:
      return problem('unsupported-media-type', 'send the body as application/json');
    default:
      if (err.statusCode !== undefined && err.statusCode < 500) return problem('invalid-request', err.message);
      return problem('internal', 'an internal fault; the log of the control plane says more');
  }
}

/** `/definition/listeners/0` as `$.definition.listeners[0]`. */
function jsonPath(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  return parts.reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : `${path}.${part}`), '$');
}
