import { crc32 } from 'node:zlib';
import { ConnectionEnded } from '#test/support/byte-reader.ts';
import { RawClient, requestHead } from '#test/support/client.ts';
import { headerValue } from '#test/support/http-message.ts';

/** What became of requests; every request is counted once. */
export type Outcomes = {
  /** Complete, and what it should be; by backend. */
  readonly ok: Map<string, number>;
  /** Complete by its framing, but not what the backend sent: must never happen. */
  wrong: string[];
  /** Failures with the time they were seen (`performance.now()`). */
  readonly failures: { readonly kind: FailureKind; readonly atMs: number }[];
};

/** `closed`: connection closed without a byte of an answer; `cut`: an answer that broke off, and showed it. */
export type FailureKind = '502' | '503' | 'closed' | 'cut' | 'other';

export function noOutcomes(): Outcomes {
  return { ok: new Map(), wrong: [], failures: [] };
}

/**
 * Sends requests of mixed kinds over one connection after the other, and checks every byte of every answer.
 *
 * @param random 0..1
 * @param goOn asked before each request
 */
export async function verify(
  port: number,
  outcomes: Outcomes,
  random: () => number,
  goOn: () => boolean,
): Promise<void> {
  let client: RawClient | undefined;
  while (goOn()) {
    client ??= await RawClient.connect(port);
    const kept = await one(client, outcomes, random);
    if (!kept) {
      client.destroy();
      client = undefined;
    }
  }
  client?.destroy();
}

async function one(client: RawClient, outcomes: Outcomes, random: () => number): Promise<boolean> {
  const size = Math.floor(random() ** 4 * 300_000);
  const kind = random();
  const fail = (failure: FailureKind) => outcomes.failures.push({ kind: failure, atMs: performance.now() });
  void client.send(request(kind, size, random));
  try {
    const response = await client.response(kind < 0.4 ? 'POST' : 'GET');
    if (response === undefined) {
      fail('closed');
      return false;
    }
    if (response.status === 502 || response.status === 503) fail(response.status === 502 ? '502' : '503');
    else if (response.status !== 200) fail('other');
    else if (!response.complete) fail('cut');
    else {
      const worker = headerValue(response.headers, 'x-worker') ?? '';
      const token = headerValue(response.headers, 'x-token') ?? '';
      const length = Number(headerValue(response.headers, 'x-length'));
      const expected = Buffer.alloc(length, token, 'latin1');
      if (token.length === 8 && expected.equals(response.body)) {
        outcomes.ok.set(worker, (outcomes.ok.get(worker) ?? 0) + 1);
      } else outcomes.wrong.push(`${worker}: ${length} bytes of ${token} announced, ${response.body.length} came`);
    }
    return response.complete && headerValue(response.headers, 'connection')?.toLowerCase() !== 'close';
  } catch (err) {
    // Broken off inside the head; anything else is an answer that breaks HTTP.
    if (err instanceof ConnectionEnded) fail('cut');
    else outcomes.wrong.push((err as Error).message);
    return false;
  }
}

function request(kind: number, size: number, random: () => number): Buffer {
  if (kind >= 0.4) return Buffer.from(requestHead('GET', `/${size}${kind < 0.7 ? '?chunked' : ''}`));
  const body = Buffer.alloc(Math.floor(random() ** 4 * 100_000), String(size));
  const framing: [string, string] =
    kind < 0.1 ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)];
  const head = Buffer.from(requestHead('POST', `/${size}`, [['X-Crc', String(crc32(body))], framing]));
  if (kind >= 0.1) return Buffer.concat([head, body]);
  const last = Buffer.from('0\r\n\r\n');
  if (body.length === 0) return Buffer.concat([head, last]);
  return Buffer.concat([head, Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n'), last]);
}
