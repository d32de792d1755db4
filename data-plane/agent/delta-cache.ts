import type { Delta } from '#shared/snapshot/delta.ts';

/** Deltas a node has heard of and may need next; bounded, a value. */
export type DeltaCache = {
  /** By the revision they lead to. */
  readonly deltas: ReadonlyMap<number, CachedDelta>;
  readonly bytes: number;
};

type CachedDelta = { readonly delta: Delta; readonly bytes: number };

export type DeltaCacheLimit = { readonly deltas: number; readonly bytes: number };

export const EMPTY_CACHE: DeltaCache = { deltas: new Map(), bytes: 0 };

/**
 * Keeps a delta. Beyond the bound those that lead furthest go first: the next one needed is the lowest, and the others can be asked
 * for again. The lowest stays however large it is.
 */
export function withDelta(cache: DeltaCache, delta: Delta, bytes: number, limit: DeltaCacheLimit): DeltaCache {
  const deltas = new Map(cache.deltas);
  let total = cache.bytes - (deltas.get(delta.to)?.bytes ?? 0) + bytes;
  deltas.set(delta.to, { delta, bytes });
  while (deltas.size > 1 && (deltas.size > limit.deltas || total > limit.bytes)) {
    const furthest = Math.max(...deltas.keys());
    total -= deltas.get(furthest)?.bytes ?? 0;
    deltas.delete(furthest);
  }
  return { deltas, bytes: total };
}

/** Forgets a delta that turned out wrong. */
export function withoutDelta(cache: DeltaCache, to: number): DeltaCache {
  return filtered(cache, (revision) => revision !== to);
}

/** Forgets those that lead to a revision or one before it. */
export function withoutDeltasTo(cache: DeltaCache, revision: number): DeltaCache {
  return filtered(cache, (to) => to > revision);
}

function filtered(cache: DeltaCache, keeps: (to: number) => boolean): DeltaCache {
  const deltas = new Map([...cache.deltas].filter(([to]) => keeps(to)));
  if (deltas.size === cache.deltas.size) return cache;
  const bytes = [...deltas.values()].reduce((sum, cached) => sum + cached.bytes, 0);
  return { deltas, bytes };
}
