import type { BusHandler } from '../bus.ts';

export type NatsBusOptions = {
  /** `nats://host:port` or `tls://host:port`, several joined by commas; tried in random order. */
  readonly servers: string;
  /** Letters, digits, `-` and `_`, as all names here. */
  readonly fleet: string;
  /** Of the node, or of the control-plane replica; seen in the server's list of connections and in the inbox's name. */
  readonly name: string;
  /** The control plane makes the fleet's stream; a node needs no right to. */
  readonly role: 'control-plane' | 'node';
  /** Default: what the URL says (`nats://user:password@host`), else none. Files are read again for each connection. */
  readonly credentials?: NatsCredentials;
  readonly tls?: NatsTls;
  /** Where answers go; must be this party's alone. Default `_INBOX.penstock.<fleet>.<name>`. */
  readonly inboxPrefix?: string;
  /** Of the stream when it is made. Default `file`. */
  readonly storage?: 'file' | 'memory';
  /** Copies of the stream, 1 to 5. Default 1. */
  readonly replicas?: number;
  /** Bound of the stream; the oldest kept keys are lost beyond it. Default 1 GiB. */
  readonly maxStreamBytes?: number;
  /** How long the server has to answer. Default 5000. */
  readonly requestTimeoutMs?: number;
  /** Pauses between attempts to connect grow from the first to the second, with jitter. Default 100 to 5000. */
  readonly reconnectMs?: { readonly min: number; readonly max: number };
  /** How often the server is asked whether it lives; twice unanswered, the connection is given up. Default 5000. */
  readonly pingIntervalMs?: number;
  /** Bytes sent that the server has not confirmed to have read, beyond which calls are refused. Default 16 MiB. */
  readonly maxUnconfirmedBytes?: number;
  readonly hooks?: NatsBusHooks;
};

export type NatsCredentials =
  /** JWT and seed in one file, as `nsc` writes it. */
  | { readonly credsFile: string }
  /** A seed alone (`SU…`); the server knows the public key. */
  | { readonly nkeySeedFile: string }
  | { readonly user: string; readonly password: string }
  | { readonly user: string; readonly passwordFile: string }
  | { readonly token: string }
  | { readonly tokenFile: string };

/** PEM files. The certificate and its key are for servers that verify clients. */
export type NatsTls = { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };

/** Called at changes; none may throw. */
export type NatsBusHooks = {
  /** At each connection. */
  readonly onServer?: (server: NatsServer) => void;
  readonly onFault?: (fault: NatsFault) => void;
  /** A handler threw; default: the error ends the process, as any broken invariant does. */
  readonly onHandlerError?: (error: unknown, subject: string) => void;
};

export type NatsServer = {
  /** `127.0.0.1:4222` */
  readonly address: string;
  readonly version: string;
  /** Why this version should not be used in production. */
  readonly warning?: string;
};

/** What went wrong; never with credentials. */
export type NatsFault = { readonly kind: NatsFaultKind; readonly message: string; readonly count: number };

export type NatsFaultKind =
  /** No server could be connected to. */
  | 'connect'
  /** A connection was lost. */
  | 'disconnect'
  /** Credentials were refused or have expired. */
  | 'authorization'
  /** A subject this user may not publish or subscribe to. */
  | 'permission'
  /** The server gave up on this connection because it did not read fast enough. */
  | 'slow-consumer'
  /** The fleet's stream could not be made, or is not ours. */
  | 'stream'
  /** A message that should carry a version did not. */
  | 'message'
  /** Another error the server told. */
  | 'server';

/** Options with all defaults, checked. */
export type NatsSettings = {
  readonly servers: readonly string[];
  readonly fleet: string;
  readonly name: string;
  readonly role: 'control-plane' | 'node';
  readonly credentials: NatsCredentials | undefined;
  readonly tls: NatsTls | undefined;
  readonly inboxPrefix: string;
  readonly storage: 'file' | 'memory';
  readonly replicas: number;
  readonly maxStreamBytes: number;
  readonly requestTimeoutMs: number;
  readonly reconnectMs: { readonly min: number; readonly max: number };
  readonly pingIntervalMs: number;
  readonly maxUnconfirmedBytes: number;
  readonly hooks: NatsBusHooks;
};

/** @throws Error naming every mistake, without credentials */
export function natsSettings(options: NatsBusOptions): NatsSettings {
  const mistakes: string[] = [];
  const servers: string[] = [];
  let inUrl: NatsCredentials | undefined;
  let tlsInUrl = false;
  for (const text of options.servers.split(',')) {
    const url = urlOf(text.trim());
    if (url === undefined) {
      mistakes.push(`NATS server "${withoutCredentials(text.trim())}": want nats://host:port or tls://host:port`);
      continue;
    }
    tlsInUrl ||= url.protocol === 'tls:';
    inUrl ??= credentialsIn(url);
    servers.push(`${url.hostname}:${url.port === '' ? 4222 : url.port}`);
  }
  for (const [what, value] of [
    ['fleet', options.fleet],
    ['name', options.name],
  ] as const) {
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(value)) mistakes.push(`${what} "${value}": want letters, digits, - and _`);
  }
  const replicas = options.replicas ?? 1;
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > 5) mistakes.push(`replicas ${replicas}: want 1 to 5`);
  const { certFile, keyFile } = options.tls ?? {};
  if ((certFile === undefined) !== (keyFile === undefined))
    mistakes.push('a client certificate needs its key, and a key its certificate');
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return {
    servers,
    fleet: options.fleet,
    name: options.name,
    role: options.role,
    credentials: options.credentials ?? inUrl,
    tls: options.tls ?? (tlsInUrl ? {} : undefined),
    inboxPrefix: options.inboxPrefix ?? `_INBOX.penstock.${options.fleet}.${options.name}`,
    storage: options.storage ?? 'file',
    replicas,
    maxStreamBytes: options.maxStreamBytes ?? 1024 ** 3,
    requestTimeoutMs: options.requestTimeoutMs ?? 5000,
    reconnectMs: options.reconnectMs ?? { min: 100, max: 5000 },
    pingIntervalMs: options.pingIntervalMs ?? 5000,
    maxUnconfirmedBytes: options.maxUnconfirmedBytes ?? 16 * 1024 ** 2,
    hooks: options.hooks ?? {},
  };
}

function urlOf(text: string): URL | undefined {
  // Not `new URL`, whose error would carry the text, password and all.
  const url = URL.parse(text.includes('://') ? text : `nats://${text}`);
  if (url === null || (url.protocol !== 'nats:' && url.protocol !== 'tls:') || url.hostname === '') return undefined;
  return url;
}

function credentialsIn(url: URL): NatsCredentials | undefined {
  if (url.username === '') return undefined;
  const user = decodeURIComponent(url.username);
  return url.password === '' ? { token: user } : { user, password: decodeURIComponent(url.password) };
}

function withoutCredentials(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?.*@/i, '$1');
}

/** Runs a handler; what it throws must not end the connection it was called from. */
export function guarded(handler: BusHandler, hooks: NatsBusHooks): BusHandler {
  const onHandlerError = hooks.onHandlerError ?? rethrow;
  return (payload, subject) => {
    try {
      handler(payload, subject);
    } catch (error) {
      onHandlerError(error, subject);
    }
  };
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
