import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { ByteReader, ConnectionEnded } from './byte-reader.ts';
import type { Framing, HeaderLines } from './http-message.ts';
import { framingOf, headerValue, readBody, readHeaders } from './http-message.ts';

export type Interim = { readonly status: number; readonly headers: HeaderLines };

/** A response as it arrived, checked against RFC 9112 on the way. */
export type ClientResponse = {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderLines;
  readonly interim: readonly Interim[];
  readonly framing: Framing;
  readonly body: Buffer;
  readonly trailers: HeaderLines;
  /**
   * The whole body has arrived: by its length, its last chunk, or (delimited by close) an orderly end. False when the
   * connection broke off before.
   */
  readonly complete: boolean;
};

export type ResponseHead = Omit<ClientResponse, 'body' | 'trailers' | 'complete'>;

/** A client connection that sends exactly what it is told and believes nothing it is told without checking. */
export class RawClient {
  readonly socket: Socket;
  readonly reader: ByteReader;
  /** Resolves when the connection is closed on both sides or broken. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.reader = new ByteReader(socket);
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** @throws when connecting fails */
  static connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, noDelay: true, allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawClient(socket));
      });
    });
  }

  /** Sends bytes; text is latin1. Resolves when the kernel has taken them, or at once when the peer is gone. */
  send(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) resolve();
      else this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => resolve());
    });
  }

  /** Reads one interim or final head. @returns undefined when the connection ended before a byte of it */
  async head(): Promise<{ version: string; status: number; reason: string; headers: HeaderLines } | undefined> {
    if (!(await this.reader.more())) return undefined;
    const line = await this.reader.line('status line');
    const [, version, status, reason] = /^(HTTP\/1\.[01]) (\d{3}) ?(.*)$/.exec(line) ?? [];
    if (version === undefined || status === undefined) throw new Error(`bad status line: ${JSON.stringify(line)}`);
    return {
      version,
      status: Number(status),
      reason: reason ?? '',
      headers: await readHeaders(this.reader, 'response'),
    };
  }

  /**
   * Reads heads up to the final one (a 101 is final).
   *
   * @param onInterim called for every 1xx before it
   * @returns undefined when the connection ended before a byte of a final head
   */
  async finalHead(method: string, onInterim?: (interim: Interim) => void): Promise<ResponseHead | undefined> {
    const interim: Interim[] = [];
    for (;;) {
      const head = await this.head();
      if (head === undefined) return undefined;
      const { status, headers } = head;
      if (status >= 100 && status < 200 && status !== 101) {
        interim.push({ status, headers });
        onInterim?.({ status, headers });
        continue;
      }
      return { ...head, interim, framing: responseFraming(method, status, headers) };
    }
  }

  /** Reads the body that belongs to a final head. */
  async body(head: ResponseHead): Promise<ClientResponse> {
    const pieces: Buffer[] = [];
    try {
      const trailers = await readBody(this.reader, head.framing, (piece) => pieces.push(piece), 'response body');
      const broken = head.framing.kind === 'until-close' && this.reader.how === 'reset';
      return { ...head, body: Buffer.concat(pieces), trailers, complete: !broken };
    } catch (err) {
      if (!(err instanceof ConnectionEnded)) throw err;
      return { ...head, body: Buffer.concat(pieces), trailers: [], complete: false };
    }
  }

  /** Reads one whole response. @returns undefined when the connection ended without a byte of it */
  async response(method = 'GET', onInterim?: (interim: Interim) => void): Promise<ClientResponse | undefined> {
    const head = await this.finalHead(method, onInterim);
    return head === undefined ? undefined : this.body(head);
  }

  /** Sends bytes and reads the response to them. @throws when there is none */
  async exchange(bytes: string | Buffer, method = 'GET'): Promise<ClientResponse> {
    await this.send(bytes);
    const response = await this.response(method);
    if (response === undefined) throw new Error('the connection was closed without a response');
    return response;
  }

  /** Sends a GET for `path` and reads the response. */
  get(path: string, headers: HeaderLines = []): Promise<ClientResponse> {
    return this.exchange(requestHead('GET', path, headers));
  }

  /** Ends the sending side. */
  end(): void {
    this.socket.end();
  }

  /** Drops the connection without a word. */
  destroy(): void {
    this.socket.destroy();
  }
}

/** A request head as bytes; adds `Host: proxy.example.test` unless one is given. */
export function requestHead(method: string, target: string, headers: HeaderLines = [], version = 'HTTP/1.1'): string {
  const lines = [`${method} ${target} ${version}`];
  if (version !== 'HTTP/1.0' && headerValue(headers, 'host') === undefined) lines.push('Host: proxy.example.test');
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** One request on a connection of its own. @throws when there is no response */
export async function fetchOnce(port: number, path: string, headers: HeaderLines = []): Promise<ClientResponse> {
  const client = await RawClient.connect(port);
  try {
    return await client.get(path, headers);
  } finally {
    client.destroy();
  }
}

function responseFraming(method: string, status: number, headers: HeaderLines): Framing {
  if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return { kind: 'none' };
  return framingOf(headers, 'response') ?? { kind: 'until-close' };
}
