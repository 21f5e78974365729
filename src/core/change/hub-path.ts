import { contains, parseCidr, parseIp } from '../base/ip.js'
import type { BgpNeighbor } from '../model/bgp.js'
import type { HaveLink } from '../model/link.js'
import { isKernelStep, type Plan } from '../model/plan.js'

/** RTPROT_BGP: zebra's number for routes that it has from bgpd (linux/rtnetlink.h). */
const RTPROT_BGP = 186

/** How packets reach the hub now. */
export interface HubRoute {
  /** The hub's address. */
  readonly address: string
  /** The interface they leave by. */
  readonly link: string
  /** The route's protocol (RTPROT_*, linux/rtnetlink.h). */
  readonly protocol: number
}

/** A route without its destination. */
type NextHop = Omit<HubRoute, 'address'>

/**
 * Whether a plan may change how the hub is reached: it has a step on the interface that leads there or on
 * one below or above it, or the route was learned by BGP and the plan configures FRR. A hub that becomes
 * silent for another reason does not judge the change.
 */
export function touchesHubPath(
  plan: Plan,
  links: readonly HaveLink[],
  route: NextHop | null,
): boolean {
  if (route === null) return false
  const path = hubPath(links, route)
  return plan.steps.some(({ step }) => {
    if (!isKernelStep(step)) return step.do === 'frr' && route.protocol === RTPROT_BGP
    return path.has(typeof step.link === 'string' ? step.link : step.link.name)
  })
}

/**
 * Whether packets to the hub leave differently than before: a new subnet or a more specific route can
 * take them over although no step touched the old path. false where the route is not known now.
 */
export function hubMoved(before: NextHop, now: NextHop | null): boolean {
  return now !== null && (now.link !== before.link || now.protocol !== before.protocol)
}

/** Whether the import filter of a neighbour accepts a prefix that contains the hub's address. */
export function mayDrawHub(
  { ipv4Unicast, ipv6Unicast }: Pick<BgpNeighbor, 'ipv4Unicast' | 'ipv6Unicast'>,
  { address }: HubRoute,
): boolean {
  const hub = parseIp(address)
  if (hub === undefined) return false
  const family = hub.family === 4 ? ipv4Unicast : ipv6Unicast
  return (family?.import.prefixes ?? []).some(({ prefix }) => {
    const cidr = parseCidr(prefix)
    return cidr !== undefined && contains(cidr, hub)
  })
}

/** The link that leads to the hub, the links below it, its masters and their members. */
export function hubPath(
  links: readonly HaveLink[],
  route: Pick<HubRoute, 'link'> | null,
): ReadonlySet<string> {
  const path = new Set<string>()
  const byName = new Map(links.map((link) => [link.name, link]))
  const add = (name: string | null): void => {
    const link = name === null ? undefined : byName.get(name)
    if (link === undefined || path.has(link.name)) return
    path.add(link.name)
    if (link.detail.kind === 'vlan') add(link.detail.parent)
    add(link.master)
    for (const member of links) if (member.master === link.name) add(member.name)
  }
  add(route?.link ?? null)
  return path
}
