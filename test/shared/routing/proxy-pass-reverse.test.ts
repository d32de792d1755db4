import { describe, expect, it } from 'vitest';
import { compileReverseRule, reverseLocation } from '#shared/routing/proxy-pass-reverse.ts';

const members = (name: string) =>
  name === 'c'
    ? [
        { url: 'http://w1:81', parameters: {} },
        { url: 'http://w2/ctx/', parameters: {} },
      ]
    : undefined;

function mapped(path: string, target: string, value: string, host = 'www.test', scheme = 'http'): string {
  return reverseLocation([compileReverseRule({ path, target }, members)], value, { scheme, host });
}

describe('reverseLocation', () => {
  it.each([
    ['/m/', 'http://w/app/', 'http://w/app/x?q', 'http://www.test/m/x?q'],
    ['/m/', 'http://w/app/', 'HTTP://W/APP/x', 'http://www.test/m/x'],
    ['/m', 'http://w', 'http://wide/x', 'http://www.test/mide/x'],
    ['/m/', 'http://w/app/', 'http://w/app', 'http://w/app'],
    ['/m/', 'http://w/app/', '/app/x', '/app/x'],
    ['/m', '/app', '/app/x', 'http://www.test/m/x'],
    ['/m', '/app', 'https://other/app/x', 'http://www.test/m/x'],
    ['/m', '/app', '/APPle', 'http://www.test/mle'],
    ['/m', '/app', 'http://host', 'http://host'],
    ['/m', '', 'anything', 'anything'],
    ['/m', 'balancer://c/app', 'http://W1:81/app/x', 'http://www.test/m/x'],
    ['/m', 'balancer://c/app', 'http://w1:81/APP/x', 'http://w1:81/APP/x'],
    ['/m', 'balancer://c/app', 'http://w2/ctx/app', 'http://www.test/m'],
    ['/m', 'BALANCER://C/', 'http://w1:81/x', 'http://www.test/m/x'],
    ['/', 'balancer://c', 'http://w1:81/x', 'http://www.test/x'],
    ['/', 'balancer://c', 'http://w1:81', 'http://www.test/'],
    ['/m', 'balancer://none', 'balancer://none/x', 'http://www.test/m/x'],
    ['http://public/', 'http://w/', 'http://w/x', 'http://public/x'],
  ])('with %s %s maps %s to %s', (path, target, value, result) => {
    expect(mapped(path, target, value)).toBe(result);
  });

  it.each([
    ['http', 'WWW.test.:80', 'http://www.test/m'],
    ['http', 'www.test:8080', 'http://www.test:8080/m'],
    ['https', 'www.test:443', 'https://www.test/m'],
    ['https', 'www.test:80', 'https://www.test:80/m'],
    ['http', '[::1]:81', 'http://[::1]:81/m'],
  ])('writes the origin of %s and %s as httpd does', (scheme, host, result) => {
    expect(mapped('/m', 'http://w', 'http://w', host, scheme)).toBe(result);
  });

  it('takes the first rule that matches', () => {
    const rules = [
      { path: '/a/', target: 'http://w/app/' },
      { path: '/b/', target: 'http://w/app/sub/' },
    ].map((rule) => compileReverseRule(rule, members));
    const context = { scheme: 'http', host: 'x' };
    expect(reverseLocation(rules, 'http://w/app/sub/q', context)).toBe('http://x/a/sub/q');
    expect(reverseLocation([], 'http://w/app/sub/q', context)).toBe('http://w/app/sub/q');
  });
});
