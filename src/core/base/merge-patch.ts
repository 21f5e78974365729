import type { Json, JsonObject } from './json.js'

/**
 * The JSON Merge Patch (RFC 7386) that makes `after` of `before`; null when they are equal. For
 * documents without null members only: in a patch, null means "remove".
 */
export function difference(before: Json, after: Json): Json | null {
  if (before === after) return null
  if (!isMembers(before) || !isMembers(after)) return same(before, after) ? null : after
  // Of thousands of members most are the same objects.
  const others = Object.keys(after).filter(
    (key) => before[key] !== after[key] || !Object.hasOwn(before, key),
  )
  const changed = others.flatMap((key): [string, Json][] => {
    const value = after[key] ?? null
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

/** The members as one object: the object before, where that has the same ones, each the same object. */
export function sameMembers<Value>(
  before: Readonly<Record<string, Value>> | undefined,
  members: readonly (readonly [string, Value])[],
): Readonly<Record<string, Value>> {
  const isSame =
    before !== undefined &&
    Object.keys(before).length === members.length &&
    members.every(([key, value]) => before[key] === value && Object.hasOwn(before, key))
  return isSame ? before : Object.fromEntries(members)
}

/** Whether two values are equal, whatever the order of their members. */
export function same(a: Json, b: Json): boolean {
  if (a === b) return true
  if (isList(a)) return isList(b) && isSameList(a, b)
  if (!isMembers(a) || !isMembers(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key] ?? null, b[key] ?? null))
  )
}

function isSameList(a: readonly Json[], b: readonly Json[]): boolean {
  return a.length === b.length && a.every((item, place) => same(item, b[place] ?? null))
}

function isMembers(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
