import { describe, expect, test } from 'vitest';
import { logicalLines, words } from '#shared/httpd-conf/lexer.ts';

function lines(text: string) {
  return [...logicalLines(text, 'a.conf')];
}

function wordsOf(text: string) {
  return lines(text).map((line) => words(line, 0).map(({ value }) => value));
}

describe('logical lines', () => {
  test('leave out blank lines and comments', () => {
    expect(wordsOf('# no\n\n   \n  # no\nA b\n')).toEqual([['A', 'b']]);
  });

  test('end at LF and at CR LF', () => {
    expect(wordsOf('A b\r\nC d\nE')).toEqual([['A', 'b'], ['C', 'd'], ['E']]);
  });

  test('go on after a backslash at the very end of a line', () => {
    expect(wordsOf('A b\\\nc \\\r\n d\nE \\ \nF')).toEqual([['A', 'bc', 'd'], ['E', '\\'], ['F']]);
  });

  test('continue a comment after a backslash as well', () => {
    expect(wordsOf('# no \\\nA b\nC')).toEqual([['C']]);
  });

  test('have no comment after the first word', () => {
    expect(wordsOf('A # b')).toEqual([['A', '#', 'b']]);
  });

  test('drop a byte order mark', () => {
    expect(wordsOf('\ufeffA b')).toEqual([['A', 'b']]);
  });
});

describe('words', () => {
  test.each([
    ['a b', ['a', 'b']],
    ['"a b" c', ['a b', 'c']],
    ['\'a "b"\' c', ['a "b"', 'c']],
    ['"a \\"b\\"" c', ['a "b"', 'c']],
    ["'it\\'s'", ["it's"]],
    ['"a\\\\" b', ['a\\', 'b']],
    ['"\\d\\n\\\'" x', ["\\d\\n\\'", 'x']],
    ['a\\\\b\\"c', ['a\\b\\"c']],
    ['"a""b"c', ['a', 'b', 'c']],
    ['a"b c"', ['a"b', 'c"']],
    ['"" x', ['', 'x']],
    ['a\tb\vc\fd', ['a', 'b', 'c', 'd']],
    ['a\u00a0b', ['a\u00a0b']],
  ])('of %j are read as httpd does', (text, expected) => {
    expect(wordsOf(text)).toEqual([expected]);
  });

  test('say when a quote never ends', () => {
    expect(lines('A "b c').map((line) => words(line, 0).at(-1))).toMatchObject([{ value: 'b c', unterminated: true }]);
  });

  test('have the place where they were written, across continuations', () => {
    const [line] = lines('\n  A b\\\n  cc "d"\n');
    expect(line === undefined ? [] : words(line, 0).map(({ line: at, column, value }) => [value, at, column])).toEqual([
      ['A', 2, 3],
      ['b', 2, 5],
      ['cc', 3, 3],
      ['d', 3, 6],
    ]);
  });
});
