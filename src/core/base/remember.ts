/**
 * The same function, which makes each object's value once and forgets it with the object. Only for pure
 * functions of values that never change: then nobody can tell but by the time it takes.
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

/** Holds what was made last, and makes another value for another key. */
export function latest<K, V>(): (key: K, make: () => V) => V {
  let last: { readonly key: K; readonly value: V } | undefined
  return (key, make) => {
    if (last === undefined || last.key !== key) last = { key, value: make() }
    return last.value
  }
}
