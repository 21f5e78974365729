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
