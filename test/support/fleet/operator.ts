import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { definitionOf } from '../penstock.ts';

/** A command that was acknowledged: its idempotency key, and the revision it made. */
export type Acknowledged = { readonly key: string; readonly revision: number };

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
};

export type Command = { readonly method: 'POST' | 'PUT' | 'DELETE'; readonly path: string; readonly body?: object };

export type CommandTerms = {
  /** Index of the replica that is asked first, or alone. */
  readonly at?: number;
  readonly key?: string;
  readonly timeoutMs?: number;
};

/** Gives commands as a careful client does: with an idempotency key, and again, elsewhere, when no answer comes. */
export type Operator = {
  /** Commits that were acknowledged, in order. */
  readonly acknowledged: readonly Acknowledged[];
  /** One attempt at one replica. @throws when nobody answers */
  ask(command: Command, terms?: CommandTerms): Promise<Answer>;
  get(path: string, at?: number): Promise<Answer>;
  /** As often as needed, at all replicas in turn. @returns the revision it made @throws when it is refused for good */
  commit(command: Command, terms?: CommandTerms): Promise<number>;
  /** Makes configuration lines the fleet's. */
  apply(lines: readonly string[], terms?: CommandTerms): Promise<number>;
  close(): Promise<void>;
};

/** Longest time that is tried to have a command done, milliseconds. */
const PATIENCE_MS = 60_000;

/** @param replicas URLs of their admin APIs */
export function createOperator(replicas: readonly string[]): Operator {
  const dispatcher = new Agent({ keepAliveTimeout: 10, connect: { timeout: 5_000 } });
  const acknowledged: Acknowledged[] = [];

  async function ask({ method, path, body }: Command, terms: CommandTerms = {}): Promise<Answer> {
    return send(method, path, body, terms);
  }

  async function send(
    method: Command['method'] | 'GET',
    path: string,
    body: object | undefined,
    { at = 0, key, timeoutMs = 10_000 }: CommandTerms,
  ): Promise<Answer> {
    const url = new URL(path, replicas[at % replicas.length]);
    const answer = await request(url, {
      dispatcher,
      method,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    }).catch((err: Error) => {
      throw new Error(`${method} ${url}: ${err.message}`, { cause: err });
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  async function commit(command: Command, terms: CommandTerms = {}): Promise<number> {
    const { at = 0, key = randomUUID() } = terms;
    const untilMs = performance.now() + PATIENCE_MS;
    for (let attempt = 0; ; attempt++) {
      let last: string;
      try {
        const { status, body } = await ask(command, { timeoutMs: 5_000, ...terms, at: at + attempt, key });
        if (status === 200) {
          if (body.outcome === 'committed') acknowledged.push({ key, revision: body.revision });
          return body.revision;
        }
        last = `${status} ${JSON.stringify(body)}`;
        if (status !== 503) throw new RefusedError(`${command.method} ${command.path}: ${last}`);
      } catch (err) {
        if (err instanceof RefusedError) throw err;
        last = (err as Error).message;
      }
      if (performance.now() > untilMs) throw new Error(`${command.method} ${command.path} was not done: ${last}`);
      await delay(20);
    }
  }

  return {
    acknowledged,
    ask,
    get: (path, at = 0) => send('GET', path, undefined, { at }),
    commit,
    apply: (lines, terms) =>
      commit(
        { method: 'POST', path: '/v1/apply', body: { definition: definitionOf(lines), allowShrink: true } },
        terms,
      ),
    close: () => dispatcher.destroy(),
  };
}

class RefusedError extends Error {}
