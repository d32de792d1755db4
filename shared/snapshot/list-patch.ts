import { canonicalJson } from '../event/canonical-json.ts';
import { difference } from './difference.ts';

/** A list rewritten from its old items, in new order: runs that stay, items that changed, items that are new. */
export type ListPatch<T, P = never> = readonly ListEdit<T, P>[];

export type ListEdit<T, P = never> =
  /** `count` old items from position `from` on, the very objects. */
  | { readonly kind: 'keep'; readonly from: number; readonly count: number }
  | { readonly kind: 'insert'; readonly item: T }
  /** The old item at `from`, patched. */
  | { readonly kind: 'change'; readonly from: number; readonly patch: P };

/** How items of a list that are worth patching are told apart, compared and patched. */
export type ItemPatching<T, P> = {
  readonly idOf: (item: T) => string;
  readonly diff: (before: T, after: T) => P;
  /** @throws PatchError if the patch does not fit the item */
  readonly apply: (before: T, patch: P, at: string) => T;
};

/** A patch that does not fit what it is applied to. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  constructor(at: string, problem: string) {
    super(`${at}: ${problem}`);
  }
}

/**
 * What turns one list into another. Items that are the same object or have equal content stay, wherever they moved to; each old
 * item is used once at most. Costs a comparison per item, and more only for the part between the first and last difference.
 *
 * @param patching absent: items that differ are new ones
 * @returns undefined if nothing changed
 */
export function diffList<T extends object, P = never>(
  before: readonly T[],
  after: readonly T[],
  patching?: ItemPatching<T, P>,
): ListPatch<T, P> | undefined {
  if (before === after) return undefined;
  const { start, end, endBefore } = difference(before, after, sameContent);
  if (start === before.length && start === after.length) return undefined;
  const origin = originOf(before, after, { start, end, endBefore });
  const changeable = patching === undefined ? undefined : unusedById(before, origin, { start, endBefore }, patching);
  const edits: ListEdit<T, P>[] = [];
  keep(edits, 0, start);
  for (let i = start; i < end; i++) {
    const item = after[i] as T;
    const from = origin.get(i);
    const old = from === undefined ? changeable?.get(patching?.idOf(item) ?? '')?.shift() : undefined;
    if (from !== undefined) keep(edits, from, 1);
    else if (old === undefined || patching === undefined) edits.push({ kind: 'insert', item });
    else edits.push({ kind: 'change', from: old, patch: patching.diff(before[old] as T, item) });
  }
  keep(edits, endBefore, before.length - endBefore);
  return edits;
}

/**
 * The new list. Kept items are the very objects of the old one.
 *
 * @param at what errors call the list
 * @throws PatchError naming what does not fit; nothing is changed then
 */
export function applyList<T extends object, P = never>(
  before: readonly T[],
  patch: ListPatch<T, P> | undefined,
  at: string,
  patching?: ItemPatching<T, P>,
): readonly T[] {
  if (patch === undefined) return before;
  const used = new Uint8Array(before.length);
  const after: T[] = [];

  /** An old item twice would let a small message become a huge list. */
  function take(position: number): T {
    const item = before[position];
    if (item === undefined) throw new PatchError(at, `names item ${position} of ${before.length}`);
    if (used[position] === 1) throw new PatchError(at, `uses item ${position} twice`);
    used[position] = 1;
    return item;
  }

  for (const edit of patch) {
    if (edit.kind === 'insert') {
      after.push(edit.item);
    } else if (edit.kind === 'keep') {
      if (edit.from + edit.count > before.length) {
        const last = edit.from + edit.count - 1;
        throw new PatchError(at, `keeps items ${edit.from} to ${last}, but there are ${before.length}`);
      }
      for (let i = 0; i < edit.count; i++) after.push(take(edit.from + i));
    } else {
      const old = take(edit.from);
      if (patching === undefined)
        throw new PatchError(at, `patches item ${edit.from}, but its items are only replaced`);
      after.push(patching.apply(old, edit.patch, `${at}[${edit.from}]`));
    }
  }
  return after;
}

/** Equal as configuration values; absent and undefined are the same, 0 and -0 are not, since their bytes differ. */
export function sameContent(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameContent(item, b[i]));
  }
  if (Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!sameContent(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** The part between the first and the last difference. */
type Middle = { readonly start: number; readonly end: number; readonly endBefore: number };

/** For each new position of the middle, the old position its item comes from, where it was there before. */
function originOf<T extends object>(
  before: readonly T[],
  after: readonly T[],
  { start, end, endBefore }: Middle,
): Map<number, number> {
  const origin = new Map<number, number>();
  const free = new Set<number>();
  for (let i = start; i < endBefore; i++) free.add(i);
  const match = (to: number, from: number) => {
    origin.set(to, from);
    free.delete(from);
  };

  // Most changes leave most items where they were, or move all those after an item that came or went. Never by identity: replicas
  // hold different objects of equal content, and make the same bytes.
  for (const shift of new Set([0, endBefore - end])) {
    for (let i = start; i < end; i++) {
      const from = i + shift;
      if (!origin.has(i) && free.has(from) && sameContent(before[from], after[i])) match(i, from);
    }
  }

  const byContent = Map.groupBy(free, (from) => canonicalJson(before[from]));
  for (let i = start; i < end; i++) {
    if (origin.has(i)) continue;
    const alike = byContent.get(canonicalJson(after[i]));
    // Where content differs that JSON spells alike, the item is sent anew.
    if (alike?.[0] !== undefined && sameContent(before[alike[0]], after[i])) match(i, alike.shift() as number);
  }
  return origin;
}

/** Old positions of the middle that nothing new is equal to, by identity of their item. */
function unusedById<T, P>(
  before: readonly T[],
  origin: ReadonlyMap<number, number>,
  { start, endBefore }: Pick<Middle, 'start' | 'endBefore'>,
  { idOf }: ItemPatching<T, P>,
): Map<string, number[]> {
  const used = new Set(origin.values());
  const unused = Array.from({ length: endBefore - start }, (_, i) => start + i).filter((from) => !used.has(from));
  return Map.groupBy(unused, (from) => idOf(before[from] as T));
}

/** Adds a run, to the one before it if it goes on where that ended. */
function keep(edits: ListEdit<unknown, unknown>[], from: number, count: number): void {
  if (count === 0) return;
  const last = edits.at(-1);
  if (last?.kind === 'keep' && last.from + last.count === from) {
    edits[edits.length - 1] = { ...last, count: last.count + count };
  } else edits.push({ kind: 'keep', from, count });
}
