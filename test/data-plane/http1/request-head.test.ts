import { describe, expect, it } from 'vitest';
import { HeadProgress } from '../../../data-plane/http1/field-section.ts';
import { isHeadError, parseRequestHead, type RequestHead } from '../../../data-plane/http1/request-head.ts';
import { latin1, pairs } from './reading.ts';

const LIMITS = { lineBytes: 64, fieldBytes: 40, fields: 3 };

function parse(text: string, limits = LIMITS) {
  const bytes = latin1(text);
  return parseRequestHead(bytes, 0, bytes.length, limits);
}

function parsed(text: string, limits = LIMITS): RequestHead {
  const head = parse(text, limits);
  if (head === undefined || isHeadError(head)) throw new Error(`not accepted: ${JSON.stringify(head)}`);
  return head;
}

function status(text: string, limits = LIMITS): number | undefined {
  const head = parse(text, limits);
  return isHeadError(head) ? head.status : undefined;
}

describe('a request head', () => {
  it('gives method, target, version and fields as sent', () => {
    const text = 'PATCH /a?b=%20c HTTP/1.1\r\nHost: h\r\nX-Mixed-CASE:\t v a l \t\r\nempty:\r\n\r\n';
    const head = parsed(`${text}rest`);
    expect(head).toMatchObject({ method: 'PATCH', target: '/a?b=%20c', versionMinor: 1, headBytes: text.length });
    expect(pairs(head.fields)).toEqual([
      ['Host', 'h'],
      ['X-Mixed-CASE', 'v a l'],
      ['empty', ''],
    ]);
    expect(head.fields.lowers).toEqual(['host', 'x-mixed-case', 'empty']);
  });

  it('may lie anywhere in the buffer', () => {
    const bytes = latin1('xxGET / HTTP/1.0\r\nA: b\r\n\r\nyy');
    const head = parseRequestHead(bytes, 2, bytes.length - 2, LIMITS);
    expect(head).toMatchObject({ method: 'GET', target: '/', versionMinor: 0, headBytes: bytes.length - 4 });
  });

  it('keeps each byte above 0x7f of a value as one char (RFC 9110 5.5, obs-text)', () => {
    expect(parsed('GET / HTTP/1.1\r\nX: \x80\xe9\xff\r\n\r\n').fields.values).toEqual(['\x80\xe9\xff']);
  });

  it('may be preceded by one empty line, which counts as consumed (RFC 9112 2.2)', () => {
    const text = '\r\nGET / HTTP/1.1\r\n\r\n';
    expect(parsed(text)).toMatchObject({ method: 'GET', target: '/', headBytes: text.length });
  });

  it.each(["!#$%&'*+-.^_`|~09AZaz", 'get', 'X'])('accepts the token %j as method (RFC 9110 9.1)', (method) => {
    expect(parsed(`${method} / HTTP/1.1\r\n\r\n`).method).toBe(method);
  });

  it('leaves characters that URLs should not hold, but that clients send, to routing', () => {
    expect(parsed('GET /a|b{c}"<>^`\\ HTTP/1.1\r\n\r\n').target).toBe('/a|b{c}"<>^`\\');
  });
});

