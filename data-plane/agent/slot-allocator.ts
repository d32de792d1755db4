/**
 * Places in the scoreboard by key: rows by `workerKey`, locks by balancer id. A key keeps its place while it is configured.
 * A place given up is quarantined, because threads may still be finishing exchanges that use it, and is free again when no
 * thread has anything left that may use it. Values are never changed in place: a generation that is abandoned drops
 * the table made for it.
 */
export type SlotTable = {
  readonly capacity: number;
  readonly live: ReadonlyMap<string, Slot>;
  /** In order of `since`. */
  readonly quarantined: readonly QuarantinedSlot[];
  /** Given back; used before untouched ones, last in first out. */
  readonly free: readonly number[];
  /** Places from here on were never used. */
  readonly untouched: number;
};

export type Slot = {
  readonly slot: number;
  /** Generation that took it. */
  readonly incarnation: number;
};

export type QuarantinedSlot = Slot & {
  readonly key: string;
  /** First generation without it. */
  readonly since: number;
};

export type Allocation =
  | {
      readonly kind: 'allocated';
      readonly table: SlotTable;
      /** Keys that got a place now; one removed and added again is a new one. */
      readonly added: readonly string[];
    }
  | {
      readonly kind: 'full';
      readonly needed: number;
      /** Given up by this change: not free before it is served. Together with `needed` above `capacity`, there never is room for it. */
      readonly removed: number;
      /** Given up before, and not free yet. */
      readonly quarantined: number;
      readonly capacity: number;
    };

export function emptySlots(capacity: number): SlotTable {
  return { capacity, live: new Map(), quarantined: [], free: [], untouched: 0 };
}

/** Keys that come and go with a generation; none of them both. */
export type KeyChange = { readonly added: readonly string[]; readonly removed: readonly string[] };

/**
 * Gives every key of a generation its place: the one it has, else a free one.
 *
 * @param keys everything configured; a key named twice is one
 * @param generation number of the generation, above all before
 * @returns `full` if there is no room for all, quarantined places counted; then nothing has changed
 */
export function allocateSlots(table: SlotTable, keys: Iterable<string>, generation: number): Allocation {
  const wanted = new Set(keys);
  const removed = [...table.live.keys()].filter((key) => !wanted.has(key));
  const added = [...wanted].filter((key) => !table.live.has(key));
  return changeSlots(table, { added, removed }, generation);
}

/** As `allocateSlots`, told what has changed: costs nothing when nothing has. */
export function changeSlots(table: SlotTable, { added, removed }: KeyChange, generation: number): Allocation {
  if (added.length === 0 && removed.length === 0) return { kind: 'allocated', table, added };
  const live = new Map(table.live);
  const quarantined = [...table.quarantined];
  for (const key of removed) {
    const slot = live.get(key);
    if (slot === undefined) continue;
    live.delete(key);
    quarantined.push({ ...slot, key, since: generation });
  }
  const needed = live.size + added.length;
  if (needed + quarantined.length > table.capacity) {
    const before = table.quarantined.length;
    return {
      kind: 'full',
      needed,
      removed: quarantined.length - before,
      quarantined: before,
      capacity: table.capacity,
    };
  }

  const free = [...table.free];
  let { untouched } = table;
  for (const key of added) live.set(key, { slot: free.pop() ?? untouched++, incarnation: generation });
  return { kind: 'allocated', table: { ...table, live, quarantined, free, untouched }, added };
}

/**
 * Frees places whose last users are gone.
 *
 * @param below no thread has an exchange left that began on a generation below this number and goes by it still
 * @param isHeld whether one that goes by it no more, like a tunnel, uses the place all the same
 */
export function releaseSlots(
  table: SlotTable,
  below: number,
  isHeld: (slot: number) => boolean = () => false,
): SlotTable {
  const quarantined: QuarantinedSlot[] = [];
  const released: number[] = [];
  for (const place of table.quarantined) {
    if (place.since > below || isHeld(place.slot)) quarantined.push(place);
    else released.push(place.slot);
  }
  return released.length === 0 ? table : { ...table, quarantined, free: [...table.free, ...released] };
}
