import type { BgpInstance, BgpNeighbor } from '../../model/bgp.js'
import type { Effect } from '../../model/plan.js'
import type { FamilyState } from '../../model/state.js'
import { neighborSubject } from '../../model/names.js'

/** The Established sessions with the routes of each family, by subject: `neighbor 10.0.0.1`. */
export type Sessions = ReadonlyMap<
  string,
  readonly Pick<FamilyState, 'family' | 'received' | 'sent' | 'outLimit'>[]
>

const LIMITS = [
  ['ipv4-unicast', ({ ipv4Unicast }: BgpNeighbor) => ipv4Unicast],
  ['ipv6-unicast', ({ ipv6Unicast }: BgpNeighbor) => ipv6Unicast],
] as const

/**
 * The effects on sessions that FRR ends at once, because they have more prefixes than the wanted limit
 * (bgpd.c peer_maximum_prefix_set, bgp_route.c bgp_maximum_prefix_overflow).
 */
export function overLimits(instances: readonly BgpInstance[], sessions: Sessions): Effect[] {
  return instances.flatMap(({ vrf, neighbors }) =>
    neighbors.flatMap((neighbor) => {
      const subject = neighborSubject(neighbor.address, vrf)
      const families = sessions.get(subject) ?? []
      return LIMITS.flatMap(([name, settingsOf]): Effect[] => {
        const max = settingsOf(neighbor)?.import.maxPrefixes
        const received = families.find(({ family }) => family === name)?.received ?? 0
        if (max === undefined || max === null || max.action === 'warn') return []
        if (received <= max.limit) return []
        const why = `${name}: it has ${received} prefixes, and the new limit is ${max.limit}`
        return [{ subject, impact: 'traffic-loss', why }]
      })
    }),
  )
}
