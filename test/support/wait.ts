import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `condition` gives something other than false or undefined, looking every few milliseconds.
 *
 * @throws naming `what` when it hasn't come about in `withinMs`
 */
export async function eventually<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 20_000,
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const result = await condition();
    if (result !== false && result !== undefined) return result as Exclude<T, false | undefined>;
    if (performance.now() > deadline) throw new Error(`${what} did not come about in ${withinMs} ms`);
    await delay(5);
  }
}

/** Bounds a wait on something that should happen. @throws naming `what` after `withinMs` */
export async function within<T>(what: string, promise: Promise<T>, withinMs = 20_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen in ${withinMs} ms`)), withinMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
