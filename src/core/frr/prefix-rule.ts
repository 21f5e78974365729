import { parseCidr, formatCidr } from '../base/ip.js'
import type { PrefixRule } from '../model/bgp.js'

/** Prefix lengths from `low` to `high` match. */
interface Range {
  readonly low: number
  readonly high: number
}

/** The one spelling of a range: FRR keeps whatever was typed, so equal rules must be typed alike. */
function formatRule(prefix: string, length: number, range: Range): string {
  const longest = prefix.includes(':') ? 128 : 32
  const { low, high } = range
  if (low === length && high === length) return prefix
  if (low === length) return `${prefix} le ${high}`
  return high === longest ? `${prefix} ge ${low}` : `${prefix} ge ${low} le ${high}`
}

function rangeOf(length: number, longest: number, limits: Limits): Range {
  const low = limits.ge ?? length
  const high = limits.le ?? (limits.ge === null ? length : longest)
  return { low, high }
}

interface Limits {
  readonly ge: number | null
  readonly le: number | null
}

/** `10.64.0.0/10 le 24` as FRR takes it. */
export function ruleText(rule: PrefixRule): string {
  const cidr = parseCidr(rule.prefix)
  if (cidr === undefined) return rule.prefix
  const longest = cidr.ip.family === 4 ? 32 : 128
  return formatRule(formatCidr(cidr), cidr.length, rangeOf(cidr.length, longest, rule))
}

/** Everything: what an empty policy denies. */
export function anyRule(family: 4 | 6): string {
  return family === 4 ? '0.0.0.0/0 le 32' : '::/0 le 128'
}

/** Brings the rule of a list that FRR printed into the same spelling; what it cannot read stays. */
export function normalRule(text: string, family: 4 | 6): string {
  if (text === 'any') return anyRule(family)
  const match = /^(\S+)(?: ge (\d+))?(?: le (\d+))?$/.exec(text)
  const cidr = parseCidr(match?.[1] ?? '')
  if (match === null || cidr === undefined) return text
  const longest = cidr.ip.family === 4 ? 32 : 128
  const range = rangeOf(cidr.length, longest, { ge: number(match[2]), le: number(match[3]) })
  return formatRule(formatCidr(cidr), cidr.length, range)
}

function number(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}
