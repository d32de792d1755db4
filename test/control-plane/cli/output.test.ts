import { describe, expect, test } from 'vitest';
import { someOf, table } from '../../../control-plane/cli/output.ts';

describe('a table', () => {
  test('has its columns two blanks apart, and columns of numbers to the right', () => {
    const rows = [
      ['shop', '5', '1.5K', ''],
      ['warehouse', '1000', '', 'now'],
    ];
    expect(table(['NAME', 'REQUESTS', 'OUT', 'NOTE'], rows)).toBe(
      'NAME       REQUESTS   OUT  NOTE\nshop              5  1.5K\nwarehouse      1000        now\n',
    );
  });

  test('has words to the left, even if some of them are numbers', () => {
    expect(
      table(
        ['ROUTE', 'X'],
        [
          ['r1', 'a'],
          ['12', 'b'],
          ['', 'c'],
        ],
      ),
    ).toBe('ROUTE  X\nr1     a\n12     b\n       c\n');
  });
});

test('a long list of names is cut, and says how many there are', () => {
  expect(someOf(['a', 'b'], 2)).toBe('a, b');
  expect(someOf(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
});
