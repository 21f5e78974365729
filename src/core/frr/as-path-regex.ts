import type { AsPathPolicy, AsRange } from '../model/bgp.js'
import { mergedRanges, otherRanges } from '../routes/as-path.js'

/*
 * A policy of AS paths as FRR's regular expressions, and back. A list has the paths that are refused, because then the
 * order of its rules has no meaning. FRR reads `_` as a blank, a bracket of a set, or an end of the path.
 */

/** Numbers of one length that have the same first digits, a range of the next one, and any digits after it. */
interface Block {
  readonly head: string
  readonly from: number
  readonly to: number
  /** How many digits follow. */
  readonly free: number
}

/** The rules of the list of refused paths, each `permit REGEX`. */
export function asPathRules(policy: AsPathPolicy): readonly string[] {
  const { without, startingWith, originatedBy, maxLength } = policy
  const others = (ranges: readonly AsRange[]) => (ranges.length === 0 ? [] : otherRanges(ranges))
  return [
    ...mergedRanges(without).map((range) => `_(${numbers(range)})_`),
    ...(startingWith.length + originatedBy.length === 0 ? [] : [EMPTY]),
    ...others(startingWith).map((range) => `^(${numbers(range)})_`),
    ...others(originatedBy).map((range) => `_(${numbers(range)})$`),
    ...(maxLength === null ? [] : [`^([^ ]+ ){${maxLength}}[^ ]+`]),
  ].map((regex) => `permit ${regex}`)
}

const EMPTY = '^$'

/** The alternatives that match the numbers of a range, and no others. */
export function numbers(range: AsRange): string {
  return blocks(range).map(blockText).join('|')
}

function blockText({ head, from, to, free }: Block): string {
  const digit = from === to ? String(from) : `[${from}-${to}]`
  return `${head}${digit}${'[0-9]'.repeat(free)}`
}

/** From the lowest number on: each block is as large as its first number and the end of the range allow. */
function blocks({ low, high }: AsRange): readonly Block[] {
  const found: Block[] = []
  let next = low
  while (next <= high) {
    let free = 0
    while (fits(next, free + 1, high)) free += 1
    const size = 10 ** free
    const text = String(next)
    const digit = Number(text.at(-1 - free))
    const last = Math.min(9, digit + Math.floor((high - next + 1) / size) - 1)
    found.push({ head: text.slice(0, text.length - 1 - free), from: digit, to: last, free })
    next += (last - digit + 1) * size
  }
  return found
}

/** Whether all numbers that differ from this one in the last `free` digits only are in the range, this one the first. */
function fits(from: number, free: number, high: number): boolean {
  const size = 10 ** free
  return from > 0 && from % size === 0 && from + size - 1 <= high
}

const ALTERNATIVE = /^(\d*?)(?:(\d)|\[(\d)-(\d)\])((?:\[0-9\])*)$/

/** The range that {@link numbers} made the text of; undefined: it did not. */
function readNumbers(text: string): AsRange | undefined {
  const parts = text.split('|').map((part) => {
    const [, head = '', digit, from = digit, to = digit, rest = ''] = ALTERNATIVE.exec(part) ?? []
    if (from === undefined || to === undefined) return undefined
    const free = rest.length / '[0-9]'.length
    return {
      low: Number(`${head}${from}${'0'.repeat(free)}`),
      high: Number(`${head}${to}${'9'.repeat(free)}`),
    }
  })
  const known = parts.filter((part) => part !== undefined)
  const [range, ...more] = mergedRanges(known)
  const isOne = range !== undefined && more.length === 0 && known.length === parts.length
  return isOne && numbers(range) === text ? range : undefined
}

const SHAPES = {
  without: /^_\(([^()]+)\)_$/,
  startingWith: /^\^\(([^()]+)\)_$/,
  originatedBy: /^_\(([^()]+)\)\$$/,
} as const

/** The policy whose rules these are; undefined: no policy of an intent has them. */
export function readAsPathRules(rules: readonly string[]): AsPathPolicy | undefined {
  const regexes = rules.map((rule) => rule.replace(/^permit /, ''))
  const rangesOf = (shape: RegExp) =>
    regexes.flatMap((regex) => readNumbers(shape.exec(regex)?.[1] ?? '') ?? [])
  const inside = (shape: RegExp) => {
    const refused = rangesOf(shape)
    return refused.length === 0 ? [] : otherRanges(refused)
  }
  const length = regexes.flatMap(
    (regex) => /^\^\(\[\^ \]\+ \)\{(\d+)\}\[\^ \]\+$/.exec(regex)?.[1] ?? [],
  )[0]
  const policy: AsPathPolicy = {
    without: rangesOf(SHAPES.without),
    startingWith: inside(SHAPES.startingWith),
    originatedBy: inside(SHAPES.originatedBy),
    maxLength: length === undefined ? null : Number(length),
  }
  const isSame = new Set(asPathRules(policy)).size === rules.length
  return isSame && asPathRules(policy).every((rule) => rules.includes(rule)) ? policy : undefined
}
