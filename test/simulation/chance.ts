/** Chance from a seed: the only one there is in a simulation, so that a seed is a run. */
export type Chance = {
  /** 0 (included) to 1 (not included). */
  random(): number;
  /** From `min` (included) to `max` (not included). */
  between(min: number, max: number): number;
  /** 0 to `count - 1`. */
  index(count: number): number;
  pick<T>(list: readonly T[]): T;
  happens(probability: number): boolean;
  /** A wait with this mean, as between events that know nothing of each other. */
  wait(meanMs: number): number;
  /** Another source: what one part draws changes nothing for the others. */
  fork(name: string): Chance;
};

/** sfc32 over four words of the seed: small, fast, and passes the usual batteries. */
export function createChance(seed: string): Chance {
  let [a, b, c, d] = wordsOf(seed);

  function random(): number {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 0x1_0000_0000;
  }

  for (let i = 0; i < 16; i++) random();
  const index = (count: number) => Math.floor(random() * count);
  return {
    random,
    between: (min, max) => min + (max - min) * random(),
    index,
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error('invariant broken: nothing to pick from');
      return list[index(list.length)] as T;
    },
    happens: (probability) => random() < probability,
    wait: (meanMs) => -Math.log(1 - random()) * meanMs,
    fork: (name) => createChance(`${seed}/${name}`),
  };
}

/** FNV-1a from four beginnings. */
function wordsOf(text: string): [number, number, number, number] {
  const word = (start: number): number => {
    let hash = start | 0;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash;
  };
  return [word(0x811c9dc5), word(0x9e3779b9), word(0x85ebca6b), 1];
}
