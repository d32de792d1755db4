import { describe, expect, it } from 'vitest';
import { requestTarget, validateRequest } from '../../../data-plane/http1/body-framing.ts';
import { isHeadError, parseRequestHead, type RequestHead } from '../../../data-plane/http1/request-head.ts';
import { isHostAndPort } from '../../../data-plane/http1/request-target.ts';
import { latin1 } from './reading.ts';

function request(line: string, ...lines: string[]): RequestHead {
  const bytes = latin1(`${line}\r\n${lines.map((each) => `${each}\r\n`).join('')}\r\n`);
  const head = parseRequestHead(bytes, 0, bytes.length, { lineBytes: 1000, fieldBytes: 1000, fields: 0 });
  if (head === undefined || isHeadError(head)) throw new Error(`not a head: ${JSON.stringify(head)}`);
  return head;
}

describe('Host (RFC 9112 3.2, RFC 9110 7.2)', () => {
  it('must stand once in HTTP/1.1', () => {
    expect(validateRequest(request('GET / HTTP/1.1'))).toMatchObject({ status: 400 });
    expect(validateRequest(request('GET / HTTP/1.1', 'Host: a'))).toBeUndefined();
    expect(validateRequest(request('GET / HTTP/1.1', 'Host: a', 'host: a'))).toMatchObject({ status: 400 });
    expect(validateRequest(request('GET / HTTP/1.1', 'Host:', 'Host: a'))).toMatchObject({ status: 400 });
  });

  it('may be missing in HTTP/1.0, but not stand twice', () => {
    expect(validateRequest(request('GET / HTTP/1.0'))).toBeUndefined();
    expect(validateRequest(request('GET / HTTP/1.0', 'Host: a'))).toBeUndefined();
    expect(validateRequest(request('GET / HTTP/1.0', 'Host: a', 'Host: b'))).toMatchObject({ status: 400 });
  });

  it('may be empty', () => {
    expect(validateRequest(request('GET / HTTP/1.1', 'Host: '))).toBeUndefined();
  });

  it.each([
    'example.com',
    'EXAMPLE.com.',
    'a_b-c.d',
    'localhost:8080',
    'localhost:',
    'localhost:0080',
    '127.0.0.1',
    '127.0.0.1:65535',
    '[::1]',
    '[::1]:80',
    '[::ffff:1.2.3.4]',
    '[2001:DB8::a]:',
  ])('accepts %j', (host) => {
    expect(isHostAndPort(host)).toBe(true);
    expect(validateRequest(request('GET / HTTP/1.1', `Host: ${host}`))).toBeUndefined();
  });

  it.each([
    ':80',
    'a:b',
    'a:80:80',
    'a:+80',
    'a:65536',
    'a: 80',
    'a b',
    'a,b',
    'a, a',
    'a/b',
    'a?b',
    'u@a',
    'a@b:80',
    'a%2eb',
    'a..b',
    '.a',
    '.',
    'a\\b',
    '"a"',
    'http://a',
    '\xe9.com',
    '::1',
    '[::1',
    '[]',
    '[::1]x',
    '[::1]]',
    '[::1%25eth0]',
    '[1.2.3.4]',
    '[v1.a]',
    '[:::1]',
  ])('refuses %j with 400', (host) => {
    expect(isHostAndPort(host)).toBe(false);
    expect(validateRequest(request('GET / HTTP/1.1', `Host: ${host}`))).toMatchObject({ status: 400 });
  });
});

describe('a request target (RFC 9112 3.2)', () => {
  it.each([
    ['GET /', { form: 'origin', pathAndQuery: '/' }],
    ['GET //x?y', { form: 'origin', pathAndQuery: '//x?y' }],
    ['FOO /a?b?c', { form: 'origin', pathAndQuery: '/a?b?c' }],
    ['OPTIONS /', { form: 'origin', pathAndQuery: '/' }],
    ['OPTIONS *', { form: 'asterisk', pathAndQuery: '*' }],
    ['GET http://b.example', { form: 'absolute', host: 'b.example', pathAndQuery: '/' }],
    ['GET http://b.example/', { form: 'absolute', host: 'b.example', pathAndQuery: '/' }],
    ['GET HTTP://B.example:81/x?y', { form: 'absolute', host: 'B.example:81', pathAndQuery: '/x?y' }],
    ['GET http://[::1]:81?y/z', { form: 'absolute', host: '[::1]:81', pathAndQuery: '/?y/z' }],
    ['OPTIONS http://b.example:81', { form: 'absolute', host: 'b.example:81', pathAndQuery: '*' }],
    ['OPTIONS http://b.example?', { form: 'absolute', host: 'b.example', pathAndQuery: '/?' }],
  ])('of %s is %j', (line, expected) => {
    const head = request(`${line} HTTP/1.1`, 'Host: a.example');
    expect(validateRequest(head)).toBeUndefined();
    expect(requestTarget(head)).toEqual(expected);
  });

  it.each([
    'GET *',
    'OPTIONS **',
    'GET a.example:80',
    'GET x',
    'GET ?x',
    'GET http:',
    'GET http:/b',
    'GET http://',
    'GET http:///x',
    'GET http://:80/',
    'GET http://u@b/',
    'GET http://u:p@b/',
    'GET http://b:x/',
    'GET http://b,c/',
    'GET http://b\\c/',
    'GET https://b/',
    'GET ftp://b/',
    'GET ws://b/',
  ])('is refused with 400 in %s', (line) => {
    expect(validateRequest(request(`${line} HTTP/1.1`, 'Host: a'))).toMatchObject({ status: 400 });
  });

  it('in absolute-form does not make up for a missing or wrong Host', () => {
    expect(validateRequest(request('GET http://b/ HTTP/1.1'))).toMatchObject({ status: 400 });
    expect(validateRequest(request('GET http://b/ HTTP/1.1', 'Host: a b'))).toMatchObject({ status: 400 });
  });

  it.each(['CONNECT a.example:80', 'CONNECT /', 'CONNECT *'])('is refused with 405 in %s', (line) => {
    expect(validateRequest(request(`${line} HTTP/1.1`, 'Host: a'))).toMatchObject({ status: 405 });
  });
});
