import { describe, expect, it } from 'vitest';
import { connectionOptions } from '../../../data-plane/http1/body-framing.ts';
import { HeaderFields } from '../../../data-plane/http1/header-fields.ts';

function options(...values: string[]) {
  const fields = new HeaderFields();
  fields.add('Host', 'host', 'h');
  for (const value of values) fields.add('Connection', 'connection', value);
  return connectionOptions(fields);
}

describe('connection options (RFC 9110 7.6.1)', () => {
  it.each([
    [[], { close: false, keepAlive: false, upgrade: false, tokens: [] }],
    [['close'], { close: true, keepAlive: false, upgrade: false, tokens: ['close'] }],
    [['Keep-Alive'], { close: false, keepAlive: true, upgrade: false, tokens: ['keep-alive'] }],
    [['Upgrade'], { close: false, keepAlive: false, upgrade: true, tokens: ['upgrade'] }],
    [['X-Foo ,\tCLOSE'], { close: true, keepAlive: false, upgrade: false, tokens: ['x-foo', 'close'] }],
    [['upgrade', 'keep-alive'], { close: false, keepAlive: true, upgrade: true, tokens: ['upgrade', 'keep-alive'] }],
  ])('of %j are %j', (values, expected) => {
    expect(options(...values)).toEqual(expected);
  });

  it('are none for empty elements and for elements that are no tokens', () => {
    expect(options(',, "close", close x, clo\xa0se, close\xa0, \x0bclose', '', 'a').tokens).toEqual(['a']);
    expect(options('"close"').close).toBe(false);
  });
});
