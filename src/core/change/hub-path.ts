import { contains, parseCidr, parseIp } from '../base/ip.js'
import type { BgpNeighbor } from '../model/bgp.js'
import type { HaveLink } from '../model/link.js'
import { isKernelStep, type Plan } from '../model/plan.js'

/** RTPROT_BGP: zebra's number for routes that bgpd gave it (linux/rtnetlink.h). */
const BY_BGP = 186

/** How packets reach the hub now. */
export interface HubRoute {
  /** The hub's address. */
  readonly address: string
  readonly link: string
  readonly protocol: number
}

/** How, wherever it is. */
type Way = Omit<HubRoute, 'address'>

/**
 * Whether a plan may change how the hub is reached: it has a step on the interface that leads
 * there or on one that this stands on or belongs to, or the way was learned by BGP and the plan
 * types something in FRR. A hub that falls silent for another reason says nothing about the change.
 */
export function touchesHubPath(plan: Plan, links: readonly HaveLink[], route: Way | null): boolean {
  if (route === null) return false
  const path = hubPath(links, route)
  return plan.steps.some(({ step }) => {
    if (!isKernelStep(step)) return step.do === 'frr' && route.protocol === BY_BGP
    return path.has(typeof step.link === 'string' ? step.link : step.link.name)
  })
}

/**
 * Whether packets to the hub leave another way than before: a new subnet or a more specific route has
 * drawn them away, though no step touched the old way. Where the way is not known nothing is said.
 */
export function hubMoved(before: Way, now: Way | null): boolean {
  return now !== null && (now.link !== before.link || now.protocol !== before.protocol)
}

/** Whether a neighbour may announce a prefix with the hub's address in it, and it would be taken. */
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

/** The link that leads to the hub, what it stands on, its masters and their members. */
export function hubPath(
  links: readonly HaveLink[],
  route: Pick<HubRoute, 'link'> | null,
): ReadonlySet<string> {
  const chain = new Set<string>()
  const byName = new Map(links.map((link) => [link.name, link]))
  const take = (next: string | null): void => {
    const link = next === null ? undefined : byName.get(next)
    if (link === undefined || chain.has(link.name)) return
    chain.add(link.name)
    if (link.detail.kind === 'vlan') take(link.detail.parent)
    take(link.master)
    for (const member of links) if (member.master === link.name) take(member.name)
  }
  take(route?.link ?? null)
  return chain
}
