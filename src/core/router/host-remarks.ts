import { contains, parseCidr, parseIp, width, type Ip } from '../base/ip.js'
import type { BgpInstance, BgpNeighbor, PrefixRule } from '../model/bgp.js'
import type { ForeignPaths, HostInUse, RouteEntry } from '../model/foreign-paths.js'
import type { Effect } from '../model/plan.js'
import { neighborSubject } from '../model/names.js'

/** RT_TABLE_MAIN: the routes of the default VRF. */
const MAIN_TABLE = 254

/** Rules that one remark names. */
const NAMED_MAX = 3

/**
 * Hosts that this router is managed by or needs, and whose packets a neighbour that the plan adds or changes
 * could take over: its import policy admits a route that is more specific than the present one. That is often
 * meant, so the plan only says it; the witnesses judge what happens. `touched` are the subjects of the plan.
 */
export function hostRemarks(
  instances: readonly BgpInstance[],
  { hosts, routes }: ForeignPaths,
  touched: ReadonlySet<string>,
): readonly Effect[] {
  const neighbors = instances
    .filter(({ vrf }) => vrf === null)
    .flatMap((instance) => instance.neighbors)
    .filter(({ address, shutdown }) => {
      return shutdown === null && touched.has(neighborSubject(address, null))
    })
  return hosts.flatMap((host) => remarkFor(host, neighbors, routes))
}

function remarkFor(
  { address, purpose }: HostInUse,
  neighbors: readonly BgpNeighbor[],
  routes: readonly RouteEntry[],
): readonly Effect[] {
  const ip = parseIp(address)
  if (ip === undefined) return []
  const present = lengthOf(ip, routes)
  const found = neighbors.flatMap((neighbor) =>
    rulesOf(neighbor, ip)
      .filter((rule) => admits(rule, ip, present))
      .map((rule) => `${textOf(rule)} of neighbor ${neighbor.address} (${neighbor.attachment})`),
  )
  if (found.length === 0) return []
  const more = found.length > NAMED_MAX ? ` and ${found.length - NAMED_MAX} more` : ''
  const why =
    `import rule ${found.slice(0, NAMED_MAX).join(', ')}${more} admits a more specific route to` +
    ` ${address} than the present one, so the peer can take its packets over;` +
    ' narrow the rule if that is not meant'
  return [{ subject: purpose, impact: 'none', why }]
}

/** Length of the prefix by which the host is reached now; -1: there is no route. */
function lengthOf(host: Ip, routes: readonly RouteEntry[]): number {
  const lengths = routes.flatMap(({ table, destination }) => {
    const cidr = table === MAIN_TABLE ? parseCidr(destination) : undefined
    return cidr !== undefined && contains(cidr, host) ? [cidr.length] : []
  })
  return Math.max(-1, ...lengths)
}

function rulesOf({ ipv4Unicast, ipv6Unicast }: BgpNeighbor, { family }: Ip): readonly PrefixRule[] {
  return (family === 4 ? ipv4Unicast : ipv6Unicast)?.import.prefixes ?? []
}

function admits({ prefix, ge, le }: PrefixRule, host: Ip, present: number): boolean {
  const cidr = parseCidr(prefix)
  if (cidr === undefined || !contains(cidr, host)) return false
  const longest = le ?? (ge === null ? cidr.length : width(host))
  return longest > present
}

function textOf({ prefix, ge, le }: PrefixRule): string {
  return [prefix, ...(ge === null ? [] : [`ge ${ge}`]), ...(le === null ? [] : [`le ${le}`])].join(
    ' ',
  )
}
