import { describe, expect, test } from 'vitest';
import { normaliseWorkerUrl, parseWorkerUrl } from '#shared/definition/worker-url.ts';

describe('a worker name', () => {
  test.each([
    ['http://10.0.0.1:8080/ctx', 'http://10.0.0.1:8080/ctx'],
    ['HTTP://Backend.Example:80/Ctx', 'http://backend.example/Ctx'],
    ['https://b:443', 'https://b'],
    ['http://b:443/', 'http://b:443/'],
    ['ws://b:80/s', 'ws://b/s'],
    ['wss://b:443/s', 'wss://b/s'],
    ['http://b:/x', 'http://b/x'],
    ['http://b:08080/x', 'http://b:8080/x'],
    ['http://[FE80::1]:80/x', 'http://[fe80::1]/x'],
    ['http://my_host/%41', 'http://my_host/%41'],
  ])('of %s is %s', (text, url) => {
    expect(normaliseWorkerUrl(text)).toEqual({ ok: true, url });
    expect(normaliseWorkerUrl(url)).toEqual({ ok: true, url });
  });

  test.each([
    ['nourl', 'is not an absolute URL'],
    ['/path', 'is not an absolute URL'],
    ['http://', 'names no host'],
    ['http:///p', 'names no host'],
    ['ajp://b:8009/', 'AJP (ajp://) is not supported; workers speak http or ws'],
    ['fcgi://b:9000/', 'FastCGI'],
    ['gopher://b/', 'unknown scheme "gopher"'],
    ['http://user:secret@b/', 'carries credentials'],
    ['http://b:0/', 'port "0"'],
    ['http://b:65536/', 'port "65536"'],
    ['http://b:80a/', 'port "80a"'],
    ['http://[::g]/', 'is not an IPv6 address'],
    ['http://[1.2.3.4]/', 'is not an IPv6 address'],
    ['http://a b/', 'has a character that no host name has'],
    ['http://bäckend/', 'ASCII form'],
    ['http://b/?x=1', 'has a query or fragment'],
    ['http://b/a b', 'contains a space'],
    ['http://$1/', 'has a character'],
    [`http://b/${'x'.repeat(400)}`, "a worker's name may have 383"],
  ])('is refused for %s', (text, reason) => {
    const result = normaliseWorkerUrl(text);
    expect(result.ok ? result.url : result.error).toContain(reason);
  });

  test('keeps the $n of a regex rule, in host, port and path', () => {
    const pattern = { pattern: true };
    expect(normaliseWorkerUrl('HTTP://$1.Example:80/$2?q=$3', pattern)).toEqual({
      ok: true,
      url: 'http://$1.example/$2?q=$3',
    });
    expect(normaliseWorkerUrl('http://b:8080$1/x', pattern)).toEqual({ ok: true, url: 'http://b:8080$1/x' });
    expect(normaliseWorkerUrl('http://b:80$1', pattern)).toEqual({ ok: true, url: 'http://b$1' });
    expect(normaliseWorkerUrl('http://b:$1/x', pattern)).toEqual({ ok: true, url: 'http://b:$1/x' });
    expect(normaliseWorkerUrl('http://[::1]$1', pattern)).toEqual({ ok: true, url: 'http://[::1]$1' });
  });
});

describe('the parts of a worker URL', () => {
  test.each([
    ['http://b/x/y', { scheme: 'http', host: 'b', port: 80, path: '/x/y' }],
    ['https://b', { scheme: 'https', host: 'b', port: 443, path: '' }],
    ['wss://b:8443/s', { scheme: 'wss', host: 'b', port: 8443, path: '/s' }],
    ['http://[::1]:9001/', { scheme: 'http', host: '::1', port: 9001, path: '/' }],
    ['http://b:8080$1/x', { scheme: 'http', host: 'b', port: 8080, path: '$1/x' }],
    ['http://b:$1/x', { scheme: 'http', host: 'b', port: 0, path: '/x' }],
  ])('of %s', (url, parts) => {
    expect(parseWorkerUrl(url)).toEqual(parts);
  });

  test('are undefined for what is no worker URL', () => {
    expect(parseWorkerUrl('ajp://b/')).toBeUndefined();
    expect(parseWorkerUrl('b')).toBeUndefined();
  });
});
