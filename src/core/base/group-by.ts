/** Things by key, in the order they were met; those without a key are in no group. */
export function groupBy<K, V>(
  things: readonly V[],
  keyOf: (thing: V) => K | undefined,
): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const thing of things) {
    const key = keyOf(thing)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [thing])
    else group.push(thing)
  }
  return groups
}
