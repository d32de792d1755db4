const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a duration as people write it: `30s`, `10m`, `1h30m`, `2d`, `500ms`.
 *
 * @returns milliseconds, or undefined when it is none
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}(ms|s|min|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)([a-z]+)/g)) total += Number(digits) * (UNITS[unit ?? ''] ?? 0);
  return total;
}
