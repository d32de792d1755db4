import { OperatingError } from '../operating-error.ts';

/** A failed call, in words for operators. */
export type RedisFault = {
  readonly fault: OperatingError;
  /** The command may have been done all the same: no answer came. */
  readonly mayHaveRun: boolean;
};

/** What Redis answers while it cannot do what is asked, and what that means. */
const TEMPORARY: Readonly<Record<string, string>> = {
  LOADING: 'it is still loading its data',
  BUSY: 'a script keeps it busy',
  MISCONF: 'it cannot write to its disk',
  OOM: 'its memory is full: raise maxmemory',
  READONLY: 'it is a replica now and takes no writes',
  NOREPLICAS: 'too few replicas are connected: min-replicas-to-write holds it back',
  MASTERDOWN: 'it has lost its primary',
  CLUSTERDOWN: 'the cluster is down',
  TRYAGAIN: 'the cluster is moving the slot',
  MOVED: 'the cluster has moved the slot',
  ASK: 'the cluster is moving the slot',
};

const DENIED: Readonly<Record<string, string>> = {
  NOAUTH: 'it wants a password: give one in the URL or with --redis-password-file',
  WRONGPASS: 'it refuses user or password',
  NOPERM: 'its user may not do that',
};

/** Words of ioredis for a command that never left. */
const NOT_SENT = /^(Stream isn't writeable|Cluster isn't ready)/;

/**
 * Says what a failed call means.
 *
 * @param name the Redis, without credentials
 * @param lastError of the connection, when it has one
 */
export function redisFault(err: unknown, name: string, lastError: string | undefined): RedisFault {
  if (err instanceof OperatingError) return { fault: err, mayHaveRun: false };
  const { name: kind, message } = err as Error;
  if (kind !== 'ReplyError') {
    const mayHaveRun = !NOT_SENT.test(message);
    return { fault: unreachable(name, lastError ?? (mayHaveRun ? message : undefined)), mayHaveRun };
  }
  const word = /^[A-Z]+/.exec(message)?.[0] ?? '';
  // Never the error itself as the cause: it carries the command with its arguments.
  const text = (why: string) => `${name}: ${why} (${message})`;
  if (Object.hasOwn(TEMPORARY, word)) {
    const fault = new OperatingError('store-unavailable', text(TEMPORARY[word] ?? ''), { retryable: true });
    return { fault, mayHaveRun: false };
  }
  if (Object.hasOwn(DENIED, word)) {
    return { fault: new OperatingError('store-unavailable', text(DENIED[word] ?? '')), mayHaveRun: false };
  }
  if (word === 'WRONGTYPE') {
    const fault = new OperatingError('wrong-store', text('keys that begin with "penstock:" are not ours'));
    return { fault, mayHaveRun: false };
  }
  return { fault: new OperatingError('store-unavailable', `${name}: ${message}`), mayHaveRun: false };
}

/** There is no connection. Not retryable when Redis is there and refuses us: then it takes an operator. */
export function unreachable(name: string, why: string | undefined): OperatingError {
  const denied = why === undefined ? undefined : deniedIn(why);
  if (denied !== undefined) return new OperatingError('store-unavailable', `${name}: ${denied} (${why})`);
  // The name says where already.
  const reason = why?.replace(/^connect ECONNREFUSED\b.*/, 'connection refused');
  return new OperatingError(
    'store-unavailable',
    `${name} cannot be reached${reason === undefined ? '' : `: ${reason}`}`,
    {
      retryable: true,
    },
  );
}

function deniedIn(message: string): string | undefined {
  const word = /^[A-Z]+/.exec(message)?.[0] ?? '';
  return Object.hasOwn(DENIED, word) ? DENIED[word] : undefined;
}
