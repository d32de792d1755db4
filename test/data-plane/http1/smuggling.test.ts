import { describe, expect, it } from 'vitest';
import { latin1, readRequest } from './reading.ts';

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n';

function outcome(text: string) {
  const reading = readRequest(latin1(text));
  return reading.outcome === 'refused' ? reading.status : reading.outcome;
}

function post(lines: string[], body: string): string {
  return `POST / HTTP/1.1\r\nHost: h\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
}

describe('CL.TE and TE.CL: a request with two lengths is refused (RFC 9112 6.3, 11.2)', () => {
  it.each([
    ['CL.TE', ['Content-Length: 6', 'Transfer-Encoding: chunked'], '0\r\n\r\nG'],
    ['TE.CL', ['Transfer-Encoding: chunked', 'Content-Length: 4'], `8\r\nSMUGGLED\r\n0\r\n\r\n`],
    ['CL.0', ['Content-Length: 0', 'Transfer-Encoding: chunked'], `0\r\n\r\n${HIDDEN}`],
    ['TE.0', ['Transfer-Encoding: identity', `Content-Length: ${HIDDEN.length}`], HIDDEN],
    ['CL.CL', ['Content-Length: 0', `Content-Length: ${HIDDEN.length}`], HIDDEN],
    ['CL.CL in one field', [`Content-Length: 0, ${HIDDEN.length}`], HIDDEN],
    ['CL.CL, equal', ['Content-Length: 5', 'Content-Length: 5'], 'hello'],
    ['CL.TE in different cases', ['cOnTeNt-LeNgTh: 6', 'tRANSFER-eNCODING: chunked'], '0\r\n\r\nG'],
  ])('%s', (_, lines, body) => {
    expect(outcome(post(lines, body))).toBe(400);
  });
});

describe('TE.TE: an obfuscated Transfer-Encoding is never overlooked (RFC 9112 6.1, 7)', () => {
  it.each([
    ['space before the colon', 'Transfer-Encoding : chunked', 400],
    ['tab before the colon', 'Transfer-Encoding\t: chunked', 400],
    ['vertical tab before the colon', 'Transfer-Encoding\x0b: chunked', 400],
    ['NUL in the name', 'Transfer-\0Encoding: chunked', 400],
    ['space in the name', 'Transfer Encoding: chunked', 400],
    ['folded', 'Transfer-Encoding:\r\n chunked', 400],
    ['folded by a tab', 'Transfer-Encoding:\r\n\tchunked', 400],
    ['hidden in a fold', 'X: y\r\n Transfer-Encoding: chunked', 400],
    ['space before the name', ' Transfer-Encoding: chunked', 400],
    ['hidden after a bare LF', 'X: y\nTransfer-Encoding: chunked', 400],
    ['hidden after a bare CR', 'X: y\rTransfer-Encoding: chunked', 400],
    ['hidden after NUL', 'X: y\0Transfer-Encoding: chunked', 400],
    ['vertical tab before the value', 'Transfer-Encoding: \x0bchunked', 400],
    ['form feed after the value', 'Transfer-Encoding: chunked\x0c', 400],
    ['bare CR after the value', 'Transfer-Encoding: chunked\r\r', 400],
    ['NUL after the value', 'Transfer-Encoding: chunked\0', 400],
    ['DEL after the value', 'Transfer-Encoding: chunked\x7f', 400],
    ['non-breaking space before the value', 'Transfer-Encoding: \xa0chunked', 400],
    ['next line (0x85) before the value', 'Transfer-Encoding: \x85chunked', 400],
    ['double quotes', 'Transfer-Encoding: "chunked"', 400],
    ['single quotes', "Transfer-Encoding: 'chunked'", 501],
    ['brackets', 'Transfer-Encoding: [chunked]', 400],
    ['chunked, identity', 'Transfer-Encoding: chunked, identity', 400],
    ['identity, chunked', 'Transfer-Encoding: identity, chunked', 501],
    ['identity', 'Transfer-Encoding: identity', 501],
    ['chunked, cow', 'Transfer-Encoding: chunked, cow', 400],
    ['cow', 'Transfer-Encoding: cow', 501],
    ['xchunked', 'Transfer-Encoding: xchunked', 501],
    ['chunkedx', 'Transfer-Encoding: chunkedx', 501],
    ['x chunked', 'Transfer-Encoding: x chunked', 400],
    ['chunked with a parameter', 'Transfer-Encoding: chunked;foo=bar', 400],
    ['chunked with a semicolon', 'Transfer-Encoding: chunked;', 400],
    ['leading comma', 'Transfer-Encoding: ,chunked', 400],
    ['trailing comma', 'Transfer-Encoding: chunked,', 400],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked', 400],
    ['two fields', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x', 400],
    ['two fields, the first unknown', 'Transfer-Encoding: x\r\nTransfer-Encoding: chunked', 501],
    ['two fields, equal', 'Transfer-Encoding: chunked\r\nTransfer-encoding: chunked', 400],
    ['empty', 'Transfer-Encoding:', 400],
    ['dotless i of another alphabet', 'Transfer-Encoding: chun\xe7ed', 400],
  ])('%s', (_, line, status) => {
    expect(outcome(post([line], `0\r\n\r\n${HIDDEN}`))).toBe(status);
  });

  it.each([
    ['tab before the value', 'Transfer-Encoding:\tchunked'],
    ['tab after the value', 'Transfer-Encoding: chunked \t'],
    ['no space', 'Transfer-Encoding:chunked'],
    ['capitals', 'TRANSFER-ENCODING: CHUNKED'],
  ])('but what only looks odd is chunked: %s', (_, line) => {
    const reading = readRequest(latin1(post([line], `1\r\nx\r\n0\r\n\r\n${HIDDEN}`)));
    expect(reading).toMatchObject({ outcome: 'read', body: 'x' });
  });
});

describe('a Content-Length that others read differently is refused (RFC 9112 6.2)', () => {
  it.each(['+5', '-5', '0x5', '5,5', '5, 5', '5;5', '5 5', '5.0', '5e0', '0b101', '5\x0b', '5\0', '"5"', '٥', ''])(
    '%j',
    (value) => {
      expect(outcome(post([`Content-Length: ${value}`], 'hello'))).toBe(400);
    },
  );

  it.each([
    ['a space before the colon', 'Content-Length : 5'],
    ['a fold', 'Content-Length:\r\n 5'],
    ['a bare LF', 'X: y\nContent-Length: 5'],
  ])('with %s', (_, line) => {
    expect(outcome(post([line], 'hello'))).toBe(400);
  });

  it('while leading zeros are only digits', () => {
    expect(readRequest(latin1(post(['Content-Length: 0005'], `hello${HIDDEN}`)))).toMatchObject({ body: 'hello' });
  });
});

describe('a chunk size that others read differently is refused (RFC 9112 7.1, 7.1.1)', () => {
  it.each([
    ['overflow of 64 bits', '10000000000000005\r\nhello\r\n0\r\n\r\n'],
    ['overflow of 32 bits that needs 14 digits', '00000100000005\r\nhello\r\n0\r\n\r\n'],
    ['minus', '-5\r\nhello\r\n0\r\n\r\n'],
    ['plus', '+5\r\nhello\r\n0\r\n\r\n'],
    ['0x', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['underscore', '0_5\r\nhello\r\n0\r\n\r\n'],
    ['space before', ' 5\r\nhello\r\n0\r\n\r\n'],
    ['space after', '5 \r\nhello\r\n0\r\n\r\n'],
    ['empty', '\r\nhello\r\n0\r\n\r\n'],
    ['NUL after', '5\0\r\nhello\r\n0\r\n\r\n'],
    ['bare LF after the size', '5\nhello\r\n0\r\n\r\n'],
    ['bare CR after the size', '5\rhello\r\n0\r\n\r\n'],
    ['TERM.EXT: bare LF in the extension', `5;\nhello\r\n0\r\n\r\n${HIDDEN}`],
    ['EXT.TERM: bare LF after an extension', `2;a\nxx\r\n0\r\n\r\n${HIDDEN}`],
    ['CR in the extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
    ['no CRLF after the data', '5\r\nhello0\r\n\r\n'],
    ['two wrong bytes after the data', '5\r\nhelloXX0\r\n\r\n'],
    ['bare LF after the data', '5\r\nhello\n0\r\n\r\n'],
    ['bare CR after the data', '5\r\nhello\r0\r\n\r\n'],
    ['bare LF as end of the trailers', `0\r\n\n${HIDDEN}`],
    ['bare LF after the last chunk', `0\n\r\n${HIDDEN}`],
    ['a request line as trailer', `0\r\n${HIDDEN}`],
  ])('%s', (_, body) => {
    expect(outcome(post(['Transfer-Encoding: chunked'], body))).toBe(400);
  });

  it('while an overflow of 32 bits is simply large', () => {
    expect(outcome(post(['Transfer-Encoding: chunked'], '100000005\r\nhello\r\n0\r\n\r\n'))).toBe('incomplete');
  });
});

describe('other ways to hide a request', () => {
  it('a Content-Length or Transfer-Encoding in the trailers frames nothing and is dropped', () => {
    const body = `0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n${HIDDEN}`;
    const text = post(['Transfer-Encoding: chunked'], body);
    expect(readRequest(latin1(text))).toMatchObject({ trailers: [['X', 'y']], bytes: text.length - HIDDEN.length });
  });

  it('Transfer-Encoding in HTTP/1.0 is refused (RFC 9112 6.1)', () => {
    expect(outcome(`POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`)).toBe(400);
  });

  it('a body of GET is its body, not the next request', () => {
    const text = `GET / HTTP/1.1\r\nHost: h\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`;
    expect(readRequest(latin1(text))).toMatchObject({ outcome: 'read', body: HIDDEN, bytes: text.length });
  });

  it.each([
    ['two Host fields', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['a list as Host', 'GET / HTTP/1.1\r\nHost: a,b\r\n\r\n'],
    ['a Host with a user', 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
    ['a folded Host', 'GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n'],
    ['a target with two authorities', 'GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a request line in a request line', 'GET / HTTP/1.1 GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a header in the request line', 'GET / HTTP/1.1\nHost: h\r\n\r\n'],
  ])('%s are refused', (_, text) => {
    expect(outcome(text)).toBe(400);
  });
});
