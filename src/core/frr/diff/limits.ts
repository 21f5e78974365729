import type { BgpInstance, BgpNeighbor } from '../../model/bgp.js'
import type { Effect } from '../../model/plan.js'
import type { FamilyState } from '../../model/state.js'
import { neighborSubject } from '../../model/subject.js'

/** Prefixes of each family of the sessions that are up, by subject: `neighbor 10.0.0.1`. */
export type Sessions = ReadonlyMap<string, readonly Pick<FamilyState, 'family' | 'received'>[]>

const LIMITS = [
  ['ipv4-unicast', ({ ipv4Unicast }: BgpNeighbor) => ipv4Unicast],
  ['ipv6-unicast', ({ ipv6Unicast }: BgpNeighbor) => ipv6Unicast],
] as const

/**
 * Sessions that FRR ends at once because more prefixes are there than the wanted limit allows
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
        const why = `${name}: ${received} prefixes are there, and at most ${max.limit} may be`
        return [{ subject, impact: 'session-reset', why }]
      })
    }),
  )
}
