/** Plain data: primitives, arrays, and objects of such. */

/** Whether two pieces of plain data say the same. An absent field and one that is `undefined` are the same. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
    return true;
  }
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/**
 * The later list with every item that an equal one of the earlier list can stand for replaced by that one, so that whoever goes by
 * identity sees only what really changed. A list that is equal throughout comes out as the earlier itself.
 *
 * @param keyOf where to look for an item that moved: items of different keys are never equal
 */
export function keepSameItems<T>(
  earlier: readonly T[] | undefined,
  later: readonly T[],
  keyOf: (item: T) => string,
): readonly T[] {
  if (earlier === undefined || earlier === later) return later;
  const shared = Math.min(earlier.length, later.length);
  let prefix = 0;
  while (prefix < shared && sameValue(earlier[prefix], later[prefix])) prefix++;
  if (prefix === earlier.length && prefix === later.length) return earlier;
  let suffix = 0;
  while (suffix < shared - prefix && sameValue(earlier.at(-1 - suffix), later.at(-1 - suffix))) suffix++;

  const moved = new Map(earlier.slice(prefix, earlier.length - suffix).map((item) => [keyOf(item), item]));
  const middle = later.slice(prefix, later.length - suffix).map((item) => {
    const candidate = moved.get(keyOf(item));
    return candidate !== undefined && sameValue(candidate, item) ? candidate : item;
  });
  return [...earlier.slice(0, prefix), ...middle, ...earlier.slice(earlier.length - suffix)];
}
