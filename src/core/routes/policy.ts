import type { AddressFamily, BgpInstance, BgpNeighbor } from '../model/bgp.js'
import type { FamilyState } from '../model/state.js'
import { exactPrefixes, prefixMatcher, type PrefixMatcher } from './rules.js'
import type { RoutePath } from './table.js'

export type FamilyName = FamilyState['family']

export const FAMILY_NAMES: readonly FamilyName[] = ['ipv4-unicast', 'ipv6-unicast']

/** null: the neighbour has no such family. */
export function familyOf(
  neighbor: Pick<BgpNeighbor, 'ipv4Unicast' | 'ipv6Unicast'> | undefined,
  family: FamilyName,
): AddressFamily | null {
  if (neighbor === undefined) return null
  return family === 'ipv4-unicast' ? neighbor.ipv4Unicast : neighbor.ipv6Unicast
}

/** The prefixes that the neighbour may announce; none without rules (RFC 8212). */
export function importMatcher(neighbor: BgpNeighbor, family: FamilyName): PrefixMatcher {
  return prefixMatcher(familyOf(neighbor, family)?.import.prefixes ?? [])
}

/** The prefixes that the neighbours' export rules name without a range: the router originates them. */
export function originsOf({ neighbors }: BgpInstance, family: FamilyName): ReadonlySet<string> {
  return new Set(
    neighbors.flatMap((neighbor) =>
      exactPrefixes(familyOf(neighbor, family)?.export.prefixes ?? []),
    ),
  )
}

/** Communities that keep a route inside (RFC 1997): from all peers, or from those of other ASes. */
const KEPT_INSIDE: readonly string[] = ['no-export', 'local-AS']

/**
 * No route goes from one iBGP peer to another (RFC 4271 section 9.2). FRR 8.4 and 10.3 send a route back to its sender,
 * and count it as sent.
 */
export function mayLeave(best: RoutePath, isInternal: boolean): boolean {
  if (best.communities.includes('no-advertise')) return false
  if (isInternal) return !best.internal
  return !KEPT_INSIDE.some((community) => best.communities.includes(community))
}
