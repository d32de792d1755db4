import { formatHostPort, type HostPort, parseHostPort } from '../address.ts';
import { OperatingError } from '../operating-error.ts';

/** Where a Redis is, as its URL says. */
export type RedisTarget = {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Always 0 in a cluster. */
  readonly db: number;
} & (
  | { readonly kind: 'single'; readonly server: HostPort }
  | { readonly kind: 'sentinel'; readonly sentinels: readonly HostPort[]; readonly master: string }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] }
);

const SCHEMES: Readonly<Record<string, { readonly kind: RedisTarget['kind']; readonly tls: boolean }>> = {
  redis: { kind: 'single', tls: false },
  rediss: { kind: 'single', tls: true },
  'redis+sentinel': { kind: 'sentinel', tls: false },
  'rediss+sentinel': { kind: 'sentinel', tls: true },
  'redis+cluster': { kind: 'cluster', tls: false },
  'rediss+cluster': { kind: 'cluster', tls: true },
};

const DEFAULT_PORT: Readonly<Record<RedisTarget['kind'], number>> = { single: 6379, sentinel: 26379, cluster: 6379 };

const FORMS =
  'redis://HOST:PORT, rediss:// for TLS, redis+sentinel://HOST:PORT,HOST:PORT/MASTER or redis+cluster://HOST:PORT,HOST:PORT';

/**
 * Reads a Redis URL: `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, `redis+sentinel://…/MASTER[/DB]`, `redis+cluster://…`, each also as
 * `rediss…` for TLS. User and password are those of the Redis servers, percent-encoded.
 *
 * @throws OperatingError `bad-config` that names every mistake and no credentials
 */
export function parseRedisUrl(text: string): RedisTarget {
  const [scheme, rest] = splitOnce(text, '://');
  const form = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (rest === undefined || form === undefined) {
    throw badUrl(text, [rest === undefined ? `want ${FORMS}` : `scheme "${scheme}" is unknown: want ${FORMS}`]);
  }
  const mistakes: string[] = [];
  if (/[?#]/.test(rest))
    mistakes.push('everything after ? or # is not understood: TLS files and timeouts are settings');
  const [authority, path] = splitOnce(rest.replace(/[?#].*$/s, ''), '/');
  const at = authority.lastIndexOf('@');
  const credentials = at < 0 ? {} : readCredentials(authority.slice(0, at), mistakes);
  const hosts = readHosts(authority.slice(at + 1), form.kind, mistakes);
  const segments = path === undefined || path === '' ? [] : path.split('/');
  const master = form.kind === 'sentinel' ? segments.shift() : undefined;
  const db = readDb(segments, form.kind, mistakes);
  if (form.kind === 'sentinel' && (master === undefined || master === '')) {
    mistakes.push(
      "the master's name is missing: want redis+sentinel://HOST:PORT/MASTER, as in sentinel monitor MASTER",
    );
  }
  const [server] = hosts;
  if (mistakes.length > 0 || server === undefined) throw badUrl(text, mistakes);
  const common = { tls: form.tls, ...credentials, db };
  switch (form.kind) {
    case 'single':
      return { ...common, kind: 'single', server };
    case 'sentinel':
      return { ...common, kind: 'sentinel', sentinels: hosts, master: decode(master ?? '') ?? '' };
    case 'cluster':
      return { ...common, kind: 'cluster', nodes: hosts };
  }
}

/** Where it is, for operators; no credentials. */
export function describeRedisTarget(target: RedisTarget): string {
  switch (target.kind) {
    case 'single':
      return `redis at ${formatHostPort(target.server)}`;
    case 'sentinel':
      return `redis "${target.master}" of the sentinels ${target.sentinels.map(formatHostPort).join(', ')}`;
    case 'cluster':
      return `redis cluster at ${target.nodes.map(formatHostPort).join(', ')}`;
  }
}

function readCredentials(text: string, mistakes: string[]): Pick<RedisTarget, 'username' | 'password'> {
  const [user, password] = splitOnce(text, ':');
  const [decodedUser, decodedPassword] = [decode(user), password === undefined ? undefined : decode(password)];
  if (decodedUser === undefined || (password !== undefined && decodedPassword === undefined)) {
    mistakes.push('user or password is not percent-encoded: write % as %25, @ as %40, / as %2F');
  }
  return {
    ...(decodedUser === undefined || decodedUser === '' ? {} : { username: decodedUser }),
    ...(decodedPassword === undefined || decodedPassword === '' ? {} : { password: decodedPassword }),
  };
}

function readHosts(text: string, kind: RedisTarget['kind'], mistakes: string[]): readonly HostPort[] {
  const hosts: HostPort[] = [];
  for (const part of text.split(',')) {
    const hasPort = /^(\[[^\]]*\]|[^:]*):/.test(part);
    const host = parseHostPort(hasPort ? part : `${part}:${DEFAULT_PORT[kind]}`);
    if (host === undefined || host.port === 0) {
      mistakes.push(`"${part}" is no address: want HOST:PORT, for example 127.0.0.1:${DEFAULT_PORT[kind]}`);
    } else hosts.push(host);
  }
  if (kind === 'single' && hosts.length > 1) {
    mistakes.push(
      'several addresses are those of sentinels or of a cluster: want redis+sentinel:// or redis+cluster://',
    );
  }
  return hosts;
}

function readDb(segments: readonly string[], kind: RedisTarget['kind'], mistakes: string[]): number {
  const [text = '', ...more] = segments;
  if (more.length > 0) mistakes.push(`"/${more.join('/')}" at the end is one part too many`);
  if (text === '') return 0;
  const db = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(db)) mistakes.push(`database "${text}" is no number: want 0 to 15, for example /0`);
  else if (kind === 'cluster' && db !== 0) mistakes.push(`database ${db}: a cluster has only database 0`);
  return db;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Whatever stands before the last @ may be a password. */
function badUrl(text: string, mistakes: readonly string[]): OperatingError {
  const shown = text.includes('@')
    ? `${/^[a-z+]*:\/\//.exec(text)?.[0] ?? ''}***@${text.slice(text.lastIndexOf('@') + 1)}`
    : text;
  return new OperatingError('bad-config', `Redis URL ${shown}: ${mistakes.join('; ')}`);
}
