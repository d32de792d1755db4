/**
 * The known name a misspelt one most likely means: smallest edit distance (optimal string alignment, letter case ignored), first
 * of equals, and near enough to be no mere accident.
 *
 * @returns undefined when nothing is near
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  if (wanted.length > MAX_LENGTH) return undefined;
  let nearest: string | undefined;
  // A third of the letters may be wrong, at least one and at most four.
  let bound = Math.min(4, Math.max(1, Math.floor(wanted.length / 3)));
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > bound) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance <= bound) {
      nearest = candidate;
      if (distance === 0) return nearest;
      bound = distance - 1;
    }
  }
  return nearest;
}

/** No known name is nearly as long; longer input is not worth the time. */
const MAX_LENGTH = 64;

/** Insertions, deletions, substitutions and swaps of neighbours that turn `from` into `to`. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        best = Math.min(best, at(beforeLast, column - 2) + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
