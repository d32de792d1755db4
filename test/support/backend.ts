import type { HeaderLines } from './http-message.ts';
import { headerValue } from './http-message.ts';
import type { Exchange, RawServer, ReceivedRequest } from './raw-server.ts';
import { startRawServer } from './raw-server.ts';

/** What a backend of the test bed does with the next requests. */
export type BackendMode = 'up' | 'refuse' | 'reset' | 'close' | 'hang' | 'hold' | 'raw' | 'ws' | 'no100';

/** A backend's behaviour; everything absent is as when it is `up`. */
export type BackendBehaviour = {
  readonly mode?: BackendMode;
  readonly status?: number;
  readonly reason?: string;
  readonly body?: string;
  /** A body of this many bytes instead of `body`. */
  readonly bodyBytes?: number;
  /** Further headers; `{Wn}` and `{Pn}` in values stand for URL and port of backend n. */
  readonly headers?: HeaderLines;
  readonly delayMs?: number;
  /** Closes after this many body bytes. */
  readonly truncateAt?: number;
  /** Announces `Connection: close`, and closes. */
  readonly connClose?: boolean;
  /** Mode raw: these bytes are the answer. */
  readonly raw?: string;
  /** Mode raw: closes after the answer. Default true. */
  readonly thenClose?: boolean;
  /** Mode ws: protocol named in the 101 instead of the one asked for. */
  readonly upgradeReply?: string;
  /** Requests whose target begins with this are health probes: counted apart. */
  readonly healthPath?: string;
  readonly healthStatus?: number;
  readonly healthBody?: string;
  /** Statuses of successive probes; the last repeats. */
  readonly healthSeq?: readonly number[];
};

export type BackendState = BackendMode | BackendBehaviour;

export type Backend = RawServer & {
  /** `W1`, `W2`… */
  readonly name: string;
  /** Changes the behaviour for requests to come; also closes or opens the port. */
  set(state: BackendState): Promise<void>;
  /** Traffic (not probes), in order of arrival. */
  readonly traffic: readonly ReceivedRequest[];
  readonly probes: readonly ReceivedRequest[];
  /** Requests held back, oldest first. */
  readonly held: readonly ReceivedRequest[];
  /** Lets a held request be answered. @throws if it isn't held */
  release(request: ReceivedRequest): void;
};

/** Backends W1..Wn of the recorded test bed, all up. */
export async function startBackends(count: number): Promise<Backend[]> {
  const backends: Backend[] = [];
  for (let number = 1; number <= count; number++) backends.push(await startBackend(`W${number}`, backends));
  return backends;
}

/** Closes them all. @throws when a request broke HTTP: no proxy may send such a thing */
export async function closeBackends(backends: readonly Backend[]): Promise<void> {
  await Promise.all(backends.map((backend) => backend.close()));
  const violations = backends.flatMap(({ name, violations }) => violations.map((each) => `${name}: ${each}`));
  if (violations.length > 0) throw new Error(`backends got requests that break HTTP:\n${violations.join('\n')}`);
}

/**
 * Starts one backend.
 *
 * @param peers the backends that `{Wn}` and `{Pn}` mean; looked at when answering
 */
export async function startBackend(name: string, peers: readonly Backend[] = []): Promise<Backend> {
  let behaviour: BackendBehaviour = {};
  let probesOfState = 0;
  const traffic: ReceivedRequest[] = [];
  const probes: ReceivedRequest[] = [];
  const releases = new Map<ReceivedRequest, () => void>();

  const server = await startRawServer(async (exchange) => {
    const { request } = exchange;
    const { healthPath } = behaviour;
    if (healthPath !== undefined && request.target.startsWith(healthPath)) {
      probes.push(request);
      const statuses = behaviour.healthSeq ?? [behaviour.healthStatus ?? 200];
      const status = statuses[Math.min(probesOfState++, statuses.length - 1)] ?? 200;
      await exchange.readBody();
      await answer(exchange, name, peers, { status, body: behaviour.healthBody ?? '' });
      return;
    }
    traffic.push(request);
    const held = behaviour.mode === 'hold' ? Promise.withResolvers<void>() : undefined;
    if (held !== undefined) releases.set(request, held.resolve);
    await behave(exchange, name, peers, behaviour, held?.promise);
  });

  return {
    ...server,
    name,
    traffic,
    probes,
    get held() {
      return [...releases.keys()];
    },
    async set(state) {
      behaviour = typeof state === 'string' ? { mode: state } : state;
      probesOfState = 0;
      if (behaviour.mode === 'refuse') await server.refuse();
      else await server.listen();
    },
    release(request) {
      const release = releases.get(request);
      if (release === undefined) throw new Error(`${name} holds no request for ${request.target}`);
      releases.delete(request);
      release();
    },
  };
}

