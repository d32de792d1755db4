/** What a process has been handed of a chained log: the marks of the entries it may go on from. */
export type HandedMarks = {
  handed(version: number, mark: string): void;
  /** undefined: not known, or long ago. */
  of(version: number): string | undefined;
  /** The log is read from its beginning. */
  forget(): void;
};

/** Entries whose marks are kept: an append goes on from one of the newest, a checkpoint may be of one read with others. */
const KEPT = 1_024;

/**
 * Keeps the marks of the newest entries that were handed over. A log that lost entries and has grown again to the same version shows by
 * them at the next append, before whoever follows it has noticed.
 */
export function createHandedMarks(): HandedMarks {
  const marks = new Map<number, string>();
  return {
    handed(version, mark) {
      marks.delete(version);
      marks.set(version, mark);
      const [oldest] = marks.keys();
      if (marks.size > KEPT && oldest !== undefined) marks.delete(oldest);
    },
    of: (version) => marks.get(version),
    forget: () => marks.clear(),
  };
}
