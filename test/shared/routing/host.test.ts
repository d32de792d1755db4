import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIpv6, normaliseHost } from '#shared/routing/host.ts';

describe('normaliseHost', () => {
  it.each([
    ['www.example.test', 'www.example.test', undefined],
    ['WWW.Example.TEST:8080', 'www.example.test', 8080],
    ['example.test.', 'example.test', undefined],
    ['example.test.:81', 'example.test', 81],
    ['localhost', 'localhost', undefined],
    ['a_b', 'a_b', undefined],
    ['-', '-', undefined],
    ['1a', '1a', undefined],
    ['.a', '.a', undefined],
    ['a:080', 'a', 80],
    ['127.0.0.1:65535', '127.0.0.1', 65535],
    ['1.2.3.4.', '1.2.3.4', undefined],
    ['256.1.1.1', '256.1.1.1', undefined],
    ['[::1]', '[::1]', undefined],
    ['[2001:DB8::A]:443', '[2001:db8::a]', 443],
    ['[::ffff:1.2.3.4]', '[::ffff:1.2.3.4]', undefined],
  ])('takes %s', (text, host, port) => {
    expect(normaliseHost(text)).toEqual({ host, port });
  });

  it.each([
    '',
    'a..b',
    'foo.123',
    'x.1a',
    '123',
    '123:80',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.04',
    '01.2.3.4',
    '.1.2.3',
    'a:',
    'a:0',
    'a:65536',
    'a:99999999999999999999',
    'a:8a',
    'a:-1',
    'a:b:1',
    'a b',
    'a,b',
    'a%41',
    'a/b',
    'a\\b',
    'user@a',
    'a\u00e9',
    '.',
    '..',
    '::1',
    '[::1',
    '[]',
    '[:]',
    '[::G]',
    '[1.2.3.4]',
    '[v1.x]',
    '[fe80::1%eth0]',
    '[::1]x',
    '[::1]:',
    '[::1].',
    ' a',
    'a ',
    'a\t',
    'a\r\nb',
  ])('refuses %j', (text) => {
    expect(normaliseHost(text)).toBeUndefined();
  });

  it('never lets a control character, space or byte beyond ASCII through', () => {
    const character = fc.oneof(fc.integer({ min: 0, max: 0x20 }), fc.integer({ min: 0x7f, max: 0xff }));
    const name = fc.stringMatching(/^[a-z0-9.:[\]-]{0,12}$/);
    fc.assert(
      fc.property(name, character, name, (before, code, after) => {
        expect(normaliseHost(before + String.fromCharCode(code) + after)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const known = normaliseHost(text);
        if (known !== undefined) expect(known.host).toMatch(/^[!-@[-~]+$/);
      }),
    );
  });

  it('gives the same host again for what it gave', () => {
    const label = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,5}$/);
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 4 }),
        fc.option(fc.integer({ min: 1, max: 65535 })),
        (labels, port) => {
          const text = labels.join('.') + (port === null ? '' : `:${port}`);
          const known = normaliseHost(text);
          expect(known).toEqual({ host: labels.join('.').toLowerCase(), port: port ?? undefined });
          expect(normaliseHost(known?.host ?? '')).toEqual({ host: known?.host, port: undefined });
        },
      ),
    );
  });
});

describe('isIpv6', () => {
  it('takes what a URL takes as an IPv6 host, and nothing else', () => {
    const group = fc.oneof(fc.stringMatching(/^[0-9a-f]{1,5}$/), fc.constantFrom('', '1.2.3.4', '1.2.3.256', 'g'));
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 9 }), (groups) => {
        const text = groups.join(':');
        expect(isIpv6(text)).toBe(URL.canParse(`http://[${text}]/`));
      }),
      { numRuns: 2000 },
    );
  });
});
