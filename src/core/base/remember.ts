/**
 * The same function with a cache: the value of an object is computed once and freed with the object.
 * Only for pure functions of objects that never change; then the result is always the same.
 */
export function remembered<K extends object, V extends object>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}

/** The same function with a cache of one value: it is computed again only when the key has changed. */
export function latest<K, V>(
  make: (key: K) => V,
  isSame: (a: K, b: K) => boolean = Object.is,
): (key: K) => V {
  let last: { readonly key: K; readonly value: V } | undefined
  return (key) => {
    if (last === undefined || !isSame(last.key, key)) last = { key, value: make(key) }
    return last.value
  }
}

/** Values by key, each taken again while what it was made of is the same. For pure functions only. */
export interface Reuse<V> {
  /** Begins a round. What the round before did not take is forgotten. */
  readonly begin: () => void
  /** The value that the last round had for this key, where all inputs are the same objects as then; else a new one. */
  readonly take: (key: string, inputs: readonly unknown[], make: () => V) => V
}

/** Nothing is kept yet. `isEqual`: a new value that is equal to the last one of its key gives the last one. */
export function createReuse<V>(isEqual: (a: V, b: V) => boolean = Object.is): Reuse<V> {
  let last = new Map<string, Made<V>>()
  let now = new Map<string, Made<V>>()
  return {
    begin() {
      last = now
      now = new Map()
    },
    take(key, inputs, make) {
      const before = now.get(key) ?? last.get(key)
      if (before !== undefined && isSameList(before.inputs, inputs)) {
        now.set(key, before)
        return before.value
      }
      const made = make()
      const value = before !== undefined && isEqual(before.value, made) ? before.value : made
      now.set(key, { inputs, value })
      return value
    },
  }
}

interface Made<V> {
  readonly inputs: readonly unknown[]
  readonly value: V
}

/** Whether two lists have the same objects. */
export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, place) => Object.is(item, b[place]))
}
