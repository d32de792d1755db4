/**
 * Locks over shared words: spins briefly, then sleeps until woken. The word is 0 when free, else the owner's number, with
 * `CONTENDED` set while somebody may sleep on it. Critical sections are elections: microseconds, no I/O, no `await`.
 */
export type Locks = {
  /** Takes the lock, sleeping if it must. Not reentrant: an owner that has it already is a broken invariant. */
  lock(lock: number, owner: number): void;
  /** Takes the lock only if that needs no sleep. For the main thread, which must stay awake to notice dead owners. */
  tryLock(lock: number, owner: number): boolean;
  /** Gives back a lock this owner holds. */
  unlock(lock: number, owner: number): void;
  /** Runs `work` while holding the lock; also gives it back when `work` throws. */
  withLock<T>(lock: number, owner: number, work: () => T): T;
};

/** Owner number of proxy thread `thread` (from 0). */
export function threadOwner(thread: number): number {
  return thread + 1;
}

/** Owner number of the agent. */
export const AGENT_OWNER = 0x3fff_ffff;

/** Int32 words from one lock to the next: a cache line. */
export const LOCK_STRIDE = 16;

const FREE = 0;
const CONTENDED = 0x4000_0000;
const OWNER_MASK = 0x3fff_ffff;
/** About a microsecond or two: as long as an election lasts. */
const SPINS = 200;
/** A sleeper looks again after this long, so that no lost wake-up can stall a thread for ever. */
const SLEEP_MS = 100;

export function createLocks(words: Int32Array): Locks {
  const count = words.length / LOCK_STRIDE;

  function wordOf(lock: number): number {
    // Written so that undefined and NaN, which a missing map entry would give, fail too.
    if (!(lock >= 0 && lock < count)) throw new Error(`invariant broken: no lock ${lock}; there are ${count}`);
    return lock * LOCK_STRIDE;
  }

  function tryLock(lock: number, owner: number): boolean {
    const at = wordOf(lock);
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(words, at) === FREE && Atomics.compareExchange(words, at, FREE, owner) === FREE) return true;
    }
    return false;
  }

  function lock(number: number, owner: number): void {
    if (Atomics.compareExchange(words, wordOf(number), FREE, owner) === FREE) return;
    if (!tryLock(number, owner)) sleepAndLock(number, owner);
  }

  function sleepAndLock(number: number, owner: number): void {
    const at = wordOf(number);
    for (;;) {
      const seen = Atomics.load(words, at);
      if (seen === FREE) {
        // Others may sleep too, and this owner cannot know: taking it as contended makes its unlock wake the next.
        if (Atomics.compareExchange(words, at, FREE, owner | CONTENDED) === FREE) return;
        continue;
      }
      if ((seen & OWNER_MASK) === owner) {
        throw new Error(`invariant broken: owner ${owner} already holds lock ${number}`);
      }
      const marked = seen | CONTENDED;
      if (seen === marked || Atomics.compareExchange(words, at, seen, marked) === seen) {
        Atomics.wait(words, at, marked, SLEEP_MS);
      }
    }
  }

  function unlock(number: number, owner: number): void {
    const at = wordOf(number);
    const held = Atomics.load(words, at);
    if ((held & OWNER_MASK) !== owner) {
      throw new Error(`invariant broken: owner ${owner} gives back lock ${number}, held by ${held & OWNER_MASK}`);
    }
    if (Atomics.exchange(words, at, FREE) & CONTENDED) Atomics.notify(words, at, 1);
  }

  return {
    lock,
    tryLock,
    unlock,
    withLock(number, owner, work) {
      lock(number, owner);
      try {
        return work();
      } finally {
        unlock(number, owner);
      }
    },
  };
}

/** Frees every lock a dead owner left behind. @returns how many */
export function releaseLocks(words: Int32Array, owner: number): number {
  let released = 0;
  for (let at = 0; at < words.length; at += LOCK_STRIDE) {
    for (;;) {
      const seen = Atomics.load(words, at);
      if ((seen & OWNER_MASK) !== owner) break;
      // A sleeper may be setting CONTENDED just now; then look again.
      if (Atomics.compareExchange(words, at, seen, FREE) !== seen) continue;
      Atomics.notify(words, at);
      released++;
      break;
    }
  }
  return released;
}
