import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../../address.ts';
import { type Problem, problem, sendProblem } from './problem.ts';

export type AccessRules = {
  /** Host the API is bound to. */
  readonly host: string;
  /** Further names clients may call it by. */
  readonly allowedHosts: readonly string[];
  /** When set, every request needs it. */
  readonly token?: string;
};

/** Paths that a process supervisor asks without a token; they tell nothing but life. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz']);
const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** Refuses requests before their body is read. */
export function guardAccess(app: FastifyInstance, rules: AccessRules): void {
  const isTrustedHost = hostCheck(rules);
  const isTrustedToken = rules.token === undefined ? undefined : tokenCheck(rules.token);
  app.addHook('onRequest', async (request, reply) => {
    const refusal = refuse(request, isTrustedHost, isTrustedToken);
    if (refusal !== undefined) return sendProblem(reply, refusal);
  });
}

function refuse(
  request: FastifyRequest,
  isTrustedHost: (name: string) => boolean,
  isTrustedToken: ((given: string) => boolean) | undefined,
): Problem | undefined {
  const { host = '', origin, authorization } = request.headers;
  // A web page can make a browser call us under a name it controls (DNS rebinding): the name gives it away.
  if (!isTrustedHost(hostName(host))) {
    return problem(
      'forbidden-host',
      `Host "${host}" is none of this server's names; use its address, or allow the name`,
    );
  }
  if (origin !== undefined && !isTrustedHost(originName(origin))) {
    return problem('forbidden-origin', `Origin "${origin}" may not use this API`);
  }
  const path = request.url.split('?')[0] ?? '';
  if (isTrustedToken !== undefined && !OPEN_PATHS.has(path)) {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return problem('unauthorized', 'send Authorization: Bearer with the access token');
    if (!isTrustedToken(given)) return problem('unauthorized', 'the access token is not the right one');
  }
  // Forms cannot send JSON, and scripts of other sites need our leave to, which they never get.
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (WRITES.has(request.method) && type !== 'application/json') {
    return problem('unsupported-media-type', `the body is ${type ?? 'of no type'}; send application/json`);
  }
  return undefined;
}

/** Bound to loopback, only loopback's own names count; elsewhere the token protects, and any name may lead here. */
function hostCheck({ host, allowedHosts }: AccessRules): (name: string) => boolean {
  const names = new Set([host, ...allowedHosts].map((name) => name.toLowerCase()));
  if (!isLoopback(host) && allowedHosts.length === 0) return (name) => name !== '';
  return (name) => isLoopback(name) || names.has(name);
}

/** Compares digests: their length is fixed and their comparison takes the same time wherever they differ. */
function tokenCheck(token: string): (given: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(token);
  return (given) => timingSafeEqual(digest(given), wanted);
}

/** The name in a Host header, without port and brackets. */
function hostName(host: string): string {
  return (/^\[([^\]]*)\](?::\d+)?$/.exec(host)?.[1] ?? /^([^:]*)(?::\d+)?$/.exec(host)?.[1] ?? '').toLowerCase();
}

/** `null`, as sandboxed pages send it, is nobody's name. */
function originName(origin: string): string {
  return URL.canParse(origin) ? hostName(new URL(origin).host) : '';
}
