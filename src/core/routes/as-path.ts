import type { AsPathPolicy, AsRange } from '../model/bgp.js'

/** The highest AS number (RFC 6793). */
const HIGHEST = 4_294_967_295

/** The ranges in order, without overlap; ranges that touch are one. */
export function mergedRanges(ranges: readonly AsRange[]): readonly AsRange[] {
  const merged: AsRange[] = []
  for (const range of ranges.toSorted((a, b) => a.low - b.low)) {
    const last = merged.at(-1)
    if (last === undefined || range.low > last.high + 1) merged.push(range)
    else merged[merged.length - 1] = { low: last.low, high: Math.max(last.high, range.high) }
  }
  return merged
}

/** All AS numbers that are in none of the ranges. */
export function otherRanges(ranges: readonly AsRange[]): readonly AsRange[] {
  const others: AsRange[] = []
  let from = 0
  for (const { low, high } of mergedRanges(ranges)) {
    if (low > from) others.push({ low: from, high: low - 1 })
    from = high + 1
  }
  return from > HIGHEST ? others : [...others, { low: from, high: HIGHEST }]
}

/**
 * Whether a policy lets a path through. The path is as FRR prints it, such as `65020 65030 {1,2}`, and empty for a route
 * of this router. It decides as FRR does by the list of `asPathRules`.
 */
export function allowsPath(policy: AsPathPolicy | null, path: string): boolean {
  if (policy === null) return true
  const { without, startingWith, originatedBy, maxLength } = policy
  const numbers = [...path.matchAll(/\d+/g)].map(([text]) => Number(text))
  const first = /^\d+/.exec(path)?.[0]
  const last = /\d+$/.exec(path)?.[0]
  const hasEnd = (end: string | undefined, ranges: readonly AsRange[]) =>
    ranges.length === 0 || (path !== '' && (end === undefined || isIn(Number(end), ranges)))
  return (
    !numbers.some((as) => isIn(as, without)) &&
    hasEnd(first, startingWith) &&
    hasEnd(last, originatedBy) &&
    (maxLength === null || path === '' || path.split(' ').length <= maxLength)
  )
}

function isIn(as: number, ranges: readonly AsRange[]): boolean {
  return ranges.some(({ low, high }) => low <= as && as <= high)
}
