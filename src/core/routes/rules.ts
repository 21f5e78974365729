import { network, parseCidr, width, type Cidr } from '../base/ip.js'
import type { PrefixRule } from '../model/bgp.js'

/** The lengths of the prefixes that one rule takes. */
interface Lengths {
  readonly family: 4 | 6
  readonly low: number
  readonly high: number
}

/** Whether the rules of a policy take a prefix. */
export type PrefixMatcher = (prefix: Cidr) => boolean

/** Compares as FRR's prefix lists do. Costs one look-up for each different length among the rules. */
export function prefixMatcher(rules: readonly PrefixRule[]): PrefixMatcher {
  const byLength = new Map<number, Map<bigint, Lengths[]>>()
  for (const rule of rules) {
    const cidr = parseCidr(rule.prefix)
    if (cidr === undefined) continue
    const ofLength = byLength.get(cidr.length) ?? new Map<bigint, Lengths[]>()
    byLength.set(cidr.length, ofLength)
    const { bits } = network(cidr)
    ofLength.set(bits, [...(ofLength.get(bits) ?? []), lengths(rule, cidr)])
  }
  return (prefix) => {
    for (const [length, ofLength] of byLength) {
      if (length > prefix.length) continue
      const { bits } = network({ ip: prefix.ip, length })
      if (ofLength.get(bits)?.some((own) => takes(own, prefix)) === true) {
        return true
      }
    }
    return false
  }
}

function takes({ family, low, high }: Lengths, { ip, length }: Cidr): boolean {
  return family === ip.family && low <= length && length <= high
}

function lengths({ ge, le }: PrefixRule, cidr: Cidr): Lengths {
  const longest = width(cidr.ip)
  const { family } = cidr.ip
  return { family, low: ge ?? cidr.length, high: le ?? (ge === null ? cidr.length : longest) }
}

/** Prefixes that the rules name without a range: the router originates them. */
export function exactPrefixes(rules: readonly PrefixRule[]): readonly string[] {
  return rules.filter(({ ge, le }) => ge === null && le === null).map(({ prefix }) => prefix)
}
