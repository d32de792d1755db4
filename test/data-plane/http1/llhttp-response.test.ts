import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { responseFraming } from '../../../data-plane/http1/body-framing.ts';
import { ChunkedDecoder } from '../../../data-plane/http1/chunked.ts';
import { isResponseHeadError, parseResponseHead } from '../../../data-plane/http1/response-head.ts';
import { isForbiddenTrailer } from '../../../data-plane/http1/trailers.ts';
import { generatedResponse } from './generated-messages.ts';
import { latin1, pairs } from './reading.ts';

type Response = {
  readonly status: number;
  readonly reason: string;
  readonly fields: [string, string][];
  readonly body: string;
  readonly trailers: [string, string][];
};

/** The complete response at the start of `bytes`, after which the connection closes. */
function readHere(bytes: Buffer, method: string): Response | undefined {
  const head = parseResponseHead(bytes, 0, bytes.length, { lineBytes: 8192, fields: 100 });
  if (head === undefined || isResponseHeadError(head)) return undefined;
  const framing = responseFraming(head, method);
  if ('error' in framing || framing.ambiguous === true) return undefined;
  const rest = bytes.subarray(head.headBytes);
  const { status, reason } = head;
  const response = { status, reason, fields: pairs(head.fields), trailers: [] };
  if (framing.kind === 'none') return { ...response, body: '' };
  if (framing.kind === 'until-close') return { ...response, body: rest.toString('latin1') };
  if (framing.kind === 'length') {
    if (rest.length < framing.length) return undefined;
    return { ...response, body: rest.toString('latin1', 0, framing.length) };
  }
  const decoder = new ChunkedDecoder();
  let body = '';
  decoder.decode(rest, 0, rest.length, (from, to) => {
    body += rest.toString('latin1', from, to);
  });
  return decoder.done ? { ...response, body, trailers: pairs(decoder.trailers) } : undefined;
}

/** Gives the bytes as soon as the request was written, then ends. */
class Backend extends Duplex {
  readonly #answer: Buffer;
  #answered = false;
  constructor(answer: Buffer) {
    super({ allowHalfOpen: true });
    this.#answer = answer;
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    if (!this.#answered) {
      this.push(this.#answer);
      this.push(null);
    }
    this.#answered = true;
    done();
  }
}

async function readByLlhttp(bytes: Buffer, method: string): Promise<Response | undefined> {
  const client = request({ method, host: 'h', createConnection: () => new Backend(bytes) });
  const body: Buffer[] = [];
  let response: IncomingMessage | undefined;
  client.on('response', (incoming) => {
    response = incoming;
    incoming.on('data', (data: Buffer) => body.push(data));
    incoming.on('error', () => {}); // Aborted: `complete` says so.
  });
  client.on('error', () => {});
  client.end();
  await once(client, 'close').catch(() => {});
  if (response === undefined) return undefined;
  if (!response.closed) await once(response, 'close').catch(() => {});
  if (!response.complete) return undefined;
  return {
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    fields: inPairs(response.rawHeaders),
    body: Buffer.concat(body).toString('latin1'),
    trailers: inPairs(response.rawTrailers).filter(([name]) => !isForbiddenTrailer(name.toLowerCase())),
  };
}

function inPairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] as string, flat[2 * i + 1] as string]);
}

/** Where we read, as httpd does, what llhttp refuses: LF lines, HTTP/1.2 and above, tabs after a framing value. */
function llhttpIsStricter(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  return (
    !/^(\r\n)?HTTP\/1\.[01] [^\n]*\r\n/.test(text) || /(transfer-encoding|content-length):[^\r]*\t *\r/i.test(text)
  );
}

describe("beside node:http's parser, a response that is accepted here", () => {
  it.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.0 200\r\n\r\nuntil the end',
    'HTTP/1.1 404 \xe9 \r\ntransfer-encoding:Chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\nT: u\r\n\r\n',
  ])('is read alike there: %j', async (text) => {
    const ours = readHere(latin1(text), 'GET');
    expect(ours).toBeDefined();
    expect(await readByLlhttp(latin1(text), 'GET')).toEqual(ours);
  });

  it('is accepted there, with the same status, reason, fields and body', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(generatedResponse(), fc.constantFrom('GET', 'GET', 'HEAD'), async (bytes, method) => {
        const ours = readHere(bytes, method);
        if (ours === undefined || llhttpIsStricter(bytes)) return;
        read++;
        expect(await readByLlhttp(bytes, method)).toEqual(ours);
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(200);
  });
});
