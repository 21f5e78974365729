import type { BfdTimers, BgpNeighbor } from '../model/bgp.js'

/** The start of the name of every list, map and profile that demarc makes in FRR. */
export const NAME_MARK = 'demarc-'

/** The start of the description of every neighbour of demarc's; it is the mark of ownership. */
export const DESCRIPTION_MARK = 'demarc '

/** The route map that marks demarc's own `network` and `aggregate-address` lines. */
export const ORIGINATE_MAP = `${NAME_MARK}originate`

/** The address families of an intent. */
export const UNICAST = ['ipv4 unicast', 'ipv6 unicast'] as const
export type UnicastFamily = (typeof UNICAST)[number]

/**
 * The address families of FRR, as a block prints them. A neighbour of demarc's is active in no other than an
 * intent's. These come last, because FRR refuses a neighbour that is active in `unicast` and `labeled-unicast`.
 */
export const FAMILIES = [
  'ipv4 multicast',
  'ipv6 multicast',
  'ipv4 vpn',
  'ipv6 vpn',
  'ipv4 labeled-unicast',
  'ipv6 labeled-unicast',
  'ipv4 flowspec',
  'ipv6 flowspec',
  'l2vpn evpn',
  ...UNICAST,
] as const
export type Family = (typeof FAMILIES)[number]

/**
 * Shared by the prefix list and the route map of one neighbour, family and direction. At most 117
 * characters with the longest attachment and IPv6 address; FRR takes 128 (frr-filter.yang).
 */
export function policyName(
  neighbor: BgpNeighbor,
  family: UnicastFamily,
  direction: 'in' | 'out',
): string {
  const short = family === 'ipv4 unicast' ? 'v4' : 'v6'
  return `${NAME_MARK}${neighbor.attachment}-${neighbor.address}-${short}-${direction}`
}

/** The map of a session that is drained, a copy of the one that it had. */
export function drainName(map: string): string {
  return map.endsWith('-drain') ? map : `${map}-drain`
}

/** The name of a BFD profile. It holds the timers, so that neighbours with the same ones share a profile. */
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

/** The kinds of lists that demarc makes, by the words that their lines begin with. */
export const LIST_KINDS = [
  'ip prefix-list',
  'ipv6 prefix-list',
  'bgp as-path access-list',
  'bgp community-list standard',
  'bgp large-community-list standard',
] as const
export type ListKind = (typeof LIST_KINDS)[number]
