import type { Cidr } from '../base/ip.js'
import type { AddressFamily, BgpInstance, BgpNeighbor } from '../model/bgp.js'
import type { FamilyState } from '../model/state.js'
import { allowsPath } from './as-path.js'
import { exactPrefixes, prefixMatcher } from './rules.js'
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

/** Whether a direction of a session takes a route. */
export type RouteMatcher = (
  prefix: Cidr,
  path: Pick<RoutePath, 'asPath' | 'communities'>,
) => boolean

/**
 * The routes that the neighbour may announce; none without rules (RFC 8212). The communities of a route in the table are
 * those that it came with and those that the import adds.
 */
export function importMatcher(neighbor: BgpNeighbor, family: FamilyName): RouteMatcher {
  const policy = familyOf(neighbor, family)?.import
  const takes = prefixMatcher(policy?.prefixes ?? [])
  const groups = [false, true].map((large) =>
    (policy?.matchCommunities ?? []).filter((text) => isLarge(text) === large),
  )
  return (prefix, { asPath, communities }) =>
    takes(prefix) &&
    allowsPath(policy?.asPaths ?? null, asPath) &&
    groups.every((group) => group.length === 0 || group.some((one) => communities.includes(one)))
}

/** The routes that are announced to the neighbour, as far as its export decides. */
export function exportMatcher(neighbor: BgpNeighbor, family: FamilyName): RouteMatcher {
  const policy = familyOf(neighbor, family)?.export
  const announces = prefixMatcher(policy?.prefixes ?? [])
  return (prefix, { asPath }) => announces(prefix) && allowsPath(policy?.asPaths ?? null, asPath)
}

function isLarge(community: string): boolean {
  return community.split(':').length === 3
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
