/** The platform's raw JSON values: a number of any size, written digit by digit. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** JSON with counters of 64 bits as exact numbers, which `JSON.stringify` alone refuses. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? rawJSON(inner.toString()) : inner), indent);
}
