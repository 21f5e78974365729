import { contains, parseCidr } from '../base/ip.js'
import type { Allowed, ProfileRule } from './profile.js'
import type { RuleValue } from './subjects/line.js'

type Range = NonNullable<Allowed['numbers']>[number]

/** What the rule takes in a region, as alternatives; without a region, what it takes in any of them. */
export function allowedIn(rule: ProfileRule, region: string | undefined): readonly Allowed[] {
  const { allowed, byRegion = [] } = rule
  const local = byRegion.filter(({ regions }) => region === undefined || regions.includes(region))
  return [...(allowed === undefined ? [] : [allowed]), ...local]
}

/** The value that a rule fills in; undefined: none, or the region decides and is not known. */
export function fillIn(rule: ProfileRule, region: string | undefined): RuleValue | undefined {
  if (rule.fill !== undefined) return rule.fill
  return rule.byRegion?.find(({ regions }) => region !== undefined && regions.includes(region))
    ?.fill
}

/** Whether a rule takes a value. One that says nothing for the region takes all. */
export function takes(rule: ProfileRule, region: string | undefined, value: RuleValue): boolean {
  const alternatives = allowedIn(rule, region)
  return alternatives.length === 0 || alternatives.some((allowed) => fits(value, allowed))
}

/** Whether a value fits every member that is there. */
export function fits(value: RuleValue, allowed: Allowed): boolean {
  const { numbers, except, words, prefixes } = allowed
  return (
    (numbers === undefined || inRanges(value, numbers)) &&
    (except === undefined || !inRanges(value, except)) &&
    (words === undefined || words.includes(String(value))) &&
    (prefixes === undefined || prefixes.some((prefix) => lies(String(value), prefix)))
  )
}

function inRanges(value: RuleValue, ranges: readonly Range[]): boolean {
  return ranges.some(
    ([low, high]) =>
      typeof value === 'number' &&
      (low === null || value >= low) &&
      (high === null || value <= high),
  )
}

function lies(address: string, prefix: string): boolean {
  const inner = parseCidr(address)
  const outer = parseCidr(prefix)
  if (inner === undefined || outer === undefined) return false
  return inner.length >= outer.length && contains(outer, inner.ip)
}

/** What a rule takes in words, such as `2-4000`, `at least 90`, `one of ACTIVE` or `any but 64496-64511`. */
export function allowedText(rule: ProfileRule, region: string | undefined): string {
  const texts = allowedIn(rule, region).map(alternativeText)
  return [...new Set(texts)].join(' or ')
}

function alternativeText({ numbers, except, words, prefixes }: Allowed): string {
  const but = except === undefined ? null : except.map(rangeText).join(', ')
  const any = numbers?.map(rangeText).join(' or ')
  return [
    ...(any === undefined ? [] : [but === null ? any : `${any} but not ${but}`]),
    ...(any === undefined && but !== null ? [`any but ${but}`] : []),
    ...(words === undefined ? [] : [words.join(' or ')]),
    ...(prefixes === undefined ? [] : [`inside ${prefixes.join(' or ')}`]),
  ].join(' and ')
}

function rangeText([low, high]: Range): string {
  if (low === high) return String(low)
  if (low === null) return `at most ${high}`
  return high === null ? `at least ${low}` : `${low}-${high}`
}
