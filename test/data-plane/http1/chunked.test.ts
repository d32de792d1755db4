import { describe, expect, it } from 'vitest';
import { ChunkedDecoder } from '../../../data-plane/http1/chunked.ts';
import type { ChunkedLimits } from '../../../data-plane/http1/limits.ts';
import { latin1, pairs } from './reading.ts';

function decode(text: string, limits: Partial<ChunkedLimits> = {}, pieceBytes = Number.POSITIVE_INFINITY) {
  const bytes = latin1(text);
  const decoder = new ChunkedDecoder(limits);
  let body = '';
  let at = 0;
  for (let end = Math.min(pieceBytes, bytes.length); ; end = Math.min(end + pieceBytes, bytes.length)) {
    at = decoder.decode(bytes, at, end, (from, to) => {
      expect(to).toBeGreaterThan(from);
      body += bytes.toString('latin1', from, to);
    });
    if (decoder.done || decoder.error !== undefined) break;
    expect(at).toBe(end);
    if (end === bytes.length) break;
  }
  return { body, at, done: decoder.done, error: decoder.error, trailers: pairs(decoder.trailers), decoder };
}

describe('a chunked body (RFC 9112 7.1)', () => {
  it.each([
    ['nothing', '0\r\n\r\n', ''],
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['several chunks', '1\r\na\r\n2\r\nbc\r\n0\r\n\r\n', 'abc'],
    ['sizes in both cases', 'a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n', '01234567890123456789a'],
    ['leading zeros within 13 digits', '0000000000005\r\nhello\r\n0000000000000\r\n\r\n', 'hello'],
    ['CRLF and more in the data', '7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n', '\r\n0\r\n\r\n'],
    ['any byte in the data', '3\r\n\x00\xff\n\r\n0\r\n\r\n', '\x00\xff\n'],
    ['an extension', '5;a\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['extensions with values', '5;a=b;c="d;\\" \t\xe9=";e\r\nhello\r\n0;last=""\r\n\r\n', 'hello'],
  ])('of %s is decoded, whole and in pieces of 1, 2 and 3 bytes', (_, text, body) => {
    for (const pieceBytes of [Number.POSITIVE_INFINITY, 1, 2, 3]) {
      const result = decode(`${text}GET /`, {}, pieceBytes);
      expect(result).toMatchObject({ body, done: true, error: undefined, at: text.length, trailers: [] });
      expect(result.decoder.bodyBytes).toBe(body.length);
    }
  });

  it('is not done at any byte before its last', () => {
    const text = '5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n';
    for (let end = 0; end < text.length; end++) {
      expect(decode(text.slice(0, end))).toMatchObject({ done: false, error: undefined, at: end });
    }
    expect(decode(text).done).toBe(true);
  });

  it('reports data as soon as it is there', () => {
    expect(decode('5\r\nhel').body).toBe('hel');
  });

  it('may announce a chunk of 2^52-1 bytes', () => {
    expect(decode('fffffffffffff\r\nabc')).toMatchObject({ body: 'abc', done: false, error: undefined });
  });

  it('leaves the decoder ready for the next body after reset', () => {
    const { decoder } = decode('2\r\nab\r\n0\r\nX: y\r\n\r\n');
    decoder.reset();
    expect(decoder).toMatchObject({ done: false, error: undefined, bodyBytes: 0 });
    const bytes = latin1('1\r\nz\r\n0\r\n\r\n');
    expect(decoder.decode(bytes, 0, bytes.length, () => {})).toBe(bytes.length);
    expect(decoder).toMatchObject({ done: true, bodyBytes: 1 });
    expect(pairs(decoder.trailers)).toEqual([]);
    decoder.reset({ maxTrailerBytes: 2 });
    const bad = latin1('z');
    decoder.decode(bad, 0, 1, () => {});
    expect(decoder.error).toBeDefined();
    decoder.reset();
    decoder.decode(bytes, 0, bytes.length, () => {});
    expect(decoder).toMatchObject({ done: true, error: undefined });
  });

  it('consumes nothing more once done or refused', () => {
    const { decoder } = decode('0\r\n\r\n');
    expect(decoder.decode(latin1('abc'), 0, 3, () => {})).toBe(0);
    const refused = decode('g').decoder;
    expect(refused.decode(latin1('5\r\n'), 0, 3, () => {})).toBe(0);
    expect(refused.error).toContain('0x67');
  });
});

describe('a chunk is refused', () => {
  it.each([
    ['without size', '\r\nhello\r\n'],
    ['with an extension but no size', ';a\r\n'],
    ['of negative size', '-5\r\nhello\r\n'],
    ['of signed size', '+5\r\nhello\r\n'],
    ['of size 0x5', '0x5\r\nhello\r\n'],
    ['with an underscore in its size', '1_0\r\n'],
    ['with a letter beyond f in its size', '5g\r\n'],
    ['with a comma in its size', '5,5\r\n'],
    ['with a dot in its size', '5.0\r\n'],
    ['with quotes around its size', '"5"\r\n'],
    ['with a space before its size', ' 5\r\nhello\r\n'],
    ['with a tab before its size', '\t5\r\nhello\r\n'],
    ['with a space after its size', '5 \r\nhello\r\n'],
    ['with a tab after its size', '5\t\r\nhello\r\n'],
    ['with a vertical tab after its size', '5\x0b\r\nhello\r\n'],
    ['with NUL after its size', '5\x00\r\nhello\r\n'],
    ['with a space before its extension (BWS)', '5 ;a\r\nhello\r\n'],
    ['with a size of 14 digits', '10000000000000\r\n'],
    ['with a size that is 5 modulo 2^64', '10000000000000005\r\nhello\r\n'],
    ['with a size of 14 digits, all but one zero', '00000000000005\r\nhello\r\n'],
    ['with LF alone after its size', '5\nhello\r\n'],
    ['with CR alone after its size', '5\rhello\r\n'],
    ['with CR CR LF after its size', '5\r\r\nhello\r\n'],
    ['with LF alone after its extension', '5;a\nhello\r\n'],
    ['with LF inside its extension', '5;a\n=b\r\nhello\r\n'],
    ['with CR inside its extension', '5;a\rb\r\nhello\r\n'],
    ['with LF inside a quoted extension', '5;a="\n"\r\nhello\r\n'],
    ['with CRLF inside a quoted extension', '5;a="\r\n"\r\nhello\r\n'],
    ['with an escaped LF in an extension', '5;a="\\\n"\r\nhello\r\n'],
    ['with NUL in its extension', '5;a\x00\r\nhello\r\n'],
    ['with a space in its extension', '5;a b\r\nhello\r\n'],
    ['with a space after the semicolon', '5; a\r\nhello\r\n'],
    ['with obs-text in its extension', '5;\xe9\r\nhello\r\n'],
    ['with an empty extension', '5;\r\nhello\r\n'],
    ['with an empty extension before another', '5;;a\r\nhello\r\n'],
    ['with an empty extension name', '5;=b\r\nhello\r\n'],
    ['with an empty extension value', '5;a=\r\nhello\r\n'],
    ['with an empty extension value before another', '5;a=;b\r\nhello\r\n'],
    ['with two values in an extension', '5;a=b=c\r\nhello\r\n'],
    ['with text after a quoted extension', '5;a="b"c\r\nhello\r\n'],
    ['with an open quote in its extension', '5;a="b\r\nhello\r\n'],
    ['with a quote inside an extension token', '5;a=b"c"\r\nhello\r\n'],
    ['without CRLF after its data', '5\r\nhello0\r\n\r\n'],
    ['with LF alone after its data', '5\r\nhello\n0\r\n\r\n'],
    ['with CR alone after its data', '5\r\nhello\r0\r\n\r\n'],
    ['with more data than its size', '5\r\nhelloo\r\n0\r\n\r\n'],
    ['with less data than its size', '6\r\nhello\r\n0\r\n\r\n'],
    ['when it is the last and LF alone follows', '0\n\n'],
    ['when it is the last and LF alone ends the trailers', '0\r\n\n'],
    ['when it is the last and CR alone ends the trailers', '0\r\n\rX'],
    ['when it is the last and data follows', '0\r\nhello\r\n\r\n'],
  ])('%s, whole and byte by byte', (_, text) => {
    const whole = decode(text);
    expect(whole.done).toBe(false);
    expect(whole.error).toBeTypeOf('string');
    const pieces = decode(text, {}, 1);
    expect([pieces.error, pieces.body]).toEqual([whole.error, whole.body]);
  });
});

describe('limits of a chunked body', () => {
  it('bound the extension of one chunk, its semicolon included', () => {
    const limits = { maxExtensionBytes: 4 };
    expect(decode('0;abc\r\n\r\n', limits).done).toBe(true);
    expect(decode('0;abcd\r\n\r\n', limits).error).toBe('a chunk extension is longer than 4 bytes');
    expect(decode('0;ab;c', limits).error).toBeDefined();
    expect(decode('0;a="x', limits).error).toBeDefined();
  });

  it('bound the extensions of all chunks together', () => {
    const limits = { maxExtensionBytes: 4, maxTotalExtensionBytes: 8 };
    expect(decode('1;abc\r\nx\r\n1;abc\r\nx\r\n0\r\n\r\n', limits).done).toBe(true);
    expect(decode('1;abc\r\nx\r\n1;abc\r\nx\r\n0;a\r\n\r\n', limits).error).toContain('together');
  });

  it('bound the trailers in bytes, their final empty line included', () => {
    const text = '0\r\nX: y\r\nZ: 1\r\n\r\n';
    for (const pieceBytes of [Number.POSITIVE_INFINITY, 1, 4]) {
      expect(decode(text, { maxTrailerBytes: 14 }, pieceBytes).done).toBe(true);
      expect(decode(text, { maxTrailerBytes: 13 }, pieceBytes).error).toContain('13 bytes');
      expect(decode(`0\r\nX: ${'y'.repeat(99)}`, { maxTrailerBytes: 13 }, pieceBytes).error).toBeDefined();
    }
  });

  it('bound the number of trailers', () => {
    const text = '0\r\nX: y\r\nZ: 1\r\n\r\n';
    expect(decode(text, { maxTrailerFields: 2 }).done).toBe(true);
    expect(decode(text, { maxTrailerFields: 1 }).error).toBe('there are more than 1 trailer fields');
  });
});

describe('trailers (RFC 9110 6.5)', () => {
  it('are read as fields', () => {
    const text = '1\r\nx\r\n0\r\nServer-Timing:  a \r\ngrpc-status: 0\r\n\r\n';
    for (const pieceBytes of [Number.POSITIVE_INFINITY, 1, 2, 3]) {
      const { trailers, at } = decode(`${text}more`, {}, pieceBytes);
      expect(at).toBe(text.length);
      expect(trailers).toEqual([
        ['Server-Timing', 'a'],
        ['grpc-status', '0'],
      ]);
    }
  });

  it.each([
    'Content-Length',
    'Transfer-Encoding',
    'Host',
    'Connection',
    'Trailer',
    'TE',
    'Upgrade',
    'Keep-Alive',
    'Authorization',
    'Proxy-Authorization',
    'Cookie',
    'Set-Cookie',
    'Content-Encoding',
    'Content-Type',
    'Content-Range',
    'X-Forwarded-For',
    'Expect',
    'Cache-Control',
  ])('named %s are dropped (RFC 9110 6.5.1)', (name) => {
    const { trailers, done } = decode(`0\r\nA: b\r\n${name}: 5\r\n${name.toUpperCase()}: 6\r\n\r\n`);
    expect(done).toBe(true);
    expect(trailers).toEqual([['A', 'b']]);
  });

  it.each([
    ['space before the colon', 'A : b'],
    ['no colon', 'A'],
    ['folding', 'A: b\r\n c'],
    ['a control character', 'A: \x01'],
    ['LF alone', 'A: b\nC: d'],
    ['CR alone', 'A: b\rC: d'],
  ])('are refused for %s', (_, line) => {
    const { done, error } = decode(`0\r\n${line}\r\n\r\n`);
    expect(done).toBe(false);
    expect(error).toMatch(/^trailers: /);
  });
});
