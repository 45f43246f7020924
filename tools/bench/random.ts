/** Numbers that look random and are the same in every run. */
export interface Random {
  /** An integer from 0 up to, and without, `bound`. */
  readonly below: (bound: number) => number;
  readonly oneOf: <T>(items: readonly [T, ...T[]]) => T;
  /** True once in `n` times. */
  readonly onceIn: (n: number) => boolean;
}

/** The generator "mulberry32". */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return { below, oneOf: (items) => items[below(items.length)] ?? items[0], onceIn: (n) => below(n) === 0 };
}
