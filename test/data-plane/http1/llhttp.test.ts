import { METHODS } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isForbiddenTrailer } from '../../../data-plane/http1/trailers.ts';
import { generatedRequest } from './generated-messages.ts';
import { readByLlhttp } from './llhttp-reader.ts';
import { latin1, type Reading, readRequest } from './reading.ts';

/** A second request, to see whether both readers agree on where the first one ends. */
const NEXT = latin1('GET /next-one HTTP/1.1\r\nHost: next\r\n\r\n');

function staysOpen(reading: Reading & { outcome: 'read' }): boolean {
  const connection = reading.fields.filter(([name]) => name.toLowerCase() === 'connection');
  return reading.versionMinor === 1 && !connection.some(([, value]) => /close/i.test(value));
}

/**
 * Where llhttp refuses what the RFC allows and we read: methods outside its list, and a tab after a Transfer-Encoding
 * or Content-Length, which is OWS (RFC 9110 5.6.3).
 */
function llhttpIsStricter(bytes: Buffer, method: string): boolean {
  return !METHODS.includes(method) || /(transfer-encoding|content-length):[^\r]*\t *\r/i.test(bytes.toString('latin1'));
}

async function expectAgreement(bytes: Buffer): Promise<'read' | 'not read'> {
  const ours = readRequest(bytes);
  if (ours.outcome !== 'read') return 'not read';
  const first = bytes.subarray(0, ours.bytes);
  if (llhttpIsStricter(first, ours.method)) return 'not read';
  const open = staysOpen(ours);
  const theirs = await readByLlhttp(open ? Buffer.concat([first, NEXT]) : first);
  expect(theirs).toHaveLength(open ? 2 : 1);
  const { outcome: _, bytes: __, ...expected } = ours;
  const { trailers, ...request } = theirs[0] ?? { trailers: [] };
  expect({ ...request, trailers: trailers.filter(([name]) => !isForbiddenTrailer(name.toLowerCase())) }).toEqual(
    expected,
  );
  if (open) expect(theirs[1]).toMatchObject({ target: '/next-one', body: '' });
  return 'read';
}

describe("beside node:http's parser", () => {
  it.each([
    'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
    '\r\nGET /a|b?c HTTP/1.1\r\nHost:h\r\nX:\t\xe9 \r\n\r\n',
    'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0005\r\n\r\nhello',
    'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0005;a="b;\\" c";d\r\nhello\r\n0\r\nHost: x\r\nT: u\r\n\r\n',
    'OPTIONS * HTTP/1.0\r\n\r\n',
  ])('this one is read alike: %j', async (text) => {
    expect(await expectAgreement(latin1(text))).toBe('read');
  });

  it('whatever is accepted here is accepted there, with the same method, target, fields, body and end', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(generatedRequest(), async (bytes) => {
        if ((await expectAgreement(bytes)) === 'read') read++;
      }),
      { numRuns: 10_000 },
    );
    // Else the generator would prove nothing.
    expect(read).toBeGreaterThan(400);
  });
});