async function behave(
  exchange: Exchange,
  name: string,
  peers: readonly Backend[],
  behaviour: BackendBehaviour,
  held: Promise<void> | undefined,
): Promise<void> {
  const { request, socket } = exchange;
  const expects = headerValue(request.headers, 'expect')?.toLowerCase() === '100-continue';
  if (expects && behaviour.mode !== 'no100') await exchange.write('HTTP/1.1 100 Continue\r\n\r\n');
  await exchange.readBody();
  switch (behaviour.mode ?? 'up') {
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
      exchange.finish();
      socket.destroy();
      return;
    case 'hang':
      exchange.finish();
      // Reading on notices the peer's end, and then this side ends as well.
      await exchange.reader.more();
      socket.end();
      return;
    case 'raw':
      await exchange.write(behaviour.raw ?? '');
      exchange.finish();
      if (behaviour.thenClose !== false) socket.end();
      else await exchange.reader.more().then(() => socket.end());
      return;
    case 'ws':
      if (headerValue(request.headers, 'upgrade') !== undefined) {
        await tunnel(exchange, name, behaviour);
        return;
      }
      break;
    default:
  }
  if (held !== undefined) await Promise.race([held, exchange.closed]);
  if (behaviour.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, behaviour.delayMs));
  await answer(exchange, name, peers, behaviour);
}

async function answer(exchange: Exchange, name: string, peers: readonly Backend[], behaviour: BackendBehaviour) {
  const status = behaviour.status ?? 200;
  const reason = behaviour.reason ?? (status === 200 ? 'OK' : 'Status');
  const body =
    behaviour.bodyBytes === undefined
      ? Buffer.from(behaviour.body ?? `${name}\n`)
      : Buffer.alloc(behaviour.bodyBytes, 'x');
  const bodiless = status === 204 || status === 304;
  const lines = [`HTTP/1.1 ${status} ${reason}`, `X-Worker: ${name}`];
  const given = behaviour.headers ?? [];
  if (!bodiless) {
    if (headerValue(given, 'content-type') === undefined) lines.push('Content-Type: text/plain');
    lines.push(`Content-Length: ${body.length}`);
  }
  for (const [field, value] of given) lines.push(`${field}: ${substitute(value, peers)}`);
  if (behaviour.connClose) lines.push('Connection: close');
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (bodiless || exchange.request.method === 'HEAD') {
    await exchange.write(head);
  } else {
    await exchange.write(Buffer.concat([head, body.subarray(0, behaviour.truncateAt ?? body.length)]));
  }
  if (behaviour.connClose || behaviour.truncateAt !== undefined) {
    exchange.finish();
    exchange.socket.end();
  }
}

async function tunnel(exchange: Exchange, name: string, behaviour: BackendBehaviour) {
  exchange.finish();
  const protocol = behaviour.upgradeReply ?? headerValue(exchange.request.headers, 'upgrade') ?? '';
  await exchange.write(
    `HTTP/1.1 101 Switching Protocols\r\nX-Worker: ${name}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
  );
  for (;;) {
    const data = await exchange.reader.some();
    if (data === undefined) break;
    await exchange.write(Buffer.concat([Buffer.from('echo:'), data]));
  }
  exchange.socket.end();
}

function substitute(value: string, peers: readonly Backend[]): string {
  return value.replace(/\{([WP])(\d+)\}/g, (placeholder, kind: string, number: string) => {
    const peer = peers[Number(number) - 1];
    if (peer === undefined) return placeholder;
    return kind === 'W' ? peer.url : String(peer.port);
  });
}
