/**
 * Work that can pause: a generator that yields after every small piece and returns its result. Who drives it decides when to go
 * on; who drops it has changed nothing.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Pieces of work between two yields: few enough to be short, many enough that yielding costs nothing. */
const PIECES = 16;

/** Does such work in one go. */
export function runToEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Maps a list, pausing as it goes. */
export function* mapInSteps<T, U>(list: readonly T[], map: (item: T, index: number) => U): Steps<U[]> {
  const mapped: U[] = [];
  for (const [index, item] of list.entries()) {
    if (index % PIECES === PIECES - 1) yield;
    mapped.push(map(item, index));
  }
  return mapped;
}

/** Does something for each of a list, pausing as it goes. */
export function* eachInSteps<T>(list: Iterable<T>, work: (item: T, index: number) => void): Steps<void> {
  let index = 0;
  for (const item of list) {
    if (index % PIECES === PIECES - 1) yield;
    work(item, index++);
  }
}

/** The earlier of two equal lists, so that whatever was made from it can be kept. */
export function keepEqual<T>(earlier: readonly T[] | undefined, later: readonly T[]): readonly T[] {
  if (earlier === undefined || earlier.length !== later.length) return later;
  return later.every((item, index) => item === earlier[index]) ? earlier : later;
}
