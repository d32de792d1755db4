import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../../control-plane/core/unified-diff.ts';

/** Applies a diff the way a reader would, line by line. */
function patch(before: string, diff: string): string {
  const lines = before === '' ? [] : before.slice(0, -1).split('\n');
  const out: string[] = [];
  let next = 0;
  for (const line of diff.split('\n').slice(0, -1)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+/.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      while (next < start) out.push(lines[next++] ?? '');
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else {
      expect(lines[next]).toBe(line.slice(1));
      if (line.startsWith(' ')) out.push(line.slice(1));
      next++;
    }
  }
  out.push(...lines.slice(next));
  return out.map((line) => `${line}\n`).join('');
}

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

describe('a unified diff', () => {
  test('is empty for equal texts', () => {
    expect(unifiedDiff('a\nb\n', 'a\nb\n')).toBe('');
  });

  test('shows a changed line with three lines around it', () => {
    const before = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n';
    expect(unifiedDiff(before, before.replace('five', 'FIVE'))).toBe(
      '@@ -2,7 +2,7 @@\n two\n three\n four\n-five\n+FIVE\n six\n seven\n eight\n',
    );
  });

  test('turns the first text into the second', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(patch(before, unifiedDiff(before, after))).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  test('changes as few lines as diff does', () => {
    const dir = mkdtempSync(join(tmpdir(), 'penstock-diff-'));
    const changed = (diff: string) => diff.split('\n').filter((line) => /^[-+](?![-+]{2} )/.test(line)).length;
    fc.assert(
      fc.property(text, text, (before, after) => {
        writeFileSync(join(dir, 'a'), before);
        writeFileSync(join(dir, 'b'), after);
        let theirs = '';
        try {
          execFileSync('diff', ['-u', '--minimal', '--label', 'a', '--label', 'b', join(dir, 'a'), join(dir, 'b')]);
        } catch (err) {
          theirs = String((err as { stdout: Buffer }).stdout)
            .split('\n')
            .slice(2)
            .join('\n');
        }
        expect(changed(unifiedDiff(before, after))).toBe(changed(theirs));
      }),
      { numRuns: 30 },
    );
    rmSync(dir, { recursive: true });
  });

  test('stays quick on texts that have nothing in common', () => {
    const lines = (prefix: string) => Array.from({ length: 5_000 }, (_, i) => `${prefix}${i}\n`).join('');
    expect(unifiedDiff(lines('a'), lines('b')).split('\n')).toHaveLength(10_002);
  });
});
