import { describe, expect, it } from 'vitest';
import { checkPattern, compilePattern, compileWildcards, hasWildcards } from '#shared/routing/pattern.ts';

describe('compilePattern', () => {
  it.each([
    ['^/a/(\\d+)$', '/a/12', true],
    ['\\.gif$', '/x.gif', true],
    ['\\.gif$', '/x.gif\n', false],
    ['(?i)\\.GIF$', '/x.gif', true],
    ['(?im)^/A', '/a', true],
    ['a.b', 'a\nb', true],
    ['^/[[:alpha:]]+[[:digit:]]$', '/ab1', true],
    ['^[^[:space:]/]', ' ', false],
    ['[]a]', ']', true],
    ['[^]a]', ']', false],
    ['[a[]', '[', true],
    ['\\s', '\u00a0', false],
    ['\\s', '\t', true],
    ['^\\S$', '\u00a0', true],
    ['\\h', ' ', true],
    ['\\A/a\\z', '/a', true],
    ['/a\\Z', '/a\n', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['(?P<x>a)(?P=x)', 'aa', true],
    ["(?<n>a)\\k<n>|(?'m'b)", 'b', true],
    ['a(?#comment)b', 'ab', true],
    ['^(?i:A)b$', 'ab', true],
    ['^(?i:A)b$', 'aB', false],
    ['\\x{41}\\x42\\e', 'AB\x1b', true],
    ['a{2}+?', 'aa', false],
    ['a+?b', 'aab', true],
    ['a{,2}', 'a{,2}', true],
    ['\\++', '++', true],
    ['(?<=/)a(?!b)', '/ac', true],
    ['^/\u00e9$', '/\u00c3\u00a9', true],
  ])('finds %s in %j: %s', (pattern, text, found) => {
    if (pattern === 'a{2}+?') return expect(checkPattern(pattern)).toContain('possessive');
    expect(checkPattern(pattern)).toBeUndefined();
    expect(compilePattern(pattern).test(text)).toBe(found);
  });

  it.each([
    ['a++', 'possessive quantifier "++"'],
    ['a*+b', 'possessive quantifier "*+"'],
    ['(ab)?+', 'possessive quantifier "?+"'],
    ['a{1,2}+', 'possessive quantifier "{1,2}+"'],
    ['a\\Kb', '"\\K" is not supported, at character 2'],
    ['\\Ga', '"\\G"'],
    ['\\R', '"\\R"'],
    ['\\p{L}', '"\\p"'],
    ['[\\S]', '"\\S" is not supported in a character class'],
    ['(?>a)', 'atomic group'],
    ['(?|a|b)', 'branch reset'],
    ['(?R)', 'recursion'],
    ['(a)(?1)', 'recursion'],
    ['(?(1)a|b)', 'condition'],
    ['(?x)a b', 'inline flag "x"'],
    ['a(?i)b', 'after the start of the pattern'],
    ['(*UTF8)a', 'backtracking verbs'],
    ['[[.a.]]', 'character class'],
    ['[[:nope:]]', 'character class'],
    ['\\x{100}', 'not a byte'],
    ['(a', 'unterminated group'],
    ['[a', 'without its "]"'],
    ['a\\', 'at the end'],
    ['*a', 'nothing to repeat'],
    ['a)', 'unmatched'],
  ])('explains why it cannot use %s', (pattern, explanation) => {
    expect(checkPattern(pattern)).toContain(explanation);
    expect(() => compilePattern(pattern)).toThrow(explanation);
  });
});

describe('wildcards of a Location', () => {
  it.each([
    ['/a*', '/abc', true],
    ['/a*', '/abc/d', false],
    ['/*/x', '/q/x', true],
    ['/*/x', '/q/r/x', false],
    ['/a?c', '/abc', true],
    ['/a?c', '/a/c', false],
    ['/[ab]', '/b', true],
    ['/[!ab]', '/b', false],
    ['/[^ab]', '/c', true],
    ['/x[!a]y', '/x/y', false],
    ['/[a-c]x', '/bx', true],
    ['/\\*?', '/*a', true],
    ['/[]]x*', '/]x', true],
    ['/a.b*', '/axb', false],
  ])('matches %s with %s: %s', (path, text, matches) => {
    expect(hasWildcards(path)).toBe(true);
    expect(compileWildcards(path).test(text)).toBe(matches);
  });

  it('are absent from plain paths', () => {
    for (const path of ['/a', '/a.b/', '/a[b', '/a]b', '/a\\*']) expect(hasWildcards(path)).toBe(false);
  });
});
