import type { Json, JsonObject } from './json.js'

/**
 * The JSON Merge Patch (RFC 7386) that makes `after` of `before`; null when they are equal. For
 * documents without null members only: in a patch, null means "remove".
 */
export function difference(before: Json, after: Json): Json | null {
  if (before === after) return null
  if (!isMembers(before) || !isMembers(after)) return same(before, after) ? null : after
  const changed = Object.entries(after).flatMap(([key, value]): [string, Json][] => {
    if (!Object.hasOwn(before, key)) return [[key, value]]
    const patch = difference(before[key] ?? null, value)
    return patch === null ? [] : [[key, patch]]
  })
  const removed = Object.keys(before)
    .filter((key) => !Object.hasOwn(after, key))
    .map((key): [string, Json] => [key, null])
  const members = [...changed, ...removed]
  return members.length === 0 ? null : Object.fromEntries(members)
}

/** Applies a merge patch, RFC 7386 section 2. */
export function merge(document: Json, patch: Json): Json {
  if (!isMembers(patch)) return patch
  const kept = isMembers(document) ? document : {}
  const untouched = Object.entries(kept).filter(([key]) => !Object.hasOwn(patch, key))
  const set = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([key, value]): [string, Json] => {
      const before = Object.hasOwn(kept, key) ? (kept[key] ?? null) : null
      return [key, merge(before, value)]
    })
  return Object.fromEntries([...untouched, ...set])
}

/** Whether two values are equal, whatever the order of their members. */
export function same(a: Json, b: Json): boolean {
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, place) => same(item, b[place] ?? null))
  }
  if (isMembers(a) && isMembers(b)) return difference(a, b) === null
  return a === b
}

function isMembers(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
