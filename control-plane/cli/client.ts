import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Problem } from '../adapters/admin-api/problem.ts';
import { CliFailure } from './context.ts';

export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Revision expected. */
  readonly ifMatch?: number;
  /** How long the answer may take beyond the usual, milliseconds. */
  readonly waitMs?: number;
};

/** An answer's text as received, so that `--json` prints it exactly; `json` reads it. */
export type ApiAnswer = { readonly text: string; json<T>(): T };

export type ApiClient = { send(request: ApiRequest): Promise<ApiAnswer> };

/** Long enough for a large definition on a busy machine. */
const ANSWER_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;

/**
 * Calls the admin API of a control plane; whatever goes wrong becomes a `CliFailure` with words for an operator.
 *
 * @param onStale called when an answer is what was known last, with the reason
 */
export function apiClient(
  server: string,
  token: string | undefined,
  onStale: (reason: string) => void = () => {},
): ApiClient {
  const base = serverUrl(server);
  // Imported by who calls: commands that start servers need none of it, and a node is to start quickly.
  const ready = import('undici').then(({ Agent, request }) => {
    // One command, one connection, closed at once so that the process can end.
    const dispatcher = new Agent({ keepAliveTimeout: 1, connect: { timeout: 5_000 } });
    return { dispatcher, request };
  });

  async function attempt({ method, path, query = {}, body, ifMatch, waitMs = 0 }: ApiRequest, key: string) {
    const { dispatcher, request } = await ready;
    const url = new URL(path, base);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    return request(url, {
      dispatcher,
      method,
      headersTimeout: ANSWER_TIMEOUT_MS + waitMs,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
        ...(method === 'GET' ? {} : { 'idempotency-key': key }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }

  /** A lost answer is asked for again under the same key, so that nothing is done twice. */
  async function attempts(apiRequest: ApiRequest): Promise<Dispatcher.ResponseData> {
    const key = randomUUID();
    for (let n = 1; ; n++) {
      try {
        return await attempt(apiRequest, key);
      } catch (err) {
        if (n === ATTEMPTS || !isLostConnection(err)) throw unreachable(base, err);
        await delay(100 * n);
      }
    }
  }

  return {
    async send(apiRequest) {
      const response = await attempts(apiRequest);
      const text = await response.body.text();
      if (response.statusCode >= 400) throw refusal(base, response.statusCode, text);
      const stale = response.headers['penstock-stale'];
      if (stale !== undefined) onStale(String(stale));
      return {
        text,
        json<T>() {
          try {
            return JSON.parse(text) as T;
          } catch {
            throw stranger(base, response.statusCode);
          }
        },
      };
    },
  };
}

/** `user@host`, for the history. */
export function localActor(): string {
  let user = 'unknown';
  try {
    user = userInfo().username;
  } catch {
    // A user id without a name, as containers have it.
  }
  return `${user}@${hostname()}`.slice(0, 128);
}

function serverUrl(server: string): URL {
  const text = server.includes('://') ? server : `http://${server}`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new CliFailure(`--server ${server}: want a URL such as http://127.0.0.1:7400`, 2);
  }
  return new URL(text);
}

function isLostConnection(err: unknown): boolean {
  const { code } = err as { readonly code?: unknown };
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

function unreachable(base: URL, err: unknown): CliFailure {
  const { code, message } = err as { readonly code?: unknown; readonly message?: unknown };
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nobody listens there; is the control plane running?',
    ENOTFOUND: 'there is no such host',
    UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
    UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
    UND_ERR_SOCKET: 'it closed the connection',
  };
  return new CliFailure(`cannot reach the control plane at ${base.origin}: ${reasons[String(code)] ?? message}`);
}

function refusal(base: URL, status: number, text: string): CliFailure {
  const problem = readProblem(text);
  if (problem === undefined) return stranger(base, status);
  if (status === 401)
    return new CliFailure(
      'refused: the access token is wrong or missing; set PENSTOCK_TOKEN, or name its file with --token-file',
    );
  // A single mistake is the detail itself already.
  const errors = (problem.errors ?? []).filter(({ detail }) => detail !== problem.detail);
  return new CliFailure(
    [`refused: ${problem.detail}`, ...errors.map(({ path, detail }) => `  ${path}: ${detail}`)].join('\n'),
  );
}

function stranger(base: URL, status: number): CliFailure {
  return new CliFailure(
    `${base.origin} answered ${status}, but not as a Penstock control plane does; is --server right?`,
  );
}

function readProblem(text: string): Problem | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<Problem> | null;
    return typeof parsed?.detail === 'string' ? (parsed as Problem) : undefined;
  } catch {
    return undefined;
  }
}
