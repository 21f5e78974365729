import { fault } from '../../base/fault.js'
import { contains, overlaps, parseCidr, parseIp, type Cidr, type Ip } from '../../base/ip.js'
import type { ForeignPaths, HostInUse, RouteEntry } from '../../model/foreign-paths.js'
import type { HaveLink } from '../../model/link.js'
import { isLinkLocal, isOurs } from '../../model/own-link.js'
import { vrfOf } from '../../model/vrf.js'
import { addressKey, type AddressConflict } from './conflicts.js'
import { subjectOf, type LinkIndex } from './link-index.js'

/** A subnet with the text it was read from. */
interface Known {
  readonly text: string
  readonly cidr: Cidr
}

/** A subnet that the plan adds to a link. */
interface NewSubnet extends Known {
  readonly link: string
  readonly vrf: string | null
}

/** What new subnets and routes are compared with, in one VRF. */
export interface Neighborhood {
  /** Subnets of addresses that demarc did not add, and the links that have them. */
  readonly foreign: readonly (Known & { readonly link: string })[]
  /** Subnets of addresses that demarc added, and the links that have them. */
  readonly own: readonly (Known & { readonly link: string })[]
  readonly routes: readonly RouteEntry[]
  readonly hosts: readonly HostInUse[]
}

/**
 * RTPROT_* numbers of routing protocols (linux/rtnetlink.h). Their routes may lead to a subnet that
 * moves to this router, and follow it.
 */
export const ROUTING_PROTOCOLS: ReadonlySet<number> = new Set([
  8, 10, 11, 12, 42, 186, 187, 188, 189, 192,
])
/** RTPROT_BGP. demarc's own neighbors add such routes. */
const BGP = 186

/**
 * A conflict for each address of the plan whose subnet would take packets from what demarc did not make: from a
 * connected subnet, from the next hop or the destination of a route, or from a host that this router
 * needs. The kernel would send them by the new link, and the hosts behind the old one would lose this router.
 */
export function takenPaths(index: LinkIndex, paths: ForeignPaths): readonly AddressConflict[] {
  const added = newSubnets(index)
  if (added.length === 0) return []
  const around = new Map<string | null, Neighborhood>()
  for (const { vrf } of added) {
    if (!around.has(vrf)) around.set(vrf, neighborhood(index, paths, vrf))
  }
  return added.flatMap((subnet) => {
    const near = around.get(subnet.vrf)
    const why = near === undefined ? undefined : reasonAgainst(subnet, near)
    if (why === undefined) return []
    const text = `${subjectOf(index, subnet.link)} needs ${subnet.text}, ${why}; choose another subnet, or change it there`
    const found = fault('NOT_OWNED', addressKey(subnet.link, subnet.text), text)
    return [{ link: subnet.link, address: subnet.text, fault: found }]
  })
}

/** The wanted addresses that their link does not have yet in that VRF. */
function newSubnets({ want, have }: LinkIndex): readonly NewSubnet[] {
  return [...want.values()].flatMap((link) => {
    const vrf = vrfOf(want, link)
    const present = have.get(link.name)
    const kept = new Set<string>(
      present !== undefined && vrfOf(have, present) === vrf
        ? present.addresses.map(({ address }) => address)
        : [],
    )
    return link.addresses
      .filter((address) => !kept.has(address))
      .flatMap((address) => known(address).map((each) => ({ ...each, link: link.name, vrf })))
  })
}

function known(text: string): readonly Known[] {
  const cidr = parseCidr(text)
  return cidr === undefined ? [] : [{ text, cidr }]
}

export function neighborhood(
  index: Pick<LinkIndex, 'have'>,
  { routes, hosts }: ForeignPaths,
  vrf: string | null,
): Neighborhood {
  const links = [...index.have.values()].filter((link) => vrfOf(index.have, link) === vrf)
  const subnets = (owned: boolean) =>
    links.flatMap(({ name, addresses }) =>
      addresses
        .filter((held) => held.owned === owned && !isLinkLocal(held.address))
        .flatMap(({ address }) => known(address).map((each) => ({ ...each, link: name }))),
    )
  const own = subnets(true)
  const tables = tableVrfs(index)
  return {
    foreign: subnets(false),
    own,
    routes: routes.filter(
      (route) => (tables.get(route.table) ?? null) === vrf && isForeign(route, index, own),
    ),
    hosts: vrf === null ? hosts : [],
  }
}

