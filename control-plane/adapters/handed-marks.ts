/** What a process has been handed of a chained log of versions: the marks of the entries it may go on from. */
export type HandedMarks<Entry extends { readonly version: number }> = {
  /** An entry has this mark. @returns the entry */
  marked(entry: Entry, mark: string): Entry;
  /** A marked entry has been handed over. */
  handed(entry: Entry): void;
  /** The same listener, which is handed each entry. */
  handing(listener: (entry: Entry) => void | Promise<void>): (entry: Entry) => void | Promise<void>;
  /** Mark of what was handed over as a version; undefined: not known, or long ago. */
  of(version: number): string | undefined;
  /** The log is read from its beginning. */
  forget(): void;
};

/** Entries whose marks are kept: an append goes on from one of the newest, a checkpoint may be of one read with others. */
const KEPT = 1_024;

/**
 * Keeps the marks of the newest entries that were handed over. A log that lost entries and has grown again to the same version shows by
 * them at the next append, before whoever follows it has noticed. Entries that were only read ahead do not count.
 */
export function createHandedMarks<Entry extends { readonly version: number }>(): HandedMarks<Entry> {
  const markOf = new WeakMap<Entry, string>();
  const marks = new Map<number, string>();

  function handed(entry: Entry): void {
    marks.delete(entry.version);
    marks.set(entry.version, markOf.get(entry) ?? '');
    const [oldest] = marks.keys();
    if (marks.size > KEPT && oldest !== undefined) marks.delete(oldest);
  }

  return {
    marked(entry, mark) {
      markOf.set(entry, mark);
      return entry;
    },
    handed,
    handing: (listener) => (entry) => {
      handed(entry);
      return listener(entry);
    },
    of: (version) => marks.get(version),
    forget: () => marks.clear(),
  };
}
