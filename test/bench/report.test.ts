import { describe, expect, test } from 'vitest';
import { topFunctions } from './profile.ts';
import type { Measurement } from './report.ts';
import { markdownTable, median, summarise } from './report.ts';

function measured(gateway: string, cpuUs: number, memoryMiB = 10): Measurement {
  return { gateway, cell: '1k', cpuUs, requestsPerSecond: 1_000, p50Us: 100, p99Us: 200, memoryMiB };
}

describe('the report of a benchmark', () => {
  test('a median is the middle, or half way between the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  test('summarises rounds by median, keeps the spread and the highest memory', () => {
    const [summary] = summarise([measured('nginx', 10), measured('nginx', 30, 50), measured('nginx', 11)]);
    expect(summary).toMatchObject({ cpuUs: 11, spreadUs: [10, 30], memoryMiB: 50, rounds: 3 });
  });

  test('gives the ratio of Penstock to each other gateway', () => {
    const table = markdownTable(summarise([measured('penstock', 20), measured('httpd', 50)]));
    expect(
      table
        .split('\n')
        .slice(2)
        .map((line) => line.split('|')[5]?.trim()),
    ).toEqual(['', '0.40']);
  });
});

test('a profile shows the time functions take themselves, idle time left out', () => {
  const frame = (functionName: string) => ({ functionName, url: 'file:///a/b/c.ts', lineNumber: 4 });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('parse') },
      { id: 3, callFrame: frame('') },
    ],
    samples: [1, 2, 3, 2],
    timeDeltas: [9_000, 2_000, 1_000, 3_000],
  };
  expect(topFunctions(profile)).toEqual([
    { name: 'parse b/c.ts:5', selfMs: 5 },
    { name: '(anonymous) b/c.ts:5', selfMs: 1 },
  ]);
});
