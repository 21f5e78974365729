import { contains, parseCidr, parseIp, type Cidr } from '../../base/ip.js'
import type { ForeignPaths } from '../../model/foreign-paths.js'
import type { HaveLink } from '../../model/link.js'
import type { Effect } from '../../model/plan.js'
import { routeSubject } from '../../model/names.js'
import type { StaticRoute } from '../../model/vrf.js'
import { neighborhood, ROUTING_PROTOCOLS, type Neighborhood } from './taken-paths.js'

/**
 * A loss of traffic for each new static route that is more specific than a path which demarc did not make: a connected
 * subnet, a route, or the present path to a host that this router needs. Packets to there would take the new route.
 */
export function takenByRoutes(
  added: readonly StaticRoute[],
  links: readonly HaveLink[],
  paths: ForeignPaths,
): readonly Effect[] {
  const have = new Map(links.map((link) => [link.name, link]))
  return added.flatMap(({ prefix, vrf }) => {
    const cidr = parseCidr(prefix)
    if (cidr === undefined) return []
    const why = reasonAgainst(cidr, neighborhood({ have }, paths, vrf))
    const subject = routeSubject(prefix, vrf)
    return why === undefined ? [] : [{ subject, impact: 'traffic-loss', why }]
  })
}

/** undefined: nobody loses packets to the route. */
function reasonAgainst(cidr: Cidr, near: Neighborhood): string | undefined {
  return connectedReason(cidr, near) ?? routeReason(cidr, near) ?? hostReason(cidr, near)
}

/** Whether the first prefix is a true part of the second one. */
function isWithin(cidr: Cidr, other: Cidr): boolean {
  return cidr.length > other.length && contains(other, cidr.ip)
}

function connectedReason(cidr: Cidr, { foreign }: Neighborhood): string | undefined {
  const found = foreign.find((subnet) => isWithin(cidr, subnet.cidr))
  if (found === undefined) return undefined
  return `it is more specific than ${found.text} of ${found.link}, an address that demarc did not add: packets to hosts behind ${found.link} would take this route`
}

/** Every route is more specific than a default route, and that is meant. */
function routeReason(cidr: Cidr, { routes }: Neighborhood): string | undefined {
  const found = routes.find(({ destination, protocol }) => {
    const other = parseCidr(destination)
    if (other === undefined || other.length === 0) return false
    return !ROUTING_PROTOCOLS.has(protocol) && isWithin(cidr, other)
  })
  if (found === undefined) return undefined
  return `it is more specific than the route to ${found.destination} by ${found.link}, which demarc did not make`
}

function hostReason(cidr: Cidr, { foreign, own, routes, hosts }: Neighborhood): string | undefined {
  const subnets = [...foreign, ...own].map((subnet) => subnet.cidr)
  const known = [...subnets, ...routes.flatMap(({ destination }) => parseCidr(destination) ?? [])]
  const found = hosts.find(({ address }) => {
    const ip = parseIp(address)
    if (ip === undefined || !contains(cidr, ip)) return false
    return !known.some((path) => path.length >= cidr.length && contains(path, ip))
  })
  if (found === undefined) return undefined
  return `it contains ${found.address}, ${found.purpose}: packets to it would take this route`
}
