import type { ClientResponse } from './client.ts';
import { RawClient, requestHead } from './client.ts';
import type { HeaderLines } from './http-message.ts';
import type { TestNode, TestNodeOptions } from './penstock.ts';
import { startTestNode } from './penstock.ts';
import type { Exchange, RawServer } from './raw-server.ts';
import { startRawServer } from './raw-server.ts';

/** A node in front of one backend on a bare socket, whose behaviour each test sets. */
export type EngineBed = {
  readonly node: TestNode;
  readonly backend: RawServer;
  readonly port: number;
  /** How the backend treats requests from now on. */
  answering(handler: (exchange: Exchange) => Promise<void>): void;
  /** The backend answers every request with these bytes, after reading it whole. */
  answeringWith(bytes: string | Buffer): void;
  connect(): Promise<RawClient>;
  /** One request on a connection of its own. */
  ask(bytes: string | Buffer, method?: string): Promise<ClientResponse>;
  stop(): Promise<void>;
};

/** @param config lines given the backend; default: everything goes to the backend */
export async function startEngineBed(
  config: (backend: RawServer) => readonly string[] = ({ url }) => [`ProxyPass "/" "${url}/"`],
  options: TestNodeOptions = {},
): Promise<EngineBed> {
  let handler: (exchange: Exchange) => Promise<void> = plain('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const backend = await startRawServer((exchange) => handler(exchange));
  const node = await startTestNode(config(backend), options);
  const connect = () => RawClient.connect(node.port);
  return {
    node,
    backend,
    port: node.port,
    answering(next) {
      handler = next;
    },
    answeringWith(bytes) {
      handler = plain(bytes);
    },
    connect,
    async ask(bytes, method) {
      const client = await connect();
      try {
        return await client.exchange(bytes, method);
      } finally {
        client.destroy();
      }
    },
    async stop() {
      await node.stop();
      await backend.close();
      if (backend.violations.length > 0) throw new Error(`the node broke HTTP: ${backend.violations.join('; ')}`);
    },
  };
}

function plain(bytes: string | Buffer) {
  return async (exchange: Exchange) => {
    await exchange.readBody();
    await exchange.write(bytes);
  };
}

/** A request with a body of known length. */
export function withBody(method: string, target: string, body: Buffer, headers: HeaderLines = []): Buffer {
  return Buffer.concat([
    Buffer.from(requestHead(method, target, [...headers, ['Content-Length', String(body.length)]]), 'latin1'),
    body,
  ]);
}

/** Bytes as chunks of the given sizes; a last chunk and trailers follow. */
export function chunked(body: Buffer, size: number, trailers: HeaderLines = []): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  const lines = trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([...pieces, Buffer.from(`0\r\n${lines}\r\n`)]);
}

/** Bytes that show where they are: no two places of a body look alike. */
export function pattern(bytes: number): Buffer {
  const body = Buffer.allocUnsafe(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) body.writeUInt32BE((at * 2654435761) >>> 0, at);
  body.fill(0x2e, bytes - (bytes % 4));
  return body;
}
