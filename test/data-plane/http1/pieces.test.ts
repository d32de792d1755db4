import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeadProgress } from '../../../data-plane/http1/field-section.ts';
import { parseResponseHead } from '../../../data-plane/http1/response-head.ts';
import { generatedRequest } from './generated-messages.ts';
import { latin1, readRequest } from './reading.ts';

const SMALL_LIMITS = { lineBytes: 30, fieldBytes: 24, fields: 3 };

describe('how bytes arrive', () => {
  it('changes nothing about a request, cut once at every place', () => {
    const text =
      '\r\nPOST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX:  y \r\n\r\n' +
      '5;a="b"\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\nGET / HTTP/1.1\r\n';
    const bytes = latin1(text);
    const whole = readRequest(bytes);
    expect(whole).toMatchObject({ outcome: 'read', body: 'hello0123456789', trailers: [['T', 'u']] });
    for (let cut = 1; cut < bytes.length; cut++) expect(readRequest(bytes, [cut])).toEqual(whole);
    const every = Array.from(bytes, (_, i) => i);
    expect(readRequest(bytes, every)).toEqual(whole);
  });

  it('changes nothing about any request, valid or not', () => {
    fc.assert(
      fc.property(generatedRequest(), fc.array(fc.nat(400), { minLength: 1, maxLength: 6 }), (bytes, cuts) => {
        const whole = readRequest(bytes);
        expect(readRequest(bytes, cuts)).toEqual(whole);
        const every = Array.from(bytes, (_, i) => i);
        expect(readRequest(bytes, every)).toEqual(whole);
      }),
      { numRuns: 1500 },
    );
  });

  it('changes nothing about where limits bite', () => {
    fc.assert(
      fc.property(generatedRequest(), fc.array(fc.nat(200), { minLength: 1, maxLength: 6 }), (bytes, cuts) => {
        const whole = readRequest(bytes, [], SMALL_LIMITS);
        expect(readRequest(bytes, cuts, SMALL_LIMITS)).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });

  it('changes nothing about a response head', () => {
    const lineEnd = fc.constantFrom('\r\n', '\n');
    const text = fc
      .tuple(
        fc.constantFrom('', '\r\n', '\n'),
        fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.0 200', 'HTTP/1.1 2x0 OK', 'HTTP/2 200', 'ICY 200 OK'),
        fc.array(fc.constantFrom('A: b', 'Server:\tx ', 'A : b', ' fold', 'nope', 'X: \x00'), { maxLength: 4 }),
        lineEnd,
        fc.option(lineEnd, { nil: undefined }),
      )
      .map(([lead, status, fields, usual, last]) => lead + [status, ...fields, ''].join(usual) + (last ?? usual));
    fc.assert(
      fc.property(text, (each) => {
        const bytes = latin1(each);
        const limits = { lineBytes: 20, fields: 3 };
        const whole = parseResponseHead(bytes, 0, bytes.length, limits);
        const progress = new HeadProgress();
        let inPieces: typeof whole;
        for (let end = 0; end <= bytes.length && inPieces === undefined; end++) {
          inPieces = parseResponseHead(bytes, 0, end, limits, progress);
        }
        // The detail quotes as much of the answer as has come.
        if (whole !== undefined && 'error' in whole) expect(inPieces).toMatchObject({ error: whole.error });
        else expect(inPieces).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });
});
