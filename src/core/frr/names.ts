import type { BfdTimers, BgpNeighbor } from '../model/bgp.js'

/** Every list, map and profile demarc makes in FRR is named with this in front. */
export const NAME_MARK = 'demarc-'

/** What demarc's neighbours are told by: their description starts with this. */
export const DESCRIPTION_MARK = 'demarc '

/** The route map that marks demarc's own `network` lines. */
export const ORIGINATE_MAP = `${NAME_MARK}originate`

export type Family = 'ipv4 unicast' | 'ipv6 unicast'
export const FAMILIES: readonly Family[] = ['ipv4 unicast', 'ipv6 unicast']

/**
 * Shared by the prefix list and the route map of one neighbour, family and direction. At most 117
 * characters with the longest attachment and IPv6 address; FRR takes 128 (frr-filter.yang).
 */
export function policyName(neighbor: BgpNeighbor, family: Family, way: 'in' | 'out'): string {
  const short = family === 'ipv4 unicast' ? 'v4' : 'v6'
  return `${NAME_MARK}${neighbor.attachment}-${neighbor.address}-${short}-${way}`
}

/** The map of a session that is about to end, made of the one it had. Six characters more. */
export function drainName(map: string): string {
  return map.endsWith('-drain') ? map : `${map}-drain`
}

/** Named by its content, so that neighbours with the same timers share one. */
export function profileName(timers: BfdTimers): string {
  const { desiredMinimumTxInterval, requiredMinimumReceive, detectionMultiplier } = timers
  return `${NAME_MARK}${desiredMinimumTxInterval}-${requiredMinimumReceive}-${detectionMultiplier}`
}

/** `demarc net-a` or `demarc net-a: text`. */
export function description(neighbor: BgpNeighbor): string {
  const mark = `${DESCRIPTION_MARK}${neighbor.attachment}`
  return neighbor.description === null ? mark : `${mark}: ${neighbor.description}`
}

/** The attachment a marked description names; undefined on what is not demarc's. */
export function attachmentOf(text: string): string | undefined {
  return /^demarc ([A-Za-z0-9][A-Za-z0-9._-]{0,62})(?:: .+)?$/.exec(text)?.[1]
}