/** The VRF of each table. Every other table belongs to the default VRF, which rules may look it up for. */
function tableVrfs({ have }: Pick<LinkIndex, 'have'>): ReadonlyMap<number, string> {
  return new Map(
    [...have.values()].flatMap(({ name, detail }: HaveLink) =>
      detail.kind === 'vrf' ? [[detail.table, name] as const] : [],
    ),
  )
}

/** Whether a route leads to somewhere else than by a link or into a subnet of demarc's. */
function isForeign(
  { link, destination, gateway, protocol }: RouteEntry,
  { have }: Pick<LinkIndex, 'have'>,
  own: Neighborhood['own'],
): boolean {
  const through = have.get(link)
  if (protocol === BGP || through === undefined || isOurs(through)) return false
  const at = gateway === null ? parseCidr(destination)?.ip : parseIp(gateway)
  return (
    at !== undefined && !own.some((subnet) => subnet.link === link && contains(subnet.cidr, at))
  )
}

/** The end of a sentence; undefined: nobody loses packets to the subnet. */
function reasonAgainst(subnet: NewSubnet, near: Neighborhood): string | undefined {
  return (
    connectedReason(subnet, near) ??
    nextHopReason(subnet, near) ??
    destinationReason(subnet, near) ??
    hostReason(subnet, near)
  )
}

/** An address that is the same as the wanted one is a conflict of its own. */
function connectedReason({ link, cidr }: NewSubnet, { foreign }: Neighborhood): string | undefined {
  const found = foreign.find(
    (other) => other.link !== link && !isSame(other.cidr.ip, cidr.ip) && overlaps(other.cidr, cidr),
  )
  if (found === undefined) return undefined
  return `which overlaps ${found.text} of ${found.link}, an address that demarc did not add: packets to hosts behind ${found.link} would leave by another link`
}

function nextHopReason({ link, cidr }: NewSubnet, { routes }: Neighborhood): string | undefined {
  const found = routes.find(({ gateway, link: through }) => {
    const ip = gateway === null ? undefined : parseIp(gateway)
    return through !== link && ip !== undefined && contains(cidr, ip)
  })
  if (found === undefined) return undefined
  return `which covers ${found.gateway}, the next hop on ${found.link} of the route to ${found.destination} that demarc did not make`
}

/** Of two routes the more specific one is used, and of two equal ones that of the connected subnet. */
function destinationReason(
  { link, cidr }: NewSubnet,
  { routes }: Neighborhood,
): string | undefined {
  const found = routes.find(({ destination, link: through, protocol }) => {
    const other = parseCidr(destination)
    if (other === undefined || other.length === 0 || through === link) return false
    return !ROUTING_PROTOCOLS.has(protocol) && other.length <= cidr.length && overlaps(other, cidr)
  })
  if (found === undefined) return undefined
  return `which would take packets from the route to ${found.destination} by ${found.link}, which demarc did not make`
}

/** A host in a subnet that demarc already has is reached there before the change as well. */
function hostReason({ link, cidr }: NewSubnet, near: Neighborhood): string | undefined {
  const stays = [...near.own, ...near.foreign.filter((held) => held.link === link)]
  const found = near.hosts.find(({ address }) => {
    const ip = parseIp(address)
    if (ip === undefined || !contains(cidr, ip)) return false
    const isThisRouter = [...near.own, ...near.foreign].some((held) => isSame(held.cidr.ip, ip))
    return !isThisRouter && !stays.some((held) => contains(held.cidr, ip))
  })
  if (found === undefined) return undefined
  return `which contains ${found.address}, ${found.purpose}: packets to it would leave by another link`
}

function isSame(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.bits === b.bits
}
