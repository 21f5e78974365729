/** Pseudo-random numbers that depend on a seed alone, so that every run can be repeated. */
export interface Random {
  /** A whole number in [0, below). */
  readonly below: (below: number) => number
  readonly pick: <T>(items: readonly T[]) => T
  /** Whether one of `in` chances has come. */
  readonly once: (chances: number) => boolean
}

/** Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  function below(limit: number): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
  function pick<T>(items: readonly T[]): T {
    const item = items[below(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
  return { below, pick, once: (chances) => below(chances) === 0 }
}
