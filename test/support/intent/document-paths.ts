/** A place in a document, and what stands there. */
export interface Place {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

/** Every place of a document, the document itself first. */
export function placesOf(value: unknown, path: Place['path'] = []): Place[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, one]: [string, unknown]) =>
          placesOf(one, [...path, Array.isArray(value) ? Number(key) : key]),
        )
      : []
  return [{ path, value }, ...inner]
}

/** A copy of the document with another value at the place; `undefined` takes the key away. */
export function withValue(document: unknown, path: Place['path'], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  if (Array.isArray(document)) {
    const copy: unknown[] = [...(document as unknown[])]
    if (rest.length === 0 && value === undefined) copy.splice(Number(key), 1)
    else copy[Number(key)] = withValue(copy[Number(key)], rest, value)
    return copy
  }
  const { [key]: old, ...others } = document as Record<string, unknown>
  const next = withValue(old, rest, value)
  return rest.length === 0 && value === undefined ? others : { ...others, [key]: next }
}

/** `attachments[0].bgp[0].holdTime` → its keys. */
export function parsePlace(text: string): Place['path'] {
  return [...text.matchAll(/([A-Za-z0-9_]+)|\[(\d+)\]/g)].map(([, name, index]) =>
    index === undefined ? (name ?? '') : Number(index),
  )
}
