import { describe, expect, it } from 'vitest';
import { requestFraming, responseFraming } from '../../../data-plane/http1/body-framing.ts';
import { isHeadError, parseRequestHead, type RequestHead } from '../../../data-plane/http1/request-head.ts';
import { parseResponseHead, type ResponseHead } from '../../../data-plane/http1/response-head.ts';
import { latin1 } from './reading.ts';

function request(lines: string[], version = '1.1'): RequestHead {
  const bytes = latin1(`POST / HTTP/${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
  const head = parseRequestHead(bytes, 0, bytes.length, { lineBytes: 1000, fieldBytes: 1000, fields: 0 });
  if (head === undefined || isHeadError(head)) throw new Error(`not a head: ${JSON.stringify(head)}`);
  return head;
}

function response(status: number, lines: string[], version = '1.1'): ResponseHead {
  const bytes = latin1(`HTTP/${version} ${status} X\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
  const head = parseResponseHead(bytes, 0, bytes.length, { lineBytes: 1000, fields: 0 });
  if (head === undefined || 'error' in head) throw new Error(`not a head: ${JSON.stringify(head)}`);
  return head;
}

describe('the framing of a request', () => {
  it('is none without Content-Length and Transfer-Encoding (RFC 9112 6.3, 7)', () => {
    expect(requestFraming(request(['Host: h']))).toEqual({ kind: 'none' });
  });

  it.each([
    ['0', 0],
    ['5', 5],
    ['0000000000000000000000000005', 5],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('is a length for Content-Length: %s (RFC 9110 8.6)', (value, length) => {
    expect(requestFraming(request([`content-length:\t${value} `]))).toEqual({ kind: 'length', length });
  });

  it.each(['chunked', 'CHUNKED', 'Chunked'])('is chunked for Transfer-Encoding: %s (RFC 9112 6.1)', (value) => {
    expect(requestFraming(request([`TRANSFER-ENCODING: ${value}`]))).toEqual({ kind: 'chunked' });
  });
});

describe('a Content-Length is refused with 400 (RFC 9110 8.6, RFC 9112 6.3)', () => {
  it.each([
    '',
    '+5',
    '-5',
    '-0',
    '0x5',
    '5.0',
    '5e0',
    '5,5',
    '5, 5',
    '5,6',
    '5 5',
    '5\t5',
    '5;',
    '"5"',
    '5_0',
    '٥',
    '\xa05',
    'five',
    'Infinity',
    '9007199254740992',
    '18446744073709551621',
    '1'.repeat(400),
  ])('of value %j', (value) => {
    expect(requestFraming(request([`Content-Length: ${Buffer.from(value).toString('latin1')}`]))).toMatchObject({
      status: 400,
    });
  });

  it.each([
    ['equal', ['Content-Length: 5', 'Content-Length: 5']],
    ['different', ['Content-Length: 5', 'content-length: 6']],
    ['first empty', ['Content-Length:', 'Content-Length: 6']],
  ])('that comes twice, %s', (_, lines) => {
    expect(requestFraming(request(lines))).toMatchObject({ status: 400 });
  });
});

describe('Transfer-Encoding in a request', () => {
  it.each([
    ['beside Content-Length', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['beside Content-Length, the other way round', ['Transfer-Encoding: chunked', 'Content-Length: 5']],
    ['beside an empty Content-Length', ['Transfer-Encoding: chunked', 'Content-Length:']],
    ['of no known kind beside Content-Length', ['Transfer-Encoding: x', 'Content-Length: 5']],
  ])('is refused with 400 %s (RFC 9112 6.3, 3)', (_, lines) => {
    expect(requestFraming(request(lines))).toMatchObject({ status: 400 });
  });

  it('is refused with 400 in HTTP/1.0 (RFC 9112 6.1)', () => {
    expect(requestFraming(request(['Transfer-Encoding: chunked'], '1.0'))).toMatchObject({ status: 400 });
  });

  it.each([
    ['nothing', ['']],
    ['an empty element before', [',chunked']],
    ['an empty element after', ['chunked,']],
    ['a quoted name', ['"chunked"']],
    ['a single-quoted name with a space', ["'chunked '"]],
    ['two words', ['chunked chunked']],
    ['a word after', ['chunked x']],
    ['a non-breaking space', ['chunked\xa0']],
    ['a non-breaking space before', ['\xa0chunked']],
    ['a parameter of chunked', ['chunked;q=1']],
    ['an empty parameter of chunked', ['chunked;']],
    ['a quoted comma', ['x;a="b,c", chunked']],
    ['chunked before another', ['chunked, identity']],
    ['chunked before another on a second line', ['chunked', 'identity']],
    ['chunked twice', ['chunked, chunked']],
    ['chunked twice on two lines', ['chunked', 'Chunked']],
    ['chunked in the middle', ['gzip, chunked, gzip']],
    ['chunked, and on a second line nothing', ['chunked', '']],
  ])('is refused with 400 for %s (RFC 9112 6.3, 4)', (_, values) => {
    const lines = values.map((value) => `Transfer-Encoding: ${value}`);
    expect(requestFraming(request(lines))).toMatchObject({ status: 400 });
  });

  it.each([
    ['gzip', ['gzip']],
    ['identity', ['identity']],
    ['a coding spelled almost alike', ['xchunked']],
    ['a coding spelled almost alike', ['chunke']],
    ['a coding spelled with an underscore', ['_chunked']],
    ['gzip, then chunked', ['gzip, chunked']],
    ['gzip, then chunked on a second line', ['gzip', 'chunked']],
    ['a coding with a parameter', ['x;a=b']],
  ])('is refused with 501 for %s (RFC 9112 6.1)', (_, values) => {
    const lines = values.map((value) => `Transfer-Encoding: ${value}`);
    expect(requestFraming(request(lines))).toMatchObject({ status: 501 });
  });
});

describe('the framing of a response', () => {
  it.each([
    ['GET', 200, [], { kind: 'until-close' }],
    ['GET', 200, ['Content-Length: 0'], { kind: 'length', length: 0 }],
    ['GET', 200, ['Content-Length: 7'], { kind: 'length', length: 7 }],
    ['GET', 200, ['Transfer-Encoding: Chunked'], { kind: 'chunked' }],
    ['HEAD', 200, [], { kind: 'none' }],
    ['HEAD', 200, ['Content-Length: 7'], { kind: 'none' }],
    ['HEAD', 200, ['Transfer-Encoding: chunked'], { kind: 'none' }],
    ['GET', 100, [], { kind: 'none' }],
    ['GET', 101, [], { kind: 'none' }],
    ['GET', 103, ['Content-Length: 7'], { kind: 'none' }],
    ['GET', 204, ['Content-Length: 7'], { kind: 'none' }],
    ['GET', 204, ['Transfer-Encoding: chunked'], { kind: 'none' }],
    ['GET', 304, ['Content-Length: 7'], { kind: 'none' }],
    ['GET', 205, ['Content-Length: 0'], { kind: 'length', length: 0 }],
    ['head', 200, ['Content-Length: 7'], { kind: 'length', length: 7 }],
  ])('to %s with status %i and %j is %j (RFC 9112 6.3)', (method, status, lines, expected) => {
    expect(responseFraming(response(status, lines), method)).toMatchObject(expected);
  });

  it.each([
    ['GET', 'chunked'],
    ['HEAD', 'none'],
  ])('with both Transfer-Encoding and Content-Length, to %s, is %s and marked ambiguous', (method, kind) => {
    const head = response(200, ['Content-Length: 5', 'Transfer-Encoding: chunked']);
    expect(responseFraming(head, method)).toEqual({ kind, ambiguous: true });
  });

  it.each([['Content-Length: 5'], ['Transfer-Encoding: chunked']])(
    'of a 204 with %s is none, but ambiguous',
    (line) => {
      expect(responseFraming(response(204, [line]), 'GET')).toEqual({ kind: 'none', ambiguous: true });
    },
  );

  it('is not ambiguous otherwise', () => {
    expect(responseFraming(response(204, ['Content-Length: 0']), 'GET')).toMatchObject({ ambiguous: false });
    expect(responseFraming(response(304, ['Content-Length: 5']), 'GET')).toMatchObject({ ambiguous: false });
    expect(responseFraming(response(200, ['Transfer-Encoding: chunked']), 'GET')).toMatchObject({ ambiguous: false });
    expect(responseFraming(response(200, ['Content-Length: 5']), 'GET')).toMatchObject({ ambiguous: false });
  });

  it.each([
    ['equal lengths twice', ['Content-Length: 5', 'Content-Length: 5']],
    ['different lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a list of lengths', ['Content-Length: 5, 5']],
    ['a signed length', ['Content-Length: -1']],
    ['an empty length', ['Content-Length: ']],
    ['an unknown coding', ['Transfer-Encoding: gzip']],
    ['identity', ['Transfer-Encoding: identity']],
    ['gzip before chunked', ['Transfer-Encoding: gzip, chunked']],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['chunked with a parameter', ['Transfer-Encoding: chunked;a']],
    ['an empty coding', ['Transfer-Encoding:', 'Content-Length: 5']],
  ])('is an error for %s, also where no body follows', (_, lines) => {
    expect(responseFraming(response(200, lines), 'GET')).toHaveProperty('error');
    expect(responseFraming(response(200, lines), 'HEAD')).toHaveProperty('error');
    expect(responseFraming(response(304, lines), 'GET')).toHaveProperty('error');
  });

  it('is an error for Transfer-Encoding in HTTP/1.0 (RFC 9112 6.1)', () => {
    const head = response(200, ['Transfer-Encoding: chunked'], '1.0');
    expect(responseFraming(head, 'GET')).toEqual({ error: 'Transfer-Encoding does not exist in HTTP/1.0' });
  });

  it('names the value that is wrong', () => {
    expect(responseFraming(response(200, ['Content-Length: 12a']), 'GET')).toEqual({
      error: 'Content-Length "12a" is not a decimal number',
    });
  });
});
