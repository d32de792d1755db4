import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatingError } from '../operating-error.ts';
import { createRedisClient, type RedisClientOptions } from './redis-client.ts';
import { type RedisFault, redisFault, unreachable } from './redis-fault.ts';
import { describeRedisTarget } from './redis-url.ts';

export type RedisArgument = string | number | Uint8Array;
export type RedisCommand = readonly [name: string, ...args: RedisArgument[]];

/** A Lua script and how it is called for. */
export type RedisScript = { readonly lua: string; readonly sha: string };

export function redisScript(lua: string): RedisScript {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

export type RedisConnectionOptions = RedisClientOptions & {
  /** The connection is usable again, or for the first time. */
  readonly onReady?: () => void;
  readonly onLost?: (why: string) => void;
};

/**
 * One connection to a Redis, kept up. While it is down calls fail at once; nothing is queued to be sent later, and nothing is sent
 * twice except a script that is made for it. Replies are buffers, numbers, null and arrays of them.
 */
export type RedisConnection = {
  readonly name: string;
  isReady(): boolean;
  /** Whether it becomes ready in time. */
  whenReady(withinMs: number): Promise<boolean>;
  /** @throws OperatingError `store-unavailable`, `wrong-store` or `closed` */
  call(command: RedisCommand, timeoutMs?: number): Promise<unknown>;
  /** Several commands at one server, that of the first command's key; a refused one is an error in its place. */
  pipeline(commands: readonly RedisCommand[], timeoutMs?: number): Promise<readonly unknown[]>;
  /**
   * Runs a script that changes something. When no answer comes it is sent again, as soon as that is possible, until it answers: it must
   * recognise what it has done already.
   *
   * @throws OperatingError `outcome-unknown` when no answer came in twice the timeout; else as `call`
   */
  change(
    script: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
    terms?: ChangeTerms,
  ): Promise<ScriptReply>;
  /** Runs a script that only reads. @throws as `call` */
  evaluate(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown>;
  close(): void;
};

/** Replicas to wait for, and for how long. */
export type WaitFor = { readonly replicas: number; readonly timeoutMs: number };

export type ChangeTerms = {
  /** Sends WAIT behind the script on the same connection. */
  readonly waitFor?: WaitFor | undefined;
  /** For what is large. */
  readonly timeoutMs?: number;
};

export type ScriptReply = {
  readonly reply: unknown;
  /** Replicas that confirmed it; 0 when none were waited for. */
  readonly replicas: number;
  /** It was sent more than once. */
  readonly resent: boolean;
};

/** Calls that may wait for an answer at once. */
const MAX_PENDING = 1_000;
const RETRY_MS = 50;

export function connectRedis(options: RedisConnectionOptions): RedisConnection {
  const { target, timeoutMs } = options;
  const name = describeRedisTarget(target);
  const client = createRedisClient(options);
  const waiting = new Set<() => void>();
  let pending = 0;
  let closed = false;
  let lostAtMs: number | undefined = performance.now();
  let lastError: string | undefined;
  let revival: NodeJS.Timeout | undefined;

  client.on('error', remember);
  client.on('node error', remember);
  client.on('ready', () => {
    lostAtMs = undefined;
    lastError = undefined;
    for (const resolve of waiting) resolve();
    options.onReady?.();
  });
  client.on('close', () => {
    if (lostAtMs !== undefined) return;
    lostAtMs = performance.now();
    if (!closed) options.onLost?.(lastError ?? 'the connection was closed');
  });
  // ioredis gives up in some races of a failover; we never do.
  client.on('end', () => {
    if (!closed) revival = setTimeout(() => client.connect().catch(() => {}), RETRY_MS);
  });
  client.connect().catch(() => {});

  function remember(err: Error): void {
    // Cluster and Sentinel wrap what happened in what they tried.
    const cause = (err as { lastNodeError?: Error | null }).lastNodeError ?? err;
    lastError = cause.message;
  }

  const isReady = () => client.status === 'ready';

  async function whenReady(withinMs: number): Promise<boolean> {
    if (isReady() || withinMs <= 0 || closed) return isReady();
    const stop = new AbortController();
    const ready = new Promise<void>((resolve) => {
      waiting.add(resolve);
      stop.signal.addEventListener('abort', () => waiting.delete(resolve));
    });
    try {
      await Promise.race([ready, delay(withinMs, undefined, { signal: stop.signal }).catch(() => {})]);
      return isReady();
    } finally {
      stop.abort();
    }
  }

  /** Bridges a short interruption; in a long one every call fails at once. */
  async function ensureReady(): Promise<void> {
    if (closed) throw new OperatingError('closed', 'the event store is closed');
    if (!isReady()) await whenReady((lostAtMs ?? 0) + timeoutMs - performance.now());
    if (closed) throw new OperatingError('closed', 'the event store is closed');
    if (!isReady()) throw unreachable(name, lastError ?? 'there is no connection yet');
    if (pending >= MAX_PENDING) {
      throw new OperatingError('store-unavailable', `${name}: ${pending} calls wait for an answer already`, {
        retryable: true,
      });
    }
  }

  /** @throws what ioredis throws, or that no answer came */
  async function send<T>(work: () => Promise<T>, withinMs: number): Promise<T> {
    await ensureReady();
    pending++;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${withinMs} ms`)), withinMs);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      pending--;
      clearTimeout(timer);
    }
  }

  const faultOf = (err: unknown): RedisFault => redisFault(err, name, isReady() ? undefined : lastError);

  const sendCall = (command: RedisCommand, withinMs: number) =>
    send(() => client.callBuffer(command[0], argumentsOf(command)), withinMs);

  async function sendPipeline(commands: readonly RedisCommand[], withinMs: number): Promise<readonly unknown[]> {
    const run = async () => {
      const pipeline = client.pipeline();
      for (const command of commands) pipeline.callBuffer(command[0], argumentsOf(command));
      return (await pipeline.exec()) ?? [];
    };
    const results = await send(run, withinMs);
    return results.map(([err, value]) => {
      // Only what Redis itself answered has a place among the results.
      if (err !== null && err.name !== 'ReplyError') throw err;
      return err ?? value;
    });
  }

  async function sendScript(
    script: RedisScript,
    tail: readonly RedisArgument[],
    withinMs: number,
    waitFor?: WaitFor,
  ): Promise<Omit<ScriptReply, 'resent'>> {
    const attempt = async (first: RedisCommand): Promise<Omit<ScriptReply, 'resent'>> => {
      if (waitFor === undefined) return { reply: await sendCall(first, withinMs), replicas: 0 };
      const wait: RedisCommand = ['WAIT', waitFor.replicas, waitFor.timeoutMs];
      const [reply, replicas] = await sendPipeline([first, wait], withinMs);
      if (reply instanceof Error) throw reply;
      return { reply, replicas: typeof replicas === 'number' ? replicas : 0 };
    };
    try {
      return await attempt(['EVALSHA', script.sha, ...tail]);
    } catch (err) {
      if (!(err as Error).message.startsWith('NOSCRIPT')) throw err;
      return attempt(['EVAL', script.lua, ...tail]);
    }
  }

  return {
    name,
    isReady,
    whenReady,

    async call(command, withinMs = timeoutMs) {
      try {
        return await sendCall(command, withinMs);
      } catch (err) {
        throw faultOf(err).fault;
      }
    },

    async pipeline(commands, withinMs = timeoutMs) {
      try {
        return await sendPipeline(commands, withinMs);
      } catch (err) {
        throw faultOf(err).fault;
      }
    },

    async evaluate(script, keys, args) {
      try {
        return (await sendScript(script, [keys.length, ...keys, ...args], timeoutMs)).reply;
      } catch (err) {
        throw faultOf(err).fault;
      }
    },

    async change(script, keys, args, { waitFor, timeoutMs: ownMs = timeoutMs } = {}) {
      const tail = [keys.length, ...keys, ...args];
      const withinMs = ownMs + (waitFor?.timeoutMs ?? 0);
      const deadlineMs = performance.now() + withinMs + timeoutMs;
      let mayHaveRun = false;
      for (let resent = false; ; resent = true) {
        try {
          return { ...(await sendScript(script, tail, withinMs, waitFor)), resent };
        } catch (err) {
          const failure = faultOf(err);
          mayHaveRun ||= failure.mayHaveRun;
          // The pipeline of a cluster does not follow a moved slot by itself; a plain command makes it look again.
          const moved = err instanceof Error && /^(MOVED|ASK) /.test(err.message);
          if (!mayHaveRun && !moved) throw failure.fault;
          if (performance.now() >= deadlineMs || closed) {
            throw mayHaveRun ? unknownOutcome(failure.fault) : failure.fault;
          }
          if (moved) await sendCall(['EXISTS', keys[0] ?? ''], timeoutMs).catch(() => {});
          await delay(RETRY_MS);
        }
      }
    },

    close() {
      closed = true;
      clearTimeout(revival);
      client.disconnect();
      for (const resolve of waiting) resolve();
    },
  };
}

function unknownOutcome(fault: OperatingError): OperatingError {
  return new OperatingError(
    'outcome-unknown',
    `${fault.message}; whether it took the change is not known: the same command with the same idempotency key finds out`,
    { retryable: true },
  );
}

function argumentsOf([, ...args]: RedisCommand): (string | number | Buffer)[] {
  return args.map((argument) =>
    argument instanceof Uint8Array ? Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength) : argument,
  );
}
