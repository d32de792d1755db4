/**
 * Which of the messages of one key a watcher is given. Two sources tell of a key: what is sent on live, in order while
 * a connection lasts, and what is kept, asked for at the start of each connection. Both carry versions.
 */
export type WatchFilter<Message> = {
  /** A new connection began: what is kept will be asked for again. */
  begin(): void;
  /** @returns what to give, in order */
  live(key: string, version: number, message: Message): readonly Message[];
  /** The answer for one key; version 0 when nothing is kept. */
  kept(key: string, version: number, message?: Message): readonly Message[];
  /** The answers for all keys are in: what is kept under any other is nothing. */
  allKept(): readonly Message[];
  /** Messages left out because they were not newer. */
  stale(): number;
};

type KeyState<Message> = {
  /** Newest version ever given. */
  given: number;
  /** Newest version seen on this connection. */
  seen: number;
  /** The kept version is known. */
  settled: boolean;
  /** Arrived before the kept version was known, and is not newer than what was given once. */
  held: { readonly version: number; readonly message: Message } | undefined;
};

/** Keys remembered at most; a forgotten one may be given an older version again. */
const MAX_KEYS = 16_384;

/**
 * A version above all given before is given at once. One that is not is either a late duplicate, or the server has
 * lost its newest messages (it crashed before they were on its disk, or was restored) and counts from an older one:
 * what arrives after the kept version of this connection, and is above that, is newer in truth.
 */
export function createWatchFilter<Message>(): WatchFilter<Message> {
  const keys = new Map<string, KeyState<Message>>();
  let allSettled = false;
  let stale = 0;

  function stateOf(key: string): KeyState<Message> {
    const known = keys.get(key);
    if (known !== undefined) return known;
    if (keys.size >= MAX_KEYS) keys.delete(keys.keys().next().value!);
    const state: KeyState<Message> = { given: 0, seen: 0, settled: allSettled, held: undefined };
    keys.set(key, state);
    return state;
  }

  function give(state: KeyState<Message>, version: number, message: Message): readonly Message[] {
    state.given = version;
    state.seen = version;
    state.held = undefined;
    return [message];
  }

  function none(): readonly Message[] {
    stale++;
    return [];
  }

  function settle(state: KeyState<Message>): readonly Message[] {
    state.settled = true;
    const { held } = state;
    state.held = undefined;
    if (held === undefined) return [];
    return held.version > state.seen ? give(state, held.version, held.message) : none();
  }

  return {
    begin() {
      allSettled = false;
      for (const state of keys.values()) {
        state.seen = 0;
        state.settled = false;
        state.held = undefined;
      }
    },

    live(key, version, message) {
      const state = stateOf(key);
      if (version > state.given) return give(state, version, message);
      if (version <= state.seen) return none();
      if (state.settled) return give(state, version, message);
      if (version > (state.held?.version ?? 0)) state.held = { version, message };
      return [];
    },

    kept(key, version, message) {
      const state = stateOf(key);
      let given: readonly Message[] = [];
      // The version given last is given again: on this connection nothing has been said of it yet.
      if (message !== undefined && version > state.seen && version >= state.given)
        given = give(state, version, message);
      else if (version > 0) stale++;
      state.seen = Math.max(state.seen, version);
      return [...given, ...settle(state)];
    },

    allKept() {
      allSettled = true;
      const late = [...keys.values()].filter(({ settled }) => !settled);
      return late.flatMap(settle);
    },

    stale: () => stale,
  };
}
