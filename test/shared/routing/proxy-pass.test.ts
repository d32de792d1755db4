import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aliasMatch, compilePrefix, matchPrefix } from '#shared/routing/proxy-pass.ts';

describe('aliasMatch', () => {
  it.each([
    ['/a', '/a', 2],
    ['/a/', '/a', 2],
    ['/a/b', '/a', 2],
    ['/ab', '/a', 0],
    ['/a', '/a/', 0],
    ['/a/', '/a/', 3],
    ['/a/b', '/a/', 3],
    ['/a//b', '/a/', 4],
    ['//a/b', '/a', 3],
    ['/a/b', '/a//b', 4],
    ['/', '/', 1],
    ['/x', '/', 1],
    ['/', '/examples', 0],
    ['/A', '/a', 0],
    ['/a?q', '/a', 0],
  ])('matches %s against %s for %i characters', (text, prefix, length) => {
    expect(aliasMatch(text, prefix)).toBe(length);
  });

  it('is what matchPrefix computes for normalised paths', () => {
    const piece = fc.constantFrom('/', 'a', 'b', 'ab', '.', '//');
    const text = fc.array(piece, { maxLength: 6 }).map((parts) => `/${parts.join('')}`);
    fc.assert(
      fc.property(text, text, (path, prefix) => {
        const normalised = path.replace(/\/+/g, '/');
        expect(matchPrefix(normalised, compilePrefix(prefix))).toBe(aliasMatch(normalised, prefix));
      }),
    );
  });
});
