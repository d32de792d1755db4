import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EncodedSlashes, encodePath } from '#shared/routing/path-encoding.ts';
import { normalisePath, type RequestTarget, readTarget } from '#shared/routing/request-target.ts';

function read(raw: string, mode: EncodedSlashes = 'off'): RequestTarget {
  const target = readTarget(raw, mode);
  if (target.kind === 'refusal') throw new Error(`${target.status}: ${target.reason}`);
  return target;
}

describe('readTarget', () => {
  it.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/'],
    ['/%61%2D%7e', '/a-~'],
    ['//a///b', '/a/b'],
    ['/./a/./b/.', '/a/b/'],
    ['/a/../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/.%2e/b', '/b'],
    ['/a/%2e./b', '/b'],
    ['/%2e/a', '/a'],
    ['/a//../b', '/b'],
    ['/a/...', '/a/...'],
    ['/.hidden/..x', '/.hidden/..x'],
    ['/a.b/c..', '/a.b/c..'],
    ['/a%20b%25', '/a b%'],
    ['/%2561', '/%61'],
    ['/a%3Fb%23c', '/a?b#c'],
    ['/%C3%A9', '/\u00c3\u00a9'],
    ['/\u00e9|', '/\u00e9|'],
    ['/a;b=1/c', '/a;b=1/c'],
  ])('reads %s as %s', (raw, path) => {
    expect(read(raw).path).toBe(path);
  });

  it.each([
    ['/a%zz', 400],
    ['/a%', 400],
    ['/a%4', 400],
    ['/../x', 400],
    ['/a/../../x', 400],
    ['/%2e%2e/x', 400],
    ['/..', 400],
    ['/a#b', 400],
    ['/a?b#c', 400],
    ['', 400],
    ['a', 400],
    ['*', 400],
    ['/%00', 404],
    ['/a%2Fb', 404],
    ['/..%2fx', 404],
    ['/%2F%', 400],
  ])('refuses %s with %i', (raw, status) => {
    expect(readTarget(raw, 'off')).toMatchObject({ kind: 'refusal', status });
  });

  it('keeps the query out of the path and unchanged', () => {
    expect(read('/a?b=%2F/../c?d')).toMatchObject({ path: '/a', query: 'b=%2F/../c?d', verbatim: true });
    expect(read('/a?')).toMatchObject({ path: '/a', query: '' });
    expect(read('/a').query).toBeUndefined();
  });

  it('tells of raw spaces and control characters in the query', () => {
    expect(read('/a?b c').unsafeQuery).toBe(true);
    expect(read('/a?b\x7f').unsafeQuery).toBe(true);
    expect(read('/a?b%20c').unsafeQuery).toBe(false);
  });

  it('knows which paths can be sent as they came', () => {
    expect(read("/a-b_c~d/e.f!$&'()*+,;=:@").verbatim).toBe(true);
    for (const raw of ['/%61', '//a', '/./a', '/a b', '/a|b', '/\u00e9']) expect(read(raw).verbatim).toBe(false);
  });

  it('decodes encoded slashes with On and normalises once more, never above the root', () => {
    expect(read('/a%2Fb', 'on').path).toBe('/a/b');
    expect(read('/a%2F%2Fb', 'on').path).toBe('/a/b');
    expect(read('/a/..%2Fb', 'on').path).toBe('/b');
    expect(read('/..%2F..%2Fb', 'on').path).toBe('/b');
    expect(read('/a%2f..', 'on').path).toBe('/');
  });

  it('keeps encoded slashes as received with NoDecode', () => {
    expect(read('/a%2Fb%2fc%20d', 'nodecode').path).toBe('/a%2Fb%2fc d');
  });
});

describe('encodePath', () => {
  it('encodes every byte that may not stand as it is, in upper-case hex', () => {
    const kept = "/~$-_.+!*'(),;:@&=09azAZ";
    for (let byte = 1; byte < 256; byte++) {
      const char = String.fromCharCode(byte);
      const hex = byte.toString(16).toUpperCase().padStart(2, '0');
      const alphanumeric = /[0-9A-Za-z]/.test(char);
      expect(encodePath(`/${char}`, 'off')).toBe(alphanumeric || kept.includes(char) ? `/${char}` : `/%${hex}`);
    }
  });

  it('keeps %2F with NoDecode, encodes the percent sign of other escapes and refuses a bare one', () => {
    expect(encodePath('/a%2fb', 'nodecode')).toBe('/a%2fb');
    expect(encodePath('/a%20%41', 'nodecode')).toBe('/a%2520%2541');
    expect(encodePath('/a%b/c', 'nodecode')).toBeUndefined();
    expect(encodePath('/a%', 'nodecode')).toBeUndefined();
  });
});

const segment = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'Z', '0', '-', '~', '.', '..', '/', '//', '/./', '/../') },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, '0')}`) },
    { weight: 1, arbitrary: fc.constantFrom('%2E', '%2e%2E', '%2f', '%', ';', '|', '\u00e9', '$', '&') },
  ),
  { maxLength: 12 },
);
const rawPath = segment.map((parts) => `/${parts.join('')}`).filter((path) => !/[?#]/.test(path));
const modes = fc.constantFrom<EncodedSlashes>('off', 'on', 'nodecode');

describe('properties', () => {
  it('a path once normalised and encoded again stays what it is', () => {
    fc.assert(
      fc.property(rawPath, (raw) => {
        const path = normalisePath(raw, 'off');
        if (typeof path !== 'string') return;
        expect(normalisePath(encodePath(path, 'off') ?? '', 'off')).toBe(path);
      }),
    );
  });

  it('the quick reading agrees with full normalisation wherever it is taken', () => {
    fc.assert(
      fc.property(
        rawPath,
        fc.option(fc.stringMatching(/^[ -"$-~]*$/), { nil: undefined }),
        modes,
        (raw, query, mode) => {
          const target = readTarget(query === undefined ? raw : `${raw}?${query}`, mode);
          const slow = normalisePath(raw, mode);
          if (target.kind === 'refusal') {
            expect(slow).toEqual(target);
            return;
          }
          expect(target).toMatchObject({ path: slow, query });
          if (target.verbatim) expect(encodePath(target.path, mode)).toBe(raw);
        },
      ),
    );
  });

  it('a normalised path has no empty or dot segments and begins with a slash', () => {
    fc.assert(
      fc.property(rawPath, fc.constantFrom<EncodedSlashes>('off', 'on'), (raw, mode) => {
        const path = normalisePath(raw, mode);
        if (typeof path !== 'string') return;
        expect(path.startsWith('/')).toBe(true);
        const segments = path.slice(1).split('/');
        expect(segments.slice(0, -1)).not.toContain('');
        expect(segments).not.toContain('.');
        expect(segments).not.toContain('..');
      }),
    );
  });
});
