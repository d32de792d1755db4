import { describe, expect, it } from 'vitest';
import { RequestBody } from '../../../data-plane/proxy/request-body.ts';

/** Keeps runs of these lengths of one long text. */
function kept(lengths: readonly number[]): { body: RequestBody; text: Buffer } {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const text = Buffer.from(Array.from({ length: total }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
  const body = new RequestBody({ kind: 'chunked' });
  let at = 0;
  for (const length of lengths) {
    body.keep(text, at, at + length);
    at += length;
  }
  return { body, text };
}

describe('RequestBody', () => {
  it('keeps thousands of tiny chunks as a few runs', () => {
    const { body, text } = kept(new Array<number>(50_000).fill(1));
    expect(Buffer.concat(body.prefetched).equals(text)).toBe(true);
    expect(body.prefetchedBytes).toBe(50_000);
    expect(body.prefetched.length).toBeLessThan(10);
  });

  it('keeps small and large chunks in their order', () => {
    const { body, text } = kept([5, 1, 1, 2_000, 3, 1_023, 1_024, 1, 1, 16_000, 900, 900, 40_000, 1_000, 15_000, 500]);
    expect(Buffer.concat(body.prefetched).equals(text)).toBe(true);
  });

  it('keeps what came at once where it lies', () => {
    const { body, text } = kept([20_000]);
    expect(body.prefetched[0]?.buffer).toBe(text.buffer);
  });
});