describe('a request line is refused with 400', () => {
  it.each([
    ['two empty lines before it (RFC 9112 2.2)', '\r\n\r\nGET / HTTP/1.1\r\n\r\n'],
    ['a bare LF before it', '\nGET / HTTP/1.1\r\n\r\n'],
    ['a bare CR before it', '\rGET / HTTP/1.1\r\n\r\n'],
    ['a space before it', ' GET / HTTP/1.1\r\n\r\n'],
    ['no method', ' / HTTP/1.1\r\n\r\n'],
    ['a method that is no token (RFC 9110 9.1)', 'GE(T / HTTP/1.1\r\n\r\n'],
    ['a method with a control character', 'GE\x00T / HTTP/1.1\r\n\r\n'],
    ['a method with obs-text', 'G\xcbT / HTTP/1.1\r\n\r\n'],
    ['a tab after the method (RFC 9112 3)', 'GET\t/ HTTP/1.1\r\n\r\n'],
    ['two spaces after the method', 'GET  / HTTP/1.1\r\n\r\n'],
    ['two spaces after the target', 'GET /  HTTP/1.1\r\n\r\n'],
    ['a tab after the target', 'GET /\tHTTP/1.1\r\n\r\n'],
    ['a space inside the target', 'GET /a b HTTP/1.1\r\n\r\n'],
    ['a space at the end', 'GET / HTTP/1.1 \r\n\r\n'],
    ['a tab at the end', 'GET / HTTP/1.1\t\r\n\r\n'],
    ['NUL in the target', 'GET /\x00 HTTP/1.1\r\n\r\n'],
    ['a vertical tab in the target', 'GET /\x0b HTTP/1.1\r\n\r\n'],
    ['DEL in the target', 'GET /\x7f HTTP/1.1\r\n\r\n'],
    ['a byte above 0x7e in the target', 'GET /\xc3\xa9 HTTP/1.1\r\n\r\n'],
    ['a fragment in the target (RFC 9112 3.2)', 'GET /a#b HTTP/1.1\r\n\r\n'],
    ['no target', 'GET HTTP/1.1\r\n\r\n'],
    ['no target but two spaces', 'GET  HTTP/1.1\r\n\r\n'],
    ['no version: HTTP/0.9', 'GET /\r\n'],
    ['no version but its space', 'GET / \r\n\r\n'],
    ['only a method', 'GET\r\n\r\n'],
    ['a version in small letters (RFC 9112 2.3)', 'GET / http/1.1\r\n\r\n'],
    ['a version of two digits', 'GET / HTTP/1.10\r\n\r\n'],
    ['a version with a leading zero', 'GET / HTTP/01.1\r\n\r\n'],
    ['a version without minor', 'GET / HTTP/1\r\n\r\n'],
    ['a version with a comma', 'GET / HTTP/1,1\r\n\r\n'],
    ['another protocol', 'GET / RTSP/1.0\r\n\r\n'],
    ['LF alone at its end (RFC 9112 2.2)', 'GET / HTTP/1.1\nHost: h\r\n\r\n'],
    ['LF alone after the target', 'GET /\nHost: h\r\n\r\n'],
    ['LF alone after the method', 'GET\n'],
    ['CR alone at its end', 'GET / HTTP/1.1\rHost: h\r\n\r\n'],
    ['CR CR LF at its end', 'GET / HTTP/1.1\r\r\n\r\n'],
    ['the greeting of TLS', '\x16\x03\x01\x02\x00\x01'],
  ])('for %s', (_, text) => {
    expect(status(text)).toBe(400);
  });
});

