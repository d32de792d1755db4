/** Where two lists differ: equal before `start`, and equal from `end` and `endBefore` on. */
export function difference<T>(
  before: readonly T[],
  after: readonly T[],
  same: (a: T, b: T) => boolean,
): { readonly start: number; readonly end: number; readonly endBefore: number } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && same(before[start] as T, after[start] as T)) start++;
  let tail = 0;
  while (tail < shorter - start && same(before.at(-1 - tail) as T, after.at(-1 - tail) as T)) tail++;
  return { start, end: after.length - tail, endBefore: before.length - tail };
}
