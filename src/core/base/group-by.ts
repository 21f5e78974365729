/** Values by key, in their order; a value whose key is undefined is in no group. */
export function groupBy<K, V>(
  values: readonly V[],
  keyOf: (value: V) => K | undefined,
): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) {
    const key = keyOf(value)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
