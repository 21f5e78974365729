import type { BgpInstance } from '../../core/model/bgp.js'
import type { FamilyState, FrrRemark, ShownNeighbor } from '../../core/model/state.js'

/** The routes of BGP that zebra has in one table. */
export interface RouteCount {
  readonly family: FamilyState['family']
  readonly known: number
  readonly installed: number
  /** Routes that zebra chose and could not install; null: not counted. */
  readonly failed: number | null
}

/** By the name of the VRF; `''`: the default VRF. */
export type RoutesByVrf = ReadonlyMap<string, readonly RouteCount[]>

const WORDS = { 'ipv4-unicast': 'IPv4', 'ipv6-unicast': 'IPv6' } as const

/** Where bgpd, zebra and the kernel do not have the same routes of BGP, in the VRFs of the intent. */
export function routeRemarks(
  instances: readonly BgpInstance[],
  neighbors: readonly ShownNeighbor[],
  routes: RoutesByVrf,
): readonly FrrRemark[] {
  return instances.flatMap((instance) => {
    const counts = routes.get(instance.vrf ?? '') ?? []
    return counts.flatMap((count) => remark(instance, neighbors, count))
  })
}

function remark(
  instance: BgpInstance,
  neighbors: readonly ShownNeighbor[],
  { family, known, installed, failed }: RouteCount,
): readonly FrrRemark[] {
  const where = `${WORDS[family]} routes of BGP${instance.vrf === null ? '' : ` in VRF ${instance.vrf}`}`
  const accepted = mostAccepted(instance.vrf, neighbors, family)
  const own = originated(instance, family)
  if (accepted - own > known) {
    const message = `bgpd has accepted ${accepted} ${where} from one neighbor, and zebra has only ${known}, of which ${installed} are in the kernel: packets do not follow the others. Look for "bgp no-rib" in FRR and restart frr.service if there is none.`
    return [{ code: 'ROUTES_NOT_INSTALLED', message }]
  }
  if (failed === null || failed === 0) return []
  const message = `zebra has chosen ${failed} of ${known} ${where} and has not installed them in the kernel: packets do not follow them. See the log of zebra for the kernel's reason.`
  return [{ code: 'ROUTES_NOT_INSTALLED', message }]
}

/** The most prefixes of one session: zebra must have as many routes, whatever the other sessions have. */
function mostAccepted(
  vrf: string | null,
  neighbors: readonly ShownNeighbor[],
  family: FamilyState['family'],
): number {
  const accepted = neighbors
    .filter((neighbor) => neighbor.vrf === vrf && neighbor.sessionState === 'Established')
    .flatMap(({ families }) => families.filter((counts) => counts.family === family))
    .map(({ received }) => received ?? 0)
  return Math.max(0, ...accepted)
}

/** Prefixes that the intent originates: one that a peer announces as well is the router's own for bgpd. */
function originated({ neighbors }: BgpInstance, family: FamilyState['family']): number {
  const prefixes = neighbors.flatMap(({ ipv4Unicast, ipv6Unicast }) => {
    const settings = family === 'ipv4-unicast' ? ipv4Unicast : ipv6Unicast
    const exact = settings?.export.prefixes.filter(({ ge, le }) => ge === null && le === null)
    return exact?.map(({ prefix }) => prefix) ?? []
  })
  return new Set<string>(prefixes).size
}
