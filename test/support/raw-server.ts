import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { ByteReader, ConnectionEnded } from './byte-reader.ts';
import type { Framing } from './http-message.ts';
import { framingOf, readBody, readHeaders } from './http-message.ts';
import { listenOnFreePort } from './ports.ts';

/** One request as it arrived. The body fields grow while it is read. */
export type ReceivedRequest = {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly framing: Framing;
  /** Number of the connection, from 1, and place of the request on it, from 1. */
  readonly connection: number;
  readonly position: number;
  /** Place among all requests of this process, in order of arrival. */
  readonly arrival: number;
  /** Start of the body, at most `KEPT_BODY` bytes. */
  body: Buffer;
  bodyBytes: number;
  trailers: readonly (readonly [string, string])[];
  /** Head and body have been received whole. */
  complete: boolean;
};

/** Most bytes kept of a request body. */
export const KEPT_BODY = 1 << 20;

/** A request and the socket to answer on. */
export type Exchange = {
  readonly request: ReceivedRequest;
  readonly socket: Socket;
  /** Reads the body to its end; reading goes on only while it is awaited. @throws ConnectionEnded if it ends early */
  readBody(): Promise<void>;
  /** Bytes the peer sends after this request (tunnels). */
  readonly reader: ByteReader;
  /** Writes exactly these bytes and waits until the kernel has taken them. @returns false when the peer is gone */
  write(bytes: string | Buffer): Promise<boolean>;
  /** No further request is read from this connection. */
  finish(): void;
  /** Resolves when the connection is closed, whoever closed it. */
  readonly closed: Promise<void>;
};

export type RawServer = {
  readonly host: string;
  readonly port: number;
  readonly hostport: string;
  readonly url: string;
  /** Requests whose head arrived, in order. */
  readonly requests: readonly ReceivedRequest[];
  /** Connections open now. */
  open(): number;
  /** Connections accepted so far. */
  accepted(): number;
  /** Closes the port and every connection, so that connecting is refused, until `listen`. */
  refuse(): Promise<void>;
  listen(): Promise<void>;
  close(): Promise<void>;
  /** What went wrong with the requests received: a proxy never causes any. */
  readonly violations: readonly string[];
};

/**
 * A backend on a bare socket: reads requests strictly, hands each to `handler` as soon as its head is there, and writes only
 * what the handler writes.
 */
export async function startRawServer(handler: (exchange: Exchange) => Promise<void>): Promise<RawServer> {
  const requests: ReceivedRequest[] = [];
  const violations: string[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const host = '127.0.0.1';

  const onConnection = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, ++accepted).catch((err: unknown) => {
      if (!(err instanceof ConnectionEnded)) violations.push(err instanceof Error ? err.message : String(err));
      socket.destroy();
    });
  };

  const serve = async (socket: Socket, connection: number) => {
    const reader = new ByteReader(socket);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    for (let position = 1; await reader.more(); position++) {
      const request = await readRequestHead(reader, connection, position);
      requests.push(request);
      let last = false;
      let body: Promise<void> | undefined;
      const exchange: Exchange = {
        request,
        socket,
        reader,
        closed,
        readBody: () => {
          body ??= readRequestBody(reader, request);
          return body;
        },
        write: (bytes) => write(socket, bytes),
        finish: () => {
          last = true;
        },
      };
      await handler(exchange);
      if (last || socket.destroyed) return;
      await exchange.readBody();
    }
    socket.end();
  };

  let server = createServer({ allowHalfOpen: true }, onConnection);
  const port = await listenOnFreePort(server, host);
  const refuse = async () => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    host,
    port,
    hostport: `${host}:${port}`,
    url: `http://${host}:${port}`,
    requests,
    violations,
    open: () => sockets.size,
    accepted: () => accepted,
    refuse,
    async listen() {
      if (server.listening) return;
      server = createServer({ allowHalfOpen: true }, onConnection);
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
    },
    close: refuse,
  };
}

let arrivals = 0;

async function readRequestHead(reader: ByteReader, connection: number, position: number): Promise<ReceivedRequest> {
  const doing = `request ${position} of connection ${connection}`;
  const line = await reader.line(doing);
  const [, method, target, version] = /^(\S+) (\S+) (HTTP\/\d\.\d)$/.exec(line) ?? [];
  if (method === undefined || target === undefined || version === undefined) {
    throw new Error(`bad request line in ${doing}: ${JSON.stringify(line)}`);
  }
  const headers = await readHeaders(reader, doing);
  const framing = framingOf(headers, doing) ?? { kind: 'none' as const };
  return {
    method,
    target,
    version,
    headers,
    framing,
    connection,
    position,
    arrival: ++arrivals,
    body: Buffer.alloc(0),
    bodyBytes: 0,
    trailers: [],
    complete: framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0),
  };
}

async function readRequestBody(reader: ByteReader, request: ReceivedRequest): Promise<void> {
  const doing = `body of ${request.method} ${request.target}`;
  const trailers = await readBody(
    reader,
    request.framing,
    (piece) => {
      request.bodyBytes += piece.length;
      const room = KEPT_BODY - request.body.length;
      if (room > 0) request.body = Buffer.concat([request.body, piece.subarray(0, room)]);
    },
    doing,
  );
  request.trailers = trailers;
  request.complete = true;
}

function write(socket: Socket, bytes: string | Buffer): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    socket.once('close', onClose);
    function onClose() {
      resolve(false);
    }
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, (err) => {
      socket.off('close', onClose);
      resolve(err === undefined || err === null);
    });
  });
}