describe('a version that is well-formed', () => {
  it.each([
    ['0.9', 505],
    ['1.2', 505],
    ['2.0', 505],
    ['3.0', 505],
  ])('but not HTTP/1.0 or 1.1 (HTTP/%s) is answered with %i (RFC 9110 15.6.6)', (version, expected) => {
    expect(status(`GET / HTTP/${version}\r\n\r\n`)).toBe(expected);
  });

  it('is refused with 505 for the preface of HTTP/2', () => {
    expect(status('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).toBe(505);
  });
});

describe('a header line is refused with 400', () => {
  it.each([
    ['white space before the colon (RFC 9112 5.1)', 'Host : h'],
    ['a tab before the colon', 'Host\t: h'],
    ['no colon', 'Host'],
    ['no name', ': h'],
    ['a space at its begin: folding (RFC 9112 5.2)', ' Host: h'],
    ['a folded value', 'A: b\r\n c'],
    ['a value folded by a tab', 'A: b\r\n\tc'],
    ['a fold with nothing in it', 'A: b\r\n '],
    ['a name that is no token (RFC 9110 5.1)', 'A(b): c'],
    ['a name with a slash', 'A/b: c'],
    ['a name with NUL', 'A\x00: c'],
    ['a name with obs-text', 'A\xe9: c'],
    ['NUL in the value (RFC 9110 5.5)', 'A: b\x00c'],
    ['a vertical tab in the value', 'A: b\x0bc'],
    ['a form feed in the value', 'A: \x0c'],
    ['ESC in the value', 'A: \x1b[0m'],
    ['DEL in the value', 'A: \x7f'],
    ['CR alone in the value', 'A: b\rc'],
    ['CR alone at its end', 'A: b\r\r\nC: d'],
    ['LF alone at its end', 'A: b\nC: d'],
    ['LF alone in the name', 'A\nB: c'],
    ['CRLF in the name', 'A\r\nB: c'],
  ])('for %s', (_, line) => {
    expect(status(`GET / HTTP/1.1\r\n${line}\r\n\r\n`)).toBe(400);
  });

  it('for an end of the head without CR', () => {
    expect(status('GET / HTTP/1.1\r\nA: b\r\n\n')).toBe(400);
  });

  it('for an end of the head without LF', () => {
    expect(status('GET / HTTP/1.1\r\nA: b\r\n\rX')).toBe(400);
  });

  it('naming the line and what is wrong with it', () => {
    expect(parse('GET / HTTP/1.1\r\nA: b\r\nHost : h\r\n\r\n')).toEqual({
      status: 400,
      reason: 'header line 2: white space stands between a header name and its ":"',
    });
  });
});

describe('limits', () => {
  const line = `GET /${'a'.repeat(LIMITS.lineBytes - 14)} HTTP/1.1`;

  it('let a request line of exactly lineBytes pass and refuse one byte more with 414', () => {
    expect(line).toHaveLength(LIMITS.lineBytes);
    expect(parsed(`${line}\r\n\r\n`).target).toHaveLength(LIMITS.lineBytes - 13);
    expect(status(`${line.replace('/a', '/aa')}\r\n\r\n`)).toBe(414);
  });

  it('refuse a request line that is too long before its end has come, wherever it is', () => {
    expect(parse('G'.repeat(64))).toBeUndefined();
    expect(status('G'.repeat(65))).toBe(414);
    expect(parse(`GET /${'a'.repeat(59)}`)).toBeUndefined();
    expect(status(`GET /${'a'.repeat(60)}`)).toBe(414);
    expect(status(`GET / ${'H'.repeat(59)}`)).toBe(414);
  });

  it('do not count the empty line before the request line', () => {
    expect(parsed(`\r\n${line}\r\n\r\n`).headBytes).toBe(LIMITS.lineBytes + 6);
  });

  it('let a field line of exactly fieldBytes pass and refuse one byte more with 431', () => {
    const field = `A: ${'b'.repeat(37)}`;
    expect(parsed(`GET / HTTP/1.1\r\n${field}\r\n\r\n`).fields.values[0]).toHaveLength(37);
    expect(status(`GET / HTTP/1.1\r\n${field}b\r\n\r\n`)).toBe(431);
    expect(status(`GET / HTTP/1.1\r\n${field}b`)).toBe(431);
    expect(parse(`GET / HTTP/1.1\r\n${field}`)).toBeUndefined();
    expect(status(`GET / HTTP/1.1\r\n${'n'.repeat(41)}`)).toBe(431);
    expect(status(`GET / HTTP/1.1\r\nA:${' '.repeat(39)}`)).toBe(431);
  });

  it('let exactly `fields` fields pass and refuse one more with 431, as soon as its name begins', () => {
    expect(parsed('GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n').fields.length).toBe(3);
    expect(status('GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD:')).toBe(431);
  });

  it('of 0 fields mean no limit', () => {
    const many = 'A: 1\r\n'.repeat(2000);
    expect(parsed(`GET / HTTP/1.1\r\n${many}\r\n`, { ...LIMITS, fields: 0 }).fields.length).toBe(2000);
  });

  it('come before what is wrong behind them', () => {
    expect(status(`GET / HTTP/1.1\r\nA: ${'b'.repeat(38)}\x00\r\n\r\n`)).toBe(431);
    expect(status(`GET / HTTP/1.1\r\nA: ${'b'.repeat(37)}\x00\r\n\r\n`)).toBe(400);
  });
});

describe('an incomplete head', () => {
  const text = '\r\nGET /path HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n';

  it('is undefined for every proper prefix', () => {
    for (let end = 0; end < text.length; end++) expect(parse(text.slice(0, end))).toBeUndefined();
    expect(parsed(text).method).toBe('GET');
  });

  it('is read on from where it was when progress is kept, even if the bytes have moved', () => {
    const progress = new HeadProgress();
    const whole = parsed(text);
    for (let end = 0; end < text.length; end++) {
      const moved = latin1('.'.repeat(end % 7) + text.slice(0, end));
      expect(parseRequestHead(moved, end % 7, moved.length, LIMITS, progress)).toBeUndefined();
    }
    const bytes = latin1(text);
    expect(parseRequestHead(bytes, 0, bytes.length, LIMITS, progress)).toEqual(whole);
    expect(progress.next).toBe(0);
  });

  it('leaves its progress ready for another head once refused', () => {
    const progress = new HeadProgress();
    const bad = latin1('GET / HTTP/1.1\r\nA: b\r\nC\r\n');
    expect(parseRequestHead(bad, 0, bad.length, LIMITS, progress)).toMatchObject({ status: 400 });
    const good = latin1('PUT / HTTP/1.1\r\nD: e\r\n\r\n');
    const head = parseRequestHead(good, 0, good.length, LIMITS, progress);
    expect(head).toMatchObject({ method: 'PUT', fields: { names: ['D'] } });
  });
});
