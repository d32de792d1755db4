import { describe, expect, it } from 'vitest';
import { HeadProgress } from '../../../data-plane/http1/field-section.ts';
import { isResponseHeadError, parseResponseHead, type ResponseHead } from '../../../data-plane/http1/response-head.ts';
import { latin1, pairs } from './reading.ts';

const LIMITS = { lineBytes: 40, fields: 3 };

function parse(text: string, limits = LIMITS) {
  const bytes = latin1(text);
  return parseResponseHead(bytes, 0, bytes.length, limits);
}

function parsed(text: string): ResponseHead {
  const head = parse(text);
  if (head === undefined || isResponseHeadError(head)) throw new Error(`not accepted: ${JSON.stringify(head)}`);
  return head;
}

function error(text: string): string | undefined {
  const head = parse(text);
  return isResponseHeadError(head) ? head.error : undefined;
}

describe('a response head', () => {
  it('gives version, status, reason and fields as sent', () => {
    const text = 'HTTP/1.1 404 Not  Found\r\nServer: x\r\nSet-Cookie: a\r\nset-cookie: b\r\n\r\n';
    const head = parsed(`${text}body`);
    expect(head).toMatchObject({ versionMinor: 1, status: 404, reason: 'Not  Found', headBytes: text.length });
    expect(head.statusLineBytes).toBe('HTTP/1.1 404 Not  Found'.length);
    expect(pairs(head.fields)).toEqual([
      ['Server', 'x'],
      ['Set-Cookie', 'a'],
      ['set-cookie', 'b'],
    ]);
  });

  it.each([
    ['HTTP/1.1 200', '', 12],
    ['HTTP/1.1 200 ', '', 13],
    ['HTTP/1.1 200 OK', 'OK', 15],
    ['HTTP/1.1 200  OK ', ' OK ', 17],
    ['HTTP/1.1 200 \xe9\t!', '\xe9\t!', 16],
  ])('takes %j with the reason %j (RFC 9112 4)', (line, reason, statusLineBytes) => {
    expect(parsed(`${line}\r\n\r\n`)).toMatchObject({ status: 200, reason, statusLineBytes });
  });

  it.each([
    ['1.0', 0],
    ['1.1', 1],
    ['1.2', 1],
    ['1.9', 1],
  ])('of HTTP/%s has minor version %i (RFC 9110 2.5)', (version, versionMinor) => {
    expect(parsed(`HTTP/${version} 200 OK\r\n\r\n`).versionMinor).toBe(versionMinor);
  });

  it.each([100, 199, 200, 599, 600, 999])('may have status %i', (status) => {
    expect(parsed(`HTTP/1.1 ${status} x\r\n\r\n`).status).toBe(status);
  });

  it('may be preceded by one empty line, which counts as consumed', () => {
    const text = '\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n';
    expect(parsed(text)).toMatchObject({ status: 200, reason: 'OK', statusLineBytes: 15, headBytes: text.length });
  });

  it('may end all its lines with LF alone (RFC 9112 2.2)', () => {
    const text = 'HTTP/1.0 200 OK\nA: b \nC:\td\n\n';
    const head = parsed(`${text}body`);
    expect(head).toMatchObject({ status: 200, reason: 'OK', statusLineBytes: 15, headBytes: text.length });
    expect(pairs(head.fields)).toEqual([
      ['A', 'b'],
      ['C', 'd'],
    ]);
  });
});

