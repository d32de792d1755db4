/** Marks the end of a switch over a union: the compiler proves it unreachable, the runtime refuses to guess. */
export function unreachable(value: never): never {
  throw new Error(`unreachable value: ${JSON.stringify(value)}`);
}

/** Throws when an invariant of ours is broken; never for bad input, which gets a typed error. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
