import type { OperatingError } from '../operating-error.ts';
import type { TailSource } from './log-tail.ts';

/** An entry with its place in the log, and the marks that chain it to the one before. */
export type Link<Entry> = {
  readonly position: number;
  readonly prev: string;
  readonly mark: string;
  readonly entry: Entry;
};

/** Where a log ends. */
export type LogEnd = { readonly position: number; readonly mark: string };

export type ChainedLog<Entry> = {
  /** The mark before the first entry. */
  readonly genesis: string;
  /** The end, read first, and then entries from a position on. */
  read(from: number, limit: number): Promise<{ readonly end: LogEnd; readonly links: readonly Link<Entry>[] }>;
  /** The log does not have what it had at a position, or does not reach it. */
  regressed(known: { readonly position: number; readonly mark: string | undefined }, end: LogEnd): OperatingError;
  /** Entries after the cursor are gone: what to say, or undefined to pass over them. */
  trimmed(after: number): OperatingError | undefined;
};

/**
 * Follows a log on a server that may lose what it had: every read checks that the log still reaches the cursor and goes on from the very
 * entry that was taken last.
 */
export function chainedSource<Entry>(log: ChainedLog<Entry>): (after: number) => TailSource<Entry> {
  return (after) => {
    let position = after;
    /** Unknown until the entry at the cursor, the end there, or the next entry was seen. */
    let mark = after === 0 ? log.genesis : undefined;
    let handed: readonly Link<Entry>[] = [];

    return {
      async read(limit) {
        // With the mark unknown, the entry at the cursor is read too.
        const from = mark === undefined ? position : position + 1;
        const { end, links } = await log.read(from, limit + 1);
        const endsElsewhere = end.position === position && mark !== undefined && mark !== end.mark;
        if (end.position < position || endsElsewhere) throw log.regressed({ position, mark }, end);
        if (end.position === position) mark = end.mark;
        const own = links.find((link) => link.position === position);
        if (own !== undefined) mark = own.mark;
        const later = links.filter((link) => link.position > position).slice(0, limit);
        const [next] = later;
        const isGap = next === undefined ? end.position > position : next.position > position + 1;
        if (isGap) {
          const fault = log.trimmed(position);
          if (fault !== undefined) throw fault;
          // Nothing is left to compare with.
        } else if (next !== undefined && mark !== undefined && next.prev !== mark) {
          throw log.regressed({ position, mark }, end);
        }
        handed = later;
        return later.map(({ entry }) => entry);
      },

      taken(entry) {
        const link = handed.find((one) => one.entry === entry);
        if (link === undefined) return;
        position = link.position;
        mark = link.mark;
      },
    };
  };
}
