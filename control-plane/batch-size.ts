/** How many entries the next read may ask for. */
export type BatchSize = {
  limit(): number;
  /** Takes what the last read gave into account. */
  took(sizes: readonly number[]): void;
};

/** Bytes that one read should bring: read, a commit takes several times as much. */
const TARGET_BYTES = 8 * 1024 * 1024;
/** Before anything is known of sizes. */
export const FIRST_BATCH = 4;

/**
 * As many entries as bring about so many bytes, judged by the largest of the last read: an entry may be a few hundred bytes, or hold a
 * whole definition. Grows fourfold at most from read to read, so that small ones before large ones do no harm.
 */
export function batchSize(most: number, targetBytes = TARGET_BYTES): BatchSize {
  let limit = Math.min(FIRST_BATCH, most);
  return {
    limit: () => limit,
    took(sizes) {
      const largest = Math.max(1, ...sizes);
      const fitting = Math.max(1, Math.floor(targetBytes / largest));
      limit = Math.min(most, fitting, limit * 4);
    },
  };
}
