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

/** The same function, which makes nothing anew of what is the same as the last time. */
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
