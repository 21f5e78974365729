import { type Fault, fault } from '../../base/fault.js'
import { type Cidr, contains, formatCidr, parseCidr, width } from '../../base/ip.js'
import { type Result, ok, refused } from '../../base/result.js'
import type { PrefixRule } from '../../model/bgp.js'
import { toPrefix } from '../../model/names.js'

const RULE = /^(\S+?)(?: ge (\d{1,3}))?(?: le (\d{1,3}))?$/

/** Not routed (RFC 4291 section 2.5.5.1); FRR prints them with an embedded dotted quad. */
const IPV4_COMPATIBLE = parseCidr('::/96')

/**
 * Reads `PREFIX [ge N] [le N]` of a family. Bounds without effect are dropped, so that two rules which
 * match the same prefixes are equal.
 */
export function parseRule(text: string, family: 4 | 6, at: string): Result<PrefixRule> {
  const [, written = '', ge, le] = RULE.exec(text) ?? []
  const cidr = parseCidr(written)
  if (cidr === undefined) return refused(wrong(at, `"${text}" does not start with a prefix`))
  const longest = ge === undefined ? cidr.length : width(cidr.ip)
  const bounds = { low: Number(ge ?? cidr.length), high: Number(le ?? longest) }
  const prefix = toPrefix(written)
  if (prefix === undefined) return refused(wrong(at, `"${written}" has bits set after its length`))
  const faults = [...usable(cidr, family, at), ...order(cidr, bounds, at)]
  return faults.length > 0 ? refused(...faults) : ok({ prefix, ...normal(cidr, bounds) })
}

function usable(cidr: Cidr, family: 4 | 6, at: string): Fault[] {
  const text = `"${formatCidr(cidr)}"`
  return [
    ...(cidr.ip.family === family ? [] : [wrong(at, `${text} is not an IPv${family} prefix`)]),
    ...(compatible(cidr) ? [wrong(at, `${text} is IPv4-compatible, which is not routed`)] : []),
  ]
}

interface Bounds {
  readonly low: number
  readonly high: number
}

function order(cidr: Cidr, { low, high }: Bounds, at: string): Fault[] {
  const longest = width(cidr.ip)
  if (cidr.length <= low && low <= high && high <= longest) return []
  const message = `must be ${cidr.length} <= ge <= le <= ${longest}; is ge ${low}, le ${high}`
  return [wrong(at, message)]
}

function normal(cidr: Cidr, { low, high }: Bounds): Pick<PrefixRule, 'ge' | 'le'> {
  const ge = low === cidr.length ? null : low
  const open = ge !== null && high === width(cidr.ip)
  return { ge, le: open || high === cidr.length ? null : high }
}

function compatible(cidr: Cidr): boolean {
  return IPV4_COMPATIBLE !== undefined && cidr.length > 96 && contains(IPV4_COMPATIBLE, cidr.ip)
}

function wrong(at: string, message: string): Fault {
  return fault('INTENT_VALUE', at, message)
}
