import { parseCidr, formatCidr } from '../base/ip.js'
import type { PrefixRule } from '../model/bgp.js'

/** Prefix lengths from `low` to `high` match. */
interface Range {
  readonly low: number
  readonly high: number
}

/** The one spelling of a range. FRR keeps a rule as it was entered, so equal rules need equal texts. */
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
export function ruleText({ prefix, ge, le }: PrefixRule): string {
  return spelled(prefix, { ge, le })
}

function spelled(prefix: string, limits: Limits): string {
  const length = Number(prefix.slice(prefix.indexOf('/') + 1))
  const longest = prefix.includes(':') ? 128 : 32
  return formatRule(prefix, length, rangeOf(length, longest, limits))
}

/** The rule for all prefixes, which an empty policy denies. */
export function anyRule(family: 4 | 6): string {
  return family === 4 ? '0.0.0.0/0 le 32' : '::/0 le 128'
}

/** A rule that FRR printed in the spelling of {@link ruleText}; a rule of another form stays as it is. */
export function normalRule(text: string, family: 4 | 6): string {
  if (text === 'any') return anyRule(family)
  const match = /^([0-9a-f.:]+\/\d+)(?: ge (\d+))?(?: le (\d+))?$/.exec(text)
  if (match === null) return text
  return spelled(normalPrefix(match[1] ?? ''), { ge: number(match[2]), le: number(match[3]) })
}

/** FRR prints IPv6 as inet_ntop does, which differs from RFC 5952 only where IPv4 is embedded. */
function normalPrefix(text: string): string {
  const cidr = text.includes(':') && text.includes('.') ? parseCidr(text) : undefined
  return cidr === undefined ? text : formatCidr(cidr)
}

function number(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}
