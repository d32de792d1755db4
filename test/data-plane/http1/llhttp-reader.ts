import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';

/** A request as node:http read it. */
export type LlhttpRequest = {
  readonly method: string;
  readonly target: string;
  readonly versionMinor: number;
  readonly fields: [string, string][];
  readonly body: string;
  readonly trailers: [string, string][];
};

/**
 * Reads bytes with node:http's own parser (llhttp, not its lenient mode).
 *
 * @returns all requests it found complete, in order
 */
export async function readByLlhttp(bytes: Buffer): Promise<LlhttpRequest[]> {
  const found: Promise<LlhttpRequest | undefined>[] = [];
  const server = createServer({ insecureHTTPParser: false }, (request) => {
    found.push(collect(request));
  });
  server.on('checkContinue', (request) => found.push(collect(request)));
  // Refusals and early ends are answers here, not faults.
  server.on('clientError', (_, socket) => socket.destroy());
  const connection = new OneWay();
  server.emit('connection', connection);
  const closed = once(connection, 'close');
  connection.push(bytes);
  connection.push(null);
  await closed;
  return (await Promise.all(found)).filter((request) => request !== undefined);
}

/** Gives bytes to read and swallows what is written. */
class OneWay extends Duplex {
  constructor() {
    super({ allowHalfOpen: false });
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

async function collect(request: IncomingMessage): Promise<LlhttpRequest | undefined> {
  const body: Buffer[] = [];
  request.on('data', (data: Buffer) => body.push(data));
  request.on('error', () => {}); // Aborted: `complete` says so.
  if (!request.readableEnded) await Promise.race([once(request, 'end'), once(request, 'close')]).catch(() => {});
  if (!request.complete) return undefined;
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    versionMinor: request.httpVersionMinor,
    fields: inPairs(request.rawHeaders),
    body: Buffer.concat(body).toString('latin1'),
    trailers: inPairs(request.rawTrailers),
  };
}

function inPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string]);
  return pairs;
}