describe('a status line is refused', () => {
  it.each([
    ['two empty lines before it', '\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', 'not-http'],
    ['an answer of HTTP/0.9', '<html>', 'not-http'],
    ['an answer that begins alike', 'HTTPS/1.1 200 OK\r\n\r\n', 'not-http'],
    ['the protocol in small letters', 'http/1.1 200 OK\r\n\r\n', 'not-http'],
    ['ICY', 'ICY 200 OK\r\n\r\n', 'not-http'],
    ['white space before it', ' HTTP/1.1 200 OK\r\n\r\n', 'not-http'],
    ['the alert of TLS', '\x15\x03\x01\x00\x02\x02\x50', 'not-http'],
    ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n', 'major-version'],
    ['HTTP/0.9 by name', 'HTTP/0.9 200 OK\r\n\r\n', 'major-version'],
    ['a version of two digits', 'HTTP/1.10 200 OK\r\n\r\n', 'bad-status-line'],
    ['a version without minor', 'HTTP/1 200 OK\r\n\r\n', 'bad-status-line'],
    ['two spaces before the code', 'HTTP/1.1  200 OK\r\n\r\n', 'bad-status-line'],
    ['a tab before the code', 'HTTP/1.1\t200 OK\r\n\r\n', 'bad-status-line'],
    ['no code', 'HTTP/1.1 \r\n\r\n', 'bad-status-line'],
    ['a code of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'bad-status-line'],
    ['a code of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'bad-status-line'],
    ['a code below 100', 'HTTP/1.1 099 OK\r\n\r\n', 'bad-status-line'],
    ['a signed code', 'HTTP/1.1 +20 OK\r\n\r\n', 'bad-status-line'],
    ['a code of letters', 'HTTP/1.1 abc OK\r\n\r\n', 'bad-status-line'],
    ['a tab after the code', 'HTTP/1.1 200\tOK\r\n\r\n', 'bad-status-line'],
    ['NUL in the reason', 'HTTP/1.1 200 O\x00K\r\n\r\n', 'bad-status-line'],
    ['CR alone in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n', 'bad-status-line'],
    ['a line above lineBytes', `HTTP/1.1 200 ${'x'.repeat(28)}`, 'line-too-long'],
  ])('for %s', (_, text, expected) => {
    expect(error(text)).toBe(expected);
  });
});

describe('a header line of a response is refused', () => {
  it.each([
    ['folding (RFC 9112 5.2)', 'A: b\r\n c', 'bad-header'],
    ['white space before the colon', 'A : b', 'bad-header'],
    ['no colon', 'Oops', 'bad-header'],
    ['a stray status line', 'HTTP/1.1 200 OK', 'bad-header'],
    ['NUL', 'A: \x00', 'bad-header'],
    ['a control character', 'A: \x08', 'bad-header'],
    ['CR alone', 'A: b\rSet-Cookie: c', 'bad-header'],
    ['LF alone among lines that end in CRLF', 'A: b\nSet-Cookie: c', 'bad-header'],
    ['LF LF among lines that end in CRLF', 'A: b\n\nbody', 'bad-header'],
    ['more than lineBytes', `A: ${'b'.repeat(38)}`, 'line-too-long'],
    ['more than `fields` lines', 'A: 1\r\nB: 2\r\nC: 3\r\nD: 4', 'too-many-fields'],
  ])('for %s', (_, lines, expected) => {
    expect(error(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`)).toBe(expected);
  });

  it.each(['A: b\r\n\n', 'A: b\r\n\r\n', '\r\n', 'A: b\rc\n\n'])(
    'for a CR in %j after a status line that ends in LF',
    (rest) => {
      expect(error(`HTTP/1.1 200 OK\n${rest}`)).toBe('bad-header');
    },
  );

  it('naming the line and what is wrong with it', () => {
    expect(parse('HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\n')).toEqual({
      error: 'bad-header',
      detail: 'header line 2: a header line begins with white space: folded lines are not accepted',
    });
  });
});

describe('an incomplete response head', () => {
  const texts = ['\r\nHTTP/1.1 200 OK\r\nA: b\r\nServer: x\r\n\r\n', 'HTTP/1.1 200\nA: b\n\n'];

  it.each(texts)('is undefined for every proper prefix of %j, with and without kept progress', (text) => {
    const progress = new HeadProgress();
    const bytes = latin1(text);
    for (let end = 0; end < text.length; end++) {
      expect(parseResponseHead(bytes, 0, end, LIMITS)).toBeUndefined();
      expect(parseResponseHead(bytes, 0, end, LIMITS, progress)).toBeUndefined();
    }
    expect(parseResponseHead(bytes, 0, bytes.length, LIMITS, progress)).toEqual(parsed(text));
  });
});
