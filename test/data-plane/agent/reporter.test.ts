import { describe, expect, it } from 'vitest';
import { spacedMs } from '../../../data-plane/agent/reporter.ts';

describe('reports', () => {
  it.each([
    { what: 'are as far apart as set in a small fleet', setMs: 1_000, nodes: 200, spaced: 1_000 },
    { what: 'are 200 per second of all nodes in a large one', setMs: 1_000, nodes: 1_000, spaced: 5_000 },
    { what: 'are 10 s apart at most', setMs: 1_000, nodes: 10_000, spaced: 10_000 },
    { what: 'are as rare as they are set to be', setMs: 60_000, nodes: 10_000, spaced: 60_000 },
    { what: 'are as often as they are set to be before the fleet is known', setMs: 20, nodes: 0, spaced: 20 },
  ])('$what', ({ setMs, nodes, spaced }) => {
    expect(spacedMs(setMs, nodes)).toBe(spaced);
  });
});
